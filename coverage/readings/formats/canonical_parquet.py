"""Our own table ``readings`` as Parquet: what one survey has taken, as an input of another.

Every rule is applied again, since box, operators and thresholds may be others; device ids made by
us and weights are kept.
"""

from collections.abc import Iterator
from typing import BinaryIO, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from coverage.errors import InputError
from coverage.readings.codes import Codes
from coverage.readings.draft import NO_TIME, NUMBERS, Draft
from coverage.readings.format import Context, Head
from coverage.tables import COLUMNS, DQ_FLAGS, TABLES

NAME: Final = "canonical_parquet"
SOURCE: Final = "crowdsourced"
SHOWS_NO_SERVICE: Final = True

_TEXTS: Final = {
    "rat": "rat", "service_state": "service_state", "plmn": "plmn", "device": "device_id",
    "device_model": "device_model", "source": "source",
}  # fmt: skip
_SHOWN: Final = ("time", "latitude_deg", "longitude_deg", "rat", "service_state", "signal_dbm")


def sniff(head: Head) -> str | None:
    """Parquet with the contract's columns."""
    if set(TABLES["readings"].columns) <= set(head.parquet_columns):
        return "Parquet with the columns of table readings"
    return None


def read(stream: BinaryIO, context: Context) -> Iterator[Draft]:
    """Row groups, in pieces."""
    try:
        file = pq.ParquetFile(stream)
        _refuse_other_columns(file.schema_arrow, context.name)
        row = 1
        for batch in file.iter_batches(batch_size=2**17):
            batch.validate(full=True)
            yield _draft(pa.Table.from_batches([batch]), row)
            row += batch.num_rows
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        reason = str(error).split("\n", 1)[0]
        raise InputError(f"Invalid Parquet: {reason}.", file=context.name) from error


def _refuse_other_columns(schema: pa.Schema, name: str) -> None:
    """Refuse columns that stand twice, and texts that are none.

    Raises
    ------
    InputError
        With the first of them.
    """
    for ours in TABLES["readings"].columns:
        if schema.names.count(ours) > 1:
            raise InputError(f"Invalid column {ours}, twice. Must stand once.", file=name)
    for ours in (*_TEXTS.values(), "source_timezone"):
        kind = schema.field(ours).type
        words = kind.value_type if pa.types.is_dictionary(kind) else kind
        is_text = pa.types.is_string(words) or pa.types.is_large_string(words)
        if not (is_text or pa.types.is_string_view(words) or pa.types.is_null(words)):
            raise InputError(f"Invalid column {ours} of type {kind}. Must be text.", file=name)


def _draft(table: pa.Table, first_row: int) -> Draft:
    """Rows of one piece."""
    numbers = {name: _floats(table.column(name)) for name in NUMBERS if name in table.column_names}
    time = table.column("time").cast(pa.timestamp("us", tz="UTC"))
    zone = table.column("source_timezone")[0].as_py() if len(table) else "UTC"
    return Draft(
        source_row=np.arange(first_row, first_row + len(table), dtype=np.int64),
        raw=_shown(table),
        time_us=pc.fill_null(time.cast(pa.int64()), NO_TIME).to_numpy(),
        timezone=zone or "UTC",
        numbers=numbers,
        texts={ours: _words(table.column(theirs), ours) for ours, theirs in _TEXTS.items()},
        flags={
            name: pc.fill_null(table.column(name), False).to_numpy().astype(np.bool_)
            for name in DQ_FLAGS
        },
    )


def _words(column: pa.ChunkedArray, name: str) -> Codes:
    """A text column; of a column with a fixed vocabulary, only its words."""
    words = Codes.of(column)
    allowed = COLUMNS[name].allowed if name in COLUMNS else ()
    return words.map({word: word for word in allowed}) if allowed else words


def _floats(column: pa.ChunkedArray) -> "np.typing.NDArray[np.float64]":
    """A column as numbers, NaN for null."""
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    values: np.typing.NDArray[np.float64] = (
        column.cast(pa.float64(), safe=False).to_numpy().astype(np.float64)
    )
    return values


def _shown(table: pa.Table) -> pa.Array:
    """A short text of each row, for the rejects."""
    texts = [pc.fill_null(pc.cast(table.column(name), pa.string()), "") for name in _SHOWN]
    joined = pc.binary_join_element_wise(*texts, ",")
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined
