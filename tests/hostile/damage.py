"""Lines of a hundred megabytes, and sound files damaged by chance."""

import gzip
import random
from collections.abc import Iterator
from typing import Final

from tests.hostile.archives import bomb
from tests.hostile.case import (
    ANY,
    ASSET_ROW,
    ASSETS,
    FIXTURES,
    G_NETTRACK,
    G_ROW,
    PACKERS,
    REFUSED,
    REJECTED,
    SEED,
    SITE_ROW,
    SITES,
    TOWER_ROW,
    Case,
    case_of,
)
from tests.hostile.maps import written_layer
from tests.hostile.tables import canonical, package, parquet_of, site_sheet, tiles, vendor_sheet

SHORT_KML: Final = '<?xml version="1.0"?><kml><Data name="CGI"><value>'


def huge() -> Iterator[Case]:
    """Lines, fields and values of a hundred megabytes."""
    long = 100_000_000
    starts = {
        "line.csv": ("readings", G_NETTRACK), "line.kml": ("readings", SHORT_KML),
        "line.json": ("readings", '{"items":[{"cellTowers":"'),
        "line.nmf": ("readings", '#PRODUCT,,,"NEMO\nCELLMEAS,'),
        "line.txt": ("readings", (FIXTURES / "gnettrack_raw.txt").read_text().split("\n")[0]),
        "line_unknown.csv": ("readings", "a,b,c\n"), "line_sites.csv": ("sites", SITES + SITE_ROW),
        "line_towers.csv": ("towers", TOWER_ROW), "line_assets.csv": ("assets", ASSETS + ASSET_ROW),
        "line_proposal.csv": ("proposal", "lat,lon,rsrp\n"),
        "line_map.toml": ("columns", 'name = "'),
        "line_layer.geojson": ("layer", '{"type":"'),
    }  # fmt: skip
    for name, (door, start) in starts.items():
        for is_long, size in ((False, 3_000_000), (True, long)):
            yield Case(
                name=name, door=door, is_long=is_long,
                make=lambda start=start, size=size: start.encode() + b"9" * size,  # type: ignore[misc]
            )  # fmt: skip
    for end, pack in PACKERS.items():
        yield Case(
            name=f"bomb_long.{end}", door="readings", make=bomb(pack, 1024), ends=REFUSED,
            is_long=True,
        )  # fmt: skip


def endless() -> Iterator[Case]:
    """Ten million empty lines, a million columns, and nothing but zeros behind a good beginning."""
    starts = {
        "readings": G_NETTRACK + G_ROW, "sites": SITES + SITE_ROW, "towers": TOWER_ROW,
        "assets": ASSETS + ASSET_ROW,
    }  # fmt: skip
    for door, start in starts.items():
        for name, row, n_short, n_long in (
            ("empty_lines", "\n", 300_000, 10_000_000), ("crlf", "\r\n", 300_000, 5_000_000),
            ("commas", ",,,,,\n", 30_000, 1_100_000), ("zeros", "\0", 2_000_000, 50_000_000),
            ("spaces", " ", 2_000_000, 50_000_000), ("open_quote", '"' + start, 3_000, 300_000),
        ):  # fmt: skip
            is_listed = door in {"sites", "assets"}
            for is_long, n in ((False, n_short), (True, n_long)):
                ends = REFUSED if is_long and is_listed else ANY
                if (name, door) == ("open_quote", "sites"):
                    ends = REJECTED  # within the limits: one good row, then rows that are none
                yield Case(
                    name=f"{name}_{door}.csv", door=door, is_long=is_long, ends=ends,
                    make=lambda start=start, row=row, n=n: (start + row * n).encode(),  # type: ignore[misc]
                )  # fmt: skip
        yield Case(
            name=f"columns_1M_{door}.csv", door=door,
            ends=REFUSED if door in {"sites", "assets"} else ANY,
            make=lambda start=start: start.replace("\n", ",x" * 1_000_000 + "\n", 1).encode(),  # type: ignore[misc]
        )  # fmt: skip
    for magic, end in (
        (b"PK\3\4", "zip"), (b"\x1f\x8b", "gz"), (b"\x28\xb5\x2f\xfd", "zst"), (b"PAR1", "parquet"),
        (b"SQLite format 3\0", "gpkg"), (b"<?xml", "kml"), (b"{", "json"),
    ):  # fmt: skip
        for door in ("readings", "layer", "sites", "towers", "tiles", "assets"):
            yield case_of(f"zeros_{door}.{end}", door, magic + bytes(1_000_000), REFUSED)


def _damages(content: bytes, source: random.Random, n: int) -> Iterator[bytes]:
    """Bit flips, cuts, and pieces out of order."""
    for _ in range(n):
        flipped = bytearray(content)
        for _ in range(source.randint(1, 12)):
            flipped[source.randrange(len(flipped))] ^= 1 << source.randrange(8)
        yield bytes(flipped)
    for _ in range(n):
        yield content[: source.randrange(1, len(content))]
    for _ in range(n // 2 + 1):
        a, b = sorted(source.randrange(len(content)) for _ in range(2))
        yield content[:a] + content[b:] + content[a:b]


def damaged_fixtures() -> Iterator[Case]:
    """The committed fixtures with bits flipped, cut off, and put together wrongly."""
    source = random.Random(SEED)
    for path in sorted(FIXTURES.iterdir()):
        door = "columns" if path.suffix == ".toml" else "readings"
        for place, content in enumerate(_damages(path.read_bytes(), source, 4)):
            case = case_of(f"damage{place}_{path.name}", door, content)
            yield (
                case
                if place % 4 == 0
                else Case(name=case.name, door=door, make=case.make, is_long=True)
            )


def damaged_containers() -> Iterator[Case]:
    """Workbooks, Parquet, GeoPackages and archives with the same damage."""
    source = random.Random(SEED + 1)
    log = (G_NETTRACK + G_ROW * 200).encode()
    makers: dict[str, tuple[str, bytes]] = {
        "vendor.xlsx": ("readings", vendor_sheet()), "sites.xlsx": ("sites", site_sheet()),
        "canonical.parquet": ("readings", parquet_of(canonical())),
        "tiles.parquet": ("tiles", parquet_of(tiles())),
        "survey.gpkg": ("readings", package()), "layer.gpkg": ("layer", written_layer("GPKG")),
        "layer.parquet": ("layer", written_layer("parquet")),
        "layer.geojson": ("layer", written_layer("GeoJSON")),
        **{f"log.{end}": ("readings", pack(log)) for end, pack in PACKERS.items()},
        "list.csv.gz": ("towers", gzip.compress(TOWER_ROW.encode() * 50, mtime=0)),
    }  # fmt: skip
    for name, (door, content) in makers.items():
        for place, damaged in enumerate(_damages(content, source, 24)):
            case = case_of(f"d{place}_{name}", door, damaged)
            yield (
                case
                if place % 12 == 0
                else Case(name=case.name, door=door, make=case.make, is_long=True)
            )
