"""The attribute file of a MapInfo TAB, freed of what its writer leaves in it by accident.

GDAL fills the eleven bytes of a column's name up to the name's end and leaves the rest as they were
in memory. The same layer then gives other bytes each time, and a partner gets addresses of the
process that wrote it. The layout is that of dBase III, which a TAB's ``.dat`` follows.
"""

from typing import Final

from coverage.errors import InputError

_HEADER_BYTES: Final = 32
_COLUMN_BYTES: Final = 32
_NAME_BYTES: Final = 11
_HEADER_LENGTH_AT: Final = slice(8, 10)
_END: Final = 0x0D
"""Stands where another column would begin."""


def scrubbed(dat: bytes) -> bytes:
    r"""The same attribute file with zeros after the end of each column's name.

    Parameters
    ----------
    dat
        Content of a ``.dat`` file as GDAL writes it.

    Raises
    ------
    InputError
        Where it is none.

    Examples
    --------
    >>> column = b"code" + bytes([0, 127, 9, 0, 0, 167, 83]) + b"C" + bytes(20)
    >>> dat = bytes(8) + (65).to_bytes(2, "little") + bytes(22) + column + bytes([0x0D])
    >>> scrubbed(dat)[32:43]
    b'code\x00\x00\x00\x00\x00\x00\x00'
    """
    end = int.from_bytes(dat[_HEADER_LENGTH_AT], "little") - 1
    if not _HEADER_BYTES <= end < len(dat) or dat[end] != _END:
        raise InputError("Invalid attribute file of a MapInfo TAB. Must have a dBase III header.")
    content = bytearray(dat)
    for start in range(_HEADER_BYTES, end, _COLUMN_BYTES):
        name = dat[start : start + _NAME_BYTES].split(b"\0", 1)[0]
        content[start : start + _NAME_BYTES] = name.ljust(_NAME_BYTES, b"\0")
    return bytes(content)
