"""What is known of every site when a remedy is chosen."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coverage.geodesy import Floats
from coverage.sites.surroundings import Nearest

Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of the sites when a remedy is chosen.

    Attributes
    ----------
    operators
        Names; columns of the arrays of shape (sites, operators).
    coordinates
        Latitude and longitude. [deg]
    is_hold, is_hold_possible, is_solved, is_located, is_unknown
        Inside a hold; perhaps inside one; a device is proved to work there; position known well
        enough; evidence ``survey_first``.
    usable, is_judged
        Operator usable at the phone; the model or a reading answers for it at all. Shape (sites,
        operators).
    p_fail
        Chance of failing at the phone, NaN without prediction, shape (sites, operators). [0-1]
    nearest
        Usable cells around.
    wifi_m
        Distance to the nearest Wi-Fi point. [m]
    mast_dbm
        Level at the mast, NaN where not known, shape (sites, operators). [dBm]
    hazard, island, foot_area
        Kinds of hazard, names of islands and of areas reached on foot only, None where none is
        known.
    has_power, lacks_power
        The list says that there is power, or that there is none; neither: not known, which is not
        yes, and a condition to check.
    is_special
        At a special location (prison, pesantren, hospital): nobody walks out of it with the form,
        and it cannot be moved.
    """

    operators: tuple[str, ...]
    coordinates: tuple[Floats, Floats]
    is_hold: Booleans
    is_hold_possible: Booleans
    is_solved: Booleans
    is_located: Booleans
    is_unknown: Booleans
    usable: Booleans
    is_judged: Booleans
    p_fail: Floats
    nearest: Nearest
    wifi_m: Floats
    mast_dbm: Floats
    hazard: list[str | None]
    island: list[str | None]
    foot_area: list[str | None]
    has_power: Booleans
    lacks_power: Booleans
    is_special: Booleans

    @property
    def is_hazard(self) -> Booleans:
        """In a hazard area."""
        return np.array([kind is not None for kind in self.hazard], dtype=bool)

    @property
    def is_island(self) -> Booleans:
        """On an island."""
        return np.array([name is not None for name in self.island], dtype=bool)

    @property
    def is_on_foot(self) -> Booleans:
        """On the mainland, and reached on foot only."""
        on_foot = np.array([name is not None for name in self.foot_area], dtype=bool)
        return on_foot & ~self.is_island
