"""Archives: opened as if they lay unpacked, and refused before they cost anything."""

import gzip
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import zstandard

from coverage.errors import InputError
from coverage.readings.containers import members
from coverage.readings.params import ArchiveLimits

Read = Callable[..., Any]
CSV = b"a,b\n1,2\n"


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def names(data: bytes, name: str = "x.zip", **limits: Any) -> list[str]:
    return [m.name for m in members(io.BytesIO(data), name, ArchiveLimits(**limits))]


def contents(data: bytes, name: str = "x", **limits: Any) -> list[bytes]:
    found = members(io.BytesIO(data), name, ArchiveLimits(**limits))
    return [member.stream.read() for member in found]


@pytest.mark.parametrize(
    "pack", [bytes, gzip.compress, zstandard.compress, lambda data: zipped({"a.csv": data})],
    ids=["plain", "gzip", "zstd", "zip"],
)  # fmt: skip
@pytest.mark.parametrize("size", [1, 70_000, 3_000_000])
def test_what_comes_out_is_what_went_in(pack: Callable[[bytes], bytes], size: int) -> None:
    data = bytes(i * 7 % 251 for i in range(size))
    assert contents(pack(data)) == [data]


def test_several_frames_are_one_file() -> None:
    assert contents(gzip.compress(b"one,") + gzip.compress(b"two")) == [b"one,two"]
    assert contents(zstandard.compress(b"one,") + zstandard.compress(b"two")) == [b"one,two"]


def test_members_are_named_after_their_archive() -> None:
    assert names(zipped({"b.csv": CSV, "d/a.csv": CSV})) == ["x.zip!b.csv", "x.zip!d/a.csv"]


def test_what_file_managers_leave_is_no_member() -> None:
    junk = {"__MACOSX/._a.csv": b"x", ".DS_Store": b"x", "d/": b"", "d/._b": b"x"}
    assert names(zipped({"a.csv": CSV, **junk, "d/Thumbs.db": b"x"})) == ["x.zip!a.csv"]


def test_a_document_is_skipped_and_named() -> None:
    found = list(members(io.BytesIO(zipped({"README.md": b"#"})), "x.zip", ArchiveLimits()))
    assert [(m.name, m.skipped) for m in found] == [("x.zip!README.md", "a document")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (zipped({"a.csv": CSV * 99})[:-30], r"x: Invalid ZIP archive. Must be whole"),
        (gzip.compress(CSV * 999)[:-12], r"x: Invalid archive. Must be whole"),
        (zstandard.compress(bytes(range(256)) * 9)[:-9], r"x: Invalid archive. Must be whole"),
        (zipped({"a.zip": zipped({"b.csv": CSV})}), r"x!a.zip: Invalid archive in an archive"),
        (gzip.compress(gzip.compress(CSV)), r"x: Invalid archive in an archive"),
        (zipped({"../a.csv": CSV}), r"x!../a.csv: Invalid member name. Must stay inside"),
        (zipped({"/etc/a.csv": CSV}), r"Invalid member name. Must stay inside"),
        (zipped({"C:\\a.csv": CSV}), r"Invalid member name. Must stay inside"),
        (
            zipped({"a\x1b[2J.csv": CSV}),
            r"x!a\\x1b\[2J.csv: Invalid member name. Must be printable",
        ),
        (zipped({"\u202evsc.csv": CSV}), r"Invalid member name. Must be printable"),
        (b"Rar!\x1a\x07\x00", r"x: Invalid archive RAR. Must be ZIP, gzip or Zstandard"),
        (bytes(257) + b"ustar" + bytes(99), r"x: Invalid archive tar. Must be ZIP"),
    ],
)
def test_a_bad_archive_is_one_line(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        contents(data)


def test_a_damaged_member_is_one_line() -> None:
    data = bytearray(zipped({"a.csv": CSV * 99}, zipfile.ZIP_STORED))
    data[data.index(b"1,2")] = ord("9")
    with pytest.raises(InputError, match=r"x!a.csv: Invalid archive. Must be whole"):
        contents(bytes(data))


def test_the_number_of_members_is_limited() -> None:
    data = zipped({"a.csv": CSV, "b.csv": CSV})
    assert len(names(data, max_members=2)) == 2
    with pytest.raises(InputError, match=r"Invalid archive of 2 members. Must be <= 1"):
        names(data, max_members=1)


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: zipped({"a": data})])
def test_the_bytes_unpacked_are_limited(pack: Callable[[bytes], bytes]) -> None:
    data = pack(bytes(1000))
    assert len(contents(data, max_total_bytes=1000)[0]) == 1000
    with pytest.raises(InputError, match=r"bytes unpacked. Must be <= 999"):
        contents(data, max_total_bytes=999)


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress, lambda d: zipped({"a": d})])
def test_a_bomb_is_refused_by_its_ratio(pack: Callable[[bytes], bytes]) -> None:
    with pytest.raises(InputError, match=r"unfolds .* times. Must be <= 300 times"):
        contents(pack(bytes(40 * 2**20)))


def test_an_archive_reads_like_its_files(read: Read, data: Any) -> None:
    raw = (data / "gnettrack_raw.txt").read_bytes()
    log = read(zipped({"d/log.txt": raw}), "a.zip")
    assert set(log.column("source_file")) == {"a.zip!d/log.txt"}
    assert log.n_rows == read("gnettrack_raw.txt").n_rows


def test_a_file_twice_in_an_archive_counts_once(read: Read, data: Any) -> None:
    raw = (data / "gnettrack_raw.txt").read_bytes()
    once, twice = read("gnettrack_raw.txt"), read(zipped({"a.txt": raw, "b.txt": raw}), "a.zip")
    assert twice.readings.num_rows == once.readings.num_rows
    assert twice.tally["duplicate"] == once.readings.num_rows


def test_an_encrypted_member_is_refused() -> None:
    data = bytearray(zipped({"a.csv": CSV}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1
    with pytest.raises(InputError, match=r"x!a.csv: Invalid member: encrypted. Must be open"):
        contents(bytes(data))


def test_an_unknown_method_of_packing_is_refused() -> None:
    data = bytearray(zipped({"a.csv": CSV}))
    for mark, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        data[data.index(mark) + at] = 98
    with pytest.raises(InputError, match=r"x!a.csv: Invalid member: "):
        contents(bytes(data))


def test_a_name_twice_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.csv", CSV)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.csv", CSV)
    with pytest.raises(InputError, match=r"x!a.csv: Invalid member name. Must stand once"):
        contents(buffer.getvalue())


def test_the_declared_size_is_limited_before_anything_is_unpacked() -> None:
    with pytest.raises(InputError, match=r"Invalid archive of 1000 bytes unpacked. Must be <= 999"):
        contents(zipped({"a": bytes(500), "b": bytes(500)}), max_total_bytes=999)


def test_a_tar_in_a_gzip_is_refused() -> None:
    with pytest.raises(InputError, match=r"x: Invalid archive tar. Must be ZIP"):
        contents(gzip.compress(bytes(257) + b"ustar" + bytes(99)))


def test_a_packed_parquet_can_be_read_at_any_place() -> None:
    (member,) = members(io.BytesIO(gzip.compress(b"PAR1xyz")), "x", ArchiveLimits())
    assert member.stream.seekable()
    assert member.stream.read() == b"PAR1xyz"


def test_a_packed_stream_reads_like_a_file() -> None:
    (member,) = members(io.BytesIO(gzip.compress(b"one two")), "x", ArchiveLimits())
    assert member.stream.readable()
    assert member.stream.read(3) == b"one"
    buffer = bytearray(2)
    assert member.stream.readinto(buffer) == 2  # type: ignore[attr-defined]
    assert (bytes(buffer), member.stream.read()) == (b" t", b"wo")


def test_a_zstandard_bomb_unfolds_a_little_at_a_time() -> None:
    """A gigabyte of blanks is some 30 kB; the first read may not hold more than a piece of it."""
    (member,) = members(io.BytesIO(zstandard.compress(bytes(2**27))), "x", ArchiveLimits())
    inner = member.stream._inner  # type: ignore[attr-defined]
    assert len(inner._ready) <= 2**26
