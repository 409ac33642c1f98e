"""Recognition: exactly one format by content, or an error that names the candidates."""

import io
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from coverage.errors import InputError
from coverage.readings import formats
from coverage.readings.columns import load_column_map
from coverage.readings.detect import detect, detect_stream
from coverage.readings.format import Head, all_formats
from coverage.tables import empty


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gnettrack.csv", "gnettrack_csv"), ("gnettrack_4g.csv", "gnettrack_csv"),
        ("gnettrack_raw.txt", "gnettrack_txt"), ("gnettrack_raw_events.txt", "gnettrack_side"),
        ("gnettrack_raw_stats.txt", "gnettrack_side"), ("opencellid_app.csv", "opencellid_app"),
        ("opencellid_upload.csv", "opencellid_upload"),
    ],
)  # fmt: skip
def test_a_fixture_is_of_one_format(data: Path, name: str, expected: str) -> None:
    found = detect((data / name).read_bytes(), name)
    assert found.format == expected
    assert found.rule.startswith("header begins")


def test_a_byte_order_mark_and_empty_lines_hide_nothing(data: Path) -> None:
    text = b"\xef\xbb\xbf\n\n" + (data / "gnettrack.csv").read_bytes()
    assert detect(text, "x").format == "gnettrack_csv"


def test_a_utf16_file_is_recognised(data: Path) -> None:
    text = (data / "gnettrack.csv").read_text().encode("utf-16")
    assert detect(text, "x").format == "gnettrack_csv"


def test_a_canonical_parquet_is_recognised() -> None:
    buffer = io.BytesIO()
    pq.write_table(empty("readings"), buffer)
    assert detect(buffer.getvalue(), "x").format == "canonical_parquet"


def test_any_other_parquet_is_not() -> None:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"a": [1]}), buffer)
    with pytest.raises(InputError, match=r"x: Invalid format: none of the \d+ known matches"):
        detect(buffer.getvalue(), "x")


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(InputError, match=r"x: Invalid file: empty. Must hold data"):
        detect(b"", "x")


@pytest.mark.parametrize("data", [b"\0\1\2\3" * 99, b"hello world\n", b"PK\x03\x04", b"PAR1"])
def test_what_is_not_known_is_refused(data: bytes) -> None:
    with pytest.raises(
        InputError, match=r"Invalid format: none of the \d+ known matches. Give a column map"
    ):
        detect(data, "x")


def test_a_column_map_is_found_by_its_header(data: Path) -> None:
    column_map = load_column_map((data / "dialect.toml").read_bytes(), "dialect.toml")
    found = detect((data / "dialect.csv").read_bytes(), "dialect.csv", [column_map])
    assert (found.format, found.column_map) == ("mapped_csv", column_map)
    assert found.rule == "column map dialect: header begins start_time;Lattitude"


def test_two_matches_are_an_error(data: Path) -> None:
    column_map = load_column_map((data / "dialect.toml").read_bytes(), "dialect.toml")
    with pytest.raises(InputError, match=r"dialect.csv: Invalid format: 2 match: .* Must be one"):
        detect((data / "dialect.csv").read_bytes(), "dialect.csv", [column_map, column_map])


def test_each_member_of_an_archive_has_its_rule(
    data: Path, make_params: Callable[..., Any]
) -> None:
    stream = io.BytesIO((data / "gnettrack.csv").read_bytes())
    rules = detect_stream(stream, "x.csv", make_params())
    assert rules == [
        "gnettrack_csv: header begins Timestamp,Longitude,Latitude,Speed,Operatorname,"
    ]


def test_every_format_declares_what_it_owes() -> None:
    for name, module in all_formats().items():
        assert isinstance(module, ModuleType)
        assert name.islower()
        assert hasattr(module, "SHOWS_NO_SERVICE")
        assert bool(getattr(module, "SKIP", "")) != hasattr(module, "read")
        assert hasattr(module, "SOURCE") or hasattr(module, "sniff_map")


def test_no_format_matches_the_fixtures_of_another(data: Path) -> None:
    for path in sorted(data.iterdir()):
        head = Head(path.name, path.read_bytes())
        hits = [n for n, m in all_formats().items() if hasattr(m, "sniff") and m.sniff(head)]
        assert len(hits) <= 1, (path.name, hits)


def test_a_module_without_a_sniffer_is_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    nameless = SimpleNamespace(__name__="m", NAME="m")
    all_formats.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr("importlib.import_module", lambda name: nameless)
        with pytest.raises(RuntimeError, match="m declares no NAME, or neither sniff"):
            all_formats()


def test_a_document_in_an_archive_is_named_as_skipped(make_params: Callable[..., Any]) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("notes.pdf", b"%PDF")
    assert detect_stream(buffer, "x.zip", make_params()) == ["skipped: a document"]


NEW_FORMAT = '''
"""A format nobody has heard of."""

from coverage.readings import delimited, times

NAME = "brand_new"
SOURCE = "drive_test"
SHOWS_NO_SERVICE = False
LAYOUT = delimited.Layout(numbers=("north", "east", "stamp", "rsrp"), words=(), texts=())


def sniff(head):
    return "header begins north,east" if head.first_line.startswith("north,east") else None


def read(stream, context):
    for block in delimited.blocks(stream, LAYOUT, context.name, LAYOUT.numbers):
        yield delimited_draft(block)


def delimited_draft(block):
    from coverage.readings.draft import Draft

    return Draft(
        source_row=block.source_row, raw=block.raw, time_us=times.of_epoch(block.number("stamp")),
        numbers={
            "latitude_deg": block.number("north"), "longitude_deg": block.number("east"),
            "signal_dbm": block.number("rsrp"),
        },
        texts={"rat": "LTE", "reason": block.reason},
    )
'''


@pytest.fixture
def a_new_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """One more file among the formats, nothing else."""
    (tmp_path / "brand_new.py").write_text(NEW_FORMAT)
    monkeypatch.setattr(formats, "__path__", [*formats.__path__, str(tmp_path)])
    all_formats.cache_clear()
    yield "brand_new"
    all_formats.cache_clear()
    sys.modules.pop(f"{formats.__name__}.brand_new", None)


def test_a_format_is_added_by_its_file_alone(read: Callable[..., Any], a_new_format: str) -> None:
    log = read(b"north,east,stamp,rsrp\n-6.4123,106.1235,1705716902123,-104\n", "x.csv")
    assert log.formats == {a_new_format}
    assert (log.column("format"), log.column("signal_dbm")) == ([a_new_format], [-104])
    assert log.column("source") == ["drive_test"]


def test_no_module_outside_the_formats_names_one() -> None:
    """The list of formats is the folder: no other module of the room imports or names one."""
    for path in Path(formats.__path__[0]).parent.glob("*.py"):
        text = path.read_text()
        assert not [name for name in all_formats() if f'"{name}"' in text], path.name
