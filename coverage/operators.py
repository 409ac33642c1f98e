"""Which operator a network code belongs to, and on which date.

A reading keeps its raw PLMN; the operator is derived for one date (the survey's), so that history
is counted under the operator that exists when the decision is taken. The table itself is
configuration (``configs/operators.toml``), with its sources.
"""

from dataclasses import dataclass
from datetime import date

from coverage.errors import InputError

UNKNOWN_OPERATOR = "unknown"
PLMN_DIGITS = (5, 6)


def plmn_text(mcc: int | str, mnc: int | str, mnc_digits: int = 2) -> str:
    """PLMN as text, "510-10"; a numeric MNC 5 means "05" in a two-digit country.

    Examples
    --------
    >>> plmn_text(510, 1), plmn_text("302", "720"), plmn_text(510, 100)
    ('510-01', '302-720', '510-100')
    """
    return f"{int(mcc):03d}-{int(mnc):0{mnc_digits}d}"


def plmn_of_digits(digits: str) -> str | None:
    """PLMN of MCC and MNC written as one string, three digits MCC, the rest MNC; None if not one.

    Examples
    --------
    >>> plmn_of_digits("60801"), plmn_of_digits("405854"), plmn_of_digits("B")
    ('608-01', '405-854', None)
    """
    if not digits.isascii() or not digits.isdigit() or len(digits) not in PLMN_DIGITS:
        return None
    return f"{digits[:3]}-{digits[3:]}"


@dataclass(frozen=True, kw_only=True)
class OperatorPeriod:
    """One network code belongs to one operator from a date on, until the next entry for it.

    Attributes
    ----------
    plmn
        MCC-MNC as text, "510-10".
    operator
        Name used in tables and files.
    since
        First day; None = always.
    """

    plmn: str
    operator: str
    since: date | None = None


@dataclass(frozen=True, kw_only=True)
class OperatorTable:
    """The dated PLMN table."""

    periods: tuple[OperatorPeriod, ...]

    def __post_init__(self) -> None:
        """Refuse two entries for one code and day."""
        keys = [(period.plmn, period.since) for period in self.periods]
        doubled = sorted({plmn for plmn, since in keys if keys.count((plmn, since)) > 1})
        if doubled:
            raise InputError(f"Invalid operator table: {doubled} given twice for one date.")

    def as_of(self, day: date) -> dict[str, str]:
        """Operator of every PLMN on one day; later entries win.

        Examples
        --------
        >>> table = OperatorTable(periods=(
        ...     OperatorPeriod(plmn="510-11", operator="XL Axiata"),
        ...     OperatorPeriod(plmn="510-11", operator="XLSmart", since=date(2025, 4, 17))))
        >>> table.as_of(date(2024, 2, 14)), table.as_of(date(2025, 4, 17))
        ({'510-11': 'XL Axiata'}, {'510-11': 'XLSmart'})
        """
        valid = [p for p in self.periods if p.since is None or p.since <= day]
        ordered = sorted(valid, key=lambda p: p.since or date.min)
        return {p.plmn: p.operator for p in ordered}
