"""One folder per operator: its sites and cells as workbook, CSV, KMZ, GeoPackage, MapInfo TAB."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from coverage.deliverables.abstention import without_abstentions
from coverage.deliverables.distributions import measured_levels, predicted_levels
from coverage.deliverables.donor_places import donor_places
from coverage.deliverables.gis import CRS, polygon_layer, slug_of, write_gpkg
from coverage.deliverables.info import RunInfo, source_note
from coverage.deliverables.kmz import KmzParts, kmz
from coverage.deliverables.kmz_cells import class_areas, level_classes
from coverage.deliverables.licences import LICENCE_NAME, licence_text
from coverage.deliverables.mapinfo import scrubbed
from coverage.deliverables.numbers import number, share
from coverage.deliverables.palette import REMEDY_COLOURS
from coverage.deliverables.partner import PartnerParams, partner_cells, partner_sites
from coverage.deliverables.partner_book import PartnerTables, partner_xlsx
from coverage.deliverables.partner_change import partner_change
from coverage.deliverables.run_tables import RunTables
from coverage.deliverables.safe_text import h3_text, neutralised_column
from coverage.deliverables.site_evidence import partner_evidence
from coverage.deliverables.texts import Catalogue, catalogue
from coverage.deliverables.worded_sheets import in_words, worded_label
from coverage.deliverables.workbook import EVIDENCE_COLOURS
from coverage.tables import COLUMNS, REMEDIES, SITE_EVIDENCE

_PREDICTED: Final = (
    "h3_cell", "operator", "rsrp_p05_dbm", "rsrp_p50_dbm", "rsrp_p95_dbm", "p_weak", "basis",
    "is_applicable",
)  # fmt: skip
_TAB: Final = (
    "rank", "tps_code", "tps_name", "n_voters", "rsrp_p50_dbm", "p_weak", "p_upload_fail",
    "evidence", "remedy", "donor_cell_identity", "donor_bearing_deg", "lead_time_days",
)  # fmt: skip
_PLACE: Final = ("latitude_deg", "longitude_deg")
_DIGITS: Final = {"dBm": 1, "m": 0, "deg": 0, "count": 0}
"""Digits after the decimal mark in balloons, by unit."""
_TAB_WIDE: Final = ("donor_cell_identity",)
_TAB_UNKNOWN: Final = -9999
"""The format has no empty number; a usual mark of no data in GIS, named in the workbook."""


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

    levels = [measured_levels(cells, sites), predicted_levels(predicted, sites)]
    shown = PartnerTables(
        sites=sites,
        levels=pd.concat([part for part in levels if len(part)] or levels, ignore_index=True),
        change=_change(tables, operator, cells, rules),
        evidence=_evidence(tables, operator, info, rules),
    )
    partner_xlsx(shown, title, info, folder / f"sites_{slug}.xlsx")
    _plain(sites).to_csv(
        folder / f"sites_{slug}.csv", index=False, encoding="utf-8-sig", lineterminator="\r\n"
    )
    labels = {column: worded_label(column, info.language) for column in sites.columns}
    texts = catalogue(info.language)
    parts = KmzParts(
        balloons=_balloons(sites, info),
        cells=predicted,
        classes=level_classes(info),
        folders={name: texts[f"kmz.{name}"] for name in ("sites", "donors", "cells")},
        donors=_donors(sites, tables.towers, operator, info),
        note=source_note(info),
        legend=_legend(sites, texts),
    )
    colours = {**EVIDENCE_COLOURS, **REMEDY_COLOURS}
    archive = kmz(_plain(sites), title, labels, colours, parts)
    (folder / f"sites_{slug}.kmz").write_bytes(archive)
    layers = {
        "sites": points,
        "cells_measured": polygon_layer(cells),
        "cells_predicted": polygon_layer(predicted),
    }
    write_gpkg(layers, info, folder / f"sites_{slug}.gpkg")
    _write_tab(points[[*_TAB, "geometry"]], folder / f"sites_{slug}.tab")
    _write_tab(class_areas(predicted, level_classes(info)), folder / f"cells_{slug}.tab")
    (folder / LICENCE_NAME).write_bytes(licence_text(info))
    return sorted(
        path.name
        for pattern in (f"sites_{slug}.*", f"cells_{slug}.*", LICENCE_NAME)
        for path in folder.glob(pattern)
    )


def _change(
    tables: RunTables, operator: str, cells: pd.DataFrame, rules: PartnerParams
) -> pd.DataFrame | None:
    """What changed for this operator; None where there is no earlier survey."""
    if tables.old_cells is None:
        return None
    old = partner_cells(replace(tables, cells=tables.old_cells), operator, rules)
    delta = tables.cell_delta
    own = None if delta is None else delta[delta["operator"] == operator]
    return partner_change(old, cells, tables.site_ranking, own)


def _evidence(
    tables: RunTables, operator: str, info: RunInfo, rules: PartnerParams
) -> pd.DataFrame | None:
    """The nearest measurements of this operator; None where readings were not looked at."""
    if tables.nearest_readings is None:
        return None
    return partner_evidence(
        tables.nearest_readings, tables.cells, operator, info.resolution, rules.min_devices
    )


def _balloons(sites: pd.DataFrame, info: RunInfo) -> pd.DataFrame:
    """The sites as people read them: codes in words, chances in per cent, few digits."""
    words = in_words(_plain(sites), info)
    units = {name: COLUMNS[name].unit for name in words.columns if name in COLUMNS}
    shown = {
        name: words[name].map(
            lambda value, unit=unit: _told(value, unit, info.language), na_action="ignore"
        )
        for name, unit in units.items()
        if unit in {"0-1", *_DIGITS} and name not in _PLACE
    }
    place = {name: words[name].map("{:.6f}".format) for name in _PLACE}
    return words.assign(**shown, **place)


def _told(value: float, unit: str, language: str) -> str:
    """A number of a unit in the manner of the language."""
    return share(value, language) if unit == "0-1" else number(value, language, _DIGITS[unit])


def _legend(sites: pd.DataFrame, texts: Catalogue) -> dict[str, str]:
    """What the colours mean that occur: remedies asked, else the evidence."""
    remedies, evidence = sites["remedy"], sites["evidence"].where(sites["remedy"].isna())
    return {
        **{code: texts[f"remedy.{code}"] for code in REMEDIES if (remedies == code).any()},
        **{code: texts[f"evidence.{code}"] for code in SITE_EVIDENCE if (evidence == code).any()},
        **(
            {"suppressed": texts["column.suppressed"]}
            if evidence.isna().where(remedies.isna(), other=False).any()
            else {}
        ),
    }


def _donors(
    sites: pd.DataFrame, towers: pd.DataFrame | None, operator: str, info: RunInfo
) -> pd.DataFrame:
    """Place and name of each site's donor; sites without one have a name nobody reads."""
    texts = catalogue(info.language)
    places = donor_places(sites.assign(operator=operator), towers)
    names = [
        texts["kmz.donor_bearing"].format(code=code, degrees=f"{degrees:.0f}", cell=cell)
        if pd.isna(metres)
        else texts["kmz.donor_at"].format(
            code=code, cell=cell, km=number(metres / 1000, info.language, 1),
            basis=texts[f"kmz.basis.{basis}"],
        )
        for code, degrees, cell, metres, basis in zip(
            sites["tps_code"], sites["donor_bearing_deg"], sites["donor_cell_identity"],
            places["donor_m"], places["donor_basis"], strict=True,
        )
    ]  # fmt: skip
    return places.assign(name=names)


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


def _write_tab(layer: gpd.GeoDataFrame, path: Path) -> None:
    """MapInfo TAB, four files of one name; those of an earlier run go first.

    Every text takes 254 bytes a row there whatever it says: 33,000 sites with all fields would be
    115 MB, so sites have :data:`_TAB` and join with the CSV on ``tps_code``, and cells are areas of
    one class of level; each cell stands in the GeoPackage. A number that is not known would be read
    back as 0, which is a level and a chance: :data:`_TAB_UNKNOWN` is neither.
    """
    for suffix in (".tab", ".dat", ".map", ".id"):
        path.with_suffix(suffix).unlink(missing_ok=True)
    numbers = layer.select_dtypes("number").columns
    told = layer.assign(**{name: _tab_number(layer[name]) for name in numbers})
    pyogrio.write_dataframe(
        told,
        path,
        driver="MapInfo File",
        encoding="UTF-8",
        geometry_type=None if len(told) else "Polygon",
    )
    attributes = path.with_suffix(".dat")
    attributes.write_bytes(scrubbed(attributes.read_bytes()))


def _tab_number(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Numbers as every reader of the format knows them, :data:`_TAB_UNKNOWN` where not known.

    Whole numbers of 64 bits ("LargeInt") are a late addition for which GDAL before 3.7 (pull
    request 7165) refuses the whole file. Identities of radio cells, up to 36 bits, become real
    numbers, which hold them exactly up to 53.
    """
    known = values.fillna(_TAB_UNKNOWN)
    is_wide = values.name in _TAB_WIDE or pd.api.types.is_float_dtype(values)
    return known.astype("float64" if is_wide else "int32")
