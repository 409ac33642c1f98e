"""From the config to each room's parameters; clock, key and files are read here."""

import os
import secrets
from dataclasses import asdict, replace
from datetime import UTC, datetime, time
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any, Final
from zoneinfo import ZoneInfo

from coverage.readings.columns import ColumnMap, load_column_map

from coverage.errors import InputError
from coverage.operators import OperatorPeriod, OperatorTable
from coverage.readings.params import ReadParams
from pipelines import inputs
from pipelines.config import Config, OverrideConfig, read_toml
from pipelines.store import Store, fingerprint_of

KEY_VARIABLE: Final = "BLANKSPOT_DEVICE_KEY"
OPERATORS_FILE: Final = Path(__file__).parents[1] / "configs" / "operators.toml"
SHIPPED_COLUMNS: Final = Path(__file__).parents[1] / "configs" / "columns"
_KEY_BYTES: Final = 32


def operators(config: Config) -> dict[str, str]:
    """Operator of every listed PLMN on the survey's election date.

    Raises
    ------
    InputError
        Where the table is missing or damaged.
    """
    path = config.relative(config.operators.table) if config.operators.table else OPERATORS_FILE
    entries = read_toml(path).get("operator", [])
    try:
        periods = tuple(
            OperatorPeriod(plmn=entry["plmn"], operator=entry["name"], since=entry.get("since"))
            for entry in entries
        )
        return OperatorTable(periods=periods).as_of(config.survey.election_date)
    except KeyError as error:
        raise InputError(f"An [[operator]] lacks {error}.", file=str(path)) from error


def column_maps(config: Config, store: Store) -> tuple[ColumnMap, ...]:
    """Column maps shipped with the program and those of the survey."""
    own = inputs.find(config.raw, config.inputs.columns, store) if config.inputs.columns else []
    paths = [*sorted(SHIPPED_COLUMNS.glob("*.toml")), *(file.path for file in own)]
    return tuple(load_column_map(path.read_bytes(), path.name) for path in paths)


def ingest_settings(config: Config, store: Store) -> dict[str, Any]:
    """All that decides what is taken from a file, for its fingerprint (the key only as a hash)."""
    return {
        **config.section("quality", "limits"),
        "grid": config.grid.box,
        "zone": config.survey.timezone,
        "campaign": config.survey.name,
        "operators": operators(config),
        "overrides": [override.model_dump(mode="json") for override in config.inputs.overrides],
        "columns": [asdict(column_map) for column_map in column_maps(config, store)],
        "key": fingerprint_of(device_key(config, store).hex()),
    }


def read_params(config: Config, store: Store, key: bytes | None = None) -> ReadParams:
    """Parameters of the readings room that every input of the survey shares."""
    return ReadParams(
        timezone=config.survey.timezone,
        device_key=key or device_key(config, store),
        campaign=config.survey.name,
        device_group="",
        now=datetime.now(UTC),
        operators=operators(config),
        box=config.grid.box,
        column_maps=column_maps(config, store),
        limits=config.limits,
        quality=config.quality,
    )


def for_file(params: ReadParams, config: Config, name: str) -> ReadParams:
    """The parameters of one input: its folder stands for an unnamed device, overrides apply."""
    folder = str(PurePosixPath(name).parent)
    changes: dict[str, Any] = {"device_group": folder}
    for override in config.inputs.overrides:
        if fnmatchcase(name, override.files):
            changes.update(_changes(override, ZoneInfo(params.timezone)))
    return replace(params, **changes)


def _changes(override: OverrideConfig, zone: ZoneInfo) -> dict[str, Any]:
    """What an override sets, in the readings room's terms."""
    given = override.model_dump(exclude_none=True, exclude={"files", "period"})
    if override.period is not None:
        first, last = override.period
        start = datetime.combine(first, time.min, zone)
        given["period"] = (start, datetime.combine(last, time.max, zone).replace(microsecond=0))
    return given


def device_key(config: Config, store: Store) -> bytes:
    """Secret key of the device hash: environment, key file, or one made for this survey.

    Raises
    ------
    InputError
        Where the named key file is missing or too short.
    """
    if text := os.environ.get(KEY_VARIABLE):
        return text.encode()
    if config.privacy.device_key_file:
        path = config.relative(config.privacy.device_key_file)
        if not path.is_file():
            raise InputError(
                "No such device key file.", file=str(path),
                remedy=f"Create it, or set {KEY_VARIABLE}.",
            )  # fmt: skip
        return path.read_bytes().strip()
    return _own_key(store.root / "device.key")


def _own_key(path: Path) -> bytes:
    """The survey's own key, made once, readable by its owner alone."""
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(secrets.token_hex(_KEY_BYTES).encode())
    return path.read_bytes().strip()
