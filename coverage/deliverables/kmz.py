"""Sites as KMZ: points by remedy with a balloon, lines to donors, outlines of cells by level."""

import html
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import pandas as pd

from coverage import geodesy
from coverage.deliverables.kmz_cells import LevelClass, outlines_of
from coverage.deliverables.kmz_icon import ICON_NAME, dot_png

_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>\n'
)
_TAIL: Final = "</Document></kml>\n"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can hold: no clock in the bytes
_UNKNOWN: Final = "unknown"
_GREY: Final = "#808080"
_INK: Final = "#000000"
_DOT_SCALE: Final = 0.5
_LABEL_SCALE: Final = 0.7
_NO_SNIPPET: Final = '<Snippet maxLines="0"></Snippet>'  # else a globe's list repeats the balloon
_STUB_M: Final = 1_000.0
"""Where the place of a donor is not known its line shows the bearing alone; project."""
_NOT_XML: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2


@dataclass(frozen=True, kw_only=True)
class KmzParts:
    """What is shown beside the points.

    Attributes
    ----------
    balloons
        Values in words, row by row as the sites, columns as ``labels``; None = no balloons.
    cells
        ``h3_cell, rsrp_p50_dbm`` of predicted cells; None = no outlines.
    classes
        Classes of level, from the lowest.
    folders
        Names of the folders ``sites``, ``donors`` and ``cells``.
    donors
        ``donor_latitude_deg, donor_longitude_deg`` [deg] and ``name`` row by row as the sites, the
        place NA where it is not known; None = no donors.
    note
        What the document says of itself, as its sources and licences.
    legend
        Remedy or evidence -> what its colour means, in words, for those that occur.
    """

    balloons: pd.DataFrame | None = None
    cells: pd.DataFrame | None = None
    classes: tuple[LevelClass, ...] = ()
    folders: Mapping[str, str] = field(default_factory=dict)
    donors: pd.DataFrame | None = None
    note: str = ""
    legend: Mapping[str, str] = field(default_factory=dict)


def kmz(
    sites: pd.DataFrame,
    title: str,
    labels: Mapping[str, str],
    colours: Mapping[str, str],
    parts: KmzParts | None = None,
) -> bytes:
    """Placemarks in the order of the rows.

    Parameters
    ----------
    sites
        ``rank, tps_code, tps_name, latitude_deg, longitude_deg, evidence`` and any other columns;
        NA is left out. Where ``donor_bearing_deg`` is known a line is drawn: to the donor where
        its place is in ``parts``, else a grey stub that way.
    title
        Name of the document.
    labels
        Column -> what it is called, for the columns to show.
    colours
        Remedy or evidence -> colour, ``#RRGGBB``. The remedy counts where it is known and has a
        colour, else the evidence, else grey.
    parts
        What is shown beside the points.

    Returns
    -------
    bytes
        KMZ. The same rows give the same bytes.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        with archive.open(_entry("doc.kml"), "w") as document:
            for part in _parts(sites, title, labels, colours, parts or KmzParts()):
                document.write(part.encode("utf-8"))
        archive.writestr(_entry(ICON_NAME), dot_png())
    return buffer.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    """A file of the archive, without a date of its own."""
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _parts(
    sites: pd.DataFrame,
    title: str,
    labels: Mapping[str, str],
    colours: Mapping[str, str],
    parts: KmzParts,
) -> Iterator[str]:
    """The document piece by piece."""
    yield f"{_HEAD}<name>{_text(title)}</name>\n"
    yield _about(colours, parts)
    for code, colour in {**colours, _UNKNOWN: _GREY}.items():
        yield _style(code, colour)
    heads = {
        column: f"<Data name={quoteattr(column)}><displayName>{_text(label)}</displayName><value>"
        for column, label in labels.items()
    }
    rows = sites.to_dict("records")
    balloons = rows if parts.balloons is None else parts.balloons.to_dict("records")
    yield _folder(parts, "sites")
    for row, words in zip(rows, balloons, strict=True):
        told = "" if parts.balloons is None else _balloon(words, labels)
        yield _placemark(row, heads, colours, told)
    yield f"</Folder>\n{_folder(parts, 'donors')}"
    if parts.donors is not None:
        donors = parts.donors.to_dict("records")
        yield from (
            _donor_line(row, donor)
            for row, donor in zip(rows, donors, strict=True)
            if not pd.isna(row.get("donor_bearing_deg"))
        )
    yield f"</Folder>\n{_folder(parts, 'cells')}"
    if parts.cells is not None:
        yield from _outlines(parts.cells, parts.classes)
    yield f"</Folder>\n{_TAIL}"


def _about(colours: Mapping[str, str], parts: KmzParts) -> str:
    """What the colours mean and where the data come from, in the balloon of the document."""
    rows = "".join(
        f"<tr><td bgcolor='{colours.get(code, _GREY)}' width='18'></td>"
        f"<td>{html.escape(words)}</td></tr>"
        for code, words in parts.legend.items()
    )
    told = (f"<table>{rows}</table>" if rows else "") + html.escape(parts.note)
    return f"<description>{_text(told)}</description>\n" if told else ""


def _folder(parts: KmzParts, name: str) -> str:
    """Opening of a folder."""
    return f"<Folder><name>{_text(parts.folders.get(name, name))}</name>\n"


def _placemark(
    row: Mapping[Any, Any], heads: Mapping[str, str], colours: Mapping[str, str], balloon: str
) -> str:
    """One site; fields as data for programs, in words in the balloon."""
    name = row["tps_code"] if pd.isna(row["tps_name"]) else row["tps_name"]
    title = f"{row['rank']}. {name}"
    codes = (row.get("remedy"), row["evidence"])
    style = next((code for code in codes if not pd.isna(code) and code in colours), _UNKNOWN)
    fields = "".join(
        f"{head}{_text(_shown(row[column]))}</value></Data>"
        for column, head in heads.items()
        if not pd.isna(row[column])
    )
    at = f"{row['longitude_deg']:.6f},{row['latitude_deg']:.6f}"
    return (
        f"<Placemark><name>{_text(title)}</name>{_NO_SNIPPET}{balloon}<styleUrl>#{style}</styleUrl>"
        f"<ExtendedData>{fields}</ExtendedData>"
        f"<Point><coordinates>{at}</coordinates></Point></Placemark>\n"
    )


def _balloon(words: Mapping[Any, Any], labels: Mapping[str, str]) -> str:
    """The balloon: a globe reads it as HTML, so every text is escaped for HTML, then for XML."""
    lines = "".join(
        f"<tr><th align='left'>{html.escape(label)}</th>"
        f"<td>{html.escape(_shown(words[column]))}</td></tr>"
        for column, label in labels.items()
        if column in words and not pd.isna(words[column])
    )
    name = words["tps_code"] if pd.isna(words.get("tps_name")) else words["tps_name"]
    head = f"<h3>{html.escape(_shown(name))}</h3>"
    return f"<description>{_text(f'{head}<table>{lines}</table>')}</description>"


def _donor_line(row: Mapping[Any, Any], donor: Mapping[Any, Any]) -> str:
    """A line from the site to its donor, or a grey stub towards it where its place is not known."""
    here = (float(row["latitude_deg"]), float(row["longitude_deg"]))
    is_placed = not pd.isna(donor["donor_latitude_deg"])
    if is_placed:
        there = (float(donor["donor_latitude_deg"]), float(donor["donor_longitude_deg"]))
    else:
        turn = np.radians(float(row["donor_bearing_deg"]))
        step_m = np.array([[np.sin(turn), np.cos(turn)]]) * _STUB_M
        (latitude,), (longitude,) = geodesy.from_plane_m(step_m, here)
        there = (float(latitude), float(longitude))
    line = " ".join(f"{longitude:.6f},{latitude:.6f}" for latitude, longitude in (here, there))
    colour, width = (_turned(_INK), 2) if is_placed else (_turned(_GREY), 4)
    return (
        f"<Placemark><name>{_text(str(donor['name']))}</name>"
        f"<Style><LineStyle><color>{colour}</color><width>{width}</width></LineStyle></Style>"
        f"<LineString><tessellate>1</tessellate><coordinates>{line}</coordinates></LineString>"
        "</Placemark>\n"
    )


def _outlines(cells: pd.DataFrame, classes: tuple[LevelClass, ...]) -> Iterator[str]:
    """One placemark a class of level, the outlines of its cells without those inside."""
    for level_class, rings in outlines_of(cells, classes):
        lines = "".join(
            "<LineString><coordinates>"
            + " ".join(f"{x:.6f},{y:.6f}" for x, y in ring)
            + "</coordinates></LineString>"
            for ring in rings
        )
        colour = _turned(level_class.colour)
        yield (
            f"<Placemark><name>{_text(level_class.label)}</name>"
            f"<Style><LineStyle><color>{colour}</color><width>2</width></LineStyle></Style>"
            f"<MultiGeometry>{lines}</MultiGeometry></Placemark>\n"
        )


def _style(code: str, colour: str) -> str:
    """One coloured dot; a balloon shows its text alone, no way there and back."""
    return (
        f'<Style id="{code}"><IconStyle><color>{_turned(colour)}</color><scale>{_DOT_SCALE}</scale>'
        f"<Icon><href>{ICON_NAME}</href></Icon>"
        '<hotSpot x="0.5" y="0.5" xunits="fraction" yunits="fraction"/></IconStyle>'
        f"<LabelStyle><scale>{_LABEL_SCALE}</scale></LabelStyle>"
        "<BalloonStyle><text>$[description]</text></BalloonStyle></Style>\n"
    )


def _turned(colour: str) -> str:
    """A colour as KML writes it: alpha, blue, green, red."""
    return f"ff{colour[5:7]}{colour[3:5]}{colour[1:3]}".lower()


def _shown(value: Any) -> str:
    """A number with the digits it has in single precision, anything else as it is."""
    return f"{value:.7g}" if isinstance(value, float) else str(value)


def _text(text: str) -> str:
    """Text as XML; characters that XML cannot hold become question marks."""
    return escape(_NOT_XML.sub("?", text))
