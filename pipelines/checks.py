"""What is wrong or missing in a survey before it is run: the answer of ``blankspot check``."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from coverage.errors import InputError
from coverage.readings.detect import detect_stream
from coverage.readings.params import ReadParams
from coverage.signal.terrain import Grid
from pipelines import inputs, layers, rasters, settings
from pipelines.config import Config
from pipelines.inputs import InputFile
from pipelines.store import Store

LATTICE: Final = 100  # places along each side of the box at which a map is tried


_OTHERS_READ: Final = 0o004


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of a check."""

    text: str
    is_error: bool = False


def check_survey(config: Config) -> list[Finding]:
    """Look at every input without running anything.

    A config that cannot be loaded never comes this far. Nothing is written but the list of known
    inputs.
    """
    store = Store(config.processed)
    findings = [Finding(text=f"{config.file.name}: survey {config.survey.name}")]
    checks: tuple[Callable[[Config, Store], Iterable[Finding]], ...] = (
        _operators, _columns, _key, _readings, _towers, _sites, _layers, _maps, _plan,
    )  # fmt: skip
    for check in checks:
        try:
            findings.extend(check(config, store))
        except InputError as error:
            findings.append(Finding(text=str(error), is_error=True))
    return findings


def _operators(config: Config, _store: Store) -> Iterable[Finding]:
    """The PLMN table holds for the election's date."""
    names = sorted(set(settings.operators(config).values()))
    yield Finding(text=f"operators on {config.survey.election_date}: {', '.join(names)}")


def _columns(config: Config, store: Store) -> Iterable[Finding]:
    """The column maps can be read."""
    yield Finding(text=f"{len(settings.column_maps(config, store))} column maps")


def _key(config: Config, _store: Store) -> Iterable[Finding]:
    """The file of the device key is there, and nobody else may read it."""
    if not config.privacy.device_key_file:
        return
    path = config.relative(config.privacy.device_key_file)
    if path.is_file() and path.stat().st_mode & _OTHERS_READ:
        yield Finding(
            text=f"{path}: the device key can be read by others, with it device ids lead back to "
            "phones. Run chmod 600 on it.",
            is_error=True,
        )


def _readings(config: Config, store: Store) -> Iterable[Finding]:
    """Every reading file is of a known format."""
    files = inputs.find(config.raw, config.inputs.readings, store)
    if not files:
        patterns = ", ".join(config.inputs.readings)
        yield Finding(
            text=f"{config.raw}: no readings match {patterns}. Put logs there.", is_error=True
        )
    params = settings.read_params(config, store)
    for file in files:
        yield _recognised(file, replace(params, device_group="check"))


def _recognised(file: InputFile, params: ReadParams) -> Finding:
    """Say what one file is."""
    try:
        with file.path.open("rb") as stream:
            rules = sorted(set(detect_stream(stream, file.name, params)))
    except InputError as error:
        text = str(error) if error.file else f"{file.name}: {error}"
        return Finding(text=text, is_error=True)
    return Finding(text=f"{file.name}: {'; '.join(rules)}")


def _towers(config: Config, store: Store) -> Iterable[Finding]:
    """The tower lists can be read; without one towers are estimated."""
    towers, refused = layers.listed_towers(config, store)
    if towers is None:
        yield Finding(text="no tower list: towers are estimated from the readings")
    else:
        yield Finding(text=f"{len(towers):,} listed radio cells")
    if len(refused):
        yield Finding(text=f"{len(refused):,} rows of the tower list refused")


def _sites(config: Config, store: Store) -> Iterable[Finding]:
    """The TPS lists can be read."""
    sites, rejects = layers.sites(config, store)
    yield Finding(text=f"{len(sites):,} TPS, {len(rejects):,} rows refused")


def _layers(config: Config, store: Store) -> Iterable[Finding]:
    """The polygon layers can be read."""
    for name, frame in layers.polygons(config, store).items():
        yield Finding(text=f"{name}: {len(frame):,} features")


def _maps(config: Config, store: Store) -> Iterable[Finding]:
    """The maps of the ground can be read and lie where the survey is."""
    files = rasters.raster_files(config, store)
    if not files:
        yield Finding(text="no maps of the ground: the model knows no hills and no clutter")
        return
    found = rasters.read_maps(config, store)
    grids = {"elevation": found.height_m, "population": found.people}
    grids |= {f"land_cover {name}": grid for name, grid in found.shares.items()}
    for name, grid in grids.items():
        if grid is not None:
            rows, columns = grid.value.shape
            yield Finding(
                text=f"{name}: {rows:,} x {columns:,} pixels of {grid.step_m[0]:.0f} m, known at "
                f"{_known_share(config, grid):.0%} of grid.box, {files[name.split(' ')[0]].name}"
            )


def _known_share(config: Config, grid: Grid) -> float:
    """Share of the survey's box at which a map says anything."""
    if config.grid.box is None:
        return float(np.isfinite(grid.value).mean())
    south, west, north, east = config.grid.box
    rows, columns = np.meshgrid(
        np.linspace(south, north, LATTICE), np.linspace(west, east, LATTICE), indexing="ij"
    )
    return float(np.isfinite(grid.at(rows, columns)).mean())


def _plan(config: Config, store: Store) -> Iterable[Finding]:
    """Kits, survey days and the register of devices can be used."""
    kits = settings.allocation_params(config).kits
    told = ", ".join(f"{kit.stock:,} {code}" for code, kit in kits.items())
    yield Finding(text=f"kits: {told}; {settings.plan_params(config).days} survey days")
    register = layers.registered_assets(config, store)
    if register is not None:
        yield Finding(text=f"{len(register):,} devices on record")
