"""What a hostile case is, and the sound files that it starts from."""

import gzip
import io
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import zstandard

FIXTURES: Final = Path(__file__).parents[1] / "data" / "readings"


SEED: Final = 20240214


REFUSED: Final = "refused"
"""The file ends in one named InputError."""


REJECTED: Final = "rejected"
"""The file is read, and at least one of its rows is refused with a reason."""


HARMLESS: Final = "harmless"
"""The file is read and no row is refused: the trick is none."""


ANY: Final = "any"
"""Random damage: it may hit what nobody reads."""


G_NETTRACK: Final = (
    "Timestamp,Longitude,Latitude,Speed,Operatorname,CellID,NetworkMode,RSRP,RSRQ,SNR,RAWCELLID\n"
)


G_ROW: Final = "2024.01.20_09.15.02,106.123500,-6.412300,36,A,1,LTE,-104,-12,4,7\n"


SITES: Final = "Kode TPS,Nama TPS,Desa,Lintang,Bujur,DPT\n"


SITE_ROW: Final = "3602062001002,TPS 2,Cikeusik,-6.412300,106.123500,281\n"


TOWER_ROW: Final = "LTE,510,10,1216,35250198,-1,106.577,-6.1125,1188,21,1,1745290311,1747189874,0\n"


ASSETS: Final = "serial,tps_code,kit,fitted_on\n"


ASSET_ROW: Final = "SN1,3602062001002,vsat,2024-01-10\n"


LAUGHS: Final = "<!DOCTYPE k [<!ENTITY a 'ha'>{}]>".format(
    "".join(f"<!ENTITY {chr(98 + i)} '{f'&{chr(97 + i)};' * 10}'>" for i in range(12))
)


QUADRATIC: Final = f"<!DOCTYPE k [<!ENTITY a '{'ha' * 50_000}'>]>"


EXTERNAL: Final = '<!DOCTYPE k [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


FORMULAS: Final = (
    "=1+1",
    '=HYPERLINK("http://x","y")',
    "@SUM(A1)",
    "+1",
    "-1+1",
    "\t=1",
    "=cmd|x!A",
)


MARKUP: Final = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</script><svg onload=1>",
    "{{7*7}}", "${7*7}", "%s%s%n", "'; DROP TABLE sites; --", "\\u003cscript\\u003e",
)  # fmt: skip


UNICODE: Final = (
    "\u202eOPERATOR\u202c", "a\u200bb\u200cc\ufeffd", "\u05d0\u05d1", "e\u0301" * 50, "x" * 300,
    "\U0001f4f6" * 20, "\ud7ff\ue000\uffff", "I\u0307\u0130\u0131\u1e9e", "\u2028\u2029",
    "\x1b[2J\x1b[31m",    "a\u0338" * 200, "\u0660\u0661\u0662",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Case:
    """One hostile file.

    Attributes
    ----------
    name
        Its file name.
    door
        Who reads it: readings, sites, towers, assets, layer, tiles, columns, proposal.
    make
        Its bytes; made only when they are wanted.
    ends
        How it must end.
    is_long
        Too large for the short form.
    """

    name: str
    door: str
    make: Callable[[], bytes]
    ends: str = ANY
    is_long: bool = False


def case_of(name: str, door: str, content: bytes | str, ends: str = ANY) -> Case:
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return Case(name=name, door=door, make=lambda: data, ends=ends)


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive."""
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", method) as archive:
        warnings.simplefilter("ignore")
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


PACKERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "gz": lambda data: gzip.compress(data, mtime=0),
    "zst": zstandard.compress,
    "zip": lambda data: zipped({"a.csv": data}),
}
