from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest

from coverage import tables
from coverage.errors import InputError
from coverage.sites.assets import AssetParams, prove, sites_in_state

MakeSites = Callable[..., pd.DataFrame]
HOME = (-6.6, 106.2)
FITTED = date(2024, 2, 10)
AFTER = pd.Timestamp("2024-02-10 17:00", tz="UTC")  # midnight of the next day in Banten


def register(**changes: object) -> pd.DataFrame:
    row: dict[str, object] = {
        "serial": "A-1", "tps_code": "3602062001001", "kit": "OPERATOR_BOOSTER", "operator": "A",
        "owner": None, "fitted_on": FITTED, "last_seen_on": None, "removed_on": None, **changes,
    }  # fmt: skip
    return pd.DataFrame({name: pd.Series([value], dtype=object) for name, value in row.items()})


def readings(n: int = 5, level: float = -95.0, **changes: object) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "time": [AFTER] * n, "latitude_deg": HOME[0], "longitude_deg": HOME[1],
            "operator": "A", "rat": "LTE", "service_state": "in_service", "signal_dbm": level,
        }
    ).assign(**changes)  # fmt: skip


def state(assets: pd.DataFrame, read: pd.DataFrame, sites: pd.DataFrame) -> str:
    proved = prove(assets, sites, read, AssetParams())
    tables.check("asset_register", tables.to_arrow("asset_register", proved))
    return str(proved["asset_state"].iloc[0])


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, "solved"),
        ({"time": AFTER - pd.Timedelta(1, "us")}, "not_proven"),
        ({"n": 4}, "not_proven"),
        ({"level": -110.0}, "solved"),
        ({"level": -110.1}, "still_weak"),
        ({"operator": "B"}, "not_proven"),
        ({"rat": "GSM"}, "not_proven"),
        ({"latitude_deg": HOME[0] + 0.001}, "not_proven"),  # 111 m
        ({"level": np.nan, "service_state": "no_service"}, "still_weak"),
    ],
)
def test_only_readings_newer_than_the_fitting_solve_a_site(
    make_sites: MakeSites, changes: dict[str, object], found: str
) -> None:
    given = dict(changes)
    n, level = int(given.pop("n", 5)), float(given.pop("level", -95.0))  # type: ignore[call-overload, arg-type]
    assert state(register(), readings(n, level, **given), make_sites(HOME)) == found


def test_a_device_taken_away_solves_nothing(make_sites: MakeSites) -> None:
    gone = register(removed_on=date(2024, 3, 1))
    assert state(gone, readings(), make_sites(HOME)) == "removed"


def test_a_device_at_a_tps_not_listed_is_said_to_be(make_sites: MakeSites) -> None:
    assert state(register(tps_code="3602062001999"), readings(), make_sites(HOME)) == "unknown_tps"


def test_a_dish_is_not_proved_by_a_mobile_network(make_sites: MakeSites) -> None:
    assert state(register(operator=None, kit="VSAT_LEO"), readings(), make_sites(HOME)) == (
        "not_proven"
    )


def test_without_readings_nothing_is_proved(make_sites: MakeSites) -> None:
    assert state(register(), readings(0), make_sites(HOME)) == "not_proven"


def test_one_device_that_works_outweighs_another(make_sites: MakeSites) -> None:
    sites = make_sites(HOME)
    assets = pd.DataFrame(
        {"tps_code": ["3602062001001"] * 2, "asset_state": ["not_proven", "solved"]}
    )
    assert sites_in_state(sites, assets, "solved").tolist() == [True]
    assert sites_in_state(sites, assets, "not_proven").tolist() == [False]
    assert sites_in_state(sites, None, "solved").tolist() == [False]


@pytest.mark.parametrize(
    ("name", "value"), [("within_m", 0.5), ("min_readings", 0), ("works_dbm", -141)]
)
def test_params_are_checked(name: str, value: float) -> None:
    with pytest.raises(InputError, match=rf"Invalid {name} {value}\. Must be"):
        AssetParams(**{name: value})  # type: ignore[arg-type]
