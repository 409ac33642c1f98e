"""Everything a survey knows besides readings: TPS list, tower list, polygon layers."""

from dataclasses import replace
from datetime import date
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from coverage.errors import InputError
from coverage.readings.containers import members
from coverage.signal.towers import read_cell_list
from coverage.sites.layers import Layers
from coverage.sites.register import read_register
from coverage.sites.stations import read_sites
from coverage.sites.versions import DOUBLED, reasons_of_versions
from coverage.sites.villages import villages_of_polygons
from pipelines import inputs, settings
from pipelines.config import Config
from pipelines.inputs import InputFile
from pipelines.store import Store
from pipelines.vectors import POINTS, LayerRule, read_layer

_WGS_84: Final = "EPSG:4326"
_RULES: Final = {
    "hazards": LayerRule(columns=("kind",)),
    "holds": LayerRule(columns=("reason",)),
    "islands": LayerRule(columns=("name",)),
    "foot_areas": LayerRule(columns=("name",)),
    "wifi_points": LayerRule(columns=(), shapes=POINTS),
    "land": LayerRule(columns=()),
}
_VILLAGES: Final = LayerRule(columns=("village_code", "village"))


def polygons(config: Config, store: Store) -> dict[str, gpd.GeoDataFrame]:
    """The optional layers by name (hazards, holds, islands, ...), those that are given.

    Raises
    ------
    InputError
        Where a file is named but missing, unreadable, or lacks a column.
    """
    found = {}
    for name, rule in _RULES.items():
        files = _files(config, store, name)
        if files:
            placed = replace(rule, box=config.grid.box, limits=config.limits)
            frames = [read_layer(file, placed) for file in files]
            found[name] = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=_WGS_84)
    return found


def all_of(config: Config, store: Store) -> Layers:
    """Every layer of the survey, for the sites room."""
    return Layers(**polygons(config, store), villages=village_polygons(config, store))


def registered_assets(config: Config, store: Store) -> pd.DataFrame | None:
    """The register of devices, None where the survey keeps none.

    Raises
    ------
    InputError
        Where a file cannot be used, or a serial stands in two of them.
    """
    files = _files(config, store, "assets")
    if not files:
        return None
    registers = []
    for file in files:
        with file.path.open("rb") as stream:
            registers.append(read_register(stream, file.name).assign(source_file=file.name))
    together = pd.concat(registers, ignore_index=True)
    doubled = together[together["serial"].duplicated()]
    if len(doubled):
        raise InputError(
            f"Device {doubled['serial'].iloc[0]} stands in another register too.",
            file=str(doubled["source_file"].iloc[0]), remedy="Keep one of the two rows.",
        )  # fmt: skip
    return together.drop(columns="source_file")


def village_polygons(config: Config, store: Store) -> gpd.GeoDataFrame | None:
    """The village polygons, None where the survey has none."""
    file = inputs.one(config.raw, config.inputs.villages, store)
    rule = replace(_VILLAGES, box=config.grid.box, limits=config.limits)
    return None if file is None else read_layer(file, rule)


def sites(config: Config, store: Store) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The TPS list of the survey and the rows refused.

    Raises
    ------
    InputError
        Where there is no list, one cannot be used at all, or two lists hold the same TPS.
    """
    files = site_files(config, store)
    villages = village_polygons(config, store)
    params = settings.site_list_params(config, _village_list(config, villages))
    taken, refused = [], []
    for file in files:
        with file.path.open("rb") as stream:
            good, bad = read_sites(stream, file.name, params)
        taken.append(good)
        refused.append(bad)
    listed, superseded = _current(pd.concat(taken, ignore_index=True), params.as_of)
    return listed, pd.concat([*refused, superseded], ignore_index=True)


def _village_list(config: Config, polygons: gpd.GeoDataFrame | None) -> pd.DataFrame | None:
    """The villages of their polygons, None where the survey has none."""
    try:
        return None if polygons is None else villages_of_polygons(polygons)
    except InputError as error:
        raise InputError(error.problem, file=config.inputs.villages) from error


def site_files(config: Config, store: Store) -> list[InputFile]:
    """The files of the TPS list.

    Raises
    ------
    InputError
        Where there is none.
    """
    files = inputs.find(config.raw, config.inputs.sites, store)
    if not files:
        raise InputError(
            "No TPS list found.", file=str(config.raw),
            remedy=f"Put a CSV or XLSX below it, matching {', '.join(config.inputs.sites)}.",
        )  # fmt: skip
    return files


def listed_towers(config: Config, store: Store) -> tuple[pd.DataFrame | None, pd.DataFrame]:
    """The listed radio cells (None without a list) and the rows refused; lists may be packed.

    A cell in two lists is taken from the entry updated last.
    """
    files = inputs.find(config.raw, config.inputs.towers, store)
    params = settings.tower_params(config)
    taken, refused = [], []
    for file in files:
        with file.path.open("rb") as stream:
            for member in members(stream, file.name, config.limits):
                if not member.skipped:
                    good, bad = read_cell_list(member.stream, member.name, params)
                    taken.append(good)
                    refused.append(bad)
    if not taken:
        return None, pd.DataFrame({"source_file": [], "source_row": [], "reason": [], "raw": []})
    key = ["plmn", "rat", "cell_identity"]
    towers = pd.concat(taken, ignore_index=True).sort_values([*key, "updated_at"], kind="stable")
    newest = towers.drop_duplicates(key, keep="last").reset_index(drop=True)
    return newest, pd.concat(refused, ignore_index=True)


def layer_hashes(config: Config, store: Store) -> dict[str, list[str]]:
    """Content hashes of every layer, for fingerprints."""
    names = [*_RULES, "assets"]
    hashes = {name: [file.hash for file in _files(config, store, name)] for name in names}
    villages = inputs.one(config.raw, config.inputs.villages, store)
    return {**hashes, "villages": [villages.hash] if villages else []}


def _files(config: Config, store: Store, name: str) -> list[InputFile]:
    """Files of one layer setting.

    Raises
    ------
    InputError
        Where a pattern is given and matches nothing: a hold or flood layer must never be lost to
        a misspelt name.
    """
    found = []
    for pattern in getattr(config.inputs, name):
        files = inputs.find(config.raw, [pattern], store)
        if not files:
            raise InputError(
                f"inputs.{name}: nothing matches {pattern!r}.", file=str(config.raw),
                remedy="Mend the pattern or take it out.",
            )  # fmt: skip
        found.extend(files)
    return found


def _current(listed: pd.DataFrame, as_of: date | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Where each TPS stands on polling day, and the rows that a later list superseded.

    Raises
    ------
    InputError
        Where two lists hold the same TPS and neither says from when.
    """
    ordered = listed.sort_values(
        ["tps_code", "source_file", "source_row"], kind="stable", ignore_index=True
    )
    reason = reasons_of_versions(ordered["tps_code"], ordered["valid_from"], as_of)
    _refuse_doubled(ordered[np.isin(reason, ["", DOUBLED])])
    old = ordered[reason != ""]
    places = zip(old["tps_code"], old["latitude_deg"], old["longitude_deg"], strict=True)
    superseded = old[["source_file", "source_row"]].assign(
        reason=reason[reason != ""],
        raw=[f"tps_code={code}; latitude={lat}; longitude={lon}" for code, lat, lon in places],
    )
    return ordered[reason == ""].reset_index(drop=True), superseded


def _refuse_doubled(listed: pd.DataFrame) -> None:
    """Refuse a TPS that stands in two lists."""
    doubled = listed[listed["tps_code"].duplicated(keep=False)]
    if len(doubled):
        first, second = doubled.iloc[0], doubled.iloc[1]
        raise InputError(
            f"TPS {first['tps_code']} stands in {first['source_file']} too.",
            file=str(second["source_file"]), row=int(second["source_row"]),
            remedy="Keep one of the two lists, or say in valid_from from when each holds.",
        )  # fmt: skip
