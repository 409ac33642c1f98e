"""Which format a file is of, by its content: exactly one, or an error that names the candidates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from coverage.errors import InputError
from coverage.readings.columns import ColumnMap
from coverage.readings.containers import members
from coverage.readings.format import Head, all_formats
from coverage.readings.params import ReadParams


@dataclass(frozen=True, kw_only=True)
class Detected:
    """What a file is.

    Attributes
    ----------
    format
        NAME of the format's module.
    rule
        The rule that matched, for the user.
    column_map
        The map through which it is read, for formats that need one.
    """

    format: str
    rule: str
    column_map: ColumnMap | None = None


def detect(head: bytes, name: str, column_maps: Sequence[ColumnMap] = ()) -> Detected:
    """Format of a file by its first bytes (workbooks and Parquet: all of them).

    Raises
    ------
    InputError
        Where no format matches, or more than one.
    """
    return recognise(Head(name, head), column_maps)


def recognise(head: Head, column_maps: Sequence[ColumnMap] = ()) -> Detected:
    """Format of a file by its head.

    Raises
    ------
    InputError
        Where no format matches, or more than one: nothing is guessed.
    """
    if not head.data:
        raise InputError("Invalid file: empty. Must hold data.", file=head.name)
    found = []
    for name, module in all_formats().items():
        if hasattr(module, "sniff") and (rule := module.sniff(head)):
            found.append(Detected(format=name, rule=rule))
        for column_map in column_maps if hasattr(module, "sniff_map") else ():
            if rule := module.sniff_map(head, column_map):
                found.append(Detected(format=name, rule=rule, column_map=column_map))
    if len(found) == 1:
        return found[0]
    if found:
        rules = "; ".join(f"{match.format} ({match.rule})" for match in found)
        raise InputError(
            f"Invalid format: {len(found)} match: {rules}. Must be one.", file=head.name
        )
    raise InputError(
        f"Invalid format: none of the {len(all_formats())} known matches.",
        file=head.name,
        remedy="Give a column map for it (`blankspot inspect --columns` proposes one), or take the "
        "file out of the inputs.",
    )


def detect_stream(stream: BinaryIO, name: str, params: ReadParams) -> list[str]:
    """Format and rule of each file of one input, archives opened.

    Raises
    ------
    InputError
        Where a file is not recognised or the container is damaged.
    """
    rules = []
    for member in members(stream, name, params.limits):
        if member.skipped:
            rules.append(f"skipped: {member.skipped}")
            continue
        found = recognise(member.head, params.column_maps)
        rules.append(f"{found.format}: {found.rule}")
    return rules
