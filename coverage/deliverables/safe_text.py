"""Text that a spreadsheet must not run, and codes it must not turn into numbers."""

from typing import Any, Final

import pandas as pd

from coverage.hexgrid import to_text

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""First characters a spreadsheet may take for a formula (OWASP, "CSV injection")."""


def neutralised(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet could take it for a formula.

    Both the workbook and the CSV carry the apostrophe: a sheet saved again as CSV stays harmless.

    Examples
    --------
    >>> neutralised("=HYPERLINK(1)"), neutralised("TPS 001")
    ("'=HYPERLINK(1)", 'TPS 001')
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def neutralised_column(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Each text of a column neutralised; NA stays NA."""
    return values.astype("object").map(neutralised, na_action="ignore")


def h3_text(cells: "pd.Series[Any]") -> "pd.Series[Any]":
    """Hex text of H3 cells, since 64-bit numbers lose digits in spreadsheets and browsers."""
    return pd.Series(to_text(cells.to_numpy(dtype="uint64")), index=cells.index, dtype="object")
