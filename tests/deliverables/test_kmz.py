import io
import zipfile
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from defusedxml import ElementTree

from coverage.deliverables.info import RunInfo
from coverage.deliverables.kmz import KmzParts, kmz
from coverage.deliverables.kmz_cells import level_classes
from coverage.hexgrid import cells_of

INFO = RunInfo(survey="x", created_at=datetime(2024, 1, 1, tzinfo=UTC))
NAMESPACE = {"k": "http://www.opengis.net/kml/2.2"}
LABELS = {"tps_code": "Kode", "p_weak": "Lemah"}
COLOURS = {"ok": "#112233", "MOBILE_BTS": "#445566"}


def sites(**changes: Any) -> pd.DataFrame:
    row = {
        "rank": 1,
        "tps_code": "3602012013300",
        "tps_name": "TPS 001",
        "latitude_deg": -6.5,
        "longitude_deg": 106.25,
        "evidence": "ok",
        "p_weak": 0.25,
    }
    return pd.DataFrame([{**row, **changes}])


def document(table: pd.DataFrame, parts: KmzParts | None = None) -> Any:
    with zipfile.ZipFile(io.BytesIO(kmz(table, "Daftar", LABELS, COLOURS, parts))) as archive:
        return ElementTree.fromstring(archive.read("doc.kml"))


def texts(root: Any, path: str) -> list[str]:
    return [found.text for found in root.findall(path, NAMESPACE)]


def test_a_site_is_a_point_longitude_first() -> None:
    root = document(sites())
    assert texts(root, ".//k:coordinates") == ["106.250000,-6.500000"]
    assert texts(root, ".//k:Placemark/k:name") == ["1. TPS 001"]


def test_fields_stand_beside_it() -> None:
    assert texts(document(sites()), ".//k:Data/k:value") == ["3602012013300", "0.25"]


def test_what_is_not_known_is_left_out() -> None:
    assert texts(document(sites(p_weak=None)), ".//k:Data/k:value") == ["3602012013300"]


def test_markup_and_control_characters_are_text() -> None:
    root = document(sites(tps_name="<b>&\x00"))
    assert texts(root, ".//k:Placemark/k:name") == ["1. <b>&?"]


def test_colours_are_turned_for_kml() -> None:
    assert "ff332211" in texts(document(sites()), ".//k:IconStyle/k:color")


def test_evidence_not_known_is_grey() -> None:
    assert texts(document(sites(evidence=None)), ".//k:styleUrl") == ["#unknown"]


def test_a_site_without_name_shows_its_code() -> None:
    root = document(sites(tps_name=None))
    assert texts(root, ".//k:Placemark/k:name") == ["1. 3602012013300"]


def test_twice_the_same_bytes() -> None:
    assert kmz(sites(), "x", LABELS, COLOURS) == kmz(sites(), "x", LABELS, COLOURS)


def test_the_dot_of_every_style_travels_along() -> None:
    with zipfile.ZipFile(io.BytesIO(kmz(sites(), "x", LABELS, COLOURS))) as archive:
        root = ElementTree.fromstring(archive.read("doc.kml"))
        assert set(texts(root, ".//k:Icon/k:href")) <= set(archive.namelist())


def test_the_legend_pairs_colour_and_words() -> None:
    root = document(sites(), KmzParts(legend={"ok": "<Memadai>"}))
    (about,) = texts(root, "k:Document/k:description")
    assert "bgcolor='#112233'" in about
    assert "&lt;Memadai&gt;" in about


def test_a_known_remedy_gives_the_style() -> None:
    assert texts(document(sites(remedy="MOBILE_BTS")), ".//k:styleUrl") == ["#MOBILE_BTS"]
    assert texts(document(sites(remedy=None)), ".//k:styleUrl") == ["#ok"]


def donors(latitude: float | None, longitude: float | None) -> KmzParts:
    row = {"donor_latitude_deg": latitude, "donor_longitude_deg": longitude, "name": "ke sel 7"}
    return KmzParts(donors=pd.DataFrame([row]))


def test_a_line_leads_to_the_donor() -> None:
    root = document(sites(donor_bearing_deg=90.0), donors(-6.5, 106.3))
    assert texts(root, ".//k:LineString/k:coordinates") == [
        "106.250000,-6.500000 106.300000,-6.500000"
    ]
    assert texts(root, ".//k:Folder[2]/k:Placemark/k:name") == ["ke sel 7"]


def test_a_donor_without_a_place_is_a_grey_stub_of_a_kilometre() -> None:
    root = document(sites(donor_bearing_deg=90.0), donors(None, None))
    (line,) = texts(root, ".//k:LineString/k:coordinates")
    (west, south), (east, north) = (point.split(",") for point in line.split())
    assert (west, south, north) == ("106.250000", "-6.500000", "-6.500000")
    assert float(east) - float(west) == pytest.approx(1000 / 111_195 / 0.9936, rel=0.01)
    assert texts(root, ".//k:LineStyle/k:color") == ["ff808080"]


def test_without_a_donor_there_is_no_line() -> None:
    root = document(sites(donor_bearing_deg=None), donors(None, None))
    assert not texts(root, ".//k:LineString/k:coordinates")


def test_the_document_names_its_sources_as_text() -> None:
    root = document(sites(), KmzParts(note="<b>CC BY-SA 4.0"))
    assert texts(root, "k:Document/k:description") == ["&lt;b&gt;CC BY-SA 4.0"]


def test_the_balloon_shows_markup_as_text() -> None:
    words = pd.DataFrame([{"tps_code": "<img src=x>", "p_weak": None}])
    (balloon,) = texts(document(sites(), KmzParts(balloons=words)), ".//k:description")
    assert "&lt;img src=x&gt;" in balloon
    assert "<img" not in balloon
    assert "Lemah" not in balloon


def test_cells_stand_as_outlines_of_their_class() -> None:
    cells = pd.DataFrame({
        "h3_cell": cells_of([-6.5, -6.5, -6.5], [106.2, 106.3, 106.4], 9),
        "rsrp_p50_dbm": [-125.0, -100.0, None],
    })  # fmt: skip
    parts = KmzParts(cells=cells, classes=level_classes(INFO))
    root = document(sites(), parts)
    names = texts(root, ".//k:Folder[3]/k:Placemark/k:name")
    assert names == ["RSRP < -120 dBm", "-105 ... -95 dBm"]
    rings = texts(root, ".//k:MultiGeometry/k:LineString/k:coordinates")
    assert [len(ring.split()) for ring in rings] == [7, 7]
