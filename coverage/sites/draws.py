"""How far a site's rank may move, and what a reading would settle: draws of the real levels."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from coverage.errors import InputError
from coverage.sites.building import p2109_loss_db
from coverage.sites.levels import Floats, levels_at_z
from coverage.sites.positions import N_POINTS
from coverage.sites.signal_grid import MISSING
from coverage.sites.situation import Situation, UploadParams

_DRAWS_AT_ONCE: Final = 10  # fixed: the random stream is cut by it
_N_LOSSES: Final = 8  # quantiles of the building's loss averaged over in each draw
_NO_LEVEL_DBM: Final = -1e6
_Z_STEP: Final = 0.125
_Z_GRID: Final = np.arange(-5.0, 5.0 + _Z_STEP, _Z_STEP)  # scores at which levels are tabulated


@dataclass(frozen=True, kw_only=True)
class DrawParams:
    """Draws behind the rank interval.

    Attributes
    ----------
    n_draws
        Draws of the whole list. [count]
    low, high
        Probabilities of the interval's ends.
    top_k
        Places that count as the first; the chance of standing among them is counted. [count]
    seed
        Of the draws.
    n_threads
        Changes the time and nothing else. [count]
    """

    n_draws: int = 200
    low: float = 0.05
    high: float = 0.95
    top_k: int = 100
    seed: int = 2024
    n_threads: int = 1

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if not 20 <= self.n_draws <= 10_000:
            raise InputError(f"Invalid n_draws {self.n_draws}. Must be in [20, 10000].")
        if not 0 < self.low < self.high < 1:
            raise InputError(f"Invalid interval ({self.low}, {self.high}). Must rise in (0, 1).")
        if self.top_k < 1:
            raise InputError(f"Invalid top_k {self.top_k}. Must be >= 1.")
        if self.seed < 0:
            raise InputError(f"Invalid seed {self.seed}. Must be >= 0.")
        if self.n_threads < 1:
            raise InputError(f"Invalid n_threads {self.n_threads}. Must be >= 1.")


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What the draws say of every site.

    Attributes
    ----------
    rank_low, rank_high
        Percentiles of the rank, 1 = act first.
    p_top
        Share of the draws in which the site stands among the first ``top_k``. [0-1]
    p_settled
        By how much a reading of the outdoor level lowers the chance of doing the wrong thing,
        acting where it works or not acting where it fails. [0-0.5]
    p_boosted
        Chance that the upload fails although an operator reaches the donor level at the mast: what
        a booster can mend. Where a site fails for certain the donor is weak as a rule. [0-1]
    """

    rank_low: npt.NDArray[np.int32]
    rank_high: npt.NDArray[np.int32]
    p_top: Floats
    p_settled: Floats
    p_boosted: Floats


def draw_ranks(
    situation: Situation,
    counted: npt.NDArray[np.bool_],
    correlation: Floats,
    *,
    stake: Floats,
    groups: npt.NDArray[np.intp],
    donor_dbm: float,
    upload: UploadParams,
    params: DrawParams,
) -> Drawn:
    """Interval of each site's rank, chance of being among the first, and what a reading settles.

    Each draw gives every H3 cell one level per operator, joined by the copula, and every place one
    point within its accuracy; the chance of failing there, building and uplink spread averaged
    over, times the stake, ranks the sites. Sites of one cell share its draw; different cells are
    drawn independently, since the model hands over no correlation between them.

    A draw stands for what a reading may show. As things stand the smaller of both chances, failing
    and not failing, is the risk of the wrong decision; the mean of the same over the draws is what
    is left after a reading, building and load being as unknown as before. The difference is the
    expected value of the reading (Raiffa and Schlaifer, Applied Statistical Decision Theory, 1961).

    Parameters
    ----------
    situation
        Sites over predicted cells, in the order in which ties are broken.
    counted
        Operators counted at each site, shape (sites, operators).
    correlation
        Between operators.
    stake
        What a failure counts: voters, less what relieves the site. [voters]
    groups
        Sites of one group are given the mean of their priorities (village centroids).
    donor_dbm
        Outdoor level at the ground from which on a booster has a donor at its mast. [dBm]
    upload, params
        Thresholds; draws.

    Returns
    -------
    Drawn
        One value a site.
    """
    case = _Case(
        situation=situation,
        near=_NearCells.of(situation),
        counted=counted,
        factor=np.asarray(np.linalg.cholesky(correlation), dtype=np.float64),
        stake=stake,
        groups=groups,
        donor_dbm=donor_dbm,
        upload=upload,
    )
    sizes = _block_sizes(params.n_draws)
    streams = np.random.SeedSequence(params.seed).spawn(len(sizes))
    with ThreadPoolExecutor(max_workers=params.n_threads) as threads:
        blocks = list(threads.map(case.draw, streams, sizes))
    ranks = np.concatenate([block.ranks for block in blocks])
    p_fail, risk, boosted = (
        np.sum([getattr(block, name) for block in blocks], axis=0) / params.n_draws
        for name in ("p_fail", "risk", "boosted")
    )
    low, high = np.quantile(ranks, (params.low, params.high), axis=0, method="inverted_cdf")
    return Drawn(
        rank_low=low.astype(np.int32),
        rank_high=high.astype(np.int32),
        p_top=(ranks <= params.top_k).mean(axis=0),
        p_settled=np.maximum(np.minimum(p_fail, 1 - p_fail) - risk, 0.0),
        p_boosted=boosted,
    )


def _block_sizes(n_draws: int) -> list[int]:
    """Draws of each random stream."""
    full, rest = divmod(n_draws, _DRAWS_AT_ONCE)
    return [_DRAWS_AT_ONCE] * full + ([rest] if rest else [])


@dataclass(frozen=True, kw_only=True)
class _Block:
    """Draws of one stream: ranks of each, and sums over them."""

    ranks: npt.NDArray[np.int32]
    p_fail: Floats
    risk: Floats
    boosted: Floats


@dataclass(frozen=True, kw_only=True)
class _Case:
    """What every draw needs; see :func:`draw_ranks`."""

    situation: Situation
    near: "_NearCells"
    counted: npt.NDArray[np.bool_]
    factor: Floats
    stake: Floats
    groups: npt.NDArray[np.intp]
    donor_dbm: float
    upload: UploadParams

    def draw(self, stream: np.random.SeedSequence, n_draws: int) -> _Block:
        """Draw the whole list some times from one stream."""
        situation, near = self.situation, self.near
        n_sites, n_operators = self.counted.shape
        place = situation.positions.place_of_site
        rng = np.random.default_rng(stream)
        ranks = np.empty((n_draws, n_sites), dtype=np.int32)
        sums = np.zeros((3, n_sites))
        for draw in range(n_draws):
            score = rng.standard_normal((near.n_cells, n_operators)) @ self.factor.T
            point = rng.integers(N_POINTS, size=len(near.cell_index))
            cell = near.cell_index[np.arange(len(point)), point]
            level = np.stack(
                [near.level(cell, k, score[cell, k]) for k in range(n_operators)], axis=1
            )[place]
            has_donor = np.where(self.counted, level, -np.inf).max(axis=1) >= self.donor_dbm
            p_fail = _p_fail(
                level - situation.needed_dbm, self.counted, situation.building_share, self.upload
            )
            ranks[draw] = _ranks(group_mean(p_fail * self.stake, self.groups))
            sums += np.stack([p_fail, np.minimum(p_fail, 1 - p_fail), p_fail * has_donor])
        return _Block(ranks=ranks, p_fail=sums[0], risk=sums[1], boosted=sums[2])


def group_mean(values: Floats, groups: npt.NDArray[np.intp]) -> Floats:
    """Each value replaced by the mean of its group."""
    total = np.bincount(groups, weights=values)
    result: Floats = (total / np.maximum(np.bincount(groups), 1))[groups]
    return result


@dataclass(frozen=True, kw_only=True)
class _NearCells:
    """The cells in which sites may lie, and their levels over the normal score.

    Attributes
    ----------
    n_cells
        How many; a site's points outside every predicted cell fall on one more, without levels.
    cell_index
        Index of the cell of every point of every place.
    rows
        Row of ``levels`` for each cell and operator.
    levels
        Levels at :data:`_Z_GRID`; hopelessly low where nothing is predicted. [dBm]
    """

    n_cells: int
    cell_index: npt.NDArray[np.intp]
    rows: npt.NDArray[np.intp]
    levels: npt.NDArray[np.float32]

    @classmethod
    def of(cls, situation: Situation) -> Self:
        """Gather them."""
        grid = situation.grid
        cells, index = np.unique(situation.cell_index, return_inverse=True)
        rows = np.stack([grid.rows_of(cells, k) for k in range(len(grid.operators))], axis=1)
        used, position = np.unique(rows, return_inverse=True)
        levels = levels_at_z(grid.knots_dbm[used], _Z_GRID).astype(np.float32)
        levels[used == MISSING] = _NO_LEVEL_DBM
        return cls(
            n_cells=len(cells),
            cell_index=index.reshape(situation.cell_index.shape),
            rows=position.reshape(rows.shape),
            levels=levels,
        )

    def level(self, cell: npt.NDArray[np.intp], operator: int, score: Floats) -> Floats:
        """Levels of one operator at normal scores, by the table [dBm]."""
        row = self.rows[cell, operator]
        position = np.clip((score - _Z_GRID[0]) / _Z_STEP, 0, len(_Z_GRID) - 1.001)
        low = position.astype(np.intp)
        share = position - low
        level: Floats = self.levels[row, low] * (1 - share) + self.levels[row, low + 1] * share
        return level


def _p_fail(
    margin_db: Floats, counted: npt.NDArray[np.bool_], building_share: Floats, upload: UploadParams
) -> Floats:
    """Chance that no counted operator carries the upload, given outdoor margins [0-1]."""
    best = np.where(counted, margin_db, -np.inf)
    result = np.zeros(len(best))
    middle = (np.arange(_N_LOSSES) + 0.5) / _N_LOSSES
    for share in np.unique(building_share).tolist():
        here = building_share == share
        losses = p2109_loss_db(middle, upload.building, share) if share else np.zeros(1)
        total = np.zeros(int(here.sum()))
        for loss_db in losses.tolist():
            total += ndtr((loss_db - best[here]) / upload.uplink.spread_db).prod(axis=1)
        result[here] = total / len(losses)
    return result


def _ranks(priority: Floats) -> npt.NDArray[np.int32]:
    """Rank of each priority, the highest 1, ties in order."""
    order = np.argsort(-priority, kind="stable")
    ranks = np.empty(len(order), dtype=np.int32)
    ranks[order] = np.arange(1, len(order) + 1, dtype=np.int32)
    return ranks
