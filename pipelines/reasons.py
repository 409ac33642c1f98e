"""What the codes of rejects and flags mean, in few words: a code alone helps nobody."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from coverage.tables import DQ_MEANINGS
from pipelines.sentences import Say, as_it_is

_MEANINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "altitude_implausible": "the altitude cannot be one: the fix is none",
        "bad_time": "no time that can be read, or one that the zone's clock shows twice or never",
        "coordinates_swapped": "latitude and longitude stand exchanged",
        "device_forgotten": "a device that was to be forgotten",
        "duplicate": "the same reading stands in this input before",
        "duplicate_of_other_file": "the same reading stands in another input",
        "fix_and_cell_apart": "position and signal were read too far apart in time",
        "frozen_gps": "the position stood still while the device drove",
        "implausible": "the source itself calls the measurement implausible",
        "layout_not_known": "a record of a layout that is not known",
        "malformed_row": "too few or too many fields, or damaged",
        "no_cell_heard": "the record names no cell that was heard",
        "no_position": "the row has no latitude or longitude",
        "no_radio_meaning": "neither a usable level nor a word that there was no service",
        "no_serving_cell": "the record names no serving cell",
        "not_cellular": "Wi-Fi, Bluetooth or another network that is not cellular",
        "outside_box": "outside the survey's box",
        "position_out_of_range": "no such latitude or longitude on Earth",
        "position_too_coarse": "the position is too inaccurate",
        "rat_not_used": "a technology that is not assessed here",
        "time_before_2010": "a time before 2010: the clock was not set",
        "time_in_future": "a time in the future: the clock was wrong",
        "zero_position": "latitude and longitude are 0: no position",
    }
)


def meaning(code: str, say: Say = as_it_is) -> str:
    """What a code of rejects or a ``dq_`` flag means, empty where it is not known.

    Examples
    --------
    >>> meaning("frozen_gps")
    'the position stood still while the device drove'
    """
    text = _MEANINGS.get(code) or DQ_MEANINGS.get(code, "")
    return say(text) if text else ""


def explained(code: str, say: Say = as_it_is) -> str:
    """A code with what it means behind it.

    Examples
    --------
    >>> explained("position_too_coarse"), explained("r_17")
    ('position_too_coarse: the position is too inaccurate', 'r_17')
    """
    text = meaning(code, say)
    return f"{code}: {text}" if text else code
