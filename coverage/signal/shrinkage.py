"""How much of a kriged residual holds at a distance from the data.

Kriging is right where its variogram is. Samples along a few roads can make one that promises more
at a kilometre than holds there. Samples held out at several scales tell: the slope of what they
leave upon what was predicted for them is one where the prediction is right, and less where it says
too much. The kriging variance stays: it says where errors are larger, how large they are the
intervals learn afterwards (:mod:`coverage.signal.conformal`).

References
----------
[1] J. B. Copas, Regression, prediction and shrinkage, JRSS-B 45, 1983 (slope at new data).
[2] B. Efron, C. Morris, Data analysis using Stein's estimator, JASA 70, 1975 (drawn to a prior by
    the evidence).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from coverage.signal.columns import taken
from coverage.signal.conformal import bin_of
from coverage.signal.observations import Floats

PRIOR_SD: Final = 0.5  # how far the slope may lie from one before any sample is seen
MIN_BLOCKS: Final = 5  # fewer blocks tell nothing of a bin
END_RATIO: Final = 2.0  # the outer bins reach so far beyond their edge, for their middles


@dataclass(frozen=True, kw_only=True)
class Shrinkage:
    """Share of the kriged residual that is kept, by distance to the nearest sample.

    Attributes
    ----------
    distance_m
        Nodes, rising; between them the share runs straight in the logarithm of the distance. [m]
    share
        Share at each, never rising. [0-1]
    """

    distance_m: Floats
    share: Floats

    def at(self, distance_m: Floats) -> Floats:
        """Share at each distance; not known counts as far."""
        far = np.where(np.isfinite(distance_m), distance_m, np.inf)
        node = np.log(self.distance_m)
        place = np.clip(far, self.distance_m[0], self.distance_m[-1])
        return np.asarray(np.interp(np.log(place), node, self.share))


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Residuals of held-out samples beside what was kriged for them.

    Attributes
    ----------
    seen_db, kriged_db
        Residual of the sample about a trend without it, and its prediction. [dB]
    distance_m
        To the nearest sample used. [m]
    weight
        Share of an independent sample.
    block
        Piece of land that counts as one observation of the slope.
    """

    seen_db: Floats
    kriged_db: Floats
    distance_m: Floats
    weight: Floats
    block: npt.NDArray[np.uint64]


def fit(pairs: Pairs, edges_m: Sequence[float]) -> Shrinkage:
    """Share in each distance bin, no more than in any nearer one.

    Parameters
    ----------
    pairs
        Held-out residuals.
    edges_m
        Inner edges of the bins, rising. [m]
    """
    edges = np.array(edges_m, dtype=np.float64)
    bins = bin_of(pairs.distance_m, edges)
    slopes = np.array([slope(taken(pairs, bins == k)) for k in range(len(edges) + 1)])
    ends = np.concatenate([[edges[0] / END_RATIO], edges, [edges[-1] * END_RATIO]])
    return Shrinkage(
        distance_m=np.sqrt(ends[:-1] * ends[1:]),
        share=np.minimum.accumulate(np.clip(slopes, 0.0, 1.0)),
    )


def slope(pairs: Pairs) -> float:
    """Slope of what was seen upon what was kriged, drawn to one by the evidence it lacks [1, 2].

    Its variance is that of sums over blocks, which alone are taken as independent.

    Examples
    --------
    >>> half = Pairs(
    ...     seen_db=np.array([1.0, -2.0, 3.0]), kriged_db=np.array([2.0, -4.0, 6.0]),
    ...     distance_m=np.ones(3), weight=np.ones(3), block=np.arange(3, dtype=np.uint64),
    ... )
    >>> slope(half)  # three blocks tell nothing
    1.0
    """
    blocks, code = np.unique(pairs.block, return_inverse=True)
    size = float((pairs.weight * pairs.kriged_db**2).sum())
    if len(blocks) < MIN_BLOCKS or size <= 0:
        return 1.0
    found = float((pairs.weight * pairs.seen_db * pairs.kriged_db).sum()) / size
    off = pairs.weight * pairs.kriged_db * (pairs.seen_db - found * pairs.kriged_db)
    n = len(blocks)
    variance = float((np.bincount(code, off) ** 2).sum()) / size**2 * n / (n - 1)
    return 1.0 + (found - 1.0) * PRIOR_SD**2 / (PRIOR_SD**2 + variance)
