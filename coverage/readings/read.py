"""One input file to readings and rejects: the front door of this room."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, BinaryIO

import pyarrow as pa

from coverage.readings.chunks import chunks
from coverage.readings.containers import Member, members
from coverage.readings.detect import recognise
from coverage.readings.duplicates import Seen
from coverage.readings.facts import FileFacts, facts_of
from coverage.readings.format import Context, all_formats
from coverage.readings.judge import judged
from coverage.readings.params import ReadParams
from coverage.readings.shelf import Shelf
from coverage.tables import coded, empty, schema_of


@dataclass(frozen=True, kw_only=True)
class ReadBatch:
    """Some rows of one file.

    Attributes
    ----------
    coded
        Table ``readings`` of ``coverage.tables``, its text coded as the store takes it.
    rejects
        Table ``rejects``.
    n_rows
        Rows seen: always readings plus rejects. A source row that holds several radio cells
        counts once for each. [count]
    member
        The file, "archive.zip!member.csv" out of an archive.
    format
        NAME of its format, empty for what is skipped unread.
    notes
        What an engineer should know of it, a sentence each.
    """

    coded: pa.Table
    rejects: pa.Table
    n_rows: int
    member: str
    format: str
    notes: tuple[str, ...] = ()

    @cached_property
    def readings(self) -> pa.Table:
        """Table ``readings`` with plain text."""
        return self.coded.cast(schema_of("readings"))


def read_batches(stream: BinaryIO, name: str, params: ReadParams) -> Iterator[ReadBatch]:
    """Read one input, plain or packed, in bounded memory.

    Parameters
    ----------
    stream
        The file, seekable.
    name
        Its name relative to the raw folder; stands in ``source_file`` and decides, with the
        content, how a column map is chosen.
    params
        How it is read.

    Yields
    ------
    ReadBatch
        At least one a file, also for files without rows.

    Raises
    ------
    InputError
        Where the file is not recognised, damaged as a whole, or lacks what it needs.
    """
    with Shelf() as shelf:
        seen = Seen(shelf)
        for member in members(stream, name, params.limits):
            if member.skipped:
                yield _nothing(member.name, "", f"{member.name}: skipped, {member.skipped}")
            else:
                yield from _member_batches(member, params, seen)


def _member_batches(member: Member, params: ReadParams, seen: Seen) -> Iterator[ReadBatch]:
    """Batches of one file."""
    found = recognise(member.head, params.column_maps)
    module = all_formats()[found.format]
    if reason := getattr(module, "SKIP", ""):
        yield _nothing(member.name, found.format, f"{member.name}: {reason}")
        return
    context = Context(name=member.name, params=params, column_map=found.column_map)
    facts: FileFacts | None = None
    for chunk in chunks(module.read(member.stream, context)):
        is_first = facts is None
        facts = facts or facts_of(chunk, params.quality)
        readings, rejects = judged(
            chunk, context,
            format_name=found.format, source=_source(module, context), facts=facts, seen=seen,
        )  # fmt: skip
        notes = tuple(f"{member.name}: {note}" for note in facts.notes) if is_first else ()
        yield ReadBatch(
            coded=readings,
            rejects=rejects,
            n_rows=len(chunk),
            member=member.name,
            format=found.format,
            notes=notes,
        )
    if facts is None:
        yield _nothing(member.name, found.format, f"{member.name}: no rows")


def _source(module: Any, context: Context) -> str:
    """How the file was collected: the config, else the column map, else the format's default."""
    if context.params.source is not None:
        return context.params.source
    default: str = context.column_map.source if context.column_map else module.SOURCE
    return default


def _nothing(member: str, format_name: str, note: str) -> ReadBatch:
    """A batch without rows that says why."""
    nothing = coded(schema_of("readings")).empty_table()
    return ReadBatch(
        coded=nothing, rejects=empty("rejects"), n_rows=0, member=member, format=format_name,
        notes=(note,),
    )  # fmt: skip
