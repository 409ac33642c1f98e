"""Drafts gathered into chunks large enough to judge, cut where no rule looks across.

Rules that look at neighbouring rows (frozen positions, stale radio values, stretches of route) see
one chunk at a time. A chunk therefore ends between two rows that differ in position and in radio
cell or level: no run of equal values crosses such a place. Only where a whole tenth of a chunk has
no such place (a phone that lies still for hours) is it cut anywhere; each side is then long enough
to be judged alike, and one more route value is all that it costs.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from coverage.readings.draft import Draft, concat

CHUNK_ROWS: Final = 2**17
"""Rows judged at a time: a day and a half of one reading a second. [count]"""


def chunks(drafts: Iterable[Draft], size: int = CHUNK_ROWS) -> Iterator[Draft]:
    """Drafts of one file as chunks of at most ``size`` rows, order kept."""
    pending: list[Draft] = []
    n_rows = 0
    for draft in drafts:
        pending.append(draft)
        n_rows += len(draft)
        while n_rows > size:
            whole = concat(pending)
            cut = clean_cut(whole, size)
            yield whole[:cut]
            pending, n_rows = [whole[cut:]], n_rows - cut
    if n_rows:
        yield concat(pending)


def clean_cut(draft: Draft, size: int) -> int:
    """Where to end the first chunk of a draft longer than ``size``; at least one row is cut off."""
    start = size - size // 10 - 1
    window = draft[start : size + 1]
    new_row = np.diff(window.source_row) != 0
    moved = _differs(window, "latitude_deg") | _differs(window, "longitude_deg")
    radio = _differs(window, "signal_dbm") | _differs(window, "cell_identity")
    for candidates in (new_row & moved & radio, new_row & moved, new_row):
        places = np.flatnonzero(candidates)
        if len(places):
            return start + int(places[-1]) + 1
    return size


def _differs(window: Draft, name: str) -> "np.typing.NDArray[np.bool_]":
    """Which rows of a window differ from the one before."""
    values = window.number(name)
    both_unknown = np.isnan(values[1:]) & np.isnan(values[:-1])
    differs: np.typing.NDArray[np.bool_] = (values[1:] != values[:-1]) & ~both_unknown
    return differs
