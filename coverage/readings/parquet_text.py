"""Columns of a Parquet file as the texts a CSV would hold."""

import pyarrow as pa
import pyarrow.compute as pc


def is_plain(kind: pa.DataType) -> bool:
    """Whether values of a type are text, numbers or stamps.

    Examples
    --------
    >>> is_plain(pa.float32()), is_plain(pa.list_(pa.float32())), is_plain(pa.binary())
    (True, False, False)
    """
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    return not (
        pa.types.is_nested(inner) or pa.types.is_binary(inner) or pa.types.is_large_binary(inner)
    )


def texts_of(column: pa.Array) -> pa.Array:
    """Values as text, null where missing or not finite.

    Parameters
    ----------
    column
        Of a plain type.

    Examples
    --------
    >>> texts_of(pa.array([1.5, float("nan"), None])).to_pylist()
    ['1.5', None, None]
    """
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.fill_null(pc.is_finite(column), False), column, None)
    return pc.cast(column, pa.string())
