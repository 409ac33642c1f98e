"""Other places for a TPS in a hazard area: near, dry, in its village, connected (DOMAIN 3.4)."""

from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from coverage import hexgrid
from coverage.errors import InputError
from coverage.geodesy import Floats, from_plane_m
from coverage.sites.codes import digits_of
from coverage.sites.layers import Layers, names_at, plane_of
from coverage.sites.relocation import lowest_chance
from coverage.sites.signal_grid import MISSING
from coverage.sites.situation import Situation, UploadParams
from coverage.tables import TABLES, empty, to_pandas

_ROW_HEIGHT: Final = np.sqrt(3) / 2  # of a triangular lattice of side 1

Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class AlternativeParams:
    """Where another place is looked for.

    Attributes
    ----------
    max_m
        Farthest move. KPU Pandeglang allows 50 m from the point; TPS have been moved farther from
        floods (DOMAIN 3.4), 500 m is the project's choice. [m]
    rule_m
        Moves within this distance come first: KPU Pandeglang's 50 m. [m]
    step_m
        Distance between places looked at. [m]
    usable_p
        A place is connected where an upload works with this probability at least. [0-1]
    n_best
        Alternatives listed for each TPS, at most. [count]
    """

    max_m: float = 500.0
    rule_m: float = 50.0
    step_m: float = 50.0
    usable_p: float = 0.8
    n_best: int = 5

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if not 0 < self.max_m <= 5000:
            raise InputError(f"Invalid max_m {self.max_m}. Must be in (0, 5000].")
        if not 0 <= self.rule_m <= self.max_m:
            raise InputError(f"Invalid rule_m {self.rule_m}. Must be in [0, max_m].")
        if not self.max_m / 50 <= self.step_m <= self.max_m:
            raise InputError(f"Invalid step_m {self.step_m}. Must be in [max_m / 50, max_m].")
        if not 0.5 <= self.usable_p < 1:
            raise InputError(f"Invalid usable_p {self.usable_p}. Must be in [0.5, 1).")
        if not 1 <= self.n_best <= 100:
            raise InputError(f"Invalid n_best {self.n_best}. Must be in [1, 100].")


def alternatives(
    sites: pd.DataFrame,
    cell_signal: pd.DataFrame,
    layers: Layers,
    upload: UploadParams,
    params: AlternativeParams,
) -> pd.DataFrame:
    """Other places for every TPS in a hazard area, or why there is none.

    Places are looked at on a lattice around the TPS. One that is kept lies in no hazard polygon, in
    the TPS's village (where its polygon is given; so it lies on land too), and in a cell where an
    upload works behind the same kind of wall. Of each H3 cell only the nearest is listed; those
    within ``rule_m`` come first, then by distance: all are connected, and a TPS should stay near
    its voters.

    Parameters
    ----------
    sites, cell_signal
        As in :mod:`coverage.tables`. A place in a cell without a prediction is not connected.
    layers
        Hazards; villages where given.
    upload
        Thresholds.
    params
        How far, how many.

    Returns
    -------
    pandas.DataFrame
        ``relocation``. A TPS without an alternative has one row, ``alternative`` 0, that says what
        failed first: nothing dry, nothing in the village, nothing connected, or nothing known; one
        at a special location cannot be moved, and nothing is looked for.
    """
    kinds = names_at(sites, layers.hazards, "kind")
    listed = sites[[kind is not None for kind in kinds]]
    if listed.empty:
        return to_pandas(empty("relocation"))
    listed = listed.sort_values("tps_code", kind="stable", ignore_index=True)
    is_fixed = _is_special(listed)
    frames = [_found(listed[~is_fixed].reset_index(drop=True), cell_signal, layers, upload, params)]
    frames.append(_row_each(listed.loc[is_fixed, ["tps_code"]], "special_location"))
    found = pd.concat([frame for frame in frames if len(frame)], ignore_index=True)
    found = found.sort_values(["tps_code", "alternative"], kind="stable", ignore_index=True)
    found = found.reindex(columns=list(TABLES["relocation"].columns))
    return found.astype({"distance_m": np.float32, "bearing_deg": np.float32})


def _is_special(sites: pd.DataFrame) -> Booleans:
    """Sites of which the list says that they are at a special location, which cannot be moved."""
    if "is_special" not in sites.columns:
        return np.zeros(len(sites), dtype=bool)
    return sites["is_special"].astype("boolean").fillna(False).to_numpy(dtype=bool)


def _row_each(codes: pd.DataFrame, outcome: Any) -> pd.DataFrame:
    """A row that says why there is no alternative."""
    return codes.assign(alternative=np.int32(0), outcome=outcome)


def _found(
    at_risk: pd.DataFrame,
    cell_signal: pd.DataFrame,
    layers: Layers,
    upload: UploadParams,
    params: AlternativeParams,
) -> pd.DataFrame:
    """Alternatives of sites that may be moved, and for those without one, why."""
    if at_risk.empty:
        return at_risk
    places = _places(at_risk, layers, params)
    places = _with_chances(places, at_risk, cell_signal, upload)
    is_connected = places["p_upload_fail"].to_numpy() <= 1 - params.usable_p
    fits = places["is_dry"] & places["is_same_village"].fillna(True) & is_connected
    kept = _ranked(places[fits.to_numpy(dtype=bool)], params)
    none = _without(at_risk, places, kept)
    return pd.concat([frame for frame in (kept, none) if len(frame)], ignore_index=True)


def _places(sites: pd.DataFrame, layers: Layers, params: AlternativeParams) -> pd.DataFrame:
    """Every place looked at: whose, where, dry or not, in the village or not."""
    offset = _lattice(params)
    origin = (float(sites["latitude_deg"].mean()), float(sites["longitude_deg"].mean()))
    plane = (plane_of(sites, origin)[:, None] + offset[None]).reshape(-1, 2)
    latitude, longitude = from_plane_m(plane, origin)
    row = np.repeat(np.arange(len(sites)), len(offset))
    places = pd.DataFrame(
        {
            "row": row,
            "tps_code": sites["tps_code"].to_numpy()[row],
            "latitude_deg": latitude.round(6),
            "longitude_deg": longitude.round(6),
            "distance_m": np.tile(np.hypot(*offset.T), len(sites)),
            "bearing_deg": np.tile(np.degrees(np.arctan2(*offset.T)) % 360, len(sites)),
        }
    )
    points = shapely.points(places["longitude_deg"], places["latitude_deg"])
    return places.assign(
        is_dry=~_is_within(points, layers.hazards),
        is_same_village=_is_in_village(points, sites["village_code"].to_numpy()[row], layers),
    )


def _lattice(params: AlternativeParams) -> Floats:
    """Offsets of a triangular lattice within the farthest move, the TPS's own place left out."""
    reach = int(np.ceil(params.max_m / (params.step_m * _ROW_HEIGHT))) + 1
    i, j = np.meshgrid(np.arange(-2 * reach, 2 * reach + 1), np.arange(-reach, reach + 1))
    offset = params.step_m * np.stack([i + j / 2, j * _ROW_HEIGHT], axis=-1).reshape(-1, 2)
    away = np.hypot(*offset.T)
    lattice: Floats = offset[(away > 0) & (away <= params.max_m * (1 + 1e-9))]
    return lattice


def _is_within(points: Any, layer: gpd.GeoDataFrame | None) -> Booleans:
    """Points in any polygon of a layer."""
    inside = np.zeros(len(points), dtype=bool)
    if layer is not None and len(layer):
        tree = shapely.STRtree(layer.geometry.to_numpy())
        inside[tree.query(points, predicate="intersects")[0]] = True
    return inside


def _is_in_village(points: Any, codes: npt.NDArray[np.object_], layers: Layers) -> Any:
    """Points in the village of their TPS; NA where there is no polygon of it."""
    villages = layers.villages
    if villages is None or not len(villages):
        return pd.array([None] * len(points), dtype="boolean")
    known = pd.Index([digits_of(str(code)) or "" for code in villages["village_code"]])
    row = known.get_indexer(pd.Index(codes))
    shapes = villages.geometry.to_numpy()[row]
    inside = pd.array(shapely.intersects(shapes, points), dtype="boolean")
    inside[row < 0] = pd.NA
    return inside


def _with_chances(
    places: pd.DataFrame, sites: pd.DataFrame, cell_signal: pd.DataFrame, upload: UploadParams
) -> pd.DataFrame:
    """Places with their cell, the operator that fails least there, and its chance of failing."""
    situation = Situation.of(sites, cell_signal, upload)
    grid = situation.grid
    cell = hexgrid.cells_of(
        places["latitude_deg"].to_numpy(), places["longitude_deg"].to_numpy(), grid.resolution
    )
    index = grid.index_of(cell)
    share = situation.building_share[places["row"].to_numpy()]
    chance, operator = np.full(len(places), np.nan), np.full(len(places), MISSING)
    for value in np.unique(share).tolist():
        here = share == value
        used = np.setdiff1d(np.unique(index[here]), [MISSING])
        lowest, best = lowest_chance(situation, used, value, upload)
        chance[here] = np.append(lowest, np.nan)[index[here]]
        operator[here] = np.append(best, MISSING)[index[here]]
    names = np.array([*grid.operators, None], dtype=object)  # MISSING is the last
    return places.assign(h3_cell=cell, p_upload_fail=chance, best_operator=names[operator])


def _ranked(places: pd.DataFrame, params: AlternativeParams) -> pd.DataFrame:
    """The nearest place of each cell, within the rule first, the best few of each TPS."""
    ordered = places.assign(is_far=places["distance_m"] > params.rule_m).sort_values(
        ["tps_code", "is_far", "distance_m", "p_upload_fail", "latitude_deg", "longitude_deg"],
        kind="stable",
    )
    nearest = ordered.drop_duplicates(["tps_code", "h3_cell"])
    number = nearest.groupby("tps_code", sort=True).cumcount() + 1
    kept = nearest.assign(alternative=number.astype(np.int32), outcome="found")
    return kept[kept["alternative"] <= params.n_best]


def _without(sites: pd.DataFrame, places: pd.DataFrame, kept: pd.DataFrame) -> pd.DataFrame:
    """One row for each TPS without an alternative: what failed first."""
    bare = sites.loc[~sites["tps_code"].isin(kept["tps_code"]), ["tps_code"]]
    of_bare = places[places["tps_code"].isin(bare["tps_code"])]
    in_village = of_bare["is_dry"] & of_bare["is_same_village"].fillna(True)
    left = of_bare.assign(
        in_village=in_village.to_numpy(dtype=bool),
        is_known=in_village.to_numpy(dtype=bool) & of_bare["p_upload_fail"].notna().to_numpy(),
    )
    any_left = left.groupby("tps_code", sort=True)[["is_dry", "in_village", "is_known"]].any()
    any_left = any_left.reindex(bare["tps_code"])
    outcome = np.select(
        [~any_left["is_dry"], ~any_left["in_village"], ~any_left["is_known"]],
        ["none_dry", "none_in_village", "not_known"],
        default="none_connected",
    )
    return _row_each(bare, outcome)
