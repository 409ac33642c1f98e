"""What a building takes from the signal: ITU-R P.2109, by the building a TPS stands in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from coverage.errors import InputError
from coverage.sites.levels import Floats, shift_matrix
from coverage.tables import BUILDINGS

P2109_COEFFICIENTS: Final[dict[str, tuple[float, ...]]] = {
    "traditional": (12.64, 3.72, 0.96, 9.6, 2.0, 9.1, -3.0, 4.5, -2.0),
    "thermally_efficient": (28.19, -3.0, 8.48, 13.5, 3.8, 27.8, -2.9, 9.4, -2.1),
}
"""r, s, t, u, v, w, x, y, z of ITU-R P.2109, table 1, as given in MODEL 3."""

_C_DB: Final = -3.0  # ITU-R P.2109
_N_NODES: Final = 199

DEFAULT_SHARES: Final[Mapping[str, float]] = MappingProxyType(
    {"tent": 0.0, "veranda": 0.0, "hall": 0.5, "school": 1.0, "house": 1.0, "office": 1.0,
     "other": 1.0}
)  # fmt: skip
"""Share of the P.2109 loss by building: DOMAIN 12 for tent, veranda, hall and school; the rest is
the project's choice (full loss)."""


@dataclass(frozen=True, kw_only=True)
class BuildingParams:
    """Building loss.

    Attributes
    ----------
    shares
        Share of the P.2109 loss for every building of :data:`coverage.tables.BUILDINGS`. [0-1]
    unknown_building
        Building assumed where the list names none; such sites say so in their reasons.
    kind
        ``traditional`` or ``thermally_efficient``.
    frequency_ghz
        Carrier frequency; the median moves by 0.9 dB between 0.9 and 2.3 GHz. [GHz]
    elevation_deg
        Elevation of the path at the building. [deg]
    """

    shares: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULT_SHARES))
    unknown_building: str = "school"
    kind: str = "traditional"
    frequency_ghz: float = 1.8
    elevation_deg: float = 0.0

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if set(self.shares) != set(BUILDINGS):
            raise InputError(f"Invalid shares for {sorted(self.shares)}. Must name {BUILDINGS}.")
        bad = {b: s for b, s in self.shares.items() if not 0 <= s <= 1.5}
        if bad:
            raise InputError(f"Invalid shares {bad}. Must be in [0, 1.5].")
        if self.unknown_building not in BUILDINGS:
            raise InputError(
                f"Invalid unknown_building {self.unknown_building!r}. Must be one of {BUILDINGS}."
            )
        if self.kind not in P2109_COEFFICIENTS:
            raise InputError(f"Invalid kind {self.kind!r}. Must be {list(P2109_COEFFICIENTS)}.")
        if not 0.08 <= self.frequency_ghz <= 100:  # range of the recommendation
            raise InputError(f"Invalid frequency_ghz {self.frequency_ghz}. Must be in [0.08, 100].")
        if not -90 <= self.elevation_deg <= 90:
            raise InputError(f"Invalid elevation_deg {self.elevation_deg}. Must be in [-90, 90].")


def p2109_loss_db(probability: npt.ArrayLike, params: BuildingParams, share: float = 1.0) -> Floats:
    """Building entry loss not exceeded with a probability, ITU-R P.2109, times a share [dB].

    ``L = 10 lg(10^(A/10) + 10^(B/10) + 10^(C/10))`` with normal A, B of the median and spread the
    recommendation gives.

    Examples
    --------
    >>> p2109_loss_db([0.1, 0.5, 0.9], BuildingParams(frequency_ghz=0.9)).round(1).tolist()
    [5.7, 14.2, 25.1]
    """
    r, s, t, u, v, w, x, y, z = P2109_COEFFICIENTS[params.kind]
    lf = np.log10(params.frequency_ghz)
    score = ndtri(np.asarray(probability, dtype=np.float64))
    a = score * (u + v * lf) + r + s * lf + t * lf**2 + 0.212 * abs(params.elevation_deg)
    b = score * (y + z * lf) + w + x * lf
    loss: Floats = 10 * np.log10(10 ** (a / 10) + 10 ** (b / 10) + 10 ** (_C_DB / 10))
    return share * loss


def loss_kernel(params: BuildingParams, share: float) -> Floats:
    """Matrix that turns P(outdoor level < x) into P(level behind the wall < x), on the grid.

    The level at the phone is under x when the outdoor level is under x plus the loss.
    """
    if share == 0:
        return shift_matrix(np.zeros(1), np.ones(1))
    probability = (np.arange(_N_NODES) + 0.5) / _N_NODES
    weights = np.full(_N_NODES, 1 / _N_NODES)
    return shift_matrix(p2109_loss_db(probability, params, share), weights)
