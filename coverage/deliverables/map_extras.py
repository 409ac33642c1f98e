"""What the map page may draw besides hexes, sites and areas: radio cells, and the next survey."""

from typing import Any, Final

import pandas as pd

from coverage.deliverables.packing import packed_bytes, packed_numbers, packed_texts

_DEGREE_STEPS: Final = 1e5  # 1e-5 deg is 1 m
_PLACE_DECIMALS: Final = 4  # cells of one operator within 11 m are one mark
_OTHER: Final = 255
_PURPOSES: Final = ("decide", "validate")


def tower_places(towers: pd.DataFrame | None, operators: list[str]) -> dict[str, Any]:
    """Where radio cells of each operator are listed or were heard, one mark a place.

    Parameters
    ----------
    towers
        Table ``towers``; None gives no mark.
    operators
        All operators of the page; other ones are left out.

    Returns
    -------
    dict
        ``n`` and packed columns ``latitude, longitude`` [deg], ``operator`` (place in the list),
        ``n_cells`` [count], ``is_listed`` (1 = from a list, 0 = estimated from readings).
    """
    columns = ["operator", "latitude_deg", "longitude_deg", "basis"]
    known = pd.DataFrame(columns=columns) if towers is None else towers[columns]
    known = known[known["operator"].isin(operators)]
    places = (
        known.assign(
            latitude_deg=known["latitude_deg"].astype("float64").round(_PLACE_DECIMALS),
            longitude_deg=known["longitude_deg"].astype("float64").round(_PLACE_DECIMALS),
            is_listed=(known["basis"] == "listed").astype("int64"),
        )
        .groupby(["operator", "latitude_deg", "longitude_deg"], sort=True)
        .agg(n_cells=("is_listed", "size"), is_listed=("is_listed", "max"))
        .reset_index()
    )
    number_of = {operator: place for place, operator in enumerate(operators)}
    return {
        "n": len(places),
        "latitude": packed_numbers(places["latitude_deg"].astype("float64"), _DEGREE_STEPS),
        "longitude": packed_numbers(places["longitude_deg"].astype("float64"), _DEGREE_STEPS),
        "operator": packed_bytes(places["operator"].map(number_of).fillna(_OTHER).astype("int64")),
        "n_cells": packed_numbers(places["n_cells"].astype("float64")),
        "is_listed": packed_bytes(places["is_listed"].astype("int64")),
    }


def plan_stops(survey_plan: pd.DataFrame | None) -> dict[str, Any]:
    """The stops of the next survey in their order.

    Parameters
    ----------
    survey_plan
        Table ``survey_plan``; None gives no stop.

    Returns
    -------
    dict
        ``n`` and packed columns ``latitude, longitude`` [deg], ``day``, ``stop``, ``purpose`` (0 =
        to decide, 1 = to validate), ``code`` (of the TPS).
    """
    columns = ["survey_day", "stop", "purpose", "tps_code", "latitude_deg", "longitude_deg"]
    stops = pd.DataFrame(columns=columns) if survey_plan is None else survey_plan[columns]
    stops = stops.sort_values(["survey_day", "stop"], kind="stable")
    places = {purpose: place for place, purpose in enumerate(_PURPOSES)}
    return {
        "n": len(stops),
        "latitude": packed_numbers(stops["latitude_deg"].astype("float64"), _DEGREE_STEPS),
        "longitude": packed_numbers(stops["longitude_deg"].astype("float64"), _DEGREE_STEPS),
        "day": packed_numbers(stops["survey_day"].astype("float64")),
        "stop": packed_numbers(stops["stop"].astype("float64")),
        "purpose": packed_bytes(stops["purpose"].map(places).astype("int64")),
        "code": packed_texts(stops["tps_code"]),
    }
