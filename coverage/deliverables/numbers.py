"""Numbers as people of a language write them; what is not known is a dash."""

from typing import Any, Final

import pandas as pd

_INDONESIAN_MARKS: Final = str.maketrans(",.", ".,")
UNKNOWN: Final = "–"


def number(value: Any, language: str, digits: int = 0) -> str:
    """A number with marks of thousands.

    Parameters
    ----------
    value
        Number, or NA.
    language
        ``id`` or ``en``.
    digits
        After the decimal mark.

    Examples
    --------
    >>> number(1234.5, "id", 1), number(1234.5, "en", 1), number(float("nan"), "id")
    ('1.234,5', '1,234.5', '–')
    """
    if pd.isna(value):
        return UNKNOWN
    text = f"{value:,.{digits}f}"
    return text.translate(_INDONESIAN_MARKS) if language == "id" else text


def share(value: Any, language: str) -> str:
    """A share or chance in whole per cent; the ends are never certain.

    Parameters
    ----------
    value
        Share, or NA. [0-1]
    language
        ``id`` or ``en``.

    Examples
    --------
    >>> share(0.256, "en"), share(0.001, "en"), share(1.0, "en"), share(float("nan"), "en")
    ('26 %', '< 1 %', '> 99 %', '–')
    """
    if pd.isna(value):
        return UNKNOWN
    if value < 0.005:
        return "< 1 %"
    if value > 0.995:
        return "> 99 %"
    return f"{number(100 * value, language)} %"
