"""A partner's MapInfo file holds the layer, and nothing of the memory it was written from."""

from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
from shapely.geometry import Point

from coverage.deliverables.mapinfo import scrubbed
from coverage.errors import InputError

HEADER = 32


@pytest.fixture
def tab(tmp_path: Path) -> Path:
    frame = gpd.GeoDataFrame(
        {"tps_code": ["3602062001002"], "p": [0.25]}, geometry=[Point(106, -6.5)], crs="EPSG:4326"
    )
    pyogrio.write_dataframe(frame, tmp_path / "a.tab", driver="MapInfo File", encoding="UTF-8")
    dat = tmp_path / "a.dat"
    dat.write_bytes(scrubbed(dat.read_bytes()))
    return tmp_path / "a.tab"


def test_after_the_end_of_a_name_stand_zeros(tab: Path) -> None:
    dat = tab.with_suffix(".dat").read_bytes()
    names = [dat[start : start + 11] for start in (HEADER, 2 * HEADER)]
    assert names == [b"tps_code".ljust(11, b"\0"), b"p".ljust(11, b"\0")]


def test_what_stood_there_is_gone_wherever_it_came_from(tab: Path) -> None:
    dat = bytearray(tab.with_suffix(".dat").read_bytes())
    sound = bytes(dat)
    dat[2 * HEADER + 2 : 2 * HEADER + 11] = b"\x98\xf2\xfc\x7f\0\0\0\xa7S"
    assert scrubbed(bytes(dat)) == sound


def test_the_layer_is_read_as_it_was(tab: Path) -> None:
    found = pyogrio.read_dataframe(tab)
    assert found["tps_code"].tolist() == ["3602062001002"]
    assert found["p"].tolist() == [0.25]


@pytest.mark.parametrize("dat", [b"", bytes(40), b"\x03" * 200], ids=["empty", "zeros", "others"])
def test_what_is_no_attribute_file_is_refused(dat: bytes) -> None:
    with pytest.raises(InputError, match="Invalid attribute file of a MapInfo TAB"):
        scrubbed(dat)
