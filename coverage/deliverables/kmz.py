"""Sites as KMZ: points for a globe, every field beside them as plain text."""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

import pandas as pd

_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>\n'
)
_TAIL: Final = "</Document></kml>\n"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can hold: no clock in the bytes
_UNKNOWN: Final = "unknown"
_GREY: Final = "#808080"
_NOT_XML: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2


def kmz(
    sites: pd.DataFrame, title: str, labels: Mapping[str, str], colours: Mapping[str, str]
) -> bytes:
    """Placemarks in the order of the rows.

    Parameters
    ----------
    sites
        ``rank, tps_code, tps_name, latitude_deg, longitude_deg, evidence`` and any other columns;
        NA is left out.
    title
        Name of the document.
    labels
        Column -> what it is called, for the columns to show.
    colours
        Evidence -> colour, ``#RRGGBB``; another evidence is grey.

    Returns
    -------
    bytes
        KMZ. The same rows give the same bytes.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("doc.kml", _EPOCH)
        entry.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(entry, "w") as document:
            for part in _parts(sites, title, labels, colours):
                document.write(part.encode("utf-8"))
    return buffer.getvalue()


def _parts(
    sites: pd.DataFrame, title: str, labels: Mapping[str, str], colours: Mapping[str, str]
) -> Iterator[str]:
    """The document piece by piece."""
    yield f"{_HEAD}<name>{_text(title)}</name>\n"
    for code, colour in {**colours, _UNKNOWN: _GREY}.items():
        yield _style(code, colour)
    heads = {
        column: f"<Data name={quoteattr(column)}><displayName>{_text(label)}</displayName><value>"
        for column, label in labels.items()
    }
    for row in sites.to_dict("records"):
        yield _placemark(row, heads, colours)
    yield _TAIL


def _placemark(row: Mapping[Any, Any], heads: Mapping[str, str], colours: Mapping[str, str]) -> str:
    """One site; fields as data, not as a description, which a globe would read as HTML."""
    name = row["tps_code"] if pd.isna(row["tps_name"]) else row["tps_name"]
    title = f"{row['rank']}. {name}"
    evidence = row["evidence"] if row["evidence"] in colours else _UNKNOWN
    fields = "".join(
        f"{head}{_text(_shown(row[column]))}</value></Data>"
        for column, head in heads.items()
        if not pd.isna(row[column])
    )
    at = f"{row['longitude_deg']:.6f},{row['latitude_deg']:.6f}"
    return (
        f"<Placemark><name>{_text(title)}</name><styleUrl>#{evidence}</styleUrl>"
        f"<ExtendedData>{fields}</ExtendedData>"
        f"<Point><coordinates>{at}</coordinates></Point></Placemark>\n"
    )


def _style(code: str, colour: str) -> str:
    """One coloured dot; KML writes colours as alpha, blue, green, red."""
    turned = f"ff{colour[5:7]}{colour[3:5]}{colour[1:3]}".lower()
    return f'<Style id="{code}"><IconStyle><color>{turned}</color></IconStyle></Style>\n'


def _shown(value: Any) -> str:
    """A number with the digits it has in single precision, anything else as it is."""
    return f"{value:.7g}" if isinstance(value, float) else str(value)


def _text(text: str) -> str:
    """Text as XML; characters that XML cannot hold become question marks."""
    return escape(_NOT_XML.sub("?", text))
