from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from coverage import hexgrid
from coverage.errors import InputError
from coverage.sites.draws import Drawn, DrawParams, draw_ranks, group_mean
from coverage.sites.situation import Situation, UploadParams

MakeSites = Callable[..., pd.DataFrame]
MakeSignal = Callable[..., pd.DataFrame]
HOME = (-6.6, 106.2)
UPLOAD = UploadParams()
PLACES = [(HOME[0] + 0.004 * i, HOME[1]) for i in range(3)]


def drawn_of(
    situation: Situation, params: DrawParams | None = None, donor_dbm: float = -111.0
) -> Drawn:
    n, k = len(situation.building_share), len(situation.grid.operators)
    return draw_ranks(
        situation,
        np.ones((n, k), dtype=bool),
        0.5 * np.eye(k) + 0.5,
        stake=np.full(n, 100.0),
        groups=np.arange(n),
        donor_dbm=donor_dbm,
        upload=UPLOAD,
        params=params or DrawParams(),
    )


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


def test_the_first_places_are_shared_out_among_those_who_may_hold_them(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    situation = Situation.of(make_sites(*PLACES), make_signal(home_cells, {"A": (-115, 6)}), UPLOAD)
    p_top = drawn_of(situation, DrawParams(top_k=1)).p_top
    assert p_top.sum() == pytest.approx(1)
    assert ((p_top > 0.2) & (p_top < 0.5)).all()
    assert (drawn_of(situation, DrawParams(top_k=3)).p_top == 1).all()


@pytest.mark.parametrize(
    ("mean_dbm", "sd_db", "least", "most"),
    [(-115.2, 8.0, 0.25, 0.5), (-115.2, 0.1, 0.0, 0.05), (-140.0, 3.0, 0.0, 1e-6)],
)
def test_a_reading_settles_what_the_level_leaves_open(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells,
    *, mean_dbm: float, sd_db: float, least: float, most: float,
) -> None:  # fmt: skip
    situation = Situation.of(
        make_sites(HOME), make_signal(home_cells, {"A": (mean_dbm, sd_db)}), UPLOAD
    )
    (settled,) = drawn_of(situation).p_settled
    assert least <= settled <= most


def test_a_booster_mends_only_where_a_donor_is_heard(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    school = make_sites(HOME, building=pd.array(["school"], dtype="string"))
    situation = Situation.of(school, make_signal(home_cells, {"A": (-106, 3)}), UPLOAD)
    boosted = [float(drawn_of(situation, donor_dbm=d).p_boosted[0]) for d in (-140, -106, -60)]
    assert boosted[0] > boosted[1] > boosted[2] == 0
    assert boosted[0] > 0.5


def test_threads_change_the_time_and_nothing_else(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    places = [(HOME[0] + 0.0005 * i, HOME[1]) for i in range(12)]
    signal = make_signal(home_cells, {"A": (-114, 5), "B": (-116, 5)})
    situation = Situation.of(make_sites(*places), signal, UPLOAD)
    one, four = (drawn_of(situation, DrawParams(n_draws=45, n_threads=n)) for n in (1, 4))
    for name in ("rank_low", "rank_high", "p_top", "p_settled", "p_boosted"):
        assert np.array_equal(getattr(one, name), getattr(four, name))


def test_group_mean() -> None:
    assert group_mean(np.array([1.0, 3, 5]), np.array([0, 0, 1])).tolist() == [2, 2, 5]


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"n_draws": 19}, r"Invalid n_draws 19"), ({"low": 0.95, "high": 0.05}, r"Invalid interval"),
     ({"seed": -1}, r"Invalid seed -1"), ({"top_k": 0}, r"Invalid top_k 0"),
     ({"n_threads": 0}, r"Invalid n_threads 0")],
)  # fmt: skip
def test_params_are_checked(changes: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        DrawParams(**changes)  # type: ignore[arg-type]
