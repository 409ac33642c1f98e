from typing import Any

import pandas as pd
import pytest

from coverage.deliverables.programme import n_not_measured, programme_rows
from coverage.deliverables.run_tables import RunTables


def cells_at(world: RunTables, cell: int, *rows: dict[str, Any]) -> pd.DataFrame:
    """What was read in one cell, rows of the world's table changed."""
    first = world.cells.iloc[[0] * len(rows)].reset_index(drop=True)
    given = pd.DataFrame(list(rows))
    return first.assign(h3_cell=cell, rat="LTE", **{name: given[name] for name in given})


WEAK = {"evidence": "confirmed_weak", "signal_p50_dbm": -115.0, "n_devices": 3}
GOOD = {"evidence": "ok", "signal_p50_dbm": -90.0, "n_devices": 3}


@pytest.fixture
def site(world: RunTables) -> pd.DataFrame:
    return world.site_ranking[world.site_ranking["remedy"] == "MOBILE_BTS"].head(1)


def rows_of(world: RunTables, site: pd.DataFrame, *rows: dict[str, Any]) -> pd.DataFrame:
    cells = cells_at(world, int(site["h3_cell"].iloc[0]), *rows)
    return programme_rows(site, cells, blank_dbm=-120.0, min_devices=3)


def test_a_place_weak_on_every_operator_read_is_proposed(
    world: RunTables, site: pd.DataFrame
) -> None:
    rows = rows_of(
        world, site, {"operator": "IOH", **WEAK},
        {"operator": "Telkomsel", **WEAK, "signal_p50_dbm": -112.0},
    )  # fmt: skip
    assert rows["signal_p50_dbm"].tolist() == [-112.0]
    assert rows["n_operators"].tolist() == [2]
    assert rows["village_code"].tolist() == [site["tps_code"].iloc[0][:10]]


def test_one_good_operator_takes_the_place_off(world: RunTables, site: pd.DataFrame) -> None:
    rows = rows_of(world, site, {"operator": "IOH", **WEAK}, {"operator": "Telkomsel", **GOOD})
    assert rows.empty


@pytest.mark.parametrize(("level", "state"), [(-120.5, "blank"), (None, "blank"), (-120.0, "weak")])
def test_blank_below_the_level_or_without_service(
    world: RunTables, site: pd.DataFrame, level: float | None, state: str
) -> None:
    rows = rows_of(world, site, {"operator": "IOH", **WEAK, "signal_p50_dbm": level})
    assert rows["signal_state"].tolist() == [state]


@pytest.mark.parametrize(("n_devices", "is_suppressed"), [(2, True), (3, False)])
def test_figures_of_few_devices_are_suppressed_and_the_row_stays(
    world: RunTables, site: pd.DataFrame, n_devices: int, is_suppressed: bool
) -> None:
    rows = rows_of(world, site, {"operator": "IOH", **WEAK, "n_devices": n_devices})
    assert rows["suppressed"].tolist() == [is_suppressed]
    assert (
        rows[["signal_p50_dbm", "n_readings", "n_devices"]].isna().all(axis=None) == is_suppressed
    )


def test_a_hold_is_never_proposed(world: RunTables, site: pd.DataFrame) -> None:
    held = site.assign(remedy="EXCLUDED_ADAT")
    assert rows_of(world, held, {"operator": "IOH", **WEAK}).empty


def test_what_only_the_model_says_is_counted_apart(world: RunTables) -> None:
    ranking = world.site_ranking
    is_counted = (ranking["evidence"] == "modelled_weak") & (ranking["remedy"] != "EXCLUDED_ADAT")
    assert n_not_measured(ranking) == is_counted.sum()
