"""Other logs of Android Network Survey (FORMATS 10): CDMA, Wi-Fi, Bluetooth, GNSS, status."""

from typing import Final

from coverage.readings.format import Head
from coverage.readings.formats.network_survey import header_of, technology_of

NAME: Final = "network_survey_other"
SOURCE: Final = "drive_test"
SHOWS_NO_SERVICE: Final = None
SKIP: Final = "a Network Survey log of another kind (CDMA, Wi-Fi, Bluetooth, GNSS, status)"


def sniff(head: Head) -> str | None:
    """Recognise any log of the app that holds neither cells nor phone states."""
    header = header_of(head)
    if not header or technology_of(header) or "networkRegistrationInfo" in header:
        return None
    return "header begins deviceTime,latitude,longitude and names no cell"
