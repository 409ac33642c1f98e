"""Bad input ends in an error that names it, in rejects that say why, or does no harm."""

import gzip
import io
import zipfile
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from coverage.errors import InputError

Read = Callable[..., Any]
HEADER = (
    "Timestamp,Longitude,Latitude,Speed,Operatorname,CellID,NetworkMode,RSRP,RSRQ,SNR,RAWCELLID\n"
)
ROW = "2024.01.20_09.15.02,106.123500,-6.412300,36,A,1,LTE,-104,-12,4,7\n"
GOOD = (HEADER + ROW).encode()
LONG = "".join(
    ROW.replace("09.15.02,", f"08.15.{i:02d},").replace(",36,", ",0,") for i in range(60)
)
MANY = (HEADER + ROW * 3000).encode()
KML = '<?xml version="1.0"?>{doctype}<kml><Data name="CGI"><value>{value}</value></Data></kml>'
LAUGHS = "<!DOCTYPE k [<!ENTITY a 'ha'>{}]>".format(
    "".join(f"<!ENTITY {chr(98 + i)} '{f'&{chr(97 + i)};' * 10}'>" for i in range(12))
)


def zipped(name: str, data: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return stream.getvalue()


def csv(row: str, header: str = HEADER) -> bytes:
    return (header + row).encode()


REFUSED: dict[str, tuple[bytes, str]] = {
    "truncated gzip": (gzip.compress(MANY)[:-20], "Must be whole"),
    "truncated zip": (zipped("a.csv", MANY)[:-40], "Must be whole"),
    "gzip bomb": (gzip.compress(GOOD + b"\n" * (40 * 2**20)), "Must be <= 300 times"),
    "zip bomb": (zipped("a.csv", GOOD + b"\n" * (40 * 2**20)), "Must be <= 300 times"),
    "zip in a zip": (zipped("b.zip", zipped("a.csv", GOOD)), "archive"),
    "gzip in a gzip": (gzip.compress(gzip.compress(GOOD)), "archive in an archive"),
    "path out of the archive": (zipped("../../a.csv", GOOD), "Must stay inside"),
    "absolute path": (zipped("/etc/a.csv", GOOD), "Must stay inside"),
    "external entity": (
        KML.format(doctype='<!DOCTYPE k [<!ENTITY x SYSTEM "file:///etc/passwd">]>', value="&x;")
        .encode(),
        "Invalid XML",
    ),
    "billion laughs": (KML.format(doctype=LAUGHS, value="&m;").encode(), "Invalid XML"),
    "JSON a thousand deep": (
        b'{"items":[{"cellTowers":' + b"[" * 1000 + b"]" * 1000 + b"}]}",
        "Invalid JSON",
    ),
    "column missing": (csv(ROW, HEADER.replace("NetworkMode", "Mode")), "Must have a column"),
    "nothing": (b"", "empty"),
    "only NUL": (bytes(5000), "Invalid format"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_a_file_that_cannot_be_used_is_one_named_error(read: Read, what: str) -> None:
    data, message = REFUSED[what]
    with pytest.raises(InputError, match=message) as caught:
        read(data, "log")
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("log")


REJECTED: dict[str, tuple[bytes, str]] = {
    "decimal commas": (csv(ROW.replace("106.123500", "106,123500")), "malformed_row"),
    "a place without a number": (csv(ROW.replace("106.123500", "x")), "no_position"),
    "negative zero": (csv(ROW.replace("106.123500,-6.412300", "-0.0,-0.0")), "zero_position"),
    "year 1970": (csv(ROW.replace("2024.01.20", "1970.01.01")), "time_before_2010"),
    "year 2099": (csv(ROW.replace("2024.01.20", "2099.01.01")), "time_in_future"),
    "a day that is none": (csv(ROW.replace("2024.01.20", "2024.02.30")), "bad_time"),
    "NUL in a row": (csv(LONG + ROW.replace("-6.412300", "-6.4\0")), "malformed_row"),
    "half a row": (csv(ROW[:30] + "\n"), "malformed_row"),
}


@pytest.mark.parametrize("what", REJECTED)
def test_a_row_that_cannot_be_used_is_a_reject_with_its_reason(read: Read, what: str) -> None:
    data, reason = REJECTED[what]
    log = read(data + ROW.replace("09.15.02", "09.15.03").encode(), "log")
    assert log.tally == Counter({reason: 1})
    assert log.readings.num_rows >= 1


HARMLESS: dict[str, bytes] = {
    "byte-order mark": b"\xef\xbb\xbf" + GOOD,
    "UTF-16": GOOD.decode().encode("utf-16"),
    "another encoding in one row": csv(ROW.replace(",A,", ",Caf\u00e9,")).replace(
        b"\xc3\xa9", b"\xe9"
    ),
    "Windows line ends": GOOD.replace(b"\n", b"\r\n"),
    "no last line end": GOOD.rstrip(),
    "column doubled": csv(ROW.replace("\n", ",-50\n"), HEADER.replace("\n", ",RSRP\n")),
}


@pytest.mark.parametrize("what", HARMLESS)
def test_what_can_be_understood_is_read_as_it_is(read: Read, what: str) -> None:
    log = read(HARMLESS[what], "log")
    assert log.column("signal_dbm") == [-104]
    assert log.tally == Counter()


@pytest.mark.long
@pytest.mark.parametrize("start", [HEADER.encode(), KML.encode(), b'{"items":[{"cellTowers":"'])
def test_a_line_of_a_hundred_megabytes_is_one_named_error(read: Read, start: bytes) -> None:
    with pytest.raises(InputError, match="Invalid"):
        read(start + b"9" * 100_000_000, "log")
