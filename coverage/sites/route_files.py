"""The survey plan for navigation devices and globes: GPX routes and KML, one route a day."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

import pandas as pd

from coverage.errors import InputError

_NOT_XML: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2
_WORDS: Final = {
    "id": {"day": "Hari", "decide": "untuk memutuskan", "validate": "sampel acak", "stop": "Titik"},
    "en": {"day": "Day", "decide": "to decide", "validate": "random sample", "stop": "Stop"},
}
_COLOURS: Final = {"decide": "ff0e70ec", "validate": "ffb87f2c"}  # alpha, blue, green, red


@dataclass(frozen=True, kw_only=True)
class _Stop:
    """One stop as it is written."""

    name: str
    code: str
    latitude: str
    longitude: str


@dataclass(frozen=True, kw_only=True)
class _Day:
    """One day as it is written."""

    name: str
    purpose: str
    stops: tuple[_Stop, ...]


def plan_gpx(plan: pd.DataFrame, title: str, language: str) -> bytes:
    """The plan as GPX 1.1: each day a route, its stops in order.

    Parameters
    ----------
    plan
        ``survey_plan``. [deg]
    title
        Name of the file's content.
    language
        ``id`` or ``en``.

    Raises
    ------
    InputError
        Where there is no such language.
    """
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="1.1" creator="blankspot" '
        'xmlns="http://www.topografix.com/GPX/1/1">\n'
        f"<metadata><name>{_text(title)}</name></metadata>\n"
    ]
    for day in _days(plan, language):
        parts.append(f"<rte><name>{_text(day.name)}</name>\n")
        parts.extend(
            f'<rtept lat="{stop.latitude}" lon="{stop.longitude}"><name>{_text(stop.name)}</name>'
            f"<desc>{_text(stop.code)}</desc></rtept>\n"
            for stop in day.stops
        )
        parts.append("</rte>\n")
    return "".join([*parts, "</gpx>\n"]).encode()


def plan_kml(plan: pd.DataFrame, title: str, language: str) -> bytes:
    """The plan as KML 2.2: each day a folder with its line and its stops.

    Lines run as the crow flies: the roads are the driver's.

    Parameters
    ----------
    plan
        ``survey_plan``. [deg]
    title
        Name of the document.
    language
        ``id`` or ``en``.

    Raises
    ------
    InputError
        Where there is no such language.
    """
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">'
        f"<Document>\n<name>{_text(title)}</name>\n"
    ]
    parts.extend(
        f'<Style id="{purpose}"><LineStyle><color>{colour}</color><width>3</width></LineStyle>'
        f"<IconStyle><color>{colour}</color></IconStyle></Style>\n"
        for purpose, colour in _COLOURS.items()
    )
    for day in _days(plan, language):
        line = " ".join(f"{stop.longitude},{stop.latitude}" for stop in day.stops)
        parts.append(
            f"<Folder><name>{_text(day.name)}</name>\n"
            f"<Placemark><name>{_text(day.name)}</name><styleUrl>#{day.purpose}</styleUrl>"
            f"<LineString><coordinates>{line}</coordinates></LineString></Placemark>\n"
        )
        parts.extend(
            f"<Placemark><name>{_text(stop.name)}</name><description>{_text(stop.code)}"
            f"</description><styleUrl>#{day.purpose}</styleUrl><Point><coordinates>"
            f"{stop.longitude},{stop.latitude}</coordinates></Point></Placemark>\n"
            for stop in day.stops
        )
        parts.append("</Folder>\n")
    return "".join([*parts, "</Document></kml>\n"]).encode()


def _days(plan: pd.DataFrame, language: str) -> Iterator[_Day]:
    """Days in order, their stops in order."""
    if language not in _WORDS:
        raise InputError(f"Invalid language {language!r}. Must be one of {tuple(_WORDS)}.")
    words = _WORDS[language]
    ordered = plan.sort_values(["survey_day", "stop"], kind="stable")
    for number, rows in ordered.groupby("survey_day", sort=True):
        purpose = str(rows["purpose"].iloc[0])
        columns = zip(
            rows["stop"], rows["tps_code"], rows["latitude_deg"], rows["longitude_deg"], strict=True
        )
        yield _Day(
            name=f"{words['day']} {number}: {words[purpose]}",
            purpose=purpose,
            stops=tuple(
                _Stop(
                    name=f"{words['stop']} {number}.{stop}",
                    code=f"TPS {code}",
                    latitude=f"{latitude:.6f}",
                    longitude=f"{longitude:.6f}",
                )
                for stop, code, latitude, longitude in columns
            ),
        )


def _text(text: str) -> str:
    """Text as XML; characters that XML cannot hold become question marks."""
    return escape(_NOT_XML.sub("?", text))
