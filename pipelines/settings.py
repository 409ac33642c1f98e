"""From the config to each room's parameters; clock, key and files are read here."""

import os
import secrets
from dataclasses import asdict, replace
from datetime import UTC, datetime, time
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any, Final
from zoneinfo import ZoneInfo

import pandas as pd

from coverage.errors import InputError
from coverage.operators import OperatorPeriod, OperatorTable
from coverage.readings.columns import ColumnMap, load_column_map
from coverage.readings.params import ReadParams
from coverage.signal.card import CardParams
from coverage.signal.model import ModelParams
from coverage.signal.samples import SampleParams
from coverage.signal.towers import TowerParams
from coverage.sites.allocation import AllocationParams
from coverage.sites.assets import AssetParams
from coverage.sites.draws import DrawParams
from coverage.sites.evidence import EvidenceParams as SiteEvidence
from coverage.sites.joint import JointParams
from coverage.sites.judgement import RankParams
from coverage.sites.kits import DEFAULT_EQUIPMENT, DEFAULT_LEAD_TIME_DAYS, KitParams
from coverage.sites.remedies import RemedyParams
from coverage.sites.resurvey import PlanParams
from coverage.sites.routes import DayParams
from coverage.sites.situation import UploadParams
from coverage.sites.stations import SiteListParams
from coverage.sites.uplink import UplinkParams
from coverage.sites.weights import WeightParams
from pipelines import inputs
from pipelines.config import Config, OverrideConfig, read_toml
from pipelines.engine import workers_of
from pipelines.store import Store, atomic_path, fingerprint_of

KEY_VARIABLE: Final = "BLANKSPOT_DEVICE_KEY"
OPERATORS_FILE: Final = Path(__file__).parents[1] / "configs" / "operators.toml"
SHIPPED_COLUMNS: Final = Path(__file__).parents[1] / "configs" / "columns"
WHOLE_WORLD: Final = (-90.0, -180.0, 90.0, 180.0)
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
    """What decides what is taken from any file, for its fingerprint (the key only as a hash)."""
    return {
        **config.section("quality", "limits"),
        "grid": config.grid.box,
        "zone": config.survey.timezone,
        "campaign": config.survey.name,
        "operators": operators(config),
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
    """The parameters of one input."""
    return replace(params, **by_name(config, name))


def by_name(config: Config, name: str) -> dict[str, Any]:
    """What hangs on an input's name: its folder stands for an unnamed device, overrides apply."""
    changes: dict[str, Any] = {"device_group": str(PurePosixPath(name).parent)}
    for override in config.inputs.overrides:
        if fnmatchcase(name, override.files):
            zone = ZoneInfo(override.timezone or changes.get("timezone", config.survey.timezone))
            changes.update(_changes(override, zone))
    return changes


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
    """The survey's own key, made once, readable by its owner alone, written whole or not at all."""
    if not path.is_file():
        with atomic_path(path) as temporary:
            temporary.touch(mode=0o600)
            temporary.write_bytes(secrets.token_hex(_KEY_BYTES).encode())
    return path.read_bytes().strip()


def tower_params(config: Config) -> TowerParams:
    """Parameters of cell lists."""
    return TowerParams(
        box=config.grid.box, operators=operators(config), **config.towers.model_dump()
    )


def site_list_params(config: Config, villages: pd.DataFrame | None) -> SiteListParams:
    """Parameters of TPS lists."""
    return SiteListParams(
        box=config.grid.box or WHOLE_WORLD,
        villages=villages,
        as_of=config.survey.election_date,
        **config.site_list.model_dump(),
    )


def sample_params(config: Config) -> SampleParams:
    """Parameters of training samples."""
    return SampleParams(device_floor_dbm=config.signal.device_floor_dbm)


def model_params(config: Config) -> ModelParams:
    """Parameters of the model; the number of threads changes the time and nothing else."""
    signal = config.signal
    return ModelParams(
        seed=signal.seed,
        n_threads=workers_of(config.engine),
        interval=signal.interval,
        max_width_db=signal.max_width_db,
        min_operator_samples=signal.min_operator_samples,
    )


def card_params(config: Config) -> CardParams:
    """Parameters of the model card."""
    signal = config.signal
    return CardParams(weak_dbm=signal.weak_dbm, seed=signal.seed, is_full=signal.full_card)


def upload_params(config: Config) -> UploadParams:
    """Parameters of the upload."""
    given = config.upload.model_dump()
    required = given.pop("uplink_kbit_s")
    return UploadParams(
        weak_dbm=config.signal.weak_dbm,
        uplink=UplinkParams(required_uplink_kbps=required, **given),
        building=config.building,
        max_interval_db=config.signal.max_width_db,
    )


def rank_params(config: Config) -> RankParams:
    """Parameters of the ranking; readings are judged by their age on polling day."""
    ranking, remedy, seed = config.ranking, config.remedy, config.signal.seed
    n_threads = workers_of(config.engine)
    return RankParams(
        upload=upload_params(config),
        joint=JointParams(
            default_correlation=ranking.default_correlation, seed=seed, n_threads=n_threads
        ),
        draws=DrawParams(
            n_draws=ranking.n_draws, top_k=ranking.top_k, seed=seed, n_threads=n_threads
        ),
        evidence=SiteEvidence(
            p_weak_limit=ranking.p_weak_limit,
            as_of=config.survey.election_date,
            max_age_days=ranking.max_age_days,
        ),
        surroundings=config.surroundings,
        remedy=RemedyParams(
            order=remedy.order,
            officers_operator=remedy.officers_operator or None,
            move_m=remedy.move_m,
            wifi_m=remedy.wifi_m,
            donor=remedy.donor,
            cluster_size=remedy.cluster_size,
            cluster_radius_m=remedy.cluster_radius_m,
            kits=_kits(config),
            rounds=config.rounds,
        ),
        weights=WeightParams(
            default_voters=ranking.default_voters,
            voters_power=ranking.voters_power,
            near_relief=ranking.near_relief,
        ),
    )


def _kits(config: Config) -> KitParams:
    """Lead times, and the days left from the decision to polling day."""
    days_left = None
    if config.survey.decided_on is not None:
        days_left = max((config.survey.election_date - config.survey.decided_on).days, 0)
    unknown = sorted(set(config.kits.lead_time_days) - set(DEFAULT_LEAD_TIME_DAYS))
    if unknown:
        allowed = ", ".join(DEFAULT_LEAD_TIME_DAYS)
        raise InputError(
            f"Unknown key kits.lead_time_days.{unknown[0]}. Must be one of {allowed}.",
            file=str(config.file),
        )
    lead_time_days = {**DEFAULT_LEAD_TIME_DAYS, **config.kits.lead_time_days}
    return KitParams(
        lead_time_days=lead_time_days,
        days_left=days_left,
        election_date=config.survey.election_date,
    )


def asset_params(config: Config) -> AssetParams:
    """Parameters of the proof of devices."""
    return AssetParams(
        works_dbm=config.signal.weak_dbm,
        timezone=config.survey.timezone,
        **config.assets.model_dump(),
    )


def allocation_params(config: Config) -> AllocationParams:
    """What there is to give; lead times are those of the remedies."""
    lead = _kits(config)
    kits = {}
    for code, default in DEFAULT_EQUIPMENT.items():
        given = getattr(config.kits, code.lower()).model_dump(exclude_none=True)
        days = lead.lead_time_days[code]
        kits[code] = replace(default, lead_time_days=days or 0, **given)
    return AllocationParams(
        kits=kits,
        budget=config.kits.budget,
        days_left=lead.days_left,
        election_date=config.survey.election_date,
        rounds=config.rounds,
        max_seconds=config.kits.max_seconds,
        max_gap=config.kits.max_gap,
    )


def plan_params(config: Config) -> PlanParams:
    """Parameters of the next survey."""
    plan = config.plan
    return PlanParams(
        days=plan.days,
        n_validate=plan.n_validate,
        day=DayParams(
            hours=plan.hours_per_day,
            speed_kmh=plan.speed_kmh,
            detour=plan.detour,
            stop_minutes=plan.stop_minutes,
        ),
        reach_m=plan.reach_m,
        start=plan.start or None,
        seed=config.signal.seed,
    )
