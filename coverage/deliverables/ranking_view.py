"""The ranking as people read it: words beside codes, a map link, columns in reading order."""

from typing import Any, Final

import pandas as pd
import pyarrow as pa

from coverage.deliverables.info import RunInfo, reason_sentences
from coverage.deliverables.safe_text import h3_text, neutralised_column
from coverage.deliverables.texts import catalogue
from coverage.errors import InputError
from coverage.tables import COLUMNS, TABLES

VIEW_COLUMNS: Final = (
    "rank", "tps_code", "tps_name", "village", "district", "regency",
    "remedy_text", "remedy_operator", "evidence_text", "p_upload_fail", "p_weak", "best_operator",
    "n_voters", "priority", "rank_p05", "rank_p95", "nearest_usable_m",
    "nearest_usable_bearing_deg", "nearest_usable_operator", "donor_cell_identity",
    "donor_bearing_deg", "donor_dbm", "host_tps_code", "lead_time_days", "latest_order_date",
    "nearest_wifi_m", "nearest_wifi_bearing_deg", "nearest_wifi", "p_top_k", "voters_in_doubt",
    "voters_if_boosted", "has_power", "is_special", "hazard", "island", "foot_area", "reasons_text",
    "latitude_deg", "longitude_deg", "map_link", "h3_cell", "remedy", "evidence", "reasons",
)  # fmt: skip
"""What a person reads first stands first; codes for programs stand last."""

DECIMALS: Final = {
    "latitude_deg": 6, "longitude_deg": 6, "p_weak": 3, "p_upload_fail": 3, "priority": 2,
    "nearest_usable_m": 0, "nearest_usable_bearing_deg": 0, "donor_bearing_deg": 0, "p_top_k": 3,
    "donor_dbm": 0, "nearest_wifi_m": 0, "nearest_wifi_bearing_deg": 0, "voters_in_doubt": 2,
    "voters_if_boosted": 2,
}  # fmt: skip
"""Digits shown after the decimal mark: 1e-6 deg is 0.1 m, probabilities are good to about 0.01."""

_SPOKEN: Final = frozenset(
    {"remedy_text", "evidence_text", "reasons_text", "map_link", "has_power", "is_special"}
)
_TYPED_TEXT: Final = frozenset(
    {"tps_name", "village", "district", "regency", "remedy_operator", "best_operator", "hazard",
     "island", "foot_area", "nearest_usable_operator", "nearest_wifi", "host_tps_code",
     "reasons_text", "tps_code", "reasons"}
)  # fmt: skip
"""Columns whose text comes from outside and may look like a formula."""


def ranking_view(site_ranking: pd.DataFrame, info: RunInfo) -> pd.DataFrame:
    """One row a TPS in the order of the ranking, in the language of the run.

    Parameters
    ----------
    site_ranking
        Table ``site_ranking`` (``coverage.tables``).
    info
        The run: its language and reason sentences.

    Returns
    -------
    pandas.DataFrame
        :data:`VIEW_COLUMNS`; H3 cells as hex text; formulas neutralised; NA where not known.
    """
    texts = catalogue(info.language)
    ordered = in_rank_order(site_ranking)
    view = ordered.assign(
        remedy_text=[texts[f"remedy.{code}"] for code in ordered["remedy"]],
        evidence_text=[texts[f"evidence.{code}"] for code in ordered["evidence"]],
        reasons_text=_sentences(ordered["reasons"], info),
        map_link=map_links(ordered),
        has_power=_yes_or_no(ordered["has_power"], texts["partner.yes"], texts["partner.no"]),
        is_special=_yes_or_no(ordered["is_special"], texts["partner.yes"], texts["partner.no"]),
        h3_cell=h3_text(ordered["h3_cell"]),
    )
    return pd.DataFrame({column: _shown(column, view[column]) for column in VIEW_COLUMNS})


def in_rank_order(site_ranking: pd.DataFrame) -> pd.DataFrame:
    """The ranking sorted by rank, missing optional columns added as NA.

    Raises
    ------
    InputError
        Where a column is missing that is never NA.
    """
    contract = TABLES["site_ranking"]
    missing = sorted(contract.never_null - set(site_ranking.columns))
    if missing:
        raise InputError(f"Invalid site_ranking, columns {missing} missing. Must have them all.")
    full = site_ranking.reindex(columns=list(contract.columns))
    return full.sort_values("rank", kind="stable", ignore_index=True)


def is_text(column: str) -> bool:
    """Whether a column of the view is text."""
    if column in _SPOKEN or column == "h3_cell":
        return True
    return str(COLUMNS[column].dtype) == "string" or pa.types.is_date(COLUMNS[column].dtype)


def _shown(column: str, values: "pd.Series[Any]") -> "pd.Series[Any]":
    """One column as shown: text harmless, whole numbers whole, no digits beyond meaning."""
    if column in _TYPED_TEXT:
        return neutralised_column(values)
    if column in COLUMNS and pa.types.is_integer(COLUMNS[column].dtype) and column != "h3_cell":
        return values.astype("Int64")
    if column in COLUMNS and pa.types.is_date(COLUMNS[column].dtype):
        return values.astype("object").map(str, na_action="ignore")
    if column in DECIMALS:
        return values.astype("float64").round(DECIMALS[column])
    return values


def _yes_or_no(values: "pd.Series[Any]", yes: str, no: str) -> "pd.Series[Any]":
    """Words for what is so and what is not; NA where it is not known."""
    return values.astype("boolean").astype("object").map({True: yes, False: no}).astype("string")


def _sentences(reasons: "pd.Series[Any]", info: RunInfo) -> list[str]:
    """Sentences of each row's reason codes; each combination is put into words once."""
    spoken = {codes: reason_sentences(info, codes, info.language) for codes in reasons.unique()}
    return [spoken[codes] for codes in reasons]


def map_links(sites: pd.DataFrame) -> list[str]:
    """Address of each site on a public map, plain text: nothing is opened unasked."""
    pairs = zip(sites["latitude_deg"], sites["longitude_deg"], strict=True)
    return [f"https://www.google.com/maps?q={lat:.6f},{lon:.6f}" for lat, lon in pairs]
