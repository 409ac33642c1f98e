"""Recaps per kabupaten, kecamatan and village: how many sites, how many need what, the worst one.

Groups are made by the codes inside ``tps_code``, never by names: village names repeat 238 times in
Banten (DOMAIN 4).
"""

import html
from pathlib import Path
from typing import Any, Final

import pandas as pd

from coverage.deliverables.info import RunInfo
from coverage.deliverables.licences import sources_line
from coverage.deliverables.ranking_view import in_rank_order
from coverage.deliverables.safe_text import neutralised_column
from coverage.deliverables.sheets import (
    OpenBook,
    ShownColumn,
    colour_shares,
    make_filterable,
    titled_sheet,
    workbook_at,
    write_frame,
)
from coverage.deliverables.texts import Catalogue, catalogue
from coverage.deliverables.workbook import write_legend
from coverage.errors import InputError
from coverage.tables import REMEDIES

LEVELS: Final = {"regency": 4, "district": 6, "village": 10}
"""Level -> digits of the TPS code that name it (DOMAIN 4)."""

NO_ACTION: Final = frozenset({"OK", "EXCLUDED_ADAT", "SURVEY_FIRST"})
"""Remedies that send no help: nothing to do, not wanted, not known yet."""

_TEXT: Final = frozenset({"code", "name", "within", "worst_tps_code", "worst_tps_name"})
_WIDE: Final = {"name": 28, "within": 30, "worst_tps_code": 16, "worst_tps_name": 16}
_FORMATS: Final = {
    "expected_failures": "#,##0.0", "action_share": "0%", "worst_p_upload_fail": "0%",
    "n_voters": "#,##0",
}  # fmt: skip
_HEADER_ROW: Final = 2
_FIGURES: Final = (
    "n_sites", "n_voters", "expected_failures", "n_action", "action_share", "n_weak_measured",
    "n_weak_modelled", "n_unknown", "n_hold", "worst_tps_code", "worst_p_upload_fail",
)  # fmt: skip
_HTML_COLUMNS: Final = {
    "regency": ("name", *_FIGURES),
    "district": ("name", "within", *_FIGURES),
}


def recap(site_ranking: pd.DataFrame, level: str) -> pd.DataFrame:
    """One row a kabupaten, kecamatan or village, most expected failures first.

    Parameters
    ----------
    site_ranking
        Table ``site_ranking``.
    level
        ``regency``, ``district`` or ``village``.

    Returns
    -------
    pandas.DataFrame
        ``code, name, within`` (the levels above), ``n_sites, n_voters`` (where given) [count],
        ``expected_failures`` (sum of ``p_upload_fail`` over the sites that could be judged, NA
        where none could) [sites], ``n_action, action_share`` (sites
        whose remedy is help), ``n_weak_measured, n_weak_modelled, n_unknown, n_hold``,
        ``worst_tps_code, worst_tps_name, worst_p_upload_fail`` (holds only where
        there is nothing else),
        ``max_lead_time_days``, and one count for each remedy.

    Raises
    ------
    InputError
        Where there is no such level.
    """
    if level not in LEVELS:
        raise InputError(f"Invalid level {level!r}. Must be one of {list(LEVELS)}.")
    ranked = _flagged(in_rank_order(site_ranking))
    ranked["code"] = ranked["tps_code"].str.slice(0, LEVELS[level])
    grouped = ranked.groupby("code", sort=True)
    above = [name for name in reversed(LEVELS) if LEVELS[name] < LEVELS[level]]
    worst = _worst(ranked)
    rows = pd.DataFrame(
        {
            "name": _first_known(grouped, level),
            "within": _joined([_first_known(grouped, name) for name in above], worst.index),
            "n_sites": grouped.size(),
            "n_voters": grouped["n_voters"].sum(min_count=1),
            "expected_failures": grouped["p_judged"].sum(min_count=1),
            "n_action": grouped["is_action"].sum(),
            "action_share": grouped["is_action"].mean(),
            **{name: grouped[name].sum() for name in _FLAGS},
            "worst_tps_code": worst["tps_code"],
            "worst_tps_name": worst["tps_name"],
            "worst_p_upload_fail": worst["p_judged"],
            "max_lead_time_days": grouped["lead_time_days"].max(),
            **{code: (ranked["remedy"] == code).groupby(ranked["code"]).sum() for code in REMEDIES},
        }
    ).reset_index()
    order = ["expected_failures", "code"]
    return rows.sort_values(order, ascending=[False, True], kind="stable", ignore_index=True)


def recap_xlsx(site_ranking: pd.DataFrame, info: RunInfo, path: Path) -> None:
    """Write the recaps of all three levels as one workbook, kit quantities beside them.

    Parameters
    ----------
    site_ranking
        Table ``site_ranking``.
    info
        The run.
    path
        File to write.
    """
    texts = catalogue(info.language)
    title = f"{texts['recap.title']}: {info.survey}"
    with workbook_at(path, title, info) as book:
        for level in LEVELS:
            write_recap_sheet(book, level, recap(site_ranking, level), info, title)
        write_legend(book, info)


def recap_html(site_ranking: pd.DataFrame, info: RunInfo) -> bytes:
    """The recap for paper: per kabupaten, then per kecamatan, A4 across, nothing loaded.

    Parameters
    ----------
    site_ranking
        Table ``site_ranking``.
    info
        The run.

    Returns
    -------
    bytes
        The page, UTF-8.
    """
    texts = catalogue(info.language)
    title = f"{texts['recap.title']}: {info.survey}"
    made = f"{texts['workbook.created']}: {info.created_utc:%Y-%m-%d %H:%M}"
    sections = "\n".join(
        f"<h2>{html.escape(texts[f'recap.{level}'])}</h2>\n"
        + _html_table(recap(site_ranking, level), columns, texts, info.language)
        for level, columns in _HTML_COLUMNS.items()
    )
    notes = "".join(
        f"<p>{html.escape(text)}</p>"
        for text in (
            texts["recap.note"],
            texts["note.unknown"],
            texts["note.adat"],
            made,
            sources_line(info),
        )
        if text
    )
    page = (
        f'<!DOCTYPE html>\n<html lang="{info.language}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{html.escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{html.escape(title)}</h1>\n{notes}\n{sections}\n</body>\n</html>\n"
    )
    return page.encode("utf-8")


_FLAGS: Final = ("n_weak_measured", "n_weak_modelled", "n_unknown", "n_hold")


def _flagged(ranked: pd.DataFrame) -> pd.DataFrame:
    """The ranking with one column of yes and no for each thing counted."""
    evidence = ranked["evidence"]
    return ranked.assign(
        p_judged=ranked["p_upload_fail"].astype("float64").mask(evidence == "survey_first"),
        is_action=~ranked["remedy"].isin(NO_ACTION),
        n_weak_measured=evidence.isin(["confirmed_weak", "indicated_weak"]),
        n_weak_modelled=evidence == "modelled_weak",
        n_unknown=evidence == "survey_first",
        n_hold=ranked["remedy"] == "EXCLUDED_ADAT",
    )


def _worst(ranked: pd.DataFrame) -> pd.DataFrame:
    """Per group the site most likely to fail, ties by rank.

    Holds only where all are; sites that could not be judged only where none could, without figure.
    """
    ordered = ranked.sort_values(
        ["code", "n_hold", "p_judged", "rank"],
        ascending=[True, True, False, True],
        kind="stable",
    )
    return ordered.drop_duplicates("code").set_index("code")


def _first_known(grouped: Any, name: str) -> "pd.Series[Any]":
    """The first name that is known in each group, in order of the ranking."""
    names: pd.Series[Any] = grouped[name].first()
    return names


def _joined(parts: list["pd.Series[Any]"], codes: "pd.Index[Any]") -> "pd.Series[Any]":
    """Names of the levels above, nearest first; NA where none is known."""
    joined = [
        ", ".join(name for name in names if isinstance(name, str))
        for names in zip(*(part.reindex(codes) for part in parts), strict=True)
    ]
    texts = pd.Series(joined or [""] * len(codes), index=codes, dtype="object")
    return texts.mask(texts == "")


def write_recap_sheet(
    book: OpenBook, level: str, rows: pd.DataFrame, info: RunInfo, title: str
) -> None:
    """One sheet: the recap of one level under the title of its book."""
    texts = catalogue(info.language)
    name = texts[f"recap.{level}"].replace("/", "-")
    sheet = titled_sheet(book, name, title, f"{texts['recap.note']} {texts['note.unknown']}")
    named = ("name", "within", "worst_tps_name")
    safe = rows.assign(**{column: neutralised_column(rows[column]) for column in named})
    if level == "regency":
        safe = safe.drop(columns="within")  # nothing lies above it
    columns = [
        ShownColumn(
            label=_label(column, texts),
            is_text=column in _TEXT,
            width=_WIDE.get(column, 14),
            number_format=_FORMATS.get(column, "0"),
        )
        for column in safe.columns
    ]
    write_frame(book, sheet, _HEADER_ROW, safe, columns)
    make_filterable(sheet, _HEADER_ROW, len(safe), len(columns), 2)
    shares = [list(safe.columns).index(name) for name in ("action_share", "worst_p_upload_fail")]
    colour_shares(sheet, _HEADER_ROW, len(safe), shares)
    n_printed = sum(column not in REMEDIES for column in safe.columns)
    sheet.print_area(0, 0, _HEADER_ROW + len(safe), n_printed - 1)


def _label(column: str, texts: Catalogue) -> str:
    """Heading of a column; a remedy's is its label."""
    return texts[f"remedy.{column}" if column in REMEDIES else f"recap.column.{column}"]


def _html_table(
    rows: pd.DataFrame, columns: tuple[str, ...], texts: Catalogue, language: str
) -> str:
    """One table, numbers in the language's manner."""
    heads = "".join(f"<th>{html.escape(_label(column, texts))}</th>" for column in columns)
    body = "\n".join(
        "<tr>"
        + "".join(
            f'<td class="{"t" if column in _TEXT else "n"}">'
            f"{html.escape(_shown(row[column], column, language))}</td>"
            for column in columns
        )
        + "</tr>"
        for row in rows.to_dict("records")
    )
    return f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def _shown(value: Any, column: str, language: str) -> str:
    """A value as text: per cent, one decimal or whole; NA as nothing."""
    if pd.isna(value):
        return ""
    if isinstance(value, str):
        return value
    text = {"0%": f"{value:.0%}", "#,##0.0": f"{value:,.1f}"}.get(
        _FORMATS.get(column, ""), f"{value:,.0f}"
    )
    return text.translate(_INDONESIAN_MARKS) if language == "id" else text


_INDONESIAN_MARKS: Final = str.maketrans(",.", ".,")
_STYLE: Final = """
@page { size: A4 landscape; margin: 12mm; }
body { margin: 16px; color: #16242f; font: 12px/1.35 system-ui, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 18px; } h2 { margin: 18px 0 6px; font-size: 14px; }
p { margin: 2px 0; color: #51616d; }
table { width: 100%; border-collapse: collapse; }
thead { display: table-header-group; } tr { break-inside: avoid; }
th, td { padding: 3px 6px; border: 1px solid #c6d0d7; text-align: left; vertical-align: top; }
th { background: #e8eef2; font-size: 11px; } .n { text-align: right; white-space: nowrap; }
"""
