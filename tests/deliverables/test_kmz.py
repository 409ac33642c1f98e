import io
import zipfile
from typing import Any

import pandas as pd
from defusedxml import ElementTree

from coverage.deliverables.kmz import kmz

NAMESPACE = {"k": "http://www.opengis.net/kml/2.2"}
LABELS = {"tps_code": "Kode", "p_weak": "Lemah"}
COLOURS = {"ok": "#112233"}


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


def document(table: pd.DataFrame) -> Any:
    with zipfile.ZipFile(io.BytesIO(kmz(table, "Daftar", LABELS, COLOURS))) as archive:
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
