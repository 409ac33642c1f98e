"""Which of several positions of one TPS holds on polling day: TPS are moved (DOMAIN 3.4)."""

from datetime import date, datetime
from typing import Any, Final

import numpy as np
import pandas as pd

_FORMATS: Final = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d %H:%M:%S")
_ALWAYS: Final = date.min

SUPERSEDED: Final = "superseded"
NOT_YET_VALID: Final = "not_yet_valid"
DOUBLED: Final = "duplicate_tps_code"


def day_of(text: str) -> date | None:
    """A day written year first or day first, None where none is understood.

    Examples
    --------
    >>> day_of("2024-02-12"), day_of("12/02/2024"), day_of("Senin")
    (datetime.date(2024, 2, 12), datetime.date(2024, 2, 12), None)
    """
    for pattern in _FORMATS:
        try:
            return datetime.strptime(text.strip(), pattern).date()
        except ValueError:
            continue
    return None


def reasons_of_versions(
    codes: "pd.Series[Any]", valid_from: "pd.Series[Any]", as_of: date | None
) -> np.ndarray[Any, np.dtype[np.object_]]:
    """Why a row does not give the position on polling day; empty for the one row that does.

    Parameters
    ----------
    codes
        TPS code of each row.
    valid_from
        Day from which each row holds, None = always.
    as_of
        Polling day; None = the newest row holds.

    Returns
    -------
    numpy.ndarray
        :data:`NOT_YET_VALID`, :data:`SUPERSEDED` by a later row, :data:`DOUBLED` by an earlier row
        of the same day, or an empty text.

    Examples
    --------
    >>> days = pd.Series([None, date(2024, 2, 1), date(2024, 3, 1)], dtype=object)
    >>> reasons_of_versions(pd.Series(["1", "1", "1"]), days, date(2024, 2, 14)).tolist()
    ['superseded', '', 'not_yet_valid']
    """
    days = np.array([_ALWAYS if pd.isna(day) else day for day in valid_from], dtype=object)
    reason = np.full(len(codes), "", dtype=object)
    if as_of is not None:
        reason[days > as_of] = NOT_YET_VALID
    rows = pd.DataFrame({"code": codes.to_numpy(), "day": [d.toordinal() for d in days]})
    rows = rows[reason == ""]
    newest = rows.groupby("code", sort=True)["day"].transform("max")
    is_old = rows["day"] < newest
    reason[rows.index[is_old]] = SUPERSEDED
    current = rows[~is_old]
    reason[current.index[current["code"].duplicated(keep="first")]] = DOUBLED
    return reason
