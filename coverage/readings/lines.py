"""A stream as blocks of whole lines, with line numbers: what every line-based reader stands on."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from coverage.errors import InputError

Ints = npt.NDArray[np.int64]

BLOCK_BYTES: Final = 4 * 2**20
_LINE_FEED: Final = 10
_RETURN: Final = 13
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True)
class LineBlock:
    """Consecutive whole lines.

    Attributes
    ----------
    data
        The bytes, each line ended by LF but perhaps the last of the file.
    first_row
        Number of the first line in the file, from 1.
    """

    data: bytes
    first_row: int

    @cached_property
    def starts(self) -> Ints:
        """Offset of each line, and the end of the last."""
        feeds = np.flatnonzero(np.frombuffer(self.data, np.uint8) == _LINE_FEED)
        is_open = not self.data.endswith(b"\n")
        starts = np.zeros(len(feeds) + 1 + is_open, dtype=np.int64)
        np.add(feeds, 1, out=starts[1 : len(feeds) + 1])
        if is_open:
            starts[-1] = len(self.data)
        return starts

    @cached_property
    def n_lines(self) -> int:
        """How many lines, empty ones among them."""
        n_feeds = np.count_nonzero(np.frombuffer(self.data, np.uint8) == _LINE_FEED)
        return int(n_feeds) + (not self.data.endswith(b"\n"))

    @cached_property
    def has_lone_returns(self) -> bool:
        """Whether a CR stands anywhere but before an LF: readers may take it for a line's end."""
        if b"\r" not in self.data:
            return False
        octets = np.frombuffer(self.data, np.uint8)
        is_return = octets == _RETURN
        return bool(is_return[-1] or (is_return[:-1] & (octets[1:] != _LINE_FEED)).any())

    @cached_property
    def is_filled(self) -> npt.NDArray[np.bool_]:
        """Lines that hold anything but blanks."""
        first = np.frombuffer(self.data, np.uint8)[self.starts[:-1]]
        filled = first > ord(" ")
        if filled.all():
            return filled
        for i in np.flatnonzero(~filled & (np.diff(self.starts) > 2)).tolist():
            filled[i] = bool(self.line(i).strip())  # begins blank: is it blank throughout?
        return filled

    def line(self, index: int) -> bytes:
        """One line with its end."""
        return self.data[self.starts[index] : self.starts[index + 1]]

    def halves(self) -> "tuple[LineBlock, LineBlock]":
        """The block cut between two lines in its middle; it must have two."""
        middle = self.n_lines // 2
        cut = int(self.starts[middle])
        return (
            LineBlock(self.data[:cut], self.first_row),
            LineBlock(self.data[cut:], self.first_row + middle),
        )

    def raw(self) -> pa.LargeBinaryArray:
        """The lines as a binary column over the same bytes, ends included."""
        buffers = [None, pa.py_buffer(self.starts), pa.py_buffer(self.data)]
        return pa.Array.from_buffers(pa.large_binary(), self.n_lines, buffers)

    def rows(self) -> Ints:
        """Line number of each line in the file."""
        return np.arange(self.first_row, self.first_row + self.n_lines, dtype=np.int64)


def line_blocks(
    stream: BinaryIO, name: str, encoding: str = "utf-8", block_bytes: int = BLOCK_BYTES
) -> Iterator[LineBlock]:
    """Blocks of whole lines, as UTF-8 without byte-order mark.

    Raises
    ------
    InputError
        Where a line is longer than a block, the encoding does not hold, or lines end in CR alone.
    """
    rest, row, is_first = b"", 1, True
    for chunk in _chunks(stream, name, encoding, block_bytes):
        cut = chunk.rfind(b"\n") + 1
        if not cut:
            rest += chunk
            if is_first and b"\r" in rest[:-1]:
                raise InputError("Invalid line ends CR. Must be LF or CRLF.", file=name)
            if len(rest) > block_bytes:
                raise InputError(
                    f"Invalid line of more than {block_bytes} bytes. Must be a table of lines.",
                    file=name, row=row,
                )  # fmt: skip
            continue
        block = LineBlock(b"".join((rest, memoryview(chunk)[:cut])), row)
        yield block
        rest, row, is_first = chunk[cut:], row + block.n_lines, False
    if rest:
        if is_first and b"\r" in rest.rstrip(b"\r"):
            raise InputError("Invalid line ends CR. Must be LF or CRLF.", file=name)
        yield LineBlock(rest, row)


def _chunks(stream: BinaryIO, name: str, encoding: str, size: int) -> Iterator[bytes]:
    """Bytes of the stream, transcoded to UTF-8 where they are something else."""
    chunk = stream.read(size)
    for mark, marked in _BOMS:
        if chunk.startswith(mark):
            encoding, chunk = marked, chunk[len(mark) :]
            break
    if codecs.lookup(encoding).name in ("utf-8", "ascii"):
        while chunk:
            yield chunk
            chunk = stream.read(size)
        return
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk:
            yield decoder.decode(chunk).encode()
            chunk = stream.read(size)
        yield decoder.decode(b"", final=True).encode()
    except UnicodeDecodeError as error:
        raise InputError(f"Invalid text. Must be {encoding}: {error.reason}.", file=name) from error
