"""Counted entries in sorted runs: in memory up to a budget, then on disk, merged by group.

Entries gather in a buffer. A full buffer is sorted and added up into a run, which is kept in memory
while the budget lasts, else appended to one anonymous file. Runs are merged piece by piece, all cut
at the same groups, so that a merge needs memory for one piece only, however many runs there are.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

import numpy as np
import numpy.typing as npt

from coverage.cells.groups import grown
from coverage.cells.packing import Layout, UInts, collapsed, relayout
from coverage.errors import InputError

BUFFER_ENTRIES: Final = 1 << 20
PIECE_ENTRIES: Final = 1 << 19
_SAMPLE_STEP: Final = 1 << 12
_ENTRY_BYTES: Final = 8


@dataclass(frozen=True, kw_only=True)
class SpillParams:
    """Where sorted runs go, and from when on.

    Attributes
    ----------
    memory_mb
        Sorted runs stay in memory up to this. [MB]
    directory
        Folder for the rest, in files without a name that vanish when closed; None = never spill.
    """

    memory_mb: float = 200.0
    directory: Path | None = None

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if not self.memory_mb >= 0:
            raise InputError(f"Invalid memory_mb {self.memory_mb}. Must be >= 0.")
        if self.directory is not None and not self.directory.is_dir():
            raise InputError(f"Invalid directory {self.directory}. Must be an existing folder.")


@dataclass(kw_only=True)
class MemoryBudget:
    """What all runs of one accumulator may hold in memory together."""

    params: SpillParams
    used_bytes: int = 0

    def takes(self, n_bytes: int) -> bool:
        """Whether a run of this size may stay in memory; if so, it is booked."""
        limit = self.params.memory_mb * 1e6
        if self.params.directory is not None and self.used_bytes + n_bytes > limit:
            return False
        self.used_bytes += n_bytes
        return True


@dataclass(kw_only=True)
class Run:
    """Sorted entries, in memory or in a file.

    Attributes
    ----------
    layout
        Layout of the entries.
    size
        Number of entries.
    sample
        Every 4096th entry.
    entries
        The entries, None where they are in the file.
    file, offset
        The file, and where in it the run begins. [bytes]
    """

    layout: Layout
    size: int
    sample: UInts
    entries: UInts | None = None
    file: IO[bytes] | None = None
    offset: int = 0

    def read(self, start: int, stop: int) -> UInts:
        """A stretch of the run."""
        if self.entries is not None:
            return self.entries[start:stop]
        if self.file is None or stop <= start:
            return np.zeros(0, dtype=np.uint64)
        self.file.seek(self.offset + start * _ENTRY_BYTES)
        return np.fromfile(self.file, dtype=np.uint64, count=stop - start)

    def position(self, group: int) -> int:
        """Index of the first entry of this group or a later one."""
        if group >= 1 << self.layout.widths[0]:
            return self.size
        first = np.uint64(group << self.layout.shifts[0])
        block = max(int(np.searchsorted(self.sample, first)) - 1, 0)
        start = block * _SAMPLE_STEP
        stop = min(start + _SAMPLE_STEP, self.size)
        return start + int(np.searchsorted(self.read(start, stop), first))


@dataclass(kw_only=True)
class RunStore:
    """All entries of one kind, as sorted runs.

    The first field of the layout is the group: pieces never cut one.

    Attributes
    ----------
    layout
        Layout of entries added from now on; grows with the codes.
    budget
        Memory shared with the other stores.
    """

    layout: Layout
    budget: MemoryBudget
    runs: list[Run] = field(default_factory=list)
    _buffer: UInts = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    _n_pending: int = 0
    _file: IO[bytes] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was added."""
        return not self.runs and not self._n_pending

    def fit(self, *sizes: int) -> Layout:
        """Layout that holds codes below ``sizes``, for the entries added next."""
        if not self.layout.holds(sizes):
            self.flush()
            self.layout = self.layout.grown(sizes)
        return self.layout

    def add(self, entries: UInts) -> None:
        """Take entries of the present layout."""
        while len(entries):
            taken = entries[: BUFFER_ENTRIES - self._n_pending]
            end = self._n_pending + len(taken)
            self._buffer = grown(self._buffer, end)
            self._buffer[self._n_pending : end] = taken
            self._n_pending = end
            entries = entries[len(taken) :]
            if end >= BUFFER_ENTRIES:
                self.flush()

    def flush(self) -> None:
        """Turn what is pending into a sorted run."""
        if not self._n_pending:
            return
        entries = self._buffer[: self._n_pending]
        self._n_pending = 0
        entries.sort()
        entries = collapsed(entries, self.layout)
        run = Run(layout=self.layout, size=len(entries), sample=entries[::_SAMPLE_STEP].copy())
        if self.budget.takes(entries.nbytes):
            run.entries = entries
        else:
            run.file, run.offset = self._append(entries)
        self.runs.append(run)

    def pieces(self) -> Iterator[UInts]:
        """All entries in order, keys added up, cut between groups, in the widest layout."""
        self.flush()
        cuts = self._cuts()
        starts = [0] * len(self.runs)
        for cut in cuts:
            stops = [run.size if cut is None else run.position(cut) for run in self.runs]
            parts = [
                relayout(run.read(start, stop), run.layout, self.layout)
                for run, start, stop in zip(self.runs, starts, stops, strict=True)
                if stop > start
            ]
            starts = stops
            if len(parts) == 1:
                yield parts[0]
            elif parts:
                entries = np.concatenate(parts)
                entries.sort(kind="stable" if len(parts) < 6 else None)
                yield collapsed(entries, self.layout)

    def close(self) -> None:
        """Forget everything, give memory and file back."""
        held = sum(run.entries.nbytes for run in self.runs if run.entries is not None)
        self.budget.used_bytes -= held
        self.runs, self._buffer, self._n_pending = [], self._buffer[:0].copy(), 0
        if self._file is not None:
            self._file.close()
            self._file = None

    def _append(self, entries: UInts) -> tuple[IO[bytes], int]:
        """Write a run at the end of the file."""
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self.budget.params.directory)  # noqa: SIM115
        offset = self._file.seek(0, 2)
        entries.tofile(self._file)
        self._file.flush()
        return self._file, offset

    def _cuts(self) -> list[int | None]:
        """Groups at which to cut into pieces of about 2**20 entries; the last is open."""
        if not self.runs:
            return []
        groups = np.sort(np.concatenate([run.layout.field(run.sample, 0) for run in self.runs]))
        inner: npt.NDArray[np.int64] = np.unique(groups[:: PIECE_ENTRIES // _SAMPLE_STEP][1:])
        return [*inner.tolist(), None]
