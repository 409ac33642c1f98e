"""Points of a GeoPackage: its header, then well-known binary (OGC 12-128r19, clause 2.1.3)."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_MAGIC: Final = b"GP"
_ENVELOPE_BYTES: Final = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_HEADER_BYTES: Final = 8
_TYPE_BYTES: Final = 5
_DIMENSIONS: Final = {1: 2, 1001: 3, 2001: 2, 3001: 3, 0x80000001: 3}
"""Well-known-binary type of a point to the ordinates read: x, y, and z where there is one."""


def points(blobs: Sequence[Any] | None, n_rows: int) -> tuple[Floats, Floats, Floats]:
    """Latitude [deg], longitude [deg] and altitude [m] of points; NaN for what is none.

    Blobs of one length and beginning are read together.
    """
    result = np.full((3, n_rows), np.nan)
    if blobs is None:
        return result[0], result[1], result[2]
    kinds: dict[bytes, list[int]] = {}
    for row, blob in enumerate(blobs):
        if type(blob) is bytes and blob[:2] == _MAGIC and len(blob) > _HEADER_BYTES:
            kinds.setdefault(blob[3:4] + len(blob).to_bytes(8, "big"), []).append(row)
    for rows in kinds.values():
        _read(result, blobs, np.array(rows, dtype=np.intp))
    return result[0], result[1], result[2]


def _read(result: Floats, blobs: Sequence[Any], rows: npt.NDArray[np.intp]) -> None:
    """Fill in the points of blobs that share flags and length."""
    first = blobs[rows[0]]
    start = _HEADER_BYTES + _ENVELOPE_BYTES.get((first[3] >> 1) & 7, len(first))
    if len(first) < start + _TYPE_BYTES + 16:
        return
    data = np.frombuffer(b"".join(blobs[row] for row in rows), np.uint8).reshape(len(rows), -1)
    for order, mark in (("<", 1), (">", 0)):
        ours = data[:, start] == mark
        body = data[ours, start + 1 :]
        types = np.ascontiguousarray(body[:, :4]).view(f"{order}u4").ravel()
        n_ordinates = min(3, (body.shape[1] - 4) // 8)
        ordinates = np.ascontiguousarray(body[:, 4 : 4 + 8 * n_ordinates]).view(f"{order}f8")
        for kind, n in _DIMENSIONS.items():
            if n > n_ordinates:
                continue
            hit = types == kind
            places = rows[ours][hit]
            result[1, places] = ordinates[hit, 0]
            result[0, places] = ordinates[hit, 1]
            if n == 3 and kind != 2001:
                result[2, places] = ordinates[hit, 2]
