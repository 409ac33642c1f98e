"""Side files of G-NetTrack (FORMATS 1 and 2): events, data tests, statistics; no coverage rows."""

from typing import Final

from coverage.readings.format import Head

NAME: Final = "gnettrack_side"
SOURCE: Final = "drive_test"
SHOWS_NO_SERVICE: Final = None
SKIP: Final = "a G-NetTrack side file (events, data tests or statistics): it holds no readings"

_STARTS: Final = (
    "Event\tStats",
    "Timestamp\tLongitude\tLatitude\tOperatorname\tNode\tCellID\tLAC\tNetworkTech",
)


def sniff(head: Head) -> str | None:
    """The beginning of one of the side files' headers."""
    for start in _STARTS:
        if head.first_line.startswith(start):
            return f"header begins {' '.join(start.split())}"
    return None
