"""One folder per operator: its sites and cells as workbook, CSV, KMZ, GeoPackage, MapInfo TAB."""

from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from coverage.deliverables.abstention import without_abstentions
from coverage.deliverables.gis import CRS, polygon_layer, slug_of, write_gpkg
from coverage.deliverables.info import RunInfo, reason_sentences
from coverage.deliverables.kmz import kmz
from coverage.deliverables.partner import (
    PartnerParams,
    partner_cells,
    partner_sites,
    percentile_table,
)
from coverage.deliverables.run_tables import RunTables
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
from coverage.deliverables.workbook import EVIDENCE_COLOURS, NUMBER_FORMATS

_PREDICTED: Final = (
    "h3_cell", "operator", "rsrp_p05_dbm", "rsrp_p50_dbm", "rsrp_p95_dbm", "p_weak", "basis",
    "is_applicable",
)  # fmt: skip
_TAB: Final = (
    "rank", "tps_code", "tps_name", "n_voters", "rsrp_p50_dbm", "p_weak", "p_upload_fail",
    "evidence", "remedy", "donor_cell_identity", "donor_bearing_deg", "lead_time_days",
)  # fmt: skip
_HEADER_ROW: Final = 2
_N_FROZEN: Final = 3
_FORMATS: Final = {
    **NUMBER_FORMATS, "no_service_share": "0%", "n_readings": "#,##0", "n_devices": "0",
    "strongest_cell_identity": "0",
    **dict.fromkeys(("rsrp_p05_dbm", "rsrp_p50_dbm", "rsrp_p95_dbm", "signal_p10_dbm",
                     "signal_p50_dbm"), "0.0"),
}  # fmt: skip
_TEXT: Final = frozenset(
    {"tps_code", "tps_name", "village", "district", "regency", "h3_cell", "evidence", "rat",
     "last_day", "remedy", "hazard", "island", "reasons", "is_applicable", "suppressed"}
)  # fmt: skip
_WIDE: Final = {"reasons": 70, "remedy": 34, "evidence": 28, "tps_code": 16, "h3_cell": 18}


def write_partner_pack(
    tables: RunTables,
    operator: str,
    info: RunInfo,
    folder: Path,
    params: PartnerParams | None = None,
) -> list[str]:
    """Write everything one operator is given.

    Parameters
    ----------
    tables
        The run's tables.
    operator
        The operator.
    info
        The run.
    folder
        Existing folder, one for each operator.
    params
        What may be shown.

    Returns
    -------
    list of str
        Names of the files written, sorted.
    """
    rules = params or PartnerParams()
    slug = slug_of(operator)
    sites = partner_sites(tables, operator, rules)
    cells = partner_cells(tables, operator, rules)
    own = tables.cell_signal[tables.cell_signal["operator"] == operator]
    predicted = without_abstentions(own)[list(_PREDICTED)].sort_values(
        "h3_cell", kind="stable", ignore_index=True
    )
    points = _points(sites)
    title = f"{catalogue(info.language)['partner.title']}: {operator}, {info.survey}"

    _write_workbook(sites, cells, title, info, folder / f"sites_{slug}.xlsx")
    _plain(sites).to_csv(
        folder / f"sites_{slug}.csv", index=False, encoding="utf-8-sig", lineterminator="\r\n"
    )
    labels = {column: column_label(column, info.language) for column in sites.columns}
    archive = kmz(_plain(sites), title, labels, EVIDENCE_COLOURS)
    (folder / f"sites_{slug}.kmz").write_bytes(archive)
    layers = {
        "sites": points,
        "cells_measured": polygon_layer(cells),
        "cells_predicted": polygon_layer(predicted),
    }
    write_gpkg(layers, info, folder / f"sites_{slug}.gpkg")
    _write_tab(points, folder / f"sites_{slug}.tab")
    return sorted(path.name for path in folder.glob(f"sites_{slug}.*"))


def _plain(sites: pd.DataFrame) -> pd.DataFrame:
    """The sites with H3 cells as text and no text that a spreadsheet would run."""
    named = sites.assign(h3_cell=h3_text(sites["h3_cell"]))
    texts = ("tps_code", "tps_name", "village", "district", "regency", "hazard", "island")
    return named.assign(**{column: neutralised_column(named[column]) for column in texts})


def _points(sites: pd.DataFrame) -> gpd.GeoDataFrame:
    """The sites as points."""
    points = shapely.points(sites["longitude_deg"], sites["latitude_deg"])
    named = sites.assign(h3_cell=h3_text(sites["h3_cell"]))
    return gpd.GeoDataFrame(named, geometry=points, crs=CRS)


def _write_tab(points: gpd.GeoDataFrame, path: Path) -> None:
    """MapInfo TAB, four files of one name; those of an earlier run go first.

    Every text takes 254 bytes a row there whatever it says: 33,000 sites with all fields would be
    115 MB, so the file has :data:`_TAB` and joins with the CSV on ``tps_code``.
    """
    for suffix in (".tab", ".dat", ".map", ".id"):
        path.with_suffix(suffix).unlink(missing_ok=True)
    pyogrio.write_dataframe(
        points[[*_TAB, "geometry"]], path, driver="MapInfo File", encoding="UTF-8"
    )


def _write_workbook(
    sites: pd.DataFrame, cells: pd.DataFrame, title: str, info: RunInfo, path: Path
) -> None:
    """Sites in words, and the percentile table."""
    texts = catalogue(info.language)
    with workbook_at(path, title, info) as book:
        sheet = _titled_sheet(book, texts["sheet.ranking"], title, texts["partner.note"])
        spoken = _spoken(_plain(sites), info)
        write_frame(book, sheet, _HEADER_ROW, spoken, _shown(spoken, info.language))
        make_filterable(sheet, _HEADER_ROW, len(spoken), len(spoken.columns), _N_FROZEN)
        shares = [list(spoken.columns).index(name) for name in ("p_weak", "p_upload_fail")]
        colour_shares(sheet, _HEADER_ROW, len(spoken), shares)
        percentiles = percentile_table(cells)
        sheet = _titled_sheet(book, texts["sheet.percentiles"], title, texts["partner.percentiles"])
        columns = [
            ShownColumn(
                label=name, is_text=name == "rat", number_format="0.0" if "dbm" in name else "0"
            )
            for name in percentiles.columns
        ]
        write_frame(book, sheet, _HEADER_ROW, percentiles, columns)


def _titled_sheet(book: OpenBook, name: str, title: str, note: str) -> Any:
    """A sheet with its title and a note above the table."""
    sheet = book.file.add_worksheet(name)
    sheet.write_string(0, 0, title, book.title)
    sheet.write_string(1, 0, note, book.muted)
    print_across(sheet)
    return sheet


def _spoken(sites: pd.DataFrame, info: RunInfo) -> pd.DataFrame:
    """Codes in words, yes and no as words."""
    texts = catalogue(info.language)
    yes_no = {True: texts["partner.yes"], False: texts["partner.no"]}
    return sites.assign(
        evidence=sites["evidence"].map(lambda code: texts[f"evidence.{code}"], na_action="ignore"),
        remedy=sites["remedy"].map(lambda code: texts[f"remedy.{code}"], na_action="ignore"),
        reasons=sites["reasons"].map(
            lambda codes: reason_sentences(info, codes, info.language), na_action="ignore"
        ),
        suppressed=sites["suppressed"].map(yes_no),
        is_applicable=sites["is_applicable"].map(yes_no),
    )


def _shown(frame: pd.DataFrame, language: str) -> list[ShownColumn]:
    """How the columns of the sites are shown."""
    return [
        ShownColumn(
            label=column_label(name, language),
            is_text=name in _TEXT,
            width=_WIDE.get(name, 14),
            number_format=_FORMATS.get(name, "General"),
        )
        for name in frame.columns
    ]
