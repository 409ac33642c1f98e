"""What the map page knows: hexes, sites, areas and texts, packed."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage import hexgrid
from coverage.deliverables.best_cells import best_cells
from coverage.deliverables.donor_places import donor_places
from coverage.deliverables.info import LANGUAGES, RunInfo, sources_in
from coverage.deliverables.map_extras import plan_stops, tower_places
from coverage.deliverables.measured import MAP_EVIDENCE, evidence_of_best, measured_evidence
from coverage.deliverables.outlines import MapLayers, areas, boundaries
from coverage.deliverables.packing import (
    packed_bytes,
    packed_fixed,
    packed_levels,
    packed_numbers,
    packed_shares,
    packed_texts,
)
from coverage.deliverables.ranking_view import in_rank_order
from coverage.deliverables.run_tables import RunTables
from coverage.deliverables.texts import catalogue
from coverage.tables import REMEDIES, SITE_EVIDENCE

_DEGREE_STEPS: Final = 1e5  # 1e-5 deg is 1 m
_MAX_SHOWN_READINGS: Final = 253
_PAGE_TEXTS: Final = ("page.", "remedy.", "evidence.", "help.", "note.")


def report_data(tables: RunTables, layers: MapLayers, info: RunInfo) -> dict[str, Any]:
    """Everything the page shows, ready for JSON.

    Parameters
    ----------
    tables
        The run's tables.
    layers
        Areas.
    info
        The run.
    """
    operators = tables.operators
    ranked = in_rank_order(tables.site_ranking)
    codes = ranked["reasons"].str.split("|").explode().unique()
    return {
        "run": _run(info),
        "operators": operators,
        "remedies": list(REMEDIES),
        "evidences": list(SITE_EVIDENCE),
        "map_evidences": list(MAP_EVIDENCE),
        "hexes": _hexes(tables.cell_signal, tables.cells, operators),
        "sites": _sites(ranked, tables.site_signal, operators)
        | {"donor_m": packed_numbers(_donor_m(ranked, tables.towers))},
        "towers": tower_places(tables.towers, operators),
        "plan": plan_stops(tables.survey_plan),
        "areas": {
            "holds": areas(layers.holds, "reason"),
            "hazards": areas(layers.hazards, "kind"),
            "villages": areas(layers.villages, "", layers.simplify_deg),
            "districts": boundaries(layers.villages, "district", layers.simplify_deg),
            "regencies": boundaries(layers.villages, "regency", layers.simplify_deg),
        },
        "reasons": {code: dict(info.reasons[code]) for code in sorted({*codes} & {*info.reasons})},
        "texts": {language: _texts(language) for language in LANGUAGES},
    }  # fmt: skip


def _run(info: RunInfo) -> dict[str, Any]:
    """The run as the page names it."""
    return {
        "survey": info.survey,
        "created": f"{info.created_utc:%Y-%m-%d %H:%M} UTC",
        "election": info.election_date.isoformat() if info.election_date else None,
        "language": info.language,
        "resolution": info.resolution,
        "levels": {
            "blank": info.blank_dbm,
            "upload_critical": info.upload_critical_dbm,
            "weak": info.weak_dbm,
            "planning": info.planning_dbm,
        },
        "attribution": {language: list(sources_in(info, language)) for language in LANGUAGES},
    }


def _texts(language: str) -> dict[str, str]:
    """The texts that the page needs."""
    return {key: text for key, text in catalogue(language).items() if key.startswith(_PAGE_TEXTS)}


def _hexes(cell_signal: pd.DataFrame, cells: pd.DataFrame, operators: list[str]) -> dict[str, Any]:
    """Every H3 cell predicted or measured, each operator's columns and those of the best."""
    evidence = measured_evidence(cells)
    ids = np.union1d(
        cell_signal["h3_cell"].to_numpy(dtype="uint64"), evidence["h3_cell"].to_numpy("uint64")
    )
    texts = hexgrid.to_text(ids)
    return {
        "n": len(texts),
        "ids": packed_fixed(texts),
        "by_operator": [
            _operator_hexes(
                cell_signal[cell_signal["operator"] == operator],
                evidence[evidence["operator"] == operator],
                ids,
            )
            for operator in operators
        ],
        "best": _best_hexes(cell_signal, evidence, ids, operators),
    }


def _operator_hexes(
    signal: pd.DataFrame, evidence: pd.DataFrame, ids: npt.NDArray[np.uint64]
) -> dict[str, Any]:
    """One operator's prediction and measurement in every cell."""
    predicted = signal.set_index("h3_cell").reindex(ids)
    abstains = predicted["is_applicable"].eq(False).fillna(False).to_numpy(dtype=bool)
    measured = evidence.set_index("h3_cell").reindex(ids)
    n_readings = measured["n_readings"].fillna(0).clip(upper=_MAX_SHOWN_READINGS)
    return {
        "p05": packed_levels(predicted["rsrp_p05_dbm"], abstains),
        "p50": packed_levels(predicted["rsrp_p50_dbm"], abstains),
        "p95": packed_levels(predicted["rsrp_p95_dbm"], abstains),
        "p_weak": packed_shares(predicted["p_weak"], abstains),
        "evidence": packed_bytes(_evidence_codes(measured["evidence"])),
        "measured_p50": packed_levels(measured["signal_p50_dbm"]),
        "n_readings": packed_bytes(n_readings),
    }


def _best_hexes(
    cell_signal: pd.DataFrame,
    evidence: pd.DataFrame,
    ids: npt.NDArray[np.uint64],
    operators: list[str],
) -> dict[str, Any]:
    """In every cell the operator least likely to be weak; NA-coded where the model abstains."""
    best = best_cells(cell_signal).set_index("h3_cell").reindex(ids)
    abstains = best["p_weak"].isna().to_numpy() & np.isin(ids, cell_signal["h3_cell"])
    places = {operator: place for place, operator in enumerate(operators)}
    measured = evidence_of_best(evidence, tuple(operators)).set_index("h3_cell").reindex(ids)
    n_readings = evidence.groupby("h3_cell")["n_readings"].sum().reindex(ids).fillna(0)
    return {
        "operator": packed_bytes(best["operator"].map(places).fillna(255)),
        "p50": packed_levels(best["rsrp_p50_dbm"], abstains),
        "p_weak": packed_shares(best["p_weak"], abstains),
        "evidence": packed_bytes(_evidence_codes(measured["evidence"])),
        "n_readings": packed_bytes(n_readings.clip(upper=_MAX_SHOWN_READINGS)),
    }


def _evidence_codes(evidence: "pd.Series[Any]") -> npt.NDArray[np.uint8]:
    """Place in :data:`MAP_EVIDENCE`, 255 where nothing was measured."""
    places = {code: place for place, code in enumerate(MAP_EVIDENCE)}
    codes: npt.NDArray[np.uint8] = evidence.map(places).fillna(255).to_numpy().astype(np.uint8)
    return codes


def _sites(ranked: pd.DataFrame, site_signal: pd.DataFrame, operators: list[str]) -> dict[str, Any]:
    """The ranking column by column, in its order, and each operator's signal at each site."""
    donor = ranked["donor_cell_identity"].astype("Int64").astype("string")
    remedies, evidences = (
        {c: i for i, c in enumerate(codes)} for codes in (REMEDIES, SITE_EVIDENCE)
    )
    return {
        "n": len(ranked),
        "codes": packed_fixed(ranked["tps_code"].tolist()),
        "latitude": packed_numbers(ranked["latitude_deg"], _DEGREE_STEPS),
        "longitude": packed_numbers(ranked["longitude_deg"], _DEGREE_STEPS),
        "h3": packed_fixed(hexgrid.to_text(ranked["h3_cell"].to_numpy("uint64"))),
        "remedy": packed_bytes(ranked["remedy"].map(remedies)),
        "evidence": packed_bytes(ranked["evidence"].map(evidences)),
        "p_weak": packed_shares(ranked["p_weak"]),
        "p_upload_fail": packed_shares(ranked["p_upload_fail"]),
        "priority": packed_numbers(ranked["priority"], 100),
        **{
            column: packed_numbers(ranked[column].astype("float64"))
            for column in ("rank", "rank_p05", "rank_p95", "n_voters", "lead_time_days",
                           "nearest_usable_m", "nearest_usable_bearing_deg", "donor_bearing_deg")
        },
        "latest_order_date": packed_texts(ranked["latest_order_date"].map(str, na_action="ignore")),
        **{
            column: packed_texts(ranked[column])
            for column in ("tps_name", "village", "district", "regency", "best_operator",
                           "remedy_operator", "hazard", "island", "reasons")
        },
        "donor_cell_identity": packed_texts(donor),
        "by_operator": [
            _operator_sites(site_signal[site_signal["operator"] == operator], ranked["tps_code"])
            for operator in operators
        ],
    }  # fmt: skip


def _donor_m(ranked: pd.DataFrame, towers: pd.DataFrame | None) -> "pd.Series[float]":
    """From each site to its donor cell [m], NA where its place is not known."""
    return donor_places(ranked.assign(operator=ranked["remedy_operator"]), towers)["donor_m"]


def _operator_sites(signal: pd.DataFrame, codes: "pd.Series[Any]") -> dict[str, Any]:
    """One operator's signal at each site, in order of the ranking."""
    own = signal.set_index("tps_code").reindex(codes)
    abstains = own["is_applicable"].eq(False).fillna(False).to_numpy(dtype=bool)
    return {
        "p05": packed_levels(own["rsrp_p05_dbm"], abstains),
        "p50": packed_levels(own["rsrp_p50_dbm"], abstains),
        "p95": packed_levels(own["rsrp_p95_dbm"], abstains),
        "p_weak": packed_shares(own["p_weak"], abstains),
        "p_upload_fail": packed_shares(own["p_upload_fail"], abstains),
    }
