"""Hostile text: encodings, columns, numbers, places, times, formulas, markup and Unicode."""

import random
from collections.abc import Iterator

from tests.hostile.case import (
    ANY,
    ASSET_ROW,
    ASSETS,
    FIXTURES,
    FORMULAS,
    G_NETTRACK,
    G_ROW,
    HARMLESS,
    MARKUP,
    REFUSED,
    REJECTED,
    SEED,
    SITE_ROW,
    SITES,
    TOWER_ROW,
    UNICODE,
    Case,
    case_of,
)


def texts() -> Iterator[Case]:
    """Encodings, NUL, line ends, columns missing and doubled; at every door that takes text."""
    doors = {
        "readings": (G_NETTRACK, G_ROW), "sites": (SITES, SITE_ROW), "towers": ("", TOWER_ROW),
        "assets": (ASSETS, ASSET_ROW),
    }  # fmt: skip
    for door, (header, row) in doors.items():
        text = header + row
        yield case_of(f"good_{door}.csv", door, text, HARMLESS)
        yield case_of(f"bom_{door}.csv", door, "\ufeff" + text, HARMLESS)
        yield case_of(f"two_boms_{door}.csv", door, "\ufeff\ufeff" + text)
        yield case_of(f"utf16_{door}.csv", door, text.encode("utf-16"))
        yield case_of(f"utf16_odd_{door}.csv", door, text.encode("utf-16")[:-1])
        yield case_of(f"utf32_{door}.csv", door, text.encode("utf-32"))
        yield case_of(f"ebcdic_{door}.csv", door, text.encode("cp500"), REFUSED)
        yield case_of(
            f"mixed_{door}.csv", door, text.encode() + b"\xff\xfe\xe9\x00," + row.encode()
        )
        yield case_of(f"nul_{door}.csv", door, text.encode() + b"\0" * 5000)
        yield case_of(f"only_nul_{door}.csv", door, bytes(5000), REFUSED)
        yield case_of(f"empty_{door}.csv", door, b"", REFUSED)
        yield case_of(f"blank_{door}.csv", door, b" \r\n\t\r\n\n" * 50, REFUSED)
        yield case_of(f"cr_{door}.csv", door, text.replace("\n", "\r"))
        yield case_of(f"quote_{door}.csv", door, text + '"' + row * 50)
        yield case_of(f"quotes_{door}.csv", door, text + '""""""\n' * 9)
        yield case_of(f"wide_{door}.csv", door, text + "," * 100_000 + "\n")
        yield case_of(f"narrow_{door}.csv", door, text + "x\n", ANY)
        yield case_of(f"header_only_{door}.csv", door, header)
        yield case_of(f"binary_{door}.csv", door, random.Random(SEED).randbytes(20_000), REFUSED)
        yield case_of(f"jpeg_{door}.csv", door, b"\xff\xd8\xff\xe0" + bytes(3000), REFUSED)
        yield case_of(f"pdf_{door}.csv", door, b"%PDF-1.7\n" + bytes(3000), REFUSED)
        yield case_of(
            f"html_{door}.csv", door, "<!doctype html><html><body>404</body></html>", REFUSED
        )
        if header:
            first = header.split(",", 1)[0]
            yield case_of(f"missing_{door}.csv", door, text.replace(first, "Foo", 1), REFUSED)
            doubled = header.strip() + "," + header + row.strip() + "," + row
            yield case_of(f"doubled_{door}.csv", door, doubled)
            yield case_of(f"columns_{door}.csv", door, header.strip() + ",x" * 20_000 + "\n" + row)
            yield case_of(f"unnamed_{door}.csv", door, header.strip() + "," * 500 + "\n" + row)


def values() -> Iterator[Case]:
    """Numbers, places and times that are none; each row is refused with its reason."""
    good = G_ROW.replace("09.15.02", "09.15.09")
    for name, old, new in (
        ("comma", "106.123500", "106,123500"), ("zero", "106.123500,-6.412300", "0,0"),
        ("negative_zero", "106.123500,-6.412300", "-0.0,-0.0"), ("nan", "-6.412300", "nan"),
        ("infinite", "-6.412300", "inf"), ("huge", "-6.412300", "1e400"),
        ("digits", "-6.412300", "9" * 400), ("swapped", "106.123500,-6.412300", "-6.4,106.1"),
        ("y1970", "2024.01.20", "1970.01.01"), ("y2099", "2024.01.20", "2099.12.31"),
        ("y0000", "2024.01.20", "0000.01.01"), ("y9999", "2024.01.20", "9999.12.31"),
        ("feb30", "2024.01.20", "2024.02.30"), ("hour25", "09.15.02", "25.15.02"),
        ("leap", "09.15.02", "09.15.60"), ("arabic", "-6.412300", "-\u0666.\u0664"),
        ("hex", "-6.412300", "-0x6"), ("formula", "-6.412300", "=-6.4"),
        ("level_text", "-104", "=1"), ("level_huge", "-104", "-1e308"),
        ("level_plus", "-104", "2147483647"), ("mode", "LTE", "<b>LTE</b>"),
        ("stamp_text", "2024.01.20_09.15.02", "<script>"), ("minus", "-6.412300", "\u22126.4123"),
    ):  # fmt: skip
        text = G_NETTRACK + good + G_ROW.replace(old, new)
        yield case_of(f"{name}.csv", "readings", text, REJECTED)
    for name, old, new in (
        ("zero", "-6.412300,106.123500", "-0.0,-0.0"), ("nan", "-6.412300", "nan"),
        ("huge", "-6.412300", "1e400"), ("swapped", "-6.412300,106.123500", "106.1,-6.4"),
        ("code", "3602062001002", "=1+1"), ("code_e", "3602062001002", "3.60E+12"),
        ("code_arabic", "3602062001002", "\u0663" * 13), ("away", "106.123500", "-0.1"),
    ):  # fmt: skip
        text = SITES + SITE_ROW + SITE_ROW.replace("001002", "001003").replace(old, new)
        text = text if old != "3602062001002" else SITES + SITE_ROW + SITE_ROW.replace(old, new)
        yield case_of(f"{name}_sites.csv", "sites", text, REJECTED)
    for name, voters in (
        ("minus", "-5"), ("huge", "9" * 400), ("inf", "inf"), ("formula", "=9"), ("nan", "nan"),
        ("e", "1e400"),
    ):  # fmt: skip
        yield case_of(
            f"voters_{name}.csv", "sites", SITES + SITE_ROW.replace("281", voters), HARMLESS
        )
    for name, old, new in (
        ("range", "1188", "9" * 400), ("identity", "35250198", "9" * 40),
        ("identity_minus", "35250198", "-1"), ("mcc", "510", "5a0"), ("lat", "-6.1125", "nan"),
        ("lat_inf", "-6.1125", "-inf"), ("updated", "1747189874", "9" * 30),
        ("updated_minus", "1747189874", "-99999999999"), ("samples", "21", "1e400"),
        ("rat", "LTE", "=LTE"), ("place", "106.577,-6.1125", "-0.0,-0.0"),
        ("fields", "LTE,", "LTE,,"),
    ):  # fmt: skip
        text = TOWER_ROW + TOWER_ROW.replace("35250198", "35250199").replace(old, new, 1)
        text = text if old != "35250198" else TOWER_ROW + TOWER_ROW.replace(old, new)
        yield case_of(f"{name}_towers.csv", "towers", text)
    for name, old, new in (
        ("kit", "vsat", "=1"), ("date", "2024-01-10", "2024-02-30"),
        ("year", "2024-01-10", "99999-01-01"), ("code", "3602062001002", "x"),
        ("serial", "SN1", ""),
    ):  # fmt: skip
        yield case_of(f"{name}_assets.csv", "assets", ASSETS + ASSET_ROW.replace(old, new), REFUSED)


def tricks() -> Iterator[Case]:
    """Formulas, markup and Unicode in every text that is carried on."""
    for place, trick in enumerate((*FORMULAS, *MARKUP, *UNICODE)):
        quoted = '"' + trick.replace('"', '""') + '"'
        yield case_of(
            f"operator_{place}.csv", "readings", G_NETTRACK + G_ROW.replace(",A,", f",{trick},")
        )
        yield case_of(
            f"name_{place}.csv", "sites", SITES + SITE_ROW.replace("TPS 2", quoted), HARMLESS
        )
        yield case_of(f"serial_{place}.csv", "assets", ASSETS + ASSET_ROW.replace("SN1", quoted))
        yield case_of(
            f"header_{place}.csv", "proposal", f"{quoted},lat,lon,rsrp\n1,-6.4,106.1,-99\n"
        )
        yield case_of(f"unknown_{place}.csv", "readings", f"{quoted},lat,lon\n1,2,3\n", REFUSED)
        yield case_of(
            f"site_header_{place}.csv", "sites", f"{quoted},Lintang,Bujur\n1,2,3\n", REFUSED
        )
    lone = G_NETTRACK + G_ROW.replace(",A,", ",\ud800,")
    yield case_of("surrogate.csv", "readings", lone)
    yield case_of("surrogate_sites.csv", "sites", SITES + SITE_ROW.replace("TPS 2", "\udfff"))
    for place, content in enumerate((
        b"", b"\0", b"\xff\xfe", b"name = ", b"name = 1", b'name = "x"', b"[columns]\n" * 2,
        b"a" * 100_000, b"[" * 5_000, b"x = " + b"[" * 5_000, b"x" + b".x" * 5_000 + b" = 1",
        (FIXTURES / "dialect.toml").read_bytes() + b'\n[words.rat]\n"=1" = "LTE"',
        (FIXTURES / "dialect.toml").read_bytes().replace(b'"longi"', b'"Lattitude"'),
        (FIXTURES / "dialect.toml").read_bytes().replace(b'";"', b'"\\n"'),
        (FIXTURES / "dialect.toml").read_bytes().replace(b'"%Y', b'"%Q%'),
    )):  # fmt: skip
        yield case_of(f"map_{place}.toml", "columns", content)
