"""The workbook of one operator: sites, summary, distributions, change, evidence, legend."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa

from coverage.deliverables.distributions import cdf_table, percentile_table
from coverage.deliverables.info import RunInfo, reason_sentences
from coverage.deliverables.safe_text import h3_text, neutralised_column
from coverage.deliverables.sheets import (
    OpenBook,
    ShownColumn,
    colour_shares,
    make_filterable,
    print_across,
    workbook_at,
    write_frame,
)
from coverage.deliverables.texts import catalogue, column_label
from coverage.deliverables.workbook import NUMBER_FORMATS, write_legend
from coverage.tables import COLUMNS, SITE_EVIDENCE

_HEADER_ROW: Final = 2
_LAST_PRINTED: Final = "suppressed"  # all columns would be too small to read on paper
_N_FROZEN: Final = {"ranking": 3}
_FORMATS: Final = {
    **NUMBER_FORMATS, "no_service_share": "0%", "n_readings": "#,##0", "n_devices": "0",
    "strongest_cell_identity": "0", "cell_identity": "0", "pci": "0", "arfcn": "0",
    "distance_m": "#,##0",
}  # fmt: skip
_CODED: Final = ("evidence", "remedy", "basis", "change", "source", "service_state")
_YES_NO: Final = ("suppressed", "is_applicable", "other_serves")
_TEXT: Final = frozenset({*_CODED, *_YES_NO, "h3_cell", "time_utc", "map_link"})
_NAMES: Final = ("tps_name", "village", "district", "regency", "hazard", "island")
_DAYS: Final = frozenset({"day", "last_day", "last_day_old", "last_day_new", "latest_order_date"})
_WIDE: Final = {
    "reasons": 70, "remedy": 34, "evidence": 28, "tps_code": 16, "h3_cell": 18, "regency": 20,
    "map_link": 44,
}  # fmt: skip


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
    texts = catalogue(info.language)
    with workbook_at(path, title, info) as book:
        sheet = _write(book, "ranking", shown.sites, info, title=title, note=texts["partner.note"])
        shares = [list(shown.sites.columns).index(name) for name in ("p_weak", "p_upload_fail")]
        colour_shares(sheet, _HEADER_ROW, len(shown.sites), shares)
        last = list(shown.sites.columns).index(_LAST_PRINTED)
        sheet.print_area(0, 0, _HEADER_ROW + len(shown.sites), last)
        tables = {
            "summary": partner_summary(shown.sites),
            "percentiles": percentile_table(shown.levels),
            "cdf": cdf_table(shown.levels),
            "change": shown.change,
            "evidence": shown.evidence,
        }
        for key, table in tables.items():
            note = texts[f"partner.{key}" if table is not None else f"partner.no_{key}"]
            rows = pd.DataFrame() if table is None else table
            _write(book, key, rows, info, title=title, note=note)
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


def _write(
    book: OpenBook, key: str, table: pd.DataFrame, info: RunInfo, *, title: str, note: str
) -> Any:
    """One sheet with its title, a note, and the table in words."""
    sheet = book.file.add_worksheet(catalogue(info.language)[f"sheet.{key}"])
    sheet.write_string(0, 0, title, book.title)
    sheet.write_string(1, 0, note, book.muted)
    print_across(sheet)
    if len(table.columns):
        columns = _columns(list(table.columns), info.language)
        write_frame(book, sheet, _HEADER_ROW, spoken(table, info), columns)
        make_filterable(sheet, _HEADER_ROW, len(table), len(table.columns), _N_FROZEN.get(key, 1))
    return sheet


def spoken(table: pd.DataFrame, info: RunInfo) -> pd.DataFrame:
    """Codes in words, yes and no as words, cells as hex text, names harmless."""
    texts = catalogue(info.language)
    yes_no = {True: texts["partner.yes"], False: texts["partner.no"]}
    shown = table.copy()
    for name in table.columns:
        if name in _CODED:
            words = {code: texts[f"{name}.{code}"] for code in table[name].dropna().unique()}
            shown[name] = table[name].map(words, na_action="ignore")
        elif name in _YES_NO:
            shown[name] = table[name].map(yes_no, na_action="ignore")
        elif name == "h3_cell" and not pd.api.types.is_object_dtype(table[name]):
            shown[name] = h3_text(table[name])
        elif name == "reasons":
            shown[name] = table[name].map(
                lambda codes: reason_sentences(info, codes, info.language), na_action="ignore"
            )
        elif name in _NAMES:
            shown[name] = neutralised_column(table[name])
    return shown


def _columns(names: Sequence[str], language: str) -> list[ShownColumn]:
    """How columns are shown; a level of the CDF is its own heading."""
    texts = catalogue(language)
    return [
        ShownColumn(
            label=name + " dBm" if _is_level(name) else _label(name, language, texts),
            is_text=_is_text(name),
            width=10 if _is_level(name) else _WIDE.get(name, 14),
            number_format="0%" if _is_level(name) else _number_format(name),
            is_date=name in _DAYS,
            is_link=name == "map_link",
        )
        for name in names
    ]


def _label(name: str, language: str, texts: Any) -> str:
    """Heading of a column; a percentile of levels names itself."""
    if name in texts or f"column.{name}" in texts:
        return column_label(name, language)
    code = name.removeprefix("n_")
    if code in SITE_EVIDENCE:
        return str(texts[f"evidence.{code}"])
    return name.replace("_dbm", " [dBm]").upper().replace("DBM", "dBm")


def _is_level(name: str) -> bool:
    """Whether a column is a level of the CDF."""
    return name.startswith("-")


def _number_format(name: str) -> str:
    """Levels with one decimal, counts whole, what is known apart."""
    if name in _FORMATS:
        return _FORMATS[name]
    return "0.0" if name.endswith(("_dbm", "_db")) or name == "expected_failures" else "0"


def _is_text(name: str) -> bool:
    """Whether a column holds text."""
    if name in _TEXT:
        return True
    return name in COLUMNS and bool(pa.types.is_string(COLUMNS[name].dtype))
