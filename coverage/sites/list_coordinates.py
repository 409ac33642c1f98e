"""Coordinates of a whole list: in two columns or in one, their sign written or in the heading."""

from functools import partial
from typing import Any

import numpy as np

from coverage.sites.columns import NOT_GIVEN
from coverage.sites.coordinates import AXES, degrees_of, pair_of, sign_of_header
from coverage.sites.repeated import each_once
from coverage.sites.sheets import Sheet


def bare_signs(sheet: Sheet) -> tuple[int, int]:
    """Sign of latitudes and longitudes that carry none, as the headings say."""
    found = [
        sign_of_header(sheet.headers[sheet.columns[axis]], axis) if axis in sheet.columns else 1
        for axis in AXES
    ]
    return found[0], found[1]


def written_coordinates(
    cells: dict[str, list[str]], n: int, signs: tuple[int, int]
) -> tuple[Any, Any, Any, Any]:
    """Whether coordinates are given, latitude, longitude and their rounding [deg].

    Parameters
    ----------
    cells
        Texts of each recognised field.
    n
        Rows.
    signs
        As from :func:`bare_signs`; a column that holds both coordinates has none.
    """
    if "latitude" in cells and "longitude" in cells:
        pairs = list(zip(cells["latitude"], cells["longitude"], strict=True))
    elif "coordinates" in cells:
        pairs = [pair_of(text) for text in cells["coordinates"]]
        given = [bool(text.strip().lower() not in NOT_GIVEN) for text in cells["coordinates"]]
        parsed = _parsed(pairs, (1, 1))
        return np.array(given), *parsed
    else:
        nothing = np.full(n, np.nan)
        return np.zeros(n, dtype=bool), nothing, nothing, nothing
    given = [not {lat.lower(), lon.lower()} <= NOT_GIVEN for lat, lon in pairs]
    return np.array(given, dtype=bool), *_parsed(pairs, signs)


def _parsed(pairs: list[tuple[str, str]], signs: tuple[int, int]) -> tuple[Any, Any, Any]:
    latitude, longitude = (
        np.array(
            each_once([pair[i] for pair in pairs], partial(degrees_of, axis=axis, bare_sign=sign))
        ).reshape(-1, 2)
        for i, (axis, sign) in enumerate(zip(AXES, signs, strict=True))
    )
    return latitude[:, 0], longitude[:, 0], np.maximum(latitude[:, 1], longitude[:, 1])
