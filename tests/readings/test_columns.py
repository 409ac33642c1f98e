"""Column maps: what they may say, and how a wrong one is refused."""

from pathlib import Path
from typing import Any

import pytest

from coverage.errors import InputError
from coverage.readings.columns import ColumnMap, clean_header, load_column_map

SHIPPED = Path(__file__).parents[2] / "configs" / "columns"
POSITION = {"latitude_deg": "lat", "longitude_deg": "lon"}


def column_map(**changes: Any) -> ColumnMap:
    return ColumnMap(**({"name": "x", "columns": POSITION, "rat": "LTE"} | changes))


def load(text: str) -> ColumnMap:
    return load_column_map(text.encode(), "x.toml")


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_map_loads(path: Path) -> None:
    assert load_column_map(path.read_bytes(), path.name).name == path.stem


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "a b"}, "Invalid name 'a b'. Must be letters"),
        ({"delimiter": ",,"}, "Invalid delimiter ',,'. Must be one character"),
        ({"decimal": ";"}, "Invalid decimal ';'. Must be"),
        ({"decimal": ","}, "Invalid decimal ','. Must differ from delimiter"),
        ({"header_row": 0}, "Invalid header_row 0. Must be >= 1"),
        ({"encoding": "klingon"}, "Invalid encoding 'klingon'. Must be known"),
        ({"columns": {"latitude_deg": "lat"}}, "Invalid columns. Must map longitude_deg"),
        ({"columns": POSITION | {"rsrp": "x"}}, r"Invalid columns \['rsrp'\]. Must be among"),
        ({"columns": POSITION | {"mcc": "x"}}, "Must map mcc and mnc together"),
        ({"columns": POSITION | {"time": "t"}}, "Invalid time_format None. Must be given"),
        ({"columns": POSITION | {"date": "d"}}, "Must map time where date is mapped"),
        ({"units": {"speed_mps": "furlong"}}, "Invalid units.speed_mps 'furlong'. Must be one of"),
        ({"words": {"rat": {"a": "6G"}}}, "Invalid words.rat.a '6G'. Must be one of"),
        ({"words": {"pci": {"a": "1"}}}, "Invalid words.pci.a '1'. Must be one of"),
        ({"bounds": {"signal_dbm": (0.0, -1.0)}}, "Invalid bounds.signal_dbm"),
        ({"source": "hearsay"}, "Invalid source 'hearsay'. Must be one of"),
        ({"rat": None}, "Invalid rat None. Must be given"),
        ({"rat": "4G"}, "Invalid rat '4G'. Must be one of"),
        ({"plmn": "51010"}, "Invalid plmn '51010' for plmn. Must be MCC-MNC"),
        ({"plmn_by_name": {"a*": "1"}}, r"Invalid plmn '1' for a\*. Must be MCC-MNC"),
        ({"time_format": "%d/%m/%Y %I:%M:%S"}, "Must have %I and %p together"),
        ({"time_format": "%H:%M:%S %p"}, "Must have %I and %p together"),
        ({"timezone": "Banten"}, "Invalid timezone 'Banten'. Must be a zone name"),
    ],
)
def test_a_wrong_value_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        column_map(**changes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "x.toml: Invalid column map: "),
        ('name = "a"\ncolums = {}', r"Invalid key colums. Must be .* Did you mean columns\?"),
        ('name = "a"', r"Invalid column map: \['columns'\] missing"),
        ('name = "a"\nrecognise = 1', "Invalid recognise. Must be a table"),
        ('name = "a"\n[columns]\n[recognise]\nx = 1', "Invalid key recognise.x"),
        ('name = "a"\nmissing = [1]\n[columns]', "Invalid missing .* Must be a list of texts"),
        ('name = "a"\nheader_row = true\n[columns]', "Invalid header_row True. Must be of type"),
        ('name = "a"\n[columns]\nlatitude_deg = 1', "Invalid columns.latitude_deg 1. Must be text"),
        ('name = "a"\n[columns]\n[bounds]\npci = [1]', r"Invalid bounds.pci \[1\]. Must be \[low"),
        (
            'name = "a"\n[columns]\n[words]\nrat = "x"',
            "Invalid words.rat. Must be a table of texts",
        ),
    ],
)
def test_a_wrong_file_is_refused_by_name(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load(text)


def test_names_are_cleaned_and_counted() -> None:
    assert clean_header(["\ufeffa", " a ", "A"]) == ("a", "a.2", "A")


def test_a_map_matches_by_its_columns_or_its_header() -> None:
    by_columns, by_header = column_map(), column_map(header_begins="lat,lon")
    assert (
        by_columns.matches(("t", "lon", "lat"), "x.csv")
        == "column map x: the header has its 2 columns"
    )
    assert by_columns.matches(("lon",), "x.csv") is None
    assert by_header.matches(("lat", "lon", "t"), "x.csv") is not None
    assert by_header.matches(("t", "lat", "lon"), "x.csv") is None


def test_a_file_name_narrows_a_map() -> None:
    narrowed = column_map(file_name="o2_*.csv")
    assert narrowed.matches(("lat", "lon"), "d/o2_a.csv") is not None
    assert narrowed.matches(("lat", "lon"), "a.zip!d/o2_a.csv") is not None
    assert narrowed.matches(("lat", "lon"), "tm_a.csv") is None


def test_the_network_goes_by_the_file_name_first() -> None:
    named = column_map(plmn="262-02", plmn_by_name={"o2_*": "262-03"})
    assert named.plmn_of("a.zip!d/o2_a.csv") == "262-03"
    assert named.plmn_of("other.csv") == "262-02"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = " + "[" * 5_000, "x.toml: Invalid column map: nested too deep"),
        ("#" * (2**20 + 1), "x.toml: Invalid column map. Must be <= 1048576 bytes"),
    ],
    ids=["deep", "large"],
)
def test_a_map_nobody_wrote_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load(text)
