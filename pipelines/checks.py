"""What is wrong or missing in a survey before it is run: the answer of ``blankspot check``."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from coverage.errors import InputError
from coverage.readings.detect import detect_stream
from coverage.readings.params import ReadParams
from pipelines import inputs, layers, settings
from pipelines.config import Config
from pipelines.inputs import InputFile
from pipelines.store import Store


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
        _operators, _columns, _readings, _towers, _sites, _layers, _plan,
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


def _plan(config: Config, store: Store) -> Iterable[Finding]:
    """Kits, survey days and the register of devices can be used."""
    kits = settings.allocation_params(config).kits
    told = ", ".join(f"{kit.stock:,} {code}" for code, kit in kits.items())
    yield Finding(text=f"kits: {told}; {settings.plan_params(config).days} survey days")
    register = layers.registered_assets(config, store)
    if register is not None:
        yield Finding(text=f"{len(register):,} devices on record")
