"""The printed map: outdoor signal of the best operator, areas, and the TPS by remedy."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from coverage import hexgrid
from coverage.deliverables.best_cells import best_cells
from coverage.deliverables.gis import hexagons
from coverage.deliverables.info import RunInfo
from coverage.deliverables.outlines import MapLayers, in_degrees
from coverage.deliverables.palette import (
    ABSTAINS_COLOUR,
    INK,
    LEVEL_COLOURS,
    REMEDY_COLOURS,
    level_bounds,
)
from coverage.deliverables.pictures import STYLE, add_footnote, new_figure
from coverage.deliverables.texts import Catalogue, catalogue
from coverage.errors import InputError
from coverage.tables import REMEDIES

QUIET: Final = ("OK", "EXCLUDED_ADAT", "SURVEY_FIRST")
"""Remedies drawn small and first, so that those that need somebody lie on top."""
DONE: Final = ("OK", "EXCLUDED_ADAT")
"""Remedies at which there is nothing to settle: never among the worst."""

_LEGEND_MM: Final = 58.0  # what the legend takes of the width
_LEGEND_PT: Final = 6.8  # its type, smaller where its rows would not fit on the picture
_ROW_OF_TYPE: Final = 1.62  # height of a row by that of the type, as drawn
_TITLE_ROWS: Final = 3
_POINTS_PER_INCH: Final = 72.0
_MARGIN: Final = 0.04  # share of the extent left free around the sites
_MIN_EXTENT_DEG: Final = 0.02  # about 2 km, where all sites stand on one spot
_METRES_PER_DEGREE: Final = 111_195.0  # mean of a degree of latitude


@dataclass(frozen=True, kw_only=True)
class MapParams:
    """How large a map is drawn.

    Attributes
    ----------
    width_mm, height_mm
        Size of the picture. [mm]
    n_named
        Sites whose rank is written beside them, worst first. [count]
    is_sourced
        Whether sources and licences stand under the map; a page that names them needs no second.
    """

    width_mm: float = 180.0
    height_mm: float = 120.0
    n_named: int = 0
    is_sourced: bool = False

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if not 40 <= self.width_mm <= 1000 or not 40 <= self.height_mm <= 1000:
            size = (self.width_mm, self.height_mm)
            raise InputError(f"Invalid size {size} mm. Must be in [40, 1000].")
        if self.n_named < 0:
            raise InputError(f"Invalid n_named {self.n_named}. Must be >= 0.")


@dataclass(frozen=True, kw_only=True)
class MapGround:
    """What lies under the sites, made once for all maps of a run.

    Attributes
    ----------
    shapes
        Polygons of the H3 cells.
    colours
        Colour of each.
    centres
        Longitude and latitude of each cell, shape (n, 2). [deg]
    """

    shapes: npt.NDArray[Any]
    colours: npt.NDArray[Any]
    centres: npt.NDArray[np.float64]


def map_ground(cell_signal: pd.DataFrame, info: RunInfo) -> MapGround:
    """Every H3 cell as a coloured hexagon; grey where the model abstains.

    Parameters
    ----------
    cell_signal
        Table ``cell_signal``.
    info
        The run: its levels part the classes.
    """
    best = best_cells(cell_signal)
    cells = best["h3_cell"].to_numpy(dtype="uint64")
    level = best["rsrp_p50_dbm"].to_numpy(dtype="float64")
    classes = np.digitize(np.where(np.isnan(level), 0.0, level), level_bounds(info))
    colours = np.where(np.isnan(level), ABSTAINS_COLOUR, np.asarray(LEVEL_COLOURS)[classes])
    latitude, longitude = hexgrid.centres_of(cells)
    return MapGround(
        shapes=np.asarray(hexagons(cells), dtype=object),
        colours=colours,
        centres=np.column_stack([longitude, latitude]),
    )


def signal_map(
    sites: pd.DataFrame,
    ground: MapGround,
    layers: MapLayers,
    info: RunInfo,
    params: MapParams | None = None,
) -> Figure:
    """A map of some sites and what lies around them.

    Parameters
    ----------
    sites
        Rows of ``site_ranking`` to draw; the map holds them all.
    ground
        From :func:`map_ground`.
    layers
        Areas and boundaries, optional.
    info
        The run.
    params
        Size.

    Returns
    -------
    matplotlib.figure.Figure
        North is up, a scale bar stands in the corner.
    """
    params = params or MapParams()
    with mpl.rc_context(STYLE):
        figure = new_figure(params.width_mm, params.height_mm)
        axes = figure.add_subplot()
        box = _extent(sites, (params.width_mm - _LEGEND_MM) / params.height_mm)
        _draw_ground(axes, ground, box)
        _draw_areas(axes, layers, box)
        _draw_sites(axes, sites, params.n_named)
        _finish_axes(axes, box)
        _legend(figure, set(sites["remedy"]), layers, catalogue(info.language), info)
        if params.is_sourced:
            add_footnote(figure, info)
    return figure


Box = tuple[float, float, float, float]


def _extent(sites: pd.DataFrame, proportion: float) -> Box:
    """West, south, east, north around the sites, as wide for its height as the paper [deg]."""
    if sites.empty:
        raise InputError("Invalid sites, none. Must be at least one.")
    lon, lat = sites["longitude_deg"], sites["latitude_deg"]
    centre = (float(lon.min() + lon.max()) / 2, float(lat.min() + lat.max()) / 2)
    half = [
        max(float(values.max() - values.min()), _MIN_EXTENT_DEG) * (0.5 + _MARGIN)
        for values in (lon, lat)
    ]
    wanted = proportion / _shrink(centre[1])
    half = [max(half[0], half[1] * wanted), max(half[1], half[0] / wanted)]
    return (
        centre[0] - half[0], centre[1] - half[1], centre[0] + half[0], centre[1] + half[1],
    )  # fmt: skip


def _shrink(latitude_deg: float) -> float:
    """How much shorter a degree of longitude is than one of latitude [0-1]."""
    return float(np.cos(np.radians(latitude_deg)))


def _draw_ground(axes: Axes, ground: MapGround, box: Box) -> None:
    """The hexagons in the box, as a raster even in an SVG: there may be 90,000."""
    lon, lat = ground.centres.T
    near = (lon > box[0] - 0.01) & (lon < box[2] + 0.01)
    near &= (lat > box[1] - 0.01) & (lat < box[3] + 0.01)
    if not near.any():
        return
    rings = [shapely.get_coordinates(shape) for shape in ground.shapes[near]]
    axes.add_collection(
        PolyCollection(
            rings, facecolors=list(ground.colours[near]), edgecolors="none", antialiaseds=False,
            rasterized=True, zorder=1,
        )
    )  # fmt: skip


def _draw_areas(axes: Axes, layers: MapLayers, box: Box) -> None:
    """Villages, hazards and holds, each with its own line."""
    _lines(axes, layers.villages, box, colour="#ffffff", width=0.35, alpha=0.55)
    for column, width in (("district", 0.5), ("regency", 1.1)):
        _lines(axes, _united(layers.villages, column), box, colour=INK, width=width, alpha=0.8)
    _lines(axes, layers.hazards, box, colour="#0072b2", width=1.1, dash=(0, (4, 2)))
    _lines(axes, layers.holds, box, colour="#ffffff", width=3.0)
    _lines(axes, layers.holds, box, colour="#111111", width=1.5)


def _united(villages: gpd.GeoDataFrame | None, column: str) -> gpd.GeoDataFrame | None:
    """Villages united by a column of names, None where there is none."""
    if villages is None or column not in villages.columns:
        return None
    parents = [name for name in ("regency", "district") if name in villages.columns]
    by = parents if column == "district" else [column]
    named = villages.dropna(subset=by)
    grown = named.assign(geometry=shapely.buffer(named.geometry.to_numpy(), 1e-4))
    return grown.dissolve(by=by, sort=True)


def _lines(
    axes: Axes,
    layer: gpd.GeoDataFrame | None,
    box: Box,
    *,
    colour: str,
    width: float,
    alpha: float = 1.0,
    dash: Any = "solid",
) -> None:
    """Outlines of a layer's polygons that reach into the box."""
    if layer is None or layer.empty:
        return
    shapes = in_degrees(layer).geometry.to_numpy()
    shapes = shapes[shapely.intersects(shapes, shapely.box(*box))]
    rings = shapely.get_parts(shapely.boundary(shapely.simplify(shapes, 3e-4)))
    axes.add_collection(
        LineCollection(
            [shapely.get_coordinates(ring) for ring in rings], colors=colour, linewidths=width,
            linestyles=dash, alpha=alpha, zorder=2,
        )
    )  # fmt: skip


def _draw_sites(axes: Axes, sites: pd.DataFrame, n_named: int) -> None:
    """The sites, those that need somebody on top, the worst with their ranks."""
    is_quiet = sites["remedy"].isin(QUIET).to_numpy()
    for rows, size in ((sites[is_quiet], 5.0), (sites[~is_quiet], 17.0)):
        axes.scatter(
            rows["longitude_deg"], rows["latitude_deg"], s=size, linewidths=0.4,
            c=[REMEDY_COLOURS[code] for code in rows["remedy"]], edgecolors="#ffffff", zorder=3,
        )  # fmt: skip
    named = sites[~sites["remedy"].isin(DONE)].nsmallest(n_named, "rank")
    places = named[["longitude_deg", "latitude_deg"]].to_numpy(dtype="float64")
    for rank, place in zip(named["rank"], places, strict=True):
        axes.annotate(
            str(rank), (place[0], place[1]), xytext=(3.5, 3.5),
            textcoords="offset points", fontsize=6.5, fontweight="bold", zorder=4,
            bbox={"boxstyle": "round,pad=0.12", "fc": "#ffffff", "ec": "none", "alpha": 0.85},
        )  # fmt: skip


def _finish_axes(axes: Axes, box: Box) -> None:
    """Extent, true proportions, scale bar, no frame of degrees."""
    axes.set_xlim(box[0], box[2])
    axes.set_ylim(box[1], box[3])
    shrink = _shrink((box[1] + box[3]) / 2)
    axes.set_aspect(1 / shrink)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(True)
    axes.set_facecolor("#eef2f4")
    metres_per_degree = _METRES_PER_DEGREE * shrink
    most = (box[2] - box[0]) * metres_per_degree * 0.28
    metres = max(step * 10**power for power in range(2, 6) for step in (1, 2, 5)
                 if step * 10**power <= max(most, 100))  # fmt: skip
    label = f"{metres // 1000} km" if metres >= 1000 else f"{metres} m"
    start = 0.03
    transform = axes.get_xaxis_transform()
    left = box[0] + start * (box[2] - box[0])
    right = left + metres / metres_per_degree
    axes.plot([left, right], [0.035, 0.035], color=INK, linewidth=2, transform=transform, zorder=5)
    axes.text(
        (left + right) / 2, 0.05, label, transform=transform, ha="center", va="bottom", fontsize=7,
        bbox={"boxstyle": "round,pad=0.15", "fc": "#ffffff", "ec": "none", "alpha": 0.8}, zorder=5,
    )  # fmt: skip


def _legend(
    figure: Figure, remedies: set[str], layers: MapLayers, texts: Catalogue, info: RunInfo
) -> None:
    """Classes of the level, remedies that occur, lines of the areas given."""
    handles: list[Any] = [
        Patch(facecolor=colour, label=label) for colour, label in _level_rows(info, texts)
    ]
    handles.append(Patch(facecolor=ABSTAINS_COLOUR, label=texts["figure.abstains"]))
    handles.append(Patch(facecolor="#eef2f4", edgecolor="#9aa6ae", label=texts["figure.no_data"]))
    for name, colour, dash in (("holds", "#111111", "-"), ("hazards", "#0072b2", "--")):
        layer = getattr(layers, name)
        if layer is not None and len(layer):
            handles.append(Line2D([], [], color=colour, ls=dash, label=texts[f"figure.{name}"]))
    handles += [
        Line2D([], [], marker="o", ls="", markerfacecolor=REMEDY_COLOURS[code],
               markeredgecolor="#ffffff", markersize=6, label=texts[f"remedy.{code}"])
        for code in REMEDIES if code in remedies
    ]  # fmt: skip
    room_pt = figure.get_figheight() * _POINTS_PER_INCH
    size = min(_LEGEND_PT, room_pt / (_ROW_OF_TYPE * (len(handles) + _TITLE_ROWS)))
    figure.legend(
        handles=handles, loc="outside right upper", fontsize=size, handlelength=1.4,
        labelspacing=0.45, title=texts["figure.map_legend"], title_fontsize=size + 0.4,
        alignment="left",
    )  # fmt: skip


def _level_rows(info: RunInfo, texts: Catalogue) -> Sequence[tuple[str, str]]:
    """Colour and label of each class, best first."""
    bounds = [f"{level:.0f}".replace("-", "−") for level in level_bounds(info)]
    labels = [texts["figure.below"].format(dbm=bounds[0])]
    labels += [texts["figure.between"].format(low=low, high=high) for low, high in pairwise(bounds)]
    labels.append(texts["figure.above"].format(dbm=bounds[-1]))
    return list(zip(LEVEL_COLOURS, labels, strict=True))[::-1]
