"""What a failure counts: voters, less what relieves the site; weights are settings."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.errors import InputError
from coverage.geodesy import Floats


@dataclass(frozen=True, kw_only=True)
class WeightParams:
    """How voters and places nearby weigh in the priority.

    Attributes
    ----------
    default_voters
        Voters of a TPS whose number is not known: Banten's average, 265 (DOMAIN 3.1). [count]
    voters_power
        1 = a TPS counts by its voters, 0 = every TPS alike; between them by that power of its
        voters over ``default_voters``. The project's choice: an upload is one form, its loss
        concerns all who voted there.
    near_relief
        How much of a failure is forgiven where an upload works within walking distance: 1 = the
        chance that it does, 0 = nothing. The project's choice (DOMAIN 12, precedents of walks).
    """

    default_voters: int = 265
    voters_power: float = 1.0
    near_relief: float = 1.0

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if self.default_voters < 1:
            raise InputError(f"Invalid default_voters {self.default_voters}. Must be >= 1.")
        for name in ("voters_power", "near_relief"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"Invalid {name} {getattr(self, name)}. Must be in [0, 1].")


def stake_of(
    sites: pd.DataFrame,
    p_near: Floats,
    is_settled: npt.NDArray[np.bool_],
    params: WeightParams,
) -> Floats:
    """What a failure at each site counts [voters].

    Parameters
    ----------
    sites
        ``n_voters``. [count]
    p_near
        Best chance of an upload within walking distance. [0-1]
    is_settled
        Sites at which nothing is at stake: a hold, or a device proved to work.
    params
        Weights.

    Examples
    --------
    >>> sites = pd.DataFrame({"n_voters": pd.array([300, None], dtype="Int32")})
    >>> stake_of(sites, np.array([0.5, 0.0]), np.array([False, False]), WeightParams()).tolist()
    [150.0, 265.0]
    """
    voters = sites["n_voters"].astype("Float64").fillna(params.default_voters)
    share = voters.to_numpy(np.float64) / params.default_voters
    weight = params.default_voters * share**params.voters_power
    stake: Floats = np.where(is_settled, 0.0, weight * (1 - params.near_relief * p_near))
    return stake


def centroid_groups(sites: pd.DataFrame, is_hold: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """Groups of sites that share one village centroid: not ranked against each other."""
    is_centroid = (sites["coordinate_source"] == "village_centroid").to_numpy(dtype=bool)
    key = np.where(is_centroid & ~is_hold, sites["village_code"], sites["tps_code"])
    _, groups = np.unique(key.astype(str), return_inverse=True)
    return np.asarray(groups, dtype=np.intp)
