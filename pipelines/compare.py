"""What changed between two surveys: table, map layers and a summary, for ``blankspot compare``.

A survey is named by its config or by its processed folder; what it was is read from its manifest,
not from a config that may have changed since. Both are compared under the newer one's settings and
names of operators.
"""

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from coverage import tables
from coverage.cells import delta, histogram
from coverage.cells.delta import DeltaParams
from coverage.cells.histogram import COUNT_TABLES, Counts
from coverage.deliverables import gis
from coverage.deliverables.compare_page import CompareFacts, CompareNote, compare_page
from coverage.deliverables.info import LANGUAGES, RunInfo
from coverage.errors import InputError
from pipelines import settings
from pipelines.attribution import readings_attribution
from pipelines.compare_summary import Comparison, summarise
from pipelines.config import Config, load_config
from pipelines.counted import scan, write_sorted
from pipelines.merging import TABLE_ROWS
from pipelines.store import Store, atomic_path, write_bytes

FOLDER: Final = "compare"
_TABLE: Final = "cell_delta"
_PAGE: Final = "compare.html"


@dataclass(frozen=True, kw_only=True)
class Survey:
    """One of the two.

    Attributes
    ----------
    store
        Its tables.
    settings
        The config that its last run had.
    config
        Its config file, where it was named by that.
    """

    store: Store
    settings: Mapping[str, Any]
    config: Config | None

    @property
    def name(self) -> str:
        """Name of the survey."""
        return str(self.settings["survey"]["name"])

    @property
    def election_date(self) -> date:
        """Day as of which its operators are named."""
        return date.fromisoformat(self.settings["survey"]["election_date"])

    @property
    def licence_of_readings(self) -> str:
        """Under which terms its readings may be passed on; empty = not stated."""
        return str(self.settings.get("deliver", {}).get("licences", {}).get("readings", ""))

    @property
    def resolution(self) -> int:
        """H3 resolution of its counts."""
        return int(self.settings["counting"]["resolution"])


def compare_surveys(old_path: Path, new_path: Path, output: Path | None = None) -> Comparison:
    """Compare two surveys cell by cell and write table and layers.

    Parameters
    ----------
    old_path, new_path
        Config file or processed folder of each.
    output
        Folder to write to; None = ``compare/<name of the old one>`` below the new one's tables.

    Raises
    ------
    InputError
        Where one of them is no survey that has been aggregated.
    """
    old, new = _survey(old_path), _survey(new_path)
    if old.store.root.resolve() == new.store.root.resolve():
        raise InputError(f"Both are {old.name}. Must be two surveys.", file=str(new_path))
    resolution = min(old.resolution, new.resolution)
    renamed = _renamed(old, new)
    params = DeltaParams(**new.settings.get("delta", {}))
    with _held(old.store), _held(new.store):
        changes = delta.compare(
            _counts(old, resolution, renamed), _counts(new, resolution, {}), params
        )
        created_at = _as_of(new)
    folder = output or new.store.root / FOLDER / old.name
    info = _info(old, new, resolution, created_at)
    frame = tables.to_pandas(changes)
    notes = [
        *_rename_notes(renamed),
        *_setting_notes(old, new),
        *_input_notes(old, new),
        *_one_sided(frame),
    ]
    comparison = summarise(
        frame,
        old=old.name, new=new.name, resolution=resolution, params=params,
        remarks=tuple(notes),
        outputs=(*_write(changes, folder, info), folder / _PAGE),
    )  # fmt: skip
    _write_page(changes, comparison, notes, folder / _PAGE, info)
    return comparison


def _survey(path: Path) -> Survey:
    """Find a survey by its config file or its processed folder."""
    config = None if path.is_dir() else load_config(path)
    store = Store(path if config is None else config.processed)
    manifest = store.manifest()
    if "aggregate" not in manifest.get("stages", {}):
        raise InputError(
            "No survey that has been aggregated.", file=str(path),
            remedy="Give a config or a processed folder, and run `blankspot aggregate` first.",
        )  # fmt: skip
    return Survey(store=store, settings=manifest["config"], config=config)


def _held(store: Store) -> AbstractContextManager[object]:
    """Hold a survey against runs; one that cannot be written to needs no holding."""
    return store.lock() if os.access(store.root, os.W_OK) else nullcontext()


def _counts(survey: Survey, resolution: int, renamed: Mapping[str, str]) -> Counts:
    """Counts of a survey, coarser and under other names of operators where asked for."""
    stored = {name: _stored(survey.store, name) for name in COUNT_TABLES}
    counts = Counts.from_tables(
        {
            name: _with_names(table, renamed) if name != "cell_tally" else table
            for name, table in stored.items()
        },
        resolution=survey.resolution,
    )
    if renamed:
        counts = histogram.merge([counts])  # two operators of then may be one now
    return histogram.roll_up(counts, resolution)


def _stored(store: Store, name: str) -> pa.Table:
    """A table of counts, text dictionary-encoded."""
    batches = list(scan(store.path(name), name))
    return pa.Table.from_batches(batches) if batches else tables.empty(name)


def _with_names(table: pa.Table, renamed: Mapping[str, str]) -> pa.Table:
    """The table with operators renamed."""
    column = table.column("operator").cast(pa.string())
    for old_name, new_name in renamed.items():
        column = pc.if_else(pc.equal(column, old_name), new_name, column)
    return table.set_column(table.schema.get_field_index("operator"), "operator", column)


def _renamed(old: Survey, new: Survey) -> dict[str, str]:
    """New name of every operator of the old survey whose networks all belong to another one now.

    An operator whose networks went to several keeps its name: it cannot be compared.
    """
    config = new.config or _plain_config(new)
    then = settings.operators(_dated(config, old.election_date))
    now = settings.operators(_dated(config, new.election_date))
    names: dict[str, set[str]] = {}
    for plmn, operator in then.items():
        names.setdefault(operator, set()).add(now.get(plmn, operator))
    return {
        operator: next(iter(later))
        for operator, later in sorted(names.items())
        if len(later) == 1 and later != {operator}
    }


def _dated(config: Config, day: date) -> Config:
    """The config as of another day."""
    return config.model_copy(
        update={"survey": config.survey.model_copy(update={"election_date": day})}
    )


def _plain_config(survey: Survey) -> Config:
    """A config for the shipped table of operators, where only the folder is known."""
    return Config.model_validate(
        {
            "file": survey.store.root / "survey.toml",
            "survey": {"name": survey.name, "election_date": survey.election_date},
            "paths": {"raw": ".", "processed": "."},
        }
    )


def _write(changes: pa.Table, folder: Path, info: RunInfo) -> tuple[Path, ...]:
    """Write the table, a layer for each operator and RAT, and all of them in one file."""
    table, package, layer_file = (
        folder / f"{_TABLE}.{suffix}" for suffix in ("parquet", "gpkg", "geoparquet")
    )
    write_sorted(table, _TABLE, [changes], TABLE_ROWS)
    layer = gis.polygon_layer(tables.to_pandas(changes))
    layers = {
        f"{gis.slug_of(operator)}_{rat.lower()}": rows
        for (operator, rat), rows in layer.groupby(["operator", "rat"], sort=True)
    }
    with atomic_path(package) as temporary:
        gis.write_gpkg(layers or {"none": layer}, info, temporary)
    with atomic_path(layer_file) as temporary:
        gis.write_geoparquet(layer, info, temporary)
    return table, package, layer_file


def _write_page(
    changes: pa.Table, comparison: Comparison, notes: list[CompareNote], path: Path, info: RunInfo
) -> None:
    """Write the comparison as a page."""
    facts = CompareFacts(
        old=comparison.old,
        new=comparison.new,
        max_false_share=comparison.max_false_share,
        notes=tuple(notes),
    )
    write_bytes(path, compare_page(tables.to_pandas(changes), facts, info))


def _info(old: Survey, new: Survey, resolution: int, created_at: datetime) -> RunInfo:
    """What the layers say of themselves."""
    language = str(new.settings["survey"].get("language", "id"))
    licences = [(survey.name, survey.licence_of_readings) for survey in (old, new)]
    told = {code: readings_attribution(licences, code) for code in LANGUAGES}
    return RunInfo(
        survey=f"{old.name}-{new.name}",
        created_at=created_at,
        language=language,
        resolution=resolution,
        attribution=told[language],
        attribution_elsewhere=told,
    )


def _as_of(survey: Survey) -> datetime:
    """Time of the newest reading; of polling day where there is none."""
    newest = pc.max(survey.store.read("cells", columns=["last_time"]).column("last_time")).as_py()
    if isinstance(newest, datetime):
        return newest
    return datetime.combine(survey.election_date, time(), UTC)


def _rename_notes(renamed: Mapping[str, str]) -> list[CompareNote]:
    """Operators that were compared under another name."""
    merged: dict[str, list[str]] = {}
    for old_name, new_name in renamed.items():
        merged.setdefault(new_name, []).append(old_name)
    return [
        CompareNote(
            key="merged" if len(names) > 1 else "renamed",
            values={"old": tuple(names), "new": new_name},
        )
        for new_name, names in sorted(merged.items())
    ]


def _setting_notes(old: Survey, new: Survey) -> list[CompareNote]:
    """Settings in which the surveys differ, as far as they matter here."""
    notes = []
    if old.resolution != new.resolution:
        values = {"old": str(old.resolution), "new": str(new.resolution)}
        notes.append(CompareNote(key="resolution", values=values))
    pairs = (("signal", "weak_dbm"), *(("counting", key) for key in new.settings["counting"]))
    for section, key in pairs:
        then, now = (s.settings.get(section, {}).get(key) for s in (old, new))
        if then != now and key != "resolution":
            values = {"key": f"{section}.{key}", "old": str(then), "new": str(now)}
            notes.append(CompareNote(key="setting", values=values))
    return notes


def _input_notes(old: Survey, new: Survey) -> list[CompareNote]:
    """Inputs that are in both surveys: what they share cannot differ."""
    shared = set(old.store.parts("readings")) & set(new.store.parts("readings"))
    return [CompareNote(key="shared", values={"n": str(len(shared))})] if shared else []


def _one_sided(changes: pd.DataFrame) -> list[CompareNote]:
    """Operators that only one of the surveys has read."""
    notes = []
    for side, other in (("old", "new"), ("new", "old")):
        n = changes.groupby("operator", sort=True)[[f"n_readings_{s}" for s in (side, other)]].sum()
        alone = n[(n[f"n_readings_{side}"] > 0) & (n[f"n_readings_{other}"] == 0)]
        notes += [
            CompareNote(key=f"only_{side}", values={"operator": str(operator)})
            for operator in alone.index
        ]
    return notes
