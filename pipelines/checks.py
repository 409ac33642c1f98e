"""What is wrong or missing in a survey before it is run: the answer of ``blankspot check``."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Final

import numpy as np

from coverage.errors import InputError
from coverage.readings.detect import detect_stream
from coverage.readings.format import all_formats
from coverage.readings.params import ReadParams
from coverage.signal.terrain import Grid
from pipelines import inputs, layers, rasters, settings
from pipelines.config import Config
from pipelines.inputs import InputFile
from pipelines.reasons import meaning
from pipelines.store import Store

LATTICE: Final = 100  # places along each side of the box at which a map is tried
_OTHERS_READ: Final = 0o004
_N_REFUSED: Final = 10  # refused rows of the TPS list that are told one by one
_N_PARTS_LOOSE: Final = 2  # readings/log.txt; readings/phone/log.txt has a folder of its own


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
    known: list[tuple[InputFile, list[str]]] = []
    for file in files:
        try:
            known.append((file, _rules(file, replace(params, device_group="check"))))
        except InputError as error:
            text = str(error) if error.file else f"{file.name}: {error}"
            yield Finding(text=text, is_error=True)
        else:
            yield Finding(text=f"{file.name}: {'; '.join(known[-1][1])}")
    yield from _loose([file for file, rules in known if any(map(_is_read, rules))])


def _rules(file: InputFile, params: ReadParams) -> list[str]:
    """What one file is and why: a rule for each kind of log in it."""
    with file.path.open("rb") as stream:
        return sorted(set(detect_stream(stream, file.name, params)))


def _is_read(rule: str) -> bool:
    """Whether readings are taken of a log that was recognised by a rule."""
    return not hasattr(all_formats().get(rule.partition(":")[0]), "SKIP")


def _loose(logs: Sequence[InputFile]) -> Iterable[Finding]:
    """Logs that lie in no folder of a phone's own: whose they are is not known."""
    n_loose = sum(len(PurePosixPath(log.name).parts) <= _N_PARTS_LOOSE for log in logs)
    if n_loose > 1:
        yield Finding(
            text=f"{n_loose:,} logs lie in no folder of their phone: where they do not name it "
            "they count as one phone. Give each phone a folder below readings, since "
            "confirmed_weak needs two."
        )


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
    for row in rejects.head(_N_REFUSED).itertuples():
        why = meaning(str(row.reason))
        yield Finding(
            text=f"{row.source_file}, row {row.source_row}: refused, {row.reason} ({why})"
        )


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
