"""What is known of every site: the model's word per operator, readings in its cell, evidence."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage import hexgrid
from coverage.errors import InputError
from coverage.geodesy import Floats
from coverage.sites.evidence import (
    EvidenceParams,
    Measured,
    State,
    measured_at,
    operator_states,
    site_evidence,
)
from coverage.sites.situation import Situation

Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class PerOperator:
    """``site_signal`` as arrays of shape (sites, operators); NaN and false without prediction."""

    p_weak: Floats
    p_fail: Floats
    is_applicable: Booleans

    @classmethod
    def of(
        cls, tps_codes: "pd.Series[Any]", operators: tuple[str, ...], site_signal: pd.DataFrame
    ) -> Self:
        """Lay out ``site_signal`` in the order of the sites and operators.

        Raises
        ------
        InputError
            Where it names others, or leaves a site out.
        """
        row = pd.Index(tps_codes).get_indexer(pd.Index(site_signal["tps_code"]))
        column = pd.Index(operators).get_indexer(pd.Index(site_signal["operator"]))
        if (row < 0).any() or (column < 0).any():
            raise InputError(
                "Invalid site_signal, a site or operator not in sites or cell_signal. Must be made "
                "of these tables."
            )
        shape = (len(tps_codes), len(operators))
        p_weak, p_fail = np.full(shape, np.nan), np.full(shape, np.nan)
        is_applicable = np.zeros(shape, dtype=bool)
        p_weak[row, column] = site_signal["p_weak"].to_numpy(np.float64)
        p_fail[row, column] = site_signal["p_upload_fail"].to_numpy(np.float64)
        is_applicable[row, column] = site_signal["is_applicable"].to_numpy(dtype=bool)
        bare = np.isnan(p_fail).all(axis=1)
        if bare.any():
            first = tps_codes.to_numpy()[bare][0]
            raise InputError(f"Invalid site_signal, no row of {first}. Must cover every site.")
        return cls(p_weak=p_weak, p_fail=p_fail, is_applicable=is_applicable)

    @property
    def counted(self) -> Booleans:
        """Operators counted at each site: all that are predicted, however widely.

        A wide distribution is calibrated too; to leave it out would rank a site by how many
        operators were surveyed near it.
        """
        return ~np.isnan(self.p_fail)


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """Sites in the order of their codes, and what is known of each.

    Attributes
    ----------
    sites
        The list, sorted by ``tps_code``.
    situation
        The sites over the predicted cells.
    signal
        The model's word per operator.
    is_located
        Position known well enough to be judged by what lies around.
    measured, states, evidence
        Readings in the site's cell; state of each operator; evidence of the site.
    """

    sites: pd.DataFrame
    situation: Situation
    signal: PerOperator
    is_located: Booleans
    measured: Measured
    states: npt.NDArray[np.int8]
    evidence: npt.NDArray[np.str_]

    @classmethod
    def of(
        cls,
        situation: Situation,
        sites: pd.DataFrame,
        site_signal: pd.DataFrame,
        cells: pd.DataFrame,
        *,
        located_m: float,
        params: EvidenceParams,
    ) -> Self:
        """Join the model's word with the readings.

        Raises
        ------
        InputError
            Where the tables do not fit each other.
        """
        operators = situation.grid.operators
        signal = PerOperator.of(sites["tps_code"], operators, site_signal)
        is_located = sites["coordinate_accuracy_m"].to_numpy(np.float64) <= located_m
        home_cells = situation.positions.home_cells[situation.positions.place_of_site]
        measured = measured_at(home_cells, operators, cells, is_located, params)
        states = operator_states(measured, signal.p_weak, signal.is_applicable, params)
        return cls(
            sites=sites,
            situation=situation,
            signal=signal,
            is_located=is_located,
            measured=measured,
            states=states,
            evidence=np.array(site_evidence(states)),
        )

    @property
    def home_cells(self) -> hexgrid.Cells:
        """H3 cell of each site's coordinates."""
        return self.situation.positions.home_cells[self.situation.positions.place_of_site]

    @property
    def coordinates(self) -> tuple[Floats, Floats]:
        """Latitude and longitude of the sites [deg]."""
        return (
            self.sites["latitude_deg"].to_numpy(np.float64),
            self.sites["longitude_deg"].to_numpy(np.float64),
        )

    @property
    def is_judged(self) -> Booleans:
        """Operators for which somebody answers: the model, or a reading in the site's cell."""
        judged: Booleans = self.signal.is_applicable | (self.measured.state != State.UNKNOWN)
        return judged

    def usable(self, usable_p: float) -> Booleans:
        """Operators usable at the phone; one for which nobody answers is not.

        Nor is one of which weak readings are all that is known.
        """
        is_known = self.signal.is_applicable | (self.measured.state == State.OK)
        usable: Booleans = is_known & (self.signal.p_fail <= 1 - usable_p)
        return usable

    @property
    def best(self) -> npt.NDArray[np.intp]:
        """Column of the operator that officers should use, -1 where nobody answers for any.

        The one with the lowest chance of failing of those that the model answers for or that were
        read not weak: any SIM counts.
        """
        is_known = self.signal.is_applicable | (self.measured.state == State.OK)
        p_fail = np.where(is_known & self.signal.counted, self.signal.p_fail, np.inf)
        return np.where(np.isinf(p_fail).all(axis=1), -1, p_fail.argmin(axis=1)).astype(np.intp)

    def reasons(self) -> dict[str, Booleans]:
        """Which reason codes about what is known apply to which site."""
        measured, states = self.measured, self.states
        is_read_weak = (measured.state > State.OK) & ~measured.is_legacy_only
        return {
            "R_NO_SERVICE_MEAS": measured.is_no_service.any(axis=1),
            "R_P10_RSRP": (is_read_weak & ~measured.is_no_service).any(axis=1),
            "R_2G_ONLY": measured.is_legacy_only.any(axis=1),
            "R_MODEL_ONLY": (measured.state == State.UNKNOWN).all(axis=1)
            & (states != State.UNKNOWN).any(axis=1),
            "R_MODEL_ABSTAINS": ~self.signal.is_applicable.all(axis=1),
            "R_STALE": measured.is_stale.any(axis=1),
            "R_CENTROID": ~self.is_located,
            "R_COORDINATES_REPAIRED": (self.sites["coordinate_source"] == "repaired").to_numpy(
                dtype=bool
            ),
            "R_BUILDING_ASSUMED": self.sites["building"].isna().to_numpy(dtype=bool),
            "R_VOTERS_ASSUMED": self.sites["n_voters"].isna().to_numpy(dtype=bool),
        }
