"""Hostile archives: truncated, nested, climbing out, lying, unfolding beyond measure."""

import gzip
import itertools
import struct
from collections.abc import Callable, Iterator

import zstandard

from tests.hostile.case import G_NETTRACK, G_ROW, PACKERS, REFUSED, TOWER_ROW, Case, case_of, zipped


def archives() -> Iterator[Case]:
    """Truncated, nested, climbing out, bombs; at the doors that open archives."""
    good = (G_NETTRACK + G_ROW * 3000).encode()
    towers = (TOWER_ROW * 3000).encode()
    for (end, pack), (door, data) in itertools.product(
        PACKERS.items(), (("readings", good), ("towers", towers))
    ):
        packed = pack(data)
        for share in (1, 4, 9):
            cut = packed[: len(packed) * share // 10]
            yield case_of(f"cut{share}.{end}", door, cut, REFUSED)
        yield case_of(f"tail.{end}", door, packed[:-7], REFUSED)
        yield case_of(f"in_gz.{end}.gz", door, gzip.compress(packed), REFUSED)
        yield case_of(f"in_zst.{end}.zst", door, zstandard.compress(packed), REFUSED)
        yield case_of(f"in_zip.{end}.zip", door, zipped({f"a.{end}": packed}), REFUSED)
        yield Case(name=f"bomb.{end}", door=door, make=bomb(pack, 64), ends=REFUSED)
        yield Case(name=f"bomb_of_bombs.{end}", door=door, make=_nested_bomb(pack), ends=REFUSED)
        yield case_of(f"junk_after.{end}", door, packed + b"\0junk" * 9)
        yield case_of(f"head_only.{end}", door, packed[:4], REFUSED)
    for climbing in (
        "../a.csv", "../../../../etc/cron.d/x", "/etc/a.csv", "C:\\a.csv", "..\\..\\a.csv",
        "a/../../b.csv", "\\\\host\\share\\a.csv",
    ):  # fmt: skip
        for door, data in (("readings", good), ("towers", towers)):
            yield case_of(f"climbs_{door}.zip", door, zipped({climbing: data}), REFUSED)
    yield case_of(
        "many.zip", "readings", zipped({f"{i}.csv": b"x" for i in range(10_001)}), REFUSED
    )
    yield case_of("empty.zip", "readings", zipped({}))
    yield case_of("name_300.zip", "readings", zipped({"n" * 300 + ".csv": good[:200]}))
    yield case_of("name_escape.zip", "readings", zipped({"\x1b[31m.csv": b"junk"}), REFUSED)
    yield case_of("name_newline.zip", "readings", zipped({"a\nb: c.csv": b"junk"}), REFUSED)
    yield case_of("name_rtl.zip", "readings", zipped({"\u202evsc.csv": b"junk"}), REFUSED)
    yield case_of("lies.zip", "readings", _lying_zip(good), REFUSED)
    yield case_of("overlap.zip", "readings", _overlapping_zip(good))
    yield case_of("locked.zip", "readings", _flagged_zip(good), REFUSED)
    for kind, magic in (("7z", b"7z\xbc\xaf\x27\x1c"), ("rar", b"Rar!\x1a\x07"), ("bz2", b"BZh9"),
                        ("xz", b"\xfd7zXZ\0")):  # fmt: skip
        yield case_of(f"other.{kind}", "readings", magic + bytes(200), REFUSED)
    yield case_of("window.zst", "readings", _wide_zst(), REFUSED)
    yield case_of(
        "skippable.zst", "readings", struct.pack("<II", 0x184D2A50, 2**31) + b"x", REFUSED
    )


def bomb(pack: Callable[[bytes], bytes], mebibytes: int) -> Callable[[], bytes]:
    """A log whose blank lines unfold beyond every measure."""
    return lambda: pack((G_NETTRACK + G_ROW).encode() + b"\n" * (mebibytes * 2**20))


def _nested_bomb(pack: Callable[[bytes], bytes]) -> Callable[[], bytes]:
    return lambda: zipped({f"{i}.bin": bomb(pack, 16)() for i in range(3)})


def _lying_zip(content: bytes) -> bytes:
    """A directory that states ten bytes for a member of many."""
    data = bytearray(zipped({"a.csv": content}))
    directory = data.index(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = struct.pack("<I", 10)
    data[22:26] = struct.pack("<I", 10)
    return bytes(data)


def _overlapping_zip(content: bytes) -> bytes:
    """Two names for the same bytes, as quine bombs have."""
    data = bytearray(zipped({"a.csv": content, "b.csv": content}))
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = struct.pack("<I", 0)
    return bytes(data)


def _flagged_zip(content: bytes) -> bytes:
    """A member that says it is encrypted."""
    data = bytearray(zipped({"a.csv": content}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1
    return bytes(data)


def _wide_zst() -> bytes:
    """A frame that asks for a window of two gigabytes."""
    return b"\x28\xb5\x2f\xfd" + bytes([0x00, 0xA8]) + b"\x01\x00\x00"
