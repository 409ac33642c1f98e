"""Sources and licences as a line for a page, and as a file for what has no room for it, as CSV."""

from typing import Final

from coverage.deliverables.info import LANGUAGES, RunInfo, source_note, sources_in
from coverage.deliverables.texts import catalogue

LICENCE_NAME: Final = "LICENCE.txt"


def sources_line(info: RunInfo) -> str:
    """Sources and licences on one line with their heading, empty where none are known."""
    note = source_note(info)
    return f"{catalogue(info.language)['workbook.attribution']}: {note}" if note else ""


def licence_text(info: RunInfo) -> bytes:
    """Sources and licences of everything in a folder, the language of the run first.

    Parameters
    ----------
    info
        The run.

    Returns
    -------
    bytes
        UTF-8 with byte order mark and CR LF, which old editors want as well as the CSV beside it.
    """
    languages = sorted(LANGUAGES, key=lambda code: code != info.language)
    parts = [_part(info, language) for language in languages]
    return "\r\n\r\n".join("\r\n".join(lines) for lines in parts).encode("utf-8-sig") + b"\r\n"


def _part(info: RunInfo, language: str) -> list[str]:
    """Everything in one language."""
    texts = catalogue(language)
    lines = sources_in(info, language)
    return [
        f"{texts['workbook.attribution']}: {info.survey}",
        f"{texts['workbook.created']}: {info.created_utc:%Y-%m-%d %H:%M}",
        "",
        texts["licence.covers"],
        *(f"- {line}" for line in lines or (texts["source.not_stated"],)),
        "",
        texts["licence.partner"],
    ]
