"""Which of several columns holds the value: by RAT, or the first that is known."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from coverage.readings.codes import Codes
from coverage.readings.draft import NO_TIME
from coverage.readings.times import of_iso

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def by_rat(rat: Codes, columns: Mapping[str, Floats]) -> Floats:
    """The column of each row's RAT; NaN for a RAT without one.

    Examples
    --------
    >>> rats = Codes.of(["LTE", "UMTS", None])
    >>> by_rat(rats, {"LTE": np.array([-104.0, -1.0, -1.0])}).tolist()
    [-104.0, nan, nan]
    """
    result = np.full(len(rat), np.nan)
    for name, values in columns.items():
        result = np.where(rat.equals(name), values, result)
    return result


def first_known(*columns: Floats) -> Floats:
    """The first of the columns that is known in a row.

    Examples
    --------
    >>> first_known(np.array([1.0, np.nan]), np.array([2.0, 3.0])).tolist()
    [1.0, 3.0]
    """
    result = columns[0]
    for values in columns[1:]:
        result = np.where(np.isnan(result), values, result)
    return result


def first_text(*columns: Codes) -> Codes:
    """The first of the text columns that is known in a row.

    Examples
    --------
    >>> first_text(Codes.of(["a", None, None]), Codes.of(["b", "b", None])).to_list()
    ['a', 'b', None]
    """
    result = columns[0]
    for values in columns[1:]:
        result = result.where(~result.is_na, values)
    return result


def unless(values: Floats, nothing: float) -> Floats:
    """The values, NaN where they are the number that stands for nothing.

    Examples
    --------
    >>> unless(np.array([0.0, 8.0]), 0.0).tolist()
    [nan, 8.0]
    """
    return np.where(values == nothing, np.nan, values)


def iso_times(texts: pa.Array | pa.ChunkedArray) -> Ints:
    """Microseconds of ISO 8601 stamps that carry an offset or Z; NO_TIME without one [us].

    The whole column at once where every stamp is sound, one by one where one is not.

    Examples
    --------
    >>> iso_times(pa.array(["2024-01-20T09:15:02.123+07:00", "2024-01-20T09:15:02", None])).tolist()
    [1705716902123000, -9223372036854775808, -9223372036854775808]
    """
    array = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    try:
        stamps = pc.cast(array, pa.timestamp("us", "UTC"))
    except pa.ArrowInvalid:
        at, has_offset = of_iso(array)
        return np.where(has_offset, at, NO_TIME)
    known: Ints = pc.fill_null(pc.cast(stamps, pa.int64()), NO_TIME).to_numpy(zero_copy_only=False)
    return known
