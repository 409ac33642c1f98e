"""Samples and points as plain arrays on one plane: what every method below the surface works on."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.errors import InputError
from coverage.geodesy import to_plane_m
from coverage.hexgrid import parents_of
from coverage.operators import UNKNOWN_OPERATOR
from coverage.signal.censored import Target
from coverage.signal.harmony import Harmony
from coverage.signal.samples import MIN_RESOLUTION

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

UNKNOWN_CODE: Final = -1  # an operator without a sample


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where something is asked, and of whose network.

    Attributes
    ----------
    plane_m
        Position, x east and y north of the model's origin, shape (n, 2). [m]
    operator
        Code of the operator, -1 where it has no sample.
    covariates
        Values the caller gives beside the place, shape (n, p).
    """

    plane_m: Floats
    operator: Integers
    covariates: Floats

    def __len__(self) -> int:
        return len(self.operator)

    def take(self, rows: Integers | Booleans) -> "Places":
        """Some of the places."""
        return Places(
            plane_m=self.plane_m[rows],
            operator=self.operator[rows],
            covariates=self.covariates[rows],
        )


@dataclass(frozen=True, kw_only=True)
class Observations:
    """Samples on the plane, at the level of the reference source.

    Attributes
    ----------
    places
        Where and whose.
    target
        Level or limit, and the weight against over-sampled places. [dBm]
    noise_db2
        Noise variance of each. [dB^2]
    is_reference
        Comes from the reference source (a drive test outdoors).
    cell
        H3 cell of the sample at resolution 11.
    frame
        The samples themselves, same order.
    """

    places: Places
    target: Target
    noise_db2: Floats
    is_reference: Booleans
    cell: npt.NDArray[np.uint64]
    frame: pd.DataFrame

    def __len__(self) -> int:
        return len(self.places)

    def take(self, rows: Integers) -> "Observations":
        """Some of the observations."""
        return Observations(
            places=self.places.take(rows),
            target=Target(
                level_db=self.target.level_db[rows],
                upper_db=self.target.upper_db[rows],
                weight=self.target.weight[rows],
            ),
            noise_db2=self.noise_db2[rows],
            is_reference=self.is_reference[rows],
            cell=self.cell[rows],
            frame=self.frame.iloc[rows].reset_index(drop=True),
        )


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The plane and the codes shared by training and prediction.

    Attributes
    ----------
    origin
        Latitude and longitude of the plane's origin. [deg]
    operators
        Names in code order, sorted.
    covariates
        Extra columns used.
    """

    origin: tuple[float, float]
    operators: tuple[str, ...]
    covariates: tuple[str, ...] = ()

    def places(self, points: pd.DataFrame) -> Places:
        """Points of a frame with ``latitude_deg, longitude_deg, operator`` and the covariates.

        Raises
        ------
        InputError
            Where a column is missing.
        """
        needed = ["latitude_deg", "longitude_deg", "operator", *self.covariates]
        missing = [name for name in needed if name not in points.columns]
        if missing:
            raise InputError(f"Invalid points, columns {missing} missing. Must be {needed}.")
        code = pd.Index(self.operators, dtype=object).get_indexer(
            pd.Index(points["operator"].astype(object))
        )
        return Places(
            plane_m=to_plane_m(points["latitude_deg"], points["longitude_deg"], self.origin),
            operator=code.astype(np.int64),
            covariates=points[list(self.covariates)].to_numpy(dtype=np.float64),
        )


def layout_of(
    samples: pd.DataFrame, towers: pd.DataFrame | None, covariates: tuple[str, ...]
) -> Layout:
    """Plane about the middle of the samples; operators of samples and towers, sorted."""
    origin = float(samples["latitude_deg"].mean()), float(samples["longitude_deg"].mean())
    names = set(samples["operator"].astype(str))
    if towers is not None:
        names |= set(towers["operator"].astype(str)) - {UNKNOWN_OPERATOR}
    return Layout(origin=origin, operators=tuple(sorted(names)), covariates=covariates)


def observe(
    samples: pd.DataFrame, layout: Layout, harmony: Harmony, decluster_resolution: int
) -> Observations:
    """Observations of checked samples.

    Each weighs one over the samples of its operator in its H3 cell at ``decluster_resolution``:
    roads and towns are over-sampled (Diggle, Menezes, Su, JRSS-C 2010), and what is wanted is the
    level of the area.
    """
    shift_db = harmony.shift_of(samples)
    level = samples["rsrp_dbm"].to_numpy(dtype=np.float64) - shift_db
    upper = samples["upper_dbm"].to_numpy(dtype=np.float64) - shift_db
    places = layout.places(samples)
    cell = parents_of(samples["h3_cell"], MIN_RESOLUTION)
    coarse = parents_of(cell, decluster_resolution)
    indoor = samples["is_indoor"].to_numpy() == 1
    return Observations(
        places=places,
        target=Target(
            level_db=level, upper_db=upper, weight=declustering_weights(coarse, places.operator)
        ),
        noise_db2=harmony.noise_variance_of(samples),
        is_reference=np.asarray((samples["source"] == "drive_test").to_numpy() & ~indoor),
        cell=cell,
        frame=samples,
    )


def declustering_weights(cells: npt.NDArray[np.uint64], operator: Integers) -> Floats:
    """One over the number of rows of the same cell and operator."""
    if not len(cells):
        return np.zeros(0)
    _, code = np.unique(cells, return_inverse=True)
    _, group, size = np.unique(
        np.stack([code, operator]), axis=1, return_inverse=True, return_counts=True
    )
    return np.asarray(1.0 / size[group.reshape(-1)], dtype=np.float64)
