"""How well it is known whether a site is weak: readings first, the model second, else not known."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage import hexgrid
from coverage.errors import InputError
from coverage.sites.levels import Floats

Booleans = npt.NDArray[np.bool_]

_DATA_RATS: Final = ("LTE", "NR")  # 2G and 3G are weak for a photo (DOMAIN 2)


class State(IntEnum):
    """What is known of one operator at one site."""

    UNKNOWN = 0
    OK = 1
    MODELLED_WEAK = 2
    INDICATED_WEAK = 3
    CONFIRMED_WEAK = 4


EVIDENCE_OF_STATE: Final = {
    State.UNKNOWN: "survey_first",
    State.OK: "ok",
    State.MODELLED_WEAK: "modelled_weak",
    State.INDICATED_WEAK: "indicated_weak",
    State.CONFIRMED_WEAK: "confirmed_weak",
}
_STATE_OF_CELL: Final = {
    "ok": State.OK,
    "indicated_weak": State.INDICATED_WEAK,
    "confirmed_weak": State.CONFIRMED_WEAK,
}
_TRUST: Final = {State.INDICATED_WEAK: 1, State.CONFIRMED_WEAK: 2, State.OK: 3}


@dataclass(frozen=True, kw_only=True)
class EvidenceParams:
    """What counts as evidence.

    Attributes
    ----------
    p_weak_limit
        A modelled operator is weak from this probability on (DOMAIN 9). [0-1]
    as_of
        Day of the decision; None = readings of any age count.
    max_age_days
        Readings older than this on that day are no evidence (DOMAIN 8: a year, after FCC). [days]
    """

    p_weak_limit: float = 0.5
    as_of: date | None = None
    max_age_days: int = 365

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if not 0 < self.p_weak_limit < 1:
            raise InputError(f"Invalid p_weak_limit {self.p_weak_limit}. Must be in (0, 1).")
        if self.max_age_days < 1:
            raise InputError(f"Invalid max_age_days {self.max_age_days}. Must be >= 1.")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Readings in the cells of the sites; arrays of shape (sites, operators).

    Attributes
    ----------
    state
        OK, INDICATED_WEAK or CONFIRMED_WEAK; UNKNOWN where nothing valid was read.
    is_no_service
        The median reading found no service.
    is_legacy_only
        Only 2G or 3G was read, by enough readings and devices.
    is_stale
        Something was read, but all of it too long ago.
    """

    state: npt.NDArray[np.int8]
    is_no_service: Booleans
    is_legacy_only: Booleans
    is_stale: Booleans


def measured_at(
    h3_cell: hexgrid.Cells,
    operators: tuple[str, ...],
    cells: pd.DataFrame,
    is_located: Booleans,
    params: EvidenceParams,
) -> Measured:
    """What was read in the sites' cells.

    LTE and NR count; the better of the two speaks for the operator. Where only 2G or 3G was read
    by enough readings and devices (``n_ok``), the operator is indicated weak: phones had no 4G.
    Sites whose position is not known well enough take no reading.

    Raises
    ------
    InputError
        Where ``cells`` has another resolution than the sites' cells.
    """
    shape = (len(h3_cell), len(operators))
    state = np.zeros(shape, dtype=np.int8)
    no_service, legacy, stale = (np.zeros(shape, dtype=bool) for _ in range(3))
    _require_resolution(h3_cell, cells)
    fresh = _is_fresh(cells, params)
    is_data = cells["rat"].isin(_DATA_RATS).to_numpy(dtype=bool)
    spoken = cells["evidence"].isin(list(_STATE_OF_CELL)).to_numpy(dtype=bool)
    n_ok = cells["n_ok"].to_numpy(dtype=bool)
    half_out = cells["no_service_share"].to_numpy(dtype=np.float64) >= 0.5
    for k, operator in enumerate(operators):
        own = (cells["operator"] == operator).to_numpy(dtype=bool)
        valid = own & is_data & fresh & spoken
        state[:, k] = _best_state(h3_cell, cells[valid])
        no_service[:, k] = np.isin(h3_cell, _cells(cells, valid & half_out)) & (
            state[:, k] > State.OK
        )
        is_unread = state[:, k] == State.UNKNOWN
        only_old = own & ~is_data & fresh & n_ok
        legacy[:, k] = np.isin(h3_cell, _cells(cells, only_old)) & is_unread
        state[legacy[:, k], k] = State.INDICATED_WEAK
        read_long_ago = np.isin(h3_cell, _cells(cells, own & ~fresh & spoken))
        stale[:, k] = read_long_ago & (state[:, k] == State.UNKNOWN)
    for flags in (no_service, legacy, stale):
        flags[~is_located] = False
    state[~is_located] = State.UNKNOWN
    return Measured(state=state, is_no_service=no_service, is_legacy_only=legacy, is_stale=stale)


def operator_states(
    measured: Measured, p_weak: Floats, is_applicable: Booleans, params: EvidenceParams
) -> npt.NDArray[np.int8]:
    """State of each operator at each site, at the phone.

    Measured weak is weak. Measured not weak is ok unless the building makes it weak: then it is
    modelled weak, or unknown where the model does not answer. Nothing measured: the model's word,
    or unknown.

    Parameters
    ----------
    measured
        As from :func:`measured_at`.
    p_weak
        At the phone, NaN where there is no prediction; shape (sites, operators). [0-1]
    is_applicable
        The model answers.
    params
        Limit.
    """
    is_weak = p_weak >= params.p_weak_limit  # False for NaN, which is never applicable
    modelled = np.where(is_weak, State.MODELLED_WEAK, State.OK)
    modelled = np.where(is_applicable & ~np.isnan(p_weak), modelled, State.UNKNOWN)
    outdoors_ok = np.where(is_weak, modelled, State.OK)
    states = np.select(
        [measured.state > State.OK, measured.state == State.OK],
        [measured.state, outdoors_ok],
        default=modelled,
    )
    return states.astype(np.int8)


def site_evidence(states: npt.NDArray[np.int8]) -> list[str]:
    """Evidence of each site from its operators' states.

    One operator ok makes the site ok: officers may use any SIM. Otherwise one unknown operator
    leaves it ``survey_first``. Otherwise every operator is weak, and the site is as certain as the
    least certain of them: confirmed only if each is confirmed by readings.
    """
    has_ok = (states == State.OK).any(axis=1)
    weakest_link = states.min(axis=1)
    result = np.where(has_ok, State.OK, weakest_link)
    return [EVIDENCE_OF_STATE[State(int(value))] for value in result]


def _require_resolution(h3_cell: hexgrid.Cells, cells: pd.DataFrame) -> None:
    wanted = set(np.unique(hexgrid.resolution_of(h3_cell)).tolist())
    found = set(np.unique(hexgrid.resolution_of(_cells(cells, slice(None)))).tolist())
    if not found <= wanted:
        raise InputError(
            f"Invalid cells of resolution {sorted(found)}. Must be {sorted(wanted)} as cell_signal."
        )


def _is_fresh(cells: pd.DataFrame, params: EvidenceParams) -> Booleans:
    if params.as_of is None:
        return np.ones(len(cells), dtype=bool)
    oldest = pd.Timestamp(params.as_of - timedelta(days=params.max_age_days), tz="UTC")
    return (cells["last_time"] >= oldest).to_numpy(dtype=bool)


def _cells(cells: pd.DataFrame, chosen: Any) -> hexgrid.Cells:
    h3_cell: hexgrid.Cells = cells["h3_cell"].to_numpy(dtype=np.uint64)[chosen]
    return h3_cell


def _best_state(h3_cell: hexgrid.Cells, rows: pd.DataFrame) -> npt.NDArray[np.int8]:
    """State that speaks for each cell: ok before confirmed before indicated weak."""
    if rows.empty:
        return np.zeros(len(h3_cell), dtype=np.int8)
    states = rows["evidence"].map(_STATE_OF_CELL).to_numpy(dtype=np.int8)
    trust = np.array([_TRUST[State(int(s))] for s in states])
    known = rows["h3_cell"].to_numpy(dtype=np.uint64)
    order = np.lexsort((trust, known))
    known, states = known[order], states[order]
    last = np.searchsorted(known, h3_cell, side="right") - 1
    found = np.where(last >= 0, known[np.maximum(last, 0)] == h3_cell, False)
    return np.where(found, states[np.maximum(last, 0)], State.UNKNOWN).astype(np.int8)
