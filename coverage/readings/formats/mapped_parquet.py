"""Any Parquet file through a column map (FORMATS 17); see :mod:`coverage.readings.columns`.

A stamp that Parquet holds as one reads as ISO 8601 (``time_format = "iso"``), in UTC where it has a
zone, else in the map's or the survey's.
"""

from collections.abc import Iterator
from typing import BinaryIO, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from coverage.errors import InputError
from coverage.readings.codes import Codes
from coverage.readings.columns import ColumnMap, clean_header
from coverage.readings.draft import Draft
from coverage.readings.format import Context, Head
from coverage.readings.mapping import mapped_draft
from coverage.readings.parquet_text import is_plain, texts_of
from coverage.tables import TABLES

NAME: Final = "mapped_parquet"
SHOWS_NO_SERVICE: Final = None

_BATCH_ROWS: Final = 2**16


def sniff_map(head: Head, column_map: ColumnMap) -> str | None:
    """The file's columns have what the map asks for, and are not those of our own readings."""
    header = head.parquet_columns
    if not header or set(TABLES["readings"].columns) <= set(header):
        return None
    return column_map.matches(clean_header(header), head.name)


def read(stream: BinaryIO, context: Context) -> Iterator[Draft]:
    """Read the mapped columns in pieces; nothing else of the file is opened."""
    column_map = context.column_map
    if column_map is None:
        raise TypeError("mapped_parquet needs a column map")
    try:
        file = pq.ParquetFile(stream)
        header = clean_header(file.schema_arrow.names)
        column_map.require(header, context.name)
        _refuse_nested(file.schema_arrow, header, column_map, context.name)
        wanted = dict.fromkeys(column_map.columns.values())
        names = [file.schema_arrow.names[header.index(theirs)] for theirs in wanted]
        first_row = 1
        for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=names):
            batch.validate(full=True)
            texts = {
                theirs: _texts(batch.column(name), column_map)
                for theirs, name in zip(wanted, names, strict=True)
            }
            yield _draft(texts, column_map, context, first_row)
            first_row += batch.num_rows
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        reason = str(error).split("\n", 1)[0]
        raise InputError(f"Invalid Parquet: {reason}.", file=context.name) from error


def _refuse_nested(
    schema: pa.Schema, header: tuple[str, ...], column_map: ColumnMap, name: str
) -> None:
    """Refuse mapped columns that stand twice or hold no plain values.

    Raises
    ------
    InputError
        With the first of them.
    """
    for theirs in column_map.columns.values():
        field = schema.field(header.index(theirs))
        if schema.names.count(field.name) > 1:
            raise InputError(f"Invalid column {theirs!r}, twice. Must stand once.", file=name)
        if not is_plain(field.type):
            raise InputError(
                f"Invalid column {theirs!r} of type {field.type}. Must be text, numbers or stamps.",
                file=name,
            )


def _texts(column: pa.Array, column_map: ColumnMap) -> pa.Array:
    """A column as the texts a CSV would hold; null where missing."""
    texts = texts_of(column)
    missing = pa.array(column_map.missing, pa.string())
    return pc.if_else(pc.is_in(texts, missing), None, texts)


def _draft(
    texts: dict[str, pa.Array], column_map: ColumnMap, context: Context, first_row: int
) -> Draft:
    """Rows of one piece; the raw line of a reject is its mapped values."""
    shown = [pc.fill_null(column, "") for column in texts.values()]
    raw = pc.binary_join_element_wise(*shown, ",").cast(pa.large_binary())
    return mapped_draft(
        {ours: texts[theirs] for ours, theirs in column_map.columns.items()},
        column_map,
        context,
        source_row=np.arange(first_row, first_row + len(raw), dtype=np.int64),
        raw=raw,
        reason=Codes.constant(None, len(raw)),
    )
