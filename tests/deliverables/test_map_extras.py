import pandas as pd

from coverage.deliverables.map_extras import plan_stops, tower_places

TOWERS = pd.DataFrame(
    {"operator": ["A", "A", "B", "unknown"], "latitude_deg": [-6.1, -6.10001, -6.2, -6.3],
     "longitude_deg": [106.1, 106.1, 106.2, 106.3],
     "basis": ["listed", "estimated", "estimated", "listed"]}
)  # fmt: skip
PLAN = pd.DataFrame(
    {"survey_day": [2, 1, 1], "stop": [1, 2, 1], "purpose": ["validate", "decide", "decide"],
     "tps_code": ["3", "2", "1"], "latitude_deg": [-6.1, -6.2, -6.3],
     "longitude_deg": [106.0, 106.1, 106.2]}
)  # fmt: skip


def test_cells_of_one_operator_at_one_spot_are_one_mark() -> None:
    assert tower_places(TOWERS, ["A", "B"])["n"] == 2


def test_a_spot_is_listed_where_any_of_its_cells_is() -> None:
    assert tower_places(TOWERS, ["A", "B"])["is_listed"]["data"] == "AQA="  # 1, 0


def test_without_towers_there_is_no_mark() -> None:
    assert tower_places(None, ["A"])["n"] == 0


def test_stops_come_in_the_order_of_the_days() -> None:
    assert plan_stops(PLAN)["code"]["values"] == ["1", "2", "3"]


def test_without_plan_there_is_no_stop() -> None:
    assert plan_stops(None)["n"] == 0
