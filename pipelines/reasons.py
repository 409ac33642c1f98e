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
        "coordinates_not_understood": "the coordinates cannot be read as degrees",
        "coordinates_swapped": "latitude and longitude stand exchanged",
        "device_forgotten": "a device that was to be forgotten",
        "duplicate": "the same reading stands in this input before",
        "duplicate_of_other_file": "the same reading stands in another input",
        "duplicate_tps_code": "another row has the same TPS code",
        "fix_and_cell_apart": "position and signal were read too far apart in time",
        "frozen_gps": "the position stood still while the device drove",
        "implausible": "the source itself calls the measurement implausible",
        "invalid_identity": "no cell identity that there can be",
        "invalid_plmn": "no network code that there can be",
        "invalid_position": "a tower without a position on Earth",
        "layout_not_known": "a record of a layout that is not known",
        "malformed_row": "too few or too many fields, or damaged",
        "no_cell_heard": "the record names no cell that was heard",
        "no_coordinates": "no coordinates, and no village layer to place it by",
        "no_position": "the row has no latitude or longitude",
        "no_radio_meaning": "neither a usable level nor a word that there was no service",
        "no_serving_cell": "the record names no serving cell",
        "not_cellular": "Wi-Fi, Bluetooth or another network that is not cellular",
        "not_yet_valid": "a later list, not yet valid on polling day",
        "outside_box": "outside the survey's box",
        "position_out_of_range": "no such latitude or longitude on Earth",
        "position_too_coarse": "the position is too inaccurate",
        "rat_not_used": "a technology that is not assessed here",
        "superseded": "a newer entry took its place",
        "time_before_2010": "a time before 2010: the clock was not set",
        "time_in_future": "a time in the future: the clock was wrong",
        "tps_code_digits_lost": "a spreadsheet rounded the TPS code: digits are lost",
        "tps_code_missing": "no TPS code",
        "tps_code_not_13_digits": "a TPS code has 13 digits: village 10, TPS number 3",
        "tps_code_not_digits": "something else than digits in the TPS code",
        "tps_number_invalid": "a TPS number is 1 to 999",
        "unknown_village_code": "the village layer has no village of this code",
        "valid_from_not_understood": "the day from which the row is valid cannot be read",
        "village_code_not_10_digits": "a village code has 10 digits",
        "village_code_of_bps": "a code of BPS; Kemendagri's is wanted",
        "wrong_field_count": "too few or too many fields in the tower list",
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
