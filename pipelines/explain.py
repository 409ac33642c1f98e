"""Why one TPS has the probabilities it has, and what a visit would change: ``blankspot explain``.

Everything is read from the finished run; nothing is fitted again and nothing is written.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage import tables
from coverage.errors import InputError
from coverage.geodesy import distance_m
from coverage.hexgrid import Cells
from coverage.operators import UNKNOWN_OPERATOR
from coverage.radio import LEAST_RSRP_DBM
from coverage.signal import maps
from coverage.signal.distribution import at_level
from coverage.signal.effects import Effects, effects_of
from coverage.signal.imagined import with_sample
from coverage.signal.maps import Maps
from coverage.signal.model import CellSignalParams, Prediction, SignalModel, cell_signal
from coverage.sites.positions import cells_needed
from coverage.sites.upload import site_signal
from pipelines import rasters, settings
from pipelines.config import Config
from pipelines.predict import stored_model, stored_readings
from pipelines.store import Store

N_READINGS: Final = 5  # of each operator, nearest first
N_CELLS: Final = 5  # listed or estimated radio cells, nearest sites first
IMAGINED: Final = (0.1, 0.5, 0.9)
"""A visit's reading may turn out bad, middling or good: these quantiles of what is expected."""
_READING_COLUMNS: Final = [
    "distance_m", "time", "source", "device_model", "rat", "cell_identity", "service_state",
    "signal_dbm", "source_file", "source_row",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What one imagined drive-test reading at the TPS would make of it.

    Attributes
    ----------
    quantile
        Of the level now expected, that the reading takes.
    level_dbm
        The reading. [dBm]
    p_weak, p_upload_fail
        At the phone, afterwards. [0-1]
    rsrp_p05_dbm, rsrp_p95_dbm
        Interval outdoors at the point, afterwards. [dBm]
    is_applicable
        Whether the model would answer.
    """

    quantile: float
    level_dbm: float
    p_weak: float
    p_upload_fail: float
    rsrp_p05_dbm: float
    rsrp_p95_dbm: float
    is_applicable: bool


@dataclass(frozen=True, kw_only=True)
class OperatorAnswer:
    """One operator at the TPS.

    Attributes
    ----------
    operator
        Its name.
    outcome
        Row of ``site_signal``: level at the phone, ``p_weak``, ``p_upload_fail``, ``basis``,
        ``distance_to_reading_m``, ``is_applicable``.
    outdoor_p05_dbm, outdoor_p50_dbm, outdoor_p95_dbm
        At the point outdoors. [dBm]
    is_in_area
        Whether the model has seen anything like this place.
    is_applicable_here
        Whether, moreover, its interval outdoors at the point is narrow enough.
    effects
        How the mean comes about.
    readings
        The nearest, with ``distance_m``.
    serving_cell
        Radio cell that served the nearest reading that names one, None if none does.
    cells
        Radio cells nearest by the list, with ``distance_m``.
    visits
        What a reading there would change.
    """

    operator: str
    outcome: Mapping[str, Any]
    outdoor_p05_dbm: float
    outdoor_p50_dbm: float
    outdoor_p95_dbm: float
    is_in_area: bool
    is_applicable_here: bool
    effects: Effects
    readings: pd.DataFrame
    serving_cell: str | None
    cells: pd.DataFrame
    visits: tuple[Visit, ...]


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Everything about one TPS.

    Attributes
    ----------
    site
        Row of ``sites``.
    ranking
        Row of ``site_ranking``.
    chain
        Name of the chain that was chosen.
    weak_dbm
        Weak is below this. [dBm]
    operators
        In order of name.
    """

    site: Mapping[str, Any]
    ranking: Mapping[str, Any]
    chain: str
    weak_dbm: float
    operators: tuple[OperatorAnswer, ...]

    def as_json(self) -> dict[str, Any]:
        """Everything, for machines."""
        return {
            "site": _plain(self.site),
            "ranking": _plain(self.ranking),
            "chain": self.chain,
            "weak_dbm": self.weak_dbm,
            "operators": [_answer_json(one) for one in self.operators],
        }


def explain(config: Config, tps_code: str) -> Explanation:
    """Explain one TPS of a finished run.

    Raises
    ------
    InputError
        Where the survey was not run to its ranking, or has no such TPS.
    """
    store = Store(config.processed)
    if not store.path("site_ranking").is_file():
        raise InputError("No ranking yet.", remedy=f"Run `blankspot run {config.file}` first.")
    sites = tables.to_pandas(store.read("sites"))
    site = sites[sites["tps_code"] == tps_code].reset_index(drop=True)
    if site.empty:
        raise InputError(
            f"Unknown TPS {tps_code!r}. Must be a tps_code of the survey's list, "
            f"as {sites['tps_code'].iloc[0]!r}.",
            remedy="See deliverables/site_ranking.csv for all of them.",
        )  # fmt: skip
    view = view_of(config, store, site)
    choice = view.model.choice_
    outcomes = _stored(store, "site_signal", tps_code)
    return Explanation(
        site=rows_of(site)[0],
        ranking=_stored(store, "site_ranking", tps_code)[0],
        chain=str(choice.loc[choice["is_chosen"], "candidate"].iloc[0]),
        weak_dbm=config.signal.weak_dbm,
        operators=tuple(
            _answer(view, str(row["operator"]), row)
            for row in sorted(outcomes, key=lambda row: str(row["operator"]))
            if row["operator"] != UNKNOWN_OPERATOR
        ),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """What is known around the TPS: its row, its cells, the model and what it stands on."""

    config: Config
    model: SignalModel
    site: pd.DataFrame
    towers: pd.DataFrame
    ground: Maps
    cells: Cells
    readings: pd.DataFrame

    def point(self, operator: str) -> pd.DataFrame:
        """The place of the TPS with all covariates, for one operator."""
        point = self.site[["latitude_deg", "longitude_deg"]].assign(operator=operator)
        return point.join(maps.covariates(point, self.ground, self.towers, self.config.maps))

    def outcome(self, model: SignalModel, operator: str) -> Mapping[str, Any]:
        """Row of ``site_signal`` that a model gives."""
        names = [operator]
        predicted = cell_signal(
            model, self.cells, names, CellSignalParams(weak_dbm=self.config.signal.weak_dbm),
            maps.cell_covariates(self.cells, names, self.ground, self.towers, self.config.maps),
        )  # fmt: skip
        found = site_signal(self.site, predicted, settings.upload_params(self.config))
        return rows_of(found)[0]


def view_of(config: Config, store: Store, site: pd.DataFrame) -> View:
    """What a finished run knows around one TPS, given as a table of one row."""
    return View(
        config=config,
        model=stored_model(store),
        site=site,
        towers=tables.to_pandas(store.read("towers")),
        ground=rasters.read_maps(config, store),
        cells=cells_needed(site, config.grid.resolution),
        readings=_near(store, site),
    )


def _answer(view: View, operator: str, outcome: Mapping[str, Any]) -> OperatorAnswer:
    """Everything about one operator."""
    point = view.point(operator)
    said = view.model.describe(point)
    low, middle, high = _ends(said)
    own = view.readings[view.readings["operator"] == operator]
    return OperatorAnswer(
        operator=operator,
        outcome=outcome,
        outdoor_p05_dbm=low,
        outdoor_p50_dbm=middle,
        outdoor_p95_dbm=high,
        is_in_area=bool(said.is_in_area[0]),
        is_applicable_here=bool(said.is_applicable[0]),
        effects=effects_of(view.model, point),
        readings=own.head(N_READINGS)[_READING_COLUMNS].reset_index(drop=True),
        serving_cell=_serving(own),
        cells=_cells_near(view, operator),
        visits=tuple(_visit(view, operator, point, said, level) for level in IMAGINED),
    )


def _visit(
    view: View, operator: str, point: pd.DataFrame, said: Prediction, quantile: float
) -> Visit:
    """Predict again as if a drive test had read a level at the TPS."""
    level_dbm = max(float(at_level(said.quantiles_dbm, quantile)[0]), LEAST_RSRP_DBM)
    imagined = with_sample(view.model, point, level_dbm)
    outcome = view.outcome(imagined, operator)
    low, _, high = _ends(imagined.describe(point))
    return Visit(
        quantile=quantile,
        level_dbm=level_dbm,
        p_weak=float(outcome["p_weak"]),
        p_upload_fail=float(outcome["p_upload_fail"]),
        rsrp_p05_dbm=low,
        rsrp_p95_dbm=high,
        is_applicable=bool(outcome["is_applicable"]),
    )


def _ends(said: Prediction) -> tuple[float, float, float]:
    """5 %, 50 % and 95 % quantile at one point, as shown: none under what is reported [dBm]."""
    low, middle, high = (
        max(float(at_level(said.quantiles_dbm, p)[0]), LEAST_RSRP_DBM) for p in (0.05, 0.5, 0.95)
    )
    return low, middle, high


def _near(store: Store, site: pd.DataFrame) -> pd.DataFrame:
    """Readings that count, nearest first: those of the serving cell that stand for their route."""
    columns = ["latitude_deg", "longitude_deg", "operator", "is_serving", "is_route_value"]
    table = stored_readings(store).select([*columns, *_READING_COLUMNS[1:]])
    far_m = distance_m(
        table.column("latitude_deg").to_numpy(), table.column("longitude_deg").to_numpy(),
        float(site["latitude_deg"].iloc[0]), float(site["longitude_deg"].iloc[0]),
    )  # fmt: skip
    order: npt.NDArray[np.int64] = np.argsort(far_m, kind="stable")
    near = table.take(order).to_pandas().assign(distance_m=far_m[order])
    is_serving = near["is_serving"].astype("boolean").fillna(True).astype(bool)
    counted: pd.DataFrame = near[is_serving & near["is_route_value"].astype(bool)]
    return counted


def _serving(readings: pd.DataFrame) -> str | None:
    """Radio cell of the nearest reading that names one."""
    named = readings["cell_identity"].dropna()
    return str(int(named.iloc[0])) if len(named) else None


def _cells_near(view: View, operator: str) -> pd.DataFrame:
    """The operator's radio cells nearest to the TPS."""
    own = view.towers[view.towers["operator"] == operator]
    far_m = distance_m(
        own["latitude_deg"].to_numpy(), own["longitude_deg"].to_numpy(),
        float(view.site["latitude_deg"].iloc[0]), float(view.site["longitude_deg"].iloc[0]),
    )  # fmt: skip
    near = own.assign(distance_m=far_m).sort_values(["distance_m", "cell_identity"], kind="stable")
    columns = ["distance_m", "rat", "cell_identity", "basis", "updated_at"]
    return near[columns].head(N_CELLS).reset_index(drop=True)


def rows_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table by the names of its columns."""
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]


def _stored(store: Store, name: str, tps_code: str) -> list[dict[str, Any]]:
    """Rows of one TPS."""
    table = tables.to_pandas(store.read(name))
    return rows_of(table[table["tps_code"] == tps_code])


def _answer_json(answer: OperatorAnswer) -> dict[str, Any]:
    """One operator, for machines."""
    effects = answer.effects
    return {
        "operator": answer.operator,
        "at_the_phone": _plain(answer.outcome),
        "outdoors": {
            "rsrp_p05_dbm": answer.outdoor_p05_dbm,
            "rsrp_p50_dbm": answer.outdoor_p50_dbm,
            "rsrp_p95_dbm": answer.outdoor_p95_dbm,
            "is_in_area": answer.is_in_area,
        },
        "mean": {
            "base_dbm": round(effects.base_dbm, 3),
            "physics_dbm": round(effects.physics_dbm, 3),
            "kriged_db": round(effects.kriged_db, 3),
            "mean_dbm": round(effects.mean_dbm, 3),
            "features": _records(effects.features),
            "neighbours": _records(effects.neighbours.drop(columns="row")),
        },
        "nearest_readings": _records(answer.readings),
        "serving_cell": answer.serving_cell,
        "nearest_cells": _records(answer.cells),
        "a_reading_there": [asdict(visit) for visit in answer.visits],
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows for JSON."""
    return [_plain(row) for row in rows_of(table)]


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values for JSON: None for NA, numbers rounded, lists, times and cells as text."""
    return {name: _plain_value(value) for name, value in values.items()}


def _plain_value(value: Any) -> Any:
    """One value for JSON."""
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain_value(one) for one in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if pd.isna(value):
        return None
    if isinstance(value, (int, np.integer)):
        return int(value) if abs(int(value)) < 2**53 else f"{int(value):x}"
    if isinstance(value, (float, np.floating)):
        return round(float(value), 4)
    return str(value)
