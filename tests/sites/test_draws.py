from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from coverage import hexgrid
from coverage.errors import InputError
from coverage.sites.draws import DrawParams, draw_ranks, group_mean
from coverage.sites.situation import Situation, UploadParams

MakeSites = Callable[..., pd.DataFrame]
MakeSignal = Callable[..., pd.DataFrame]
HOME = (-6.6, 106.2)
UPLOAD = UploadParams()
PLACES = [(HOME[0] + 0.004 * i, HOME[1]) for i in range(3)]


def interval(
    situation: Situation, params: DrawParams | None = None, stake: np.ndarray | None = None,
    groups: np.ndarray | None = None,
) -> list[tuple[int, int]]:  # fmt: skip
    n = len(situation.building_share)
    k = len(situation.grid.operators)
    drawn = draw_ranks(
        situation,
        np.ones((n, k), dtype=bool),
        0.5 * np.eye(k) + 0.5,
        stake=np.ones(n) * 100 if stake is None else stake,
        groups=np.arange(n) if groups is None else groups,
        donor_dbm=-111.0,
        upload=UPLOAD,
        params=params or DrawParams(),
    )
    return list(zip(drawn.rank_low.tolist(), drawn.rank_high.tolist(), strict=True))


def levels(situation_cells: hexgrid.Cells, by_place: list[float]) -> np.ndarray:
    """Mean of each cell: that of the place nearest in latitude."""
    lat, _ = hexgrid.centres_of(situation_cells)
    nearest = np.abs(lat[:, None] - np.array([p[0] for p in PLACES])).argmin(axis=1)
    return np.array(by_place)[nearest]


def test_certain_levels_give_certain_ranks(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    means = levels(home_cells, [-116, -112, -120])
    situation = Situation.of(
        make_sites(*PLACES), make_signal(home_cells, {"A": (means, 0.1)}), UPLOAD
    )
    assert interval(situation) == [(2, 2), (3, 3), (1, 1)]


def test_equal_uncertain_levels_may_take_any_rank(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    situation = Situation.of(make_sites(*PLACES), make_signal(home_cells, {"A": (-115, 6)}), UPLOAD)
    assert interval(situation) == [(1, 3)] * 3


def test_sites_of_one_cell_share_its_draw(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    situation = Situation.of(
        make_sites(HOME, HOME), make_signal(home_cells, {"A": (-115, 6)}), UPLOAD
    )
    assert interval(situation) == [(1, 1), (2, 2)]  # always equal, so the order of the list


def test_sites_of_a_group_are_not_ranked_against_each_other(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    situation = Situation.of(make_sites(*PLACES), make_signal(home_cells, {"A": (-115, 6)}), UPLOAD)
    found = interval(situation, groups=np.array([0, 0, 1]))
    assert found[0] == (1, 2)
    assert found[1] == (2, 3)


def test_nothing_at_stake_comes_last(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    situation = Situation.of(make_sites(*PLACES), make_signal(home_cells, {"A": (-115, 6)}), UPLOAD)
    assert interval(situation, stake=np.array([0.0, 100, 100]))[0] == (3, 3)


def test_equal_seeds_give_equal_ranks_and_draws_go_on_from_one_another(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    places = [(HOME[0] + 0.0005 * i, HOME[1]) for i in range(12)]
    signal = make_signal(home_cells, {"A": (-114, 5), "B": (-116, 5)})
    situation = Situation.of(make_sites(*places), signal, UPLOAD)
    assert interval(situation) == interval(situation)


def test_group_mean() -> None:
    assert group_mean(np.array([1.0, 3, 5]), np.array([0, 0, 1])).tolist() == [2, 2, 5]


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"n_draws": 19}, r"Invalid n_draws 19"), ({"low": 0.95, "high": 0.05}, r"Invalid interval"),
     ({"seed": -1}, r"Invalid seed -1")],
)  # fmt: skip
def test_params_are_checked(changes: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        DrawParams(**changes)  # type: ignore[arg-type]
