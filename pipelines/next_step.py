"""The one thing to do next in a survey, for the end of ``blankspot check``."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Final

import pyarrow.compute as pc

from coverage.errors import InputError
from coverage.operators import UNKNOWN_OPERATOR
from coverage.readings.read import read_batches
from pipelines import inputs, settings
from pipelines.config import Config
from pipelines.inputs import InputFile
from pipelines.store import Store

_LOOKED_INTO: Final = 20  # files; the first batch of each tells its network codes; project


@dataclass(frozen=True, kw_only=True)
class NextStep:
    """A key of the catalogue :mod:`pipelines.words` below ``next.``, and its values."""

    code: str
    values: dict[str, str] = field(default_factory=dict)


def next_step(config: Config, has_error: bool) -> NextStep:
    """What to do next: readings, TPS list, what is wrong, names of operators, run, look.

    Parameters
    ----------
    config
        The survey.
    has_error
        Whether the check found something wrong.
    """
    store = Store(config.processed)
    config_name = _shown(config.file)
    told = {"check": f"blankspot check {config_name}", "run": f"blankspot run {config_name}"}
    readings = _found(config, config.inputs.readings, store)
    if not readings:
        return NextStep(code="readings", values={**told, "folder": f"{config.raw}/readings"})
    if not _found(config, config.inputs.sites, store):
        values = {"folder": f"{config.raw}/sites", "template": _template(config)}
        return NextStep(code="sites", values={**told, **values})
    if has_error:
        return NextStep(code="mend", values=told)
    nameless = _nameless(config, readings, store)
    if nameless:
        table = settings.OPERATORS_FILE
        if config.operators.table:
            table = config.relative(config.operators.table)
        values = {"plmns": ", ".join(nameless), "table": str(table)}
        return NextStep(code="operators", values={**told, **values})
    page = config.processed / "deliverables" / "map.html"
    if page.is_file() and store.path("site_ranking").is_file():
        return NextStep(code="look", values={**told, "map": str(page)})
    return NextStep(code="run", values=told)


def _found(config: Config, patterns: Sequence[str], store: Store) -> list[InputFile]:
    """Inputs that match; none where the folder is not there yet."""
    try:
        return inputs.find(config.raw, patterns, store)
    except InputError:
        return []


def _template(config: Config) -> str:
    """The empty TPS list that ``blankspot init`` made, or the columns' names."""
    path = config.file.parent / "templates" / "tps.xlsx"
    return str(path) if path.is_file() else "tps_code, latitude, longitude"


def _nameless(config: Config, files: Iterable[InputFile], store: Store) -> list[str]:
    """Network codes in the first rows of the first files that no operator is named for."""
    params = settings.read_params(config, store)
    found: set[str] = set()
    for file in islice(files, _LOOKED_INTO):
        with file.path.open("rb") as stream:
            own = settings.for_file(replace(params, device_group="check"), config, file.name)
            for batch in islice(read_batches(stream, file.name, own), 1):
                readings = batch.readings
                rows = readings.filter(pc.equal(readings["operator"], UNKNOWN_OPERATOR))
                found.update(rows["plmn"].drop_null().to_pylist())
    return sorted(found)


def _shown(path: Path) -> str:
    """A path as a command line takes it, from the current folder where it lies below."""
    here = Path.cwd()
    text = str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
    return f'"{text}"' if " " in text else text
