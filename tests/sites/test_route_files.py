from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from coverage.errors import InputError
from coverage.sites.route_files import plan_gpx, plan_kml

PLAN = pd.DataFrame(
    {
        "survey_day": [1, 1, 2],
        "stop": [1, 2, 1],
        "purpose": ["decide", "decide", "validate"],
        "tps_code": ["3602062001001", "3602062001002", "3602062001003"],
        "latitude_deg": [-6.5, -6.6, -6.7],
        "longitude_deg": [106.1, 106.2, 106.3],
        "inclusion_probability": [np.nan, np.nan, 0.1],
    }
)
GPX = "{http://www.topografix.com/GPX/1/1}"
KML = "{http://www.opengis.net/kml/2.2}"


def test_gpx_has_a_route_a_day_with_its_stops_in_order() -> None:
    root = ET.fromstring(plan_gpx(PLAN, "Lebak <1>", "id"))
    routes = root.findall(f"{GPX}rte")
    assert [route.findtext(f"{GPX}name") for route in routes] == [
        "Hari 1: untuk memutuskan", "Hari 2: sampel acak",
    ]  # fmt: skip
    points = routes[0].findall(f"{GPX}rtept")
    assert [(p.get("lat"), p.get("lon")) for p in points] == [
        ("-6.500000", "106.100000"), ("-6.600000", "106.200000"),
    ]  # fmt: skip
    assert points[0].findtext(f"{GPX}desc") == "TPS 3602062001001"
    assert root.findtext(f"{GPX}metadata/{GPX}name") == "Lebak <1>"


def test_kml_has_a_line_a_day_and_longitude_first() -> None:
    root = ET.fromstring(plan_kml(PLAN, "Lebak", "en"))
    folders = root.findall(f".//{KML}Folder")
    assert [folder.findtext(f"{KML}name") for folder in folders] == [
        "Day 1: to decide", "Day 2: random sample",
    ]  # fmt: skip
    line = folders[0].findtext(f".//{KML}LineString/{KML}coordinates")
    assert line == "106.100000,-6.500000 106.200000,-6.600000"
    assert len(folders[0].findall(f"{KML}Placemark")) == 3


def test_the_order_of_rows_does_not_change_a_byte() -> None:
    turned = PLAN.iloc[::-1]
    assert plan_gpx(PLAN, "x", "id") == plan_gpx(turned, "x", "id")
    assert plan_kml(PLAN, "x", "id") == plan_kml(turned, "x", "id")


def test_an_empty_plan_is_an_empty_file_of_its_kind() -> None:
    assert ET.fromstring(plan_gpx(PLAN.iloc[:0], "x", "id")).findall(f"{GPX}rte") == []


def test_a_third_language_is_refused() -> None:
    with pytest.raises(InputError, match=r"Invalid language 'fr'"):
        plan_gpx(PLAN, "x", "fr")
