from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from coverage import tables
from coverage.errors import InputError
from coverage.sites.layers import Layers
from coverage.sites.rounds import RoundParams, delivery_rounds

POLL = date(2024, 2, 14)
HILLS = gpd.GeoDataFrame(
    {"name": ["Cibitung"]}, geometry=[shapely.box(106.5, -6.9, 106.6, -6.5)], crs="EPSG:4326"
)


def ranking(n: int, **columns: object) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "tps_code": [f"3602062001{i + 1:03d}" for i in range(n)],
            "latitude_deg": -6.6,
            "longitude_deg": 106.0 + 0.001 * np.arange(n),
            "n_voters": pd.array([250] * n, dtype="Int32"),
            "island": pd.array(["Tunda"] * n, dtype="string"),
            "remedy": "VSAT_LEO",
        }
    )
    return table.assign(**columns)


def rounds(
    table: pd.DataFrame, kits: dict[str, str] | None = None, layers: Layers | None = None,
    params: RoundParams | None = None,
) -> pd.DataFrame:  # fmt: skip
    given = pd.DataFrame(
        {"tps_code": list(kits or {}), "kit": pd.array(list((kits or {}).values()), dtype="string")}
    )
    found = delivery_rounds(table, given, layers or Layers(), POLL, params or RoundParams())
    tables.check("delivery_rounds", tables.to_arrow("delivery_rounds", found))
    return found


def test_the_mainland_with_a_road_needs_no_round() -> None:
    assert rounds(ranking(3, island=pd.array([None] * 3, dtype="string"))).empty


def test_every_tps_of_an_island_is_in_one_round() -> None:
    found = rounds(ranking(9), params=RoundParams(max_stops=4))
    assert sorted(found["tps_code"]) == ranking(9)["tps_code"].tolist()
    assert found.groupby("round").size().tolist() == [3, 3, 3]
    assert set(found["access"]) == {"boat"}


@pytest.mark.parametrize(("n", "n_rounds"), [(8, 1), (9, 2)])
def test_a_round_holds_no_more_than_a_crew_can_serve(n: int, n_rounds: int) -> None:
    assert rounds(ranking(n))["round"].max() == n_rounds


def test_places_on_foot_have_their_own_rounds_and_days() -> None:
    table = ranking(
        2, island=pd.array(["Tunda", None], dtype="string"), longitude_deg=[106.0, 106.55]
    )
    found = rounds(table, layers=Layers(foot_areas=HILLS))
    assert found["access"].tolist() == ["boat", "foot"]
    assert found["area"].tolist() == ["Tunda", "Cibitung"]
    assert found["dispatch_by"].tolist() == [date(2024, 2, 11), date(2024, 2, 12)]


def test_kit_goes_along_but_never_to_a_hold() -> None:
    table = ranking(2, remedy=["VSAT_LEO", "EXCLUDED_ADAT"])
    found = rounds(table, dict.fromkeys(table["tps_code"], "VSAT_LEO")).set_index("tps_code")
    assert found.loc["3602062001001", "kit"] == "VSAT_LEO"
    assert pd.isna(found.loc["3602062001002", "kit"])


def test_row_order_is_irrelevant() -> None:
    table = ranking(12)
    pd.testing.assert_frame_equal(rounds(table), rounds(table.iloc[::-1]))


@pytest.mark.parametrize(
    ("name", "value"), [("boat_lead_days", -1), ("foot_lead_days", 61), ("max_stops", 0)]
)
def test_params_are_checked(name: str, value: int) -> None:
    with pytest.raises(InputError, match=rf"Invalid {name} {value}\. Must be in"):
        RoundParams(**{name: value})
