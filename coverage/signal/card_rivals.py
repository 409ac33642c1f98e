"""The rivals that stand beside the model in a card, all on the same harmonised samples."""

from collections.abc import Callable, Mapping
from typing import Final

from coverage.signal import baselines
from coverage.signal.baselines import Baseline
from coverage.signal.variogram import KrigingParams

RIVAL_NAMES: Final = (
    "nearest reading", "inverse distance", "cell mean", "log-distance path loss",
    "ordinary kriging", "random forest", "calibrated physics", "physics and kriging",
)  # fmt: skip
FEW_NAMES: Final = (
    "nearest reading",
    "inverse distance",
    "ordinary kriging",
    "physics and kriging",
)
"""The quick and the strong: enough to show what a split does."""

Makers = dict[str, Callable[[], Baseline]]


def makers(n_trees: int, seed: int, n_threads: int) -> Makers:
    """A maker of each rival.

    Parameters
    ----------
    n_trees
        Trees of the forest; 0 leaves it out. [count]
    seed
        Of subsamples and trees.
    n_threads
        Threads of the forest. [count]
    """
    every: tuple[Callable[[], Baseline], ...] = (
        baselines.NearestReading,
        baselines.InverseDistance,
        baselines.CellMean,
        baselines.LogDistance,
        lambda: baselines.OrdinaryKriging(KrigingParams(), seed),
        lambda: baselines.Forest(n_trees, seed, n_threads),
        baselines.CalibratedPhysics,
        lambda: baselines.PhysicsKriging(KrigingParams(), seed),
    )
    rivals = dict(zip(RIVAL_NAMES, every, strict=True))
    if n_trees == 0:
        del rivals["random forest"]
    return rivals


def few(rivals: Mapping[str, Callable[[], Baseline]]) -> Makers:
    """Those of :data:`FEW_NAMES`."""
    return {name: rivals[name] for name in FEW_NAMES}
