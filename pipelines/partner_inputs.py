"""What packs and books need beside the tables of the run: readings near TPS, an earlier survey."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow.parquet as pq

from coverage import tables
from coverage.deliverables.run_tables import RunTables
from coverage.deliverables.site_change import OLD_COLUMNS
from coverage.deliverables.site_evidence import READING_COLUMNS, nearest_readings
from coverage.errors import InputError
from pipelines.config import Config
from pipelines.store import Store

_DELTA: Final = "cell_delta"
_COMPARE: Final = "compare"  # as `blankspot compare` names its folder


def with_partner_inputs(config: Config, store: Store, run_tables: RunTables) -> RunTables:
    """The tables of the run with the readings near each TPS and what an earlier survey read.

    Parameters
    ----------
    config
        The survey; ``deliver.previous`` names the earlier one.
    store
        Its tables.
    run_tables
        The tables so far.

    Raises
    ------
    InputError
        Where ``deliver.previous`` is no survey of the same resolution that has been aggregated.
    """
    nearest = nearest_readings(run_tables.site_ranking, _readings(store))
    with_readings = replace(run_tables, nearest_readings=nearest)
    old = _previous(config)
    if old is None:
        return with_readings
    delta = _delta_path(old, store)
    return replace(
        with_readings,
        old_cells=tables.to_pandas(old.read("cells")),
        old_ranking=_old_ranking(old),
        cell_delta=_read_delta(delta) if delta.is_file() else None,
    )


def previous_digests(config: Config, store: Store) -> list[str]:
    """What the files of the earlier survey hold, for the fingerprint of the stage."""
    old = _previous(config)
    if old is None:
        return []
    paths = (old.path("cells"), old.path("site_ranking"), _delta_path(old, store))
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths if path.is_file()]


def _previous(config: Config) -> Store | None:
    """The earlier survey, if one is named."""
    if not config.deliver.previous:
        return None
    folder = config.relative(config.deliver.previous)
    store = Store(folder)
    counted = store.manifest().get("config", {}).get("counting", {})
    if not store.path("cells").is_file() or counted.get("resolution") != config.grid.resolution:
        raise InputError(
            f"Invalid deliver.previous {config.deliver.previous!r}. Must be the processed folder "
            f"of a survey counted at resolution {config.grid.resolution}.",
            file=str(config.file),
        )
    return store


def _delta_path(old: Store, store: Store) -> Path:
    """Where the comparison of the two surveys lies, if it was made."""
    name = str(old.manifest()["config"]["survey"]["name"])
    return store.root / _COMPARE / name / f"{_DELTA}.parquet"


def _old_ranking(old: Store) -> pd.DataFrame | None:
    """What the earlier survey said of its TPS, if it was ranked."""
    if not old.path("site_ranking").is_file():
        return None
    return tables.to_pandas(old.read("site_ranking", columns=list(OLD_COLUMNS)))


def _read_delta(path: Path) -> pd.DataFrame:
    """The comparison."""
    return tables.to_pandas(tables.check(_DELTA, pq.read_table(path, partitioning=None)))


def _readings(store: Store) -> Iterator[pd.DataFrame]:
    """Readings part by part."""
    for part in store.parts("readings"):
        yield tables.to_pandas(store.read("readings", part, list(READING_COLUMNS)))
