"""What changed between two surveys, and what may be chance.

Two questions are asked of every cell that was read twice, on counts alone:

- Did the levels shift? Rank-sum test (Wilcoxon 1945; Mann and Whitney 1947), corrected for ties,
  no service ranked below every level.
- Did the weak share change? Fisher's exact test, two-sided by doubling.

The smaller p-value, doubled for having asked twice, is the cell's. Thousands of cells are compared
at once, and 5 % of them would look changed by chance alone: a change is named only where the false
discovery rate over all cells tested (Benjamini and Hochberg 1995) stays under ``max_false_share``.

Readings of one device on one day are not independent: they share the phone, the hour and the pass.
The n readings of a survey are worth n / (1 + (m - 1) r) independent ones (Kish 1965), m the number
of readings a device and day, averaged over readings, and r their correlation. In the Dortmund drive
tests (H3 resolution 9, one value in 20 m, one visit = one cluster) r is 0.43 for one operator and
0.31 for the other. Between random halves of those drives, where nothing changed, 1.0 % of cells
have p < 0.05; uncorrected it would be 16 %. A drop of 6 dB is named in 61 % of the cells tested
there, one of 10 dB in 89 %, one of 3 dB in 2 %: ``none_shown`` does not mean unchanged.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy import special, stats

from coverage.cells.accumulator import NO_SERVICE_CODE, SIGNAL_OFFSET, Accumulator
from coverage.cells.count_rows import groups_of_rows, signal_codes_of_rows
from coverage.cells.histogram import Counts
from coverage.cells.ordering import KeyOrder, contract_table, text_of
from coverage.cells.packing import Ints, starts_of
from coverage.cells.selection import CountParams
from coverage.errors import InputError
from coverage.tables import CELL_CHANGES, empty

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class DeltaParams:
    """When a difference is called a change. Project values.

    Attributes
    ----------
    weak_dbm
        A level below is weak (DOMAIN 6). [dBm]
    reading_correlation
        Correlation of the readings of one device on one day in one cell; measured, see above.
    min_effective
        Independent readings that each survey must be worth to be tested. [count]
    max_false_share
        Share of false findings that is put up with among the changes named.
    """

    weak_dbm: int = -110
    reading_correlation: float = 0.4
    min_effective: float = 4.0
    max_false_share: float = 0.05

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if not -156 <= self.weak_dbm <= -24:
            raise InputError(f"Invalid weak_dbm {self.weak_dbm}. Must be in [-156, -24].")
        if not 0 <= self.reading_correlation <= 1:
            raise InputError(
                f"Invalid reading_correlation {self.reading_correlation}. Must be in [0, 1]."
            )
        if not self.min_effective >= 1:
            raise InputError(f"Invalid min_effective {self.min_effective}. Must be >= 1.")
        if not 0 < self.max_false_share < 1:
            raise InputError(f"Invalid max_false_share {self.max_false_share}. Must be in (0, 1).")


@dataclass(frozen=True, kw_only=True)
class _Levels:
    """Counts of both surveys on one scale, sorted by group and level.

    Attributes
    ----------
    codes, old, new
        Level code and its count in either survey, one an entry.
    starts
        First entry of each group, by group number.
    """

    codes: Ints
    old: Ints
    new: Ints
    starts: npt.NDArray[np.intp]

    def summed(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Sum over the entries of each group."""
        sums: npt.NDArray[Any] = np.add.reduceat(values, self.starts)
        return sums

    def before(self, counts: Ints) -> Ints:
        """Counts of the group's lower levels, for each entry."""
        ends = np.cumsum(counts)
        sizes = np.diff(self.starts, append=len(counts))
        return ends - counts - np.repeat((ends - counts)[self.starts], sizes)

    def medians(self, counts: Ints) -> Ints:
        """Level code of rank (n - 1) // 2 in each group; no service where there is no reading."""
        ends = np.cumsum(counts)
        first = (ends - counts)[self.starts]
        n = self.summed(counts)
        place = np.searchsorted(ends, first + (n - 1) // 2, side="right").clip(max=len(ends) - 1)
        return np.where(n > 0, self.codes[place], NO_SERVICE_CODE)


def compare(old: Counts, new: Counts, params: DeltaParams) -> pa.Table:
    """Change of every cell that either survey read: table ``cell_delta``, sorted by key.

    Raises
    ------
    InputError
        Where the surveys are counted at different resolutions.
    """
    if old.resolution != new.resolution:
        raise InputError(
            f"Invalid resolutions {old.resolution} and {new.resolution} to compare. Must be equal.",
            remedy="Roll the finer one up.",
        )
    accumulator = Accumulator(CountParams(resolution=old.resolution))
    levels = _levels(accumulator, old, new)
    if not accumulator.groups.size:
        return empty("cell_delta")
    n_old, n_new = levels.summed(levels.old), levels.summed(levels.new)
    worth_old = n_old / _design_effect(accumulator, old, params)
    worth_new = n_new / _design_effect(accumulator, new, params)
    is_weak = levels.codes < params.weak_dbm + SIGNAL_OFFSET
    weak_old = _share(levels.summed(levels.old * is_weak), n_old)
    weak_new = _share(levels.summed(levels.new * is_weak), n_new)
    p_stronger = _p_stronger(levels)
    is_tested = np.minimum(worth_old, worth_new) >= params.min_effective
    p_level = _rank_sum_p(levels, p_stronger, worth_old, worth_new)
    p_weak = _fisher_p(weak_old, worth_old, weak_new, worth_new)
    p_value = np.where(is_tested, np.minimum(2 * np.fmin(p_level, p_weak), 1.0), np.nan)
    q_value = false_discovery_rate(p_value)
    is_better = np.where(p_level <= p_weak, p_stronger > 0.5, weak_new < weak_old)
    key = KeyOrder.of(accumulator)
    order = key.order
    columns: dict[str, Any] = {
        "n_readings_old": n_old, "n_readings_new": n_new,
        "n_effective_old": worth_old, "n_effective_new": worth_new,
        "signal_p50_old_dbm": _level(levels.medians(levels.old)),
        "signal_p50_new_dbm": _level(levels.medians(levels.new)),
        "weak_share_old": weak_old, "weak_share_new": weak_new,
        "p_stronger": p_stronger, "p_value": p_value, "q_value": q_value,
    }  # fmt: skip
    change = _changes(n_old, n_new, is_tested, q_value <= params.max_false_share, is_better)
    return contract_table(
        "cell_delta",
        {
            **key.key_columns(order),
            **{name: pa.array(values[order], from_pandas=True) for name, values in columns.items()},
            "change": text_of(change[order], pa.array(CELL_CHANGES)),
        },
    )


def false_discovery_rate(p_value: Floats) -> Floats:
    """Benjamini-Hochberg q-value of each p-value; NaN is not a test and stays.

    Examples
    --------
    >>> false_discovery_rate(np.array([0.01, 0.04, np.nan, 0.03])).tolist()
    [0.03, 0.04, nan, 0.04]
    """
    q_value = np.full(p_value.shape, np.nan)
    tested = np.flatnonzero(~np.isnan(p_value))
    order = tested[np.argsort(p_value[tested], kind="stable")]
    scaled = p_value[order] * len(order) / np.arange(1, len(order) + 1)
    q_value[order] = np.minimum.accumulate(scaled[::-1])[::-1]
    return q_value


def _levels(accumulator: Accumulator, old: Counts, new: Counts) -> _Levels:
    """Counts of both surveys, the groups numbered by the accumulator."""
    parts = []
    for counts, is_new in ((old, 0), (new, 1)):
        for batch in _filled_batches(counts.cell_counts):
            groups = groups_of_rows(accumulator, batch)
            n = batch["n"].to_numpy()
            parts.append((groups, signal_codes_of_rows(batch), n * (1 - is_new), n * is_new))
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return _Levels(codes=none, old=none, new=none, starts=none)
    groups, codes, n_old, n_new = (np.concatenate(c) for c in zip(*parts, strict=True))
    order = np.lexsort((codes, groups))
    groups, codes = groups[order], codes[order]
    first = starts_of(groups << 8 | codes)
    return _Levels(
        codes=codes[first],
        old=np.add.reduceat(n_old[order], first),
        new=np.add.reduceat(n_new[order], first),
        starts=starts_of(groups[first]),
    )


def _filled_batches(table: pa.Table) -> list[pa.RecordBatch]:
    """Batches that have rows."""
    return [batch for batch in table.to_batches() if batch.num_rows]


def _design_effect(accumulator: Accumulator, counts: Counts, params: DeltaParams) -> Floats:
    """1 + (m - 1) r of each group, at least 1 (Kish 1965)."""
    size = accumulator.groups.size
    total, squares = np.zeros(size), np.zeros(size)
    for batch in _filled_batches(counts.cell_devices):
        groups, n = groups_of_rows(accumulator, batch), batch["n"].to_numpy().astype(np.float64)
        total += np.bincount(groups, weights=n, minlength=size)
        squares += np.bincount(groups, weights=n * n, minlength=size)
    mean_cluster = np.divide(squares, total, out=np.ones(size), where=total > 0)
    return 1 + (mean_cluster - 1) * params.reading_correlation


def _share(n: npt.NDArray[Any], total: Ints) -> Floats:
    """Part of the total, NaN where there is nothing."""
    share: Floats = np.divide(n, total, out=np.full(len(n), np.nan), where=total > 0)
    return share


def _p_stronger(levels: _Levels) -> Floats:
    """Probability that a new reading is above an old one, ties half: U / (n_old n_new)."""
    above = levels.new * (levels.before(levels.old) + levels.old / 2)
    pairs = levels.summed(levels.old) * levels.summed(levels.new)
    return _share(levels.summed(above), pairs)


def _rank_sum_p(
    levels: _Levels, p_stronger: Floats, worth_old: Floats, worth_new: Floats
) -> Floats:
    """Two-sided p-value of the rank-sum test, normal approximation, on independent readings.

    Var(U / (n m)) = (N + 1) / (12 n m), times 1 - sum(t^3 - t) / (N^3 - N) for ties of t (Lehmann
    1975, section 1.4), with the independent readings for n and m.
    """
    both = (levels.old + levels.new).astype(np.float64)
    n = levels.summed(both)
    cubes = np.maximum(n**3 - n, 1.0)
    untied = 1 - levels.summed(both**3 - both) / cubes
    pairs = np.maximum(worth_old * worth_new, 1e-300)
    spread = np.sqrt(np.maximum(untied, 0) * (worth_old + worth_new + 1) / (12 * pairs))
    distance = np.maximum(np.abs(p_stronger - 0.5) - 0.5 / pairs, 0)
    z = np.divide(distance, spread, out=np.zeros(len(n)), where=spread > 0)
    p_value: Floats = np.minimum(2 * special.ndtr(-z), 1.0)
    return np.where(np.isnan(p_stronger), np.nan, p_value)


def _fisher_p(weak_old: Floats, worth_old: Floats, weak_new: Floats, worth_new: Floats) -> Floats:
    """Two-sided p-value of Fisher's exact test on whole independent readings."""
    n_old, n_new = np.floor(worth_old), np.floor(worth_new)
    k_old, k_new = (
        np.rint(np.nan_to_num(weak_old) * n_old),
        np.rint(np.nan_to_num(weak_new) * n_new),
    )
    table = stats.hypergeom(n_old + n_new, k_old + k_new, n_new)
    tail = np.minimum(table.cdf(k_new), table.sf(k_new - 1))
    p_value: Floats = np.minimum(2 * tail, 1.0)
    return p_value


def _level(codes: Ints) -> Floats:
    """Level of each code, NaN for no service [dBm]."""
    return np.where(codes == NO_SERVICE_CODE, np.nan, codes - float(SIGNAL_OFFSET))


def _changes(
    n_old: Ints, n_new: Ints, is_tested: Bools, is_found: Bools, is_better: Bools
) -> npt.NDArray[np.int8]:
    """What the surveys say of each cell, as places in ``CELL_CHANGES``."""
    names = [
        (n_new == 0, "only_old"), (n_old == 0, "only_new"), (~is_tested, "too_few"),
        (~is_found, "none_shown"), (is_better, "better"),
    ]  # fmt: skip
    return np.select(
        [condition for condition, _ in names],
        [np.int8(CELL_CHANGES.index(name)) for _, name in names],
        np.int8(CELL_CHANGES.index("worse")),
    )
