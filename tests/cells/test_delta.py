from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from coverage import geodesy, hexgrid, tables
from coverage.cells.delta import DeltaParams, compare, false_discovery_rate
from coverage.cells.histogram import Counts, partial, roll_up
from coverage.cells.selection import CountParams
from coverage.errors import InputError

ReadingsMaker = Callable[..., pa.Table]
RandomReadings = Callable[[int, int], pa.Table]
DORTMUND = Path(__file__).parents[2] / "../shared/data/readings/dortmund_multi_mno"

levels_dbm = st.lists(st.integers(-120, -80), min_size=5, max_size=40)


@pytest.fixture(scope="module")
def survey(make_readings: ReadingsMaker) -> Callable[..., Counts]:
    """Counts of levels read at one place, None = no service; each by a device of its own."""

    def count(levels: list[int | None], devices: list[str] | None = None, **columns: Any) -> Counts:
        states = ["no_service" if level is None else "in_service" for level in levels]
        device_id = devices or [f"d{k}" for k in range(len(levels))]
        readings = make_readings(
            signal_dbm=levels, service_state=states, device_id=device_id, **columns
        )
        return partial(readings, CountParams())

    return count


def only_row(old: Counts, new: Counts, **params: Any) -> dict[str, Any]:
    table = tables.check("cell_delta", compare(old, new, DeltaParams(**params)))
    assert table.num_rows == 1
    row: dict[str, Any] = table.to_pylist()[0]
    return row


@settings(max_examples=40, deadline=None)
@given(old=levels_dbm, new=levels_dbm)
def test_level_test_is_the_rank_sum_test(
    survey: Callable[..., Counts], old: list[int], new: list[int]
) -> None:
    row = only_row(survey(old), survey(new), weak_dbm=-156)  # nothing is weak: one test decides
    expected = stats.mannwhitneyu(new, old, method="asymptotic", use_continuity=True)
    assert row["p_stronger"] == pytest.approx(expected.statistic / (len(old) * len(new)))
    p_value = 1.0 if np.isnan(expected.pvalue) else expected.pvalue  # all levels equal
    assert row["p_value"] == pytest.approx(min(2 * p_value, 1.0), abs=1e-6)


def test_weak_share_test_is_fishers(survey: Callable[..., Counts]) -> None:
    old, new = [-100] * 30 + [-111] * 2, [-100] * 18 + [-111] * 14
    row = only_row(survey(old), survey(new))
    tails = [
        stats.fisher_exact([[14, 18], [2, 30]], alternative=side).pvalue
        for side in ("greater", "less")
    ]
    level = stats.mannwhitneyu(new, old, method="asymptotic").pvalue
    assert row["p_value"] == pytest.approx(2 * min(level, 2 * min(tails)))
    assert (row["weak_share_old"], row["weak_share_new"]) == (2 / 32, 14 / 32)


@settings(max_examples=40, deadline=None)
@given(old=levels_dbm, new=levels_dbm)
def test_exchanged_surveys_mirror_the_change(
    survey: Callable[..., Counts], old: list[int], new: list[int]
) -> None:
    there, back = only_row(survey(old), survey(new)), only_row(survey(new), survey(old))
    assert there["p_value"] == pytest.approx(back["p_value"], abs=1e-6)
    assert there["p_stronger"] == pytest.approx(1 - back["p_stronger"])
    mirror = {"better": "worse", "worse": "better"}
    assert back["change"] == mirror.get(there["change"], there["change"])


@pytest.mark.parametrize(
    ("shift_db", "change"), [(12, "better"), (-12, "worse"), (0, "none_shown")]
)
def test_shift_of_the_levels_is_named(
    survey: Callable[..., Counts], shift_db: int, change: str
) -> None:
    old: list[int | None] = list(range(-110, -90))
    new = [level + shift_db for level in old if level is not None]
    assert only_row(survey(old), survey(new))["change"] == change


def test_loss_of_service_is_worse(survey: Callable[..., Counts]) -> None:
    row = only_row(survey([-100] * 20), survey([None] * 15 + [-100] * 5))
    assert row["change"] == "worse"
    assert (row["signal_p50_old_dbm"], row["signal_p50_new_dbm"]) == (-100.0, None)
    assert row["weak_share_new"] == 0.75


def test_readings_of_one_device_and_day_count_for_fewer(survey: Callable[..., Counts]) -> None:
    levels = list(range(-110, -90))
    many = survey(levels)
    few = survey(levels, devices=["a"] * 10 + ["b"] * 10)
    row = only_row(many, few, reading_correlation=0.4)
    assert row["n_effective_old"] == pytest.approx(20)
    assert row["n_effective_new"] == pytest.approx(20 / (1 + 9 * 0.4))


@pytest.mark.parametrize(("n", "change"), [(3, "too_few"), (4, "none_shown")])
def test_few_independent_readings_are_not_tested(
    survey: Callable[..., Counts], n: int, change: str
) -> None:
    row = only_row(survey([-100] * n), survey([-100] * 9))
    assert row["change"] == change
    assert (row["p_value"] is None) == (change == "too_few")


def test_cells_of_one_survey_only_are_said_to_be(survey: Callable[..., Counts]) -> None:
    old, new = survey([-100] * 5), survey([-100] * 5, latitude_deg=-6.3)
    rows = compare(old, new, DeltaParams()).to_pylist()
    assert sorted(r["change"] for r in rows) == ["only_new", "only_old"]
    for row in rows:
        is_old = row["change"] == "only_old"
        assert (row["n_readings_old"], row["n_readings_new"]) == ((5, 0) if is_old else (0, 5))
        assert row["weak_share_new" if is_old else "weak_share_old"] is None
        assert row["signal_p50_new_dbm" if is_old else "signal_p50_old_dbm"] is None
        assert row["p_stronger"] is None


def test_rows_are_sorted_and_hold_to_the_contract(random_readings: RandomReadings) -> None:
    old, new = (partial(random_readings(800, seed), CountParams()) for seed in (1, 2))
    table = tables.check("cell_delta", compare(old, new, DeltaParams()))
    keys = [(r["h3_cell"], r["operator"], r["rat"]) for r in table.to_pylist()]
    assert keys == sorted(keys)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_q_values_are_those_of_benjamini_and_hochberg(p_values: list[float]) -> None:
    p = np.array([*p_values, np.nan])
    q = false_discovery_rate(p)
    assert q[:-1] == pytest.approx(stats.false_discovery_control(p[:-1]))
    assert np.isnan(q[-1])


def test_surveys_of_different_resolutions_are_refused(survey: Callable[..., Counts]) -> None:
    counts = survey([-100] * 5)
    with pytest.raises(InputError, match="Invalid resolutions 9 and 8 to compare"):
        compare(counts, roll_up(counts, 8), DeltaParams())


def test_two_empty_surveys_give_no_rows(make_readings: ReadingsMaker) -> None:
    nothing = partial(make_readings()[:0], CountParams())
    assert compare(nothing, nothing, DeltaParams()).num_rows == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("weak_dbm", -157), ("weak_dbm", -23), ("reading_correlation", -0.1),
        ("reading_correlation", 1.1), ("min_effective", 0.9), ("max_false_share", 0.0),
        ("max_false_share", 1.0),
    ],
)  # fmt: skip
def test_values_outside_their_range_are_refused(name: str, value: Any) -> None:
    with pytest.raises(InputError, match=f"Invalid {name}"):
        DeltaParams(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("weak_dbm", -156), ("weak_dbm", -24), ("reading_correlation", 0.0),
        ("reading_correlation", 1.0), ("min_effective", 1.0),
    ],
)  # fmt: skip
def test_values_at_the_edge_of_their_range_are_taken(name: str, value: Any) -> None:
    assert getattr(DeltaParams(**{name: value}), name) == value


def dortmund_visits() -> pd.DataFrame:
    """One reading a 20 m of path, with the visit to the cell it belongs to as its device."""
    parts = []
    for path in sorted(DORTMUND.glob("*.csv")):
        raw = pd.read_csv(path)
        latitude, longitude = raw["lat"].to_numpy(), raw["lon"].to_numpy()
        step_m = np.r_[
            0.0, geodesy.distance_m(latitude[:-1], longitude[:-1], latitude[1:], longitude[1:])
        ]
        is_jump = step_m > 500
        stretch = np.cumsum(np.where(is_jump, 0, step_m)) // 20 + 1e6 * np.cumsum(is_jump)
        columns = {"lat": "median", "lon": "median", "rsrp": "median"}
        part = raw.groupby(stretch).agg(columns).assign(operator=path.name.split("_")[0])
        cell = hexgrid.cells_of(part["lat"], part["lon"], 9)
        visit = np.cumsum(np.r_[True, cell[1:] != cell[:-1]])
        parts.append(part.assign(visit=[f"{path.stem} {v}" for v in visit]))
    return pd.concat(parts, ignore_index=True)


def found_between_halves(
    make_readings: ReadingsMaker, reading_correlation: float
) -> tuple[float, float]:
    """Share of cells with p under 5 %, and changes named a comparison, between random halves."""
    visits = dortmund_visits()
    rng = np.random.default_rng(2024)
    names = visits["visit"].unique()
    p_values, n_named = [], 0
    for _ in range(6):
        is_old = visits["visit"].isin(names[rng.random(len(names)) < 0.5])
        old, new = (
            partial(
                make_readings(
                    latitude_deg=half["lat"].to_numpy(), longitude_deg=half["lon"].to_numpy(),
                    operator=half["operator"].tolist(), device_id=half["visit"].tolist(),
                    signal_dbm=half["rsrp"].to_numpy(),
                ),
                CountParams(),
            )
            for half in (visits[is_old], visits[~is_old])
        )  # fmt: skip
        table = compare(old, new, DeltaParams(reading_correlation=reading_correlation))
        p_values += table["p_value"].drop_null().to_pylist()
        n_named += sum(c in {"better", "worse"} for c in table["change"].to_pylist())
    return float(np.mean(np.array(p_values) < 0.05)), n_named / 6


@pytest.mark.skipif(not DORTMUND.exists(), reason="the Dortmund drive tests are not here")
def test_halves_of_one_survey_do_not_differ(make_readings: ReadingsMaker) -> None:
    share, n_named = found_between_halves(make_readings, DeltaParams().reading_correlation)
    assert share <= 0.05
    assert n_named <= 1


@pytest.mark.skipif(not DORTMUND.exists(), reason="the Dortmund drive tests are not here")
def test_halves_of_one_survey_would_differ_without_the_correction(
    make_readings: ReadingsMaker,
) -> None:
    share, _ = found_between_halves(make_readings, 0.0)
    assert share > 0.10
