"""The ranking as CSV."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from coverage.deliverables.info import RunInfo
from coverage.deliverables.ranking_view import ranking_view
from coverage.errors import InputError


@dataclass(frozen=True, kw_only=True)
class CsvParams:
    """How numbers and fields are written.

    The defaults are what programs expect (RFC 4180, decimal point). A spreadsheet in Indonesian
    locale wants ``separator=";"``, ``decimal=","``: it would read "-6.5" as a date. The file
    begins with a byte order mark, without which a spreadsheet takes UTF-8 for a Windows code page.

    Attributes
    ----------
    separator
        Between fields, ``,`` or ``;``.
    decimal
        Decimal mark, ``.`` or ``,``; never the separator.
    """

    separator: str = ","
    decimal: str = "."

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if self.separator not in {",", ";"}:
            raise InputError(f"Invalid separator {self.separator!r}. Must be ',' or ';'.")
        if self.decimal not in {".", ","} or self.decimal == self.separator:
            raise InputError(
                f"Invalid decimal {self.decimal!r}. Must be '.' or ',' and not the separator."
            )


def ranking_csv(
    site_ranking: pd.DataFrame, info: RunInfo, path: Path, params: CsvParams | None = None
) -> None:
    """Write the ranking as CSV: contract column names, codes as their digits, NA an empty field.

    A spreadsheet that opens CSV by double click guesses types whatever is quoted, and shows a
    13-digit code in powers of ten; for people there is the workbook.

    Parameters
    ----------
    site_ranking
        Table ``site_ranking``.
    info
        The run.
    path
        File to write.
    params
        Separator and decimal mark.
    """
    dialect = params or CsvParams()
    ranking_view(site_ranking, info).to_csv(
        path,
        index=False,
        encoding="utf-8-sig",
        sep=dialect.separator,
        decimal=dialect.decimal,
        lineterminator="\r\n",
    )
