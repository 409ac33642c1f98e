"""The workbook of one operator: sites, summary, distributions, change, evidence, legend."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from coverage.deliverables.distributions import PERCENTILES, cdf_table, percentile_table
from coverage.deliverables.info import RunInfo
from coverage.deliverables.sheets import OpenBook, ShownColumn, colour_shares, workbook_at
from coverage.deliverables.texts import catalogue
from coverage.deliverables.worded_sheets import (
    HEADER_ROW,
    worded_column,
    worded_label,
    write_worded,
)
from coverage.deliverables.workbook import write_legend
from coverage.tables import SITE_EVIDENCE

_LAST_PRINTED: Final = "suppressed"  # all columns would be too small to read on paper
_N_FROZEN: Final = {"ranking": 3}
_PERCENTILES: Final = frozenset(f"p{level:02d}_dbm" for level in PERCENTILES)


@dataclass(frozen=True, kw_only=True)
class PartnerTables:
    """What one operator is shown.

    Attributes
    ----------
    sites
        As ``partner.partner_sites`` gives them.
    levels
        Of measured and predicted cells, as ``distributions`` gives them.
    change
        As ``partner_change`` gives it; None = no earlier survey.
    evidence
        As ``site_evidence.partner_evidence`` gives it; None = the readings were not looked at.
    """

    sites: pd.DataFrame
    levels: pd.DataFrame
    change: pd.DataFrame | None = None
    evidence: pd.DataFrame | None = None


def partner_xlsx(shown: PartnerTables, title: str, info: RunInfo, path: Path) -> None:
    """Write the workbook.

    Parameters
    ----------
    shown
        What the operator is shown.
    title
        Stands over every sheet.
    info
        The run.
    path
        File to write.
    """
    with workbook_at(path, title, info) as book:
        sheet = _write(book, "ranking", shown.sites, info, title)
        shares = [list(shown.sites.columns).index(name) for name in ("p_weak", "p_upload_fail")]
        colour_shares(sheet, HEADER_ROW, len(shown.sites), shares)
        last = list(shown.sites.columns).index(_LAST_PRINTED)
        sheet.print_area(0, 0, HEADER_ROW + len(shown.sites), last)
        _write(book, "summary", partner_summary(shown.sites), info, title)
        _write(book, "percentiles", percentile_table(shown.levels), info, title)
        _write(book, "cdf", cdf_table(shown.levels), info, title)
        _write(book, "change", shown.change, info, title)
        _write(book, "evidence", shown.evidence, info, title)
        write_legend(book, info)


def partner_summary(sites: pd.DataFrame) -> pd.DataFrame:
    """Counts of one operator's sites per kabupaten.

    Parameters
    ----------
    sites
        As ``partner.partner_sites`` gives them.

    Returns
    -------
    pandas.DataFrame
        ``regency`` (empty: not listed), ``n_sites, n_voters`` (of the sites that state theirs),
        ``expected_failures`` (sum over the sites that could be judged), one count for each kind
        of evidence, ``n_suppressed`` (evidence not told), ``n_asked`` (a remedy is asked of this
        operator). [count]
    """
    regency = sites["regency"].fillna("").rename("regency")
    grouped = sites.groupby(regency, sort=True)
    evidence = {
        f"n_{code}": (sites["evidence"] == code).fillna(value=False).astype(int).groupby(regency)
        for code in SITE_EVIDENCE
    }
    asked = sites["remedy"].notna() & (sites["remedy"] != "EXCLUDED_ADAT")
    rows = pd.DataFrame(
        {
            "n_sites": grouped.size(),
            "n_voters": grouped["n_voters"].sum(min_count=1),
            "expected_failures": grouped["p_upload_fail"].sum(min_count=1),
            **{name: counts.sum() for name, counts in evidence.items()},
            "n_suppressed": sites["suppressed"].astype(int).groupby(regency).sum(),
            "n_asked": asked.astype(int).groupby(regency).sum(),
        }
    )
    return rows.reset_index()


def _write(book: OpenBook, key: str, table: pd.DataFrame | None, info: RunInfo, title: str) -> Any:
    """One sheet, named in the language of the run; None = a note says why it is empty."""
    texts = catalogue(info.language)
    rows = pd.DataFrame() if table is None else table
    return write_worded(
        book,
        texts[f"sheet.{key}"],
        rows,
        info,
        title=title,
        note=texts[f"partner.no_{key}" if table is None else f"partner.{key}"],
        columns=_columns(list(rows.columns), info.language),
        n_frozen=_N_FROZEN.get(key, 1),
    )


def _columns(names: Sequence[str], language: str) -> list[ShownColumn]:
    """How columns are shown: a level of the CDF is its own heading, a percentile names itself."""
    return [
        ShownColumn(label=f"{name} dBm", is_text=False, width=10, number_format="0%")
        if _is_level(name)
        else worded_column(name, language, _label(name, language))
        for name in names
    ]


def _label(name: str, language: str) -> str:
    """Heading of a column that only this book has; others as everywhere."""
    code = name.removeprefix("n_")
    if code in SITE_EVIDENCE:
        return catalogue(language)[f"evidence.{code}"]
    if name in _PERCENTILES:
        return f"P{name[1:3]} [dBm]"
    return worded_label(name, language)


def _is_level(name: str) -> bool:
    """Whether a column is a level of the CDF."""
    return name.startswith("-")
