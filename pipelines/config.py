"""The TOML file that states a survey: validated once, unknown keys refused.

A section that belongs to one room is that room's own parameter object, so that a default is written
in one place only.
"""

import reprlib
import tomllib
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from coverage.cells.adaptive import AdaptiveParams
from coverage.cells.delta import DeltaParams
from coverage.cells.evidence import EvidenceParams as CellEvidence
from coverage.cells.selection import CountParams
from coverage.errors import InputError
from coverage.readings.params import ArchiveLimits, QualityParams
from coverage.signal.maps import MapParams
from coverage.signal.model import ModelParams
from coverage.signal.towers import TowerParams
from coverage.sites.alternatives import AlternativeParams
from coverage.sites.assets import AssetParams
from coverage.sites.building import BuildingParams
from coverage.sites.calibration import CalibrationParams
from coverage.sites.donors import DonorParams
from coverage.sites.draws import DrawParams
from coverage.sites.evidence import EvidenceParams as SiteEvidence
from coverage.sites.joint import JointParams
from coverage.sites.remedies import RemedyParams
from coverage.sites.resurvey import PlanParams
from coverage.sites.rounds import RoundParams
from coverage.sites.routes import DayParams
from coverage.sites.stations import SiteListParams
from coverage.sites.surroundings import SurroundingsParams
from coverage.sites.uplink import UplinkParams
from coverage.sites.weights import WeightParams
from pipelines.filesystem import RemotePath, check_uri, is_remote


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _known_zone(name: str) -> str:
    """Return a zone's name if there is such a zone."""
    if name not in available_timezones():
        raise ValueError("must be an IANA time zone such as Asia/Jakarta")
    return name


class SurveyConfig(_Section):
    """What is surveyed, and for which election."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    election_date: date
    language: Literal["id", "en"] = "id"
    timezone: str = "Asia/Jakarta"
    decided_on: date | None = None

    @field_validator("timezone")
    @classmethod
    def _zone_is_known(cls, name: str) -> str:
        return _known_zone(name)

    @property
    def zone(self) -> ZoneInfo:
        """Zone of inputs that carry none."""
        return ZoneInfo(self.timezone)


class PathsConfig(_Section):
    """Folders, relative to the config file; ``raw`` may be the URI of a storage."""

    raw: str
    processed: str

    @field_validator("raw")
    @classmethod
    def _can_be_read(cls, raw: str) -> str:
        if is_remote(raw):
            check_uri(raw)
        return raw

    @field_validator("processed")
    @classmethod
    def _is_a_folder(cls, processed: str) -> str:
        if is_remote(processed):
            raise ValueError("must be a local or mounted folder")
        return processed


class OverrideConfig(_Section):
    """What some files do not say of themselves; later overrides win.

    ``files`` is a pattern on the path below ``paths.raw`` (``*`` crosses slashes).
    """

    files: str
    source: Literal["drive_test", "crowdsourced"] | None = None
    plmn: Annotated[str, Field(pattern=r"^\d{3}-\d{2,3}$")] | None = None
    timezone: str | None = None
    date_order: Literal["day_first", "month_first"] | None = None
    period: tuple[date, date] | None = None

    @field_validator("timezone")
    @classmethod
    def _zone_is_known(cls, name: str | None) -> str | None:
        return name if name is None else _known_zone(name)


class RastersConfig(_Section):
    """Maps of the ground below ``paths.raw``, in any format that GDAL reads; empty = none.

    ``elevation`` holds metres over the sea, ``land_cover`` codes (section ``maps``), ``population``
    people in any unit. ``max_side`` caps the rows and columns kept: a finer map is averaged.
    """

    elevation: str = ""
    land_cover: str = ""
    population: str = ""
    max_side: Annotated[int, Field(ge=10, le=20_000)] = 3000


class InputsConfig(_Section):
    """Globs below ``paths.raw``; readings are recognised by content.

    ``throughput`` names Ookla's mobile tiles: a table apart, kept out of files for operators.
    """

    readings: tuple[str, ...] = ("readings/**/*",)
    columns: tuple[str, ...] = ()
    towers: tuple[str, ...] = ("towers/*.csv", "towers/*.csv.gz")
    sites: tuple[str, ...] = ("sites/*.csv", "sites/*.xlsx")
    villages: str = ""
    hazards: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    islands: tuple[str, ...] = ()
    foot_areas: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    wifi_points: tuple[str, ...] = ()
    land: tuple[str, ...] = ()
    throughput: tuple[str, ...] = ()
    rasters: RastersConfig = RastersConfig()
    overrides: tuple[OverrideConfig, ...] = ()


class GridConfig(_Section):
    """The H3 grid and the box outside which nothing is taken.

    ``extra_resolutions`` are coarser tables of cells made beside the one of ``resolution``;
    ``adaptive`` asks for one whose cells are coarser where readings are few (section ``adaptive``).
    """

    resolution: Annotated[int, Field(ge=7, le=10)] = 9
    extra_resolutions: tuple[Annotated[int, Field(ge=4, le=9)], ...] = ()
    adaptive: bool = False
    box: tuple[float, float, float, float] | None = (-7.1, 105.0, -5.7, 106.8)
    around_m: Annotated[float, Field(gt=0, le=20_000)] = 1500.0

    @field_validator("box")
    @classmethod
    def _is_ordered(
        cls, box: tuple[float, float, float, float] | None
    ) -> tuple[float, float, float, float] | None:
        if box is not None and not (
            -90 <= box[0] < box[2] <= 90 and -180 <= box[1] < box[3] <= 180
        ):
            raise ValueError("must be [south, west, north, east] in degrees")
        return box

    @field_validator("extra_resolutions")
    @classmethod
    def _are_coarser(cls, extra: tuple[int, ...], given: ValidationInfo) -> tuple[int, ...]:
        finest = given.data.get("resolution", 0)
        if any(resolution >= finest for resolution in extra) or len(set(extra)) < len(extra):
            raise ValueError(f"must be coarser than grid.resolution {finest}, each given once")
        return tuple(sorted(extra))


class OperatorsConfig(_Section):
    """The dated PLMN table; empty = the one shipped in configs/operators.toml."""

    table: str = ""


class PrivacyConfig(_Section):
    """What may leave the building, and which devices are given up.

    ``forgotten_file`` is written by ``blankspot forget``; empty = one in ``paths.processed``.
    """

    min_devices: Annotated[int, Field(ge=1)] = 3
    device_key_file: str = ""
    forgotten_file: str = ""


class TowersConfig(_Section):
    """How cell lists are read; see ``coverage.signal.towers.TowerParams``."""

    margin_km: float = TowerParams().margin_km
    mnc_digits: Literal[2, 3] = 2


class SiteListConfig(_Section):
    """How TPS lists are read; see ``coverage.sites.stations.SiteListParams``."""

    list_accuracy_m: float = SiteListParams().list_accuracy_m
    repairs_swapped: bool = False
    max_voters: int = SiteListParams().max_voters


class SignalConfig(_Section):
    """Levels, the device's floor, and how the model is fitted; see ``ModelParams``.

    ``harmonise_devices`` takes off what each kind of device reads above the reference;
    ``full_card`` adds the costly checks to the model card.
    """

    weak_dbm: Annotated[float, Field(ge=-140, le=-44)] = -110.0
    planning_dbm: Annotated[float, Field(ge=-140, le=-44)] = -105.0
    upload_critical_dbm: Annotated[float, Field(ge=-140, le=-44)] = -115.0
    blank_dbm: Annotated[float, Field(ge=-140, le=-44)] = -120.0
    device_floor_dbm: Annotated[float, Field(ge=-140, le=-44)] = -124.0
    interval: Annotated[float, Field(ge=0.5, le=0.98)] = 0.90
    max_width_db: Annotated[float, Field(ge=1, le=100)] = ModelParams().max_width_db
    min_operator_samples: Annotated[int, Field(ge=1)] = ModelParams().min_operator_samples
    harmonise_devices: bool = True
    full_card: bool = False
    seed: Annotated[int, Field(ge=0)] = 2024


class UploadConfig(_Section):
    """What has to be sent; see ``coverage.sites.uplink.UplinkParams``."""

    photo_mb: float = UplinkParams().photo_mb
    photos: int = UplinkParams().photos
    deadline_minutes: float = UplinkParams().deadline_minutes
    uplink_kbit_s: float = UplinkParams().required_uplink_kbps
    rate_share: float = UplinkParams().rate_share
    carrier_power_dbm: float = UplinkParams().carrier_power_dbm
    carrier_blocks: int = UplinkParams().carrier_blocks
    boost_db: dict[str, float] = {}
    spread_db: float = UplinkParams().spread_db


class RankingConfig(_Section):
    """How sites are judged and ranked; see the parameters of ``coverage.sites.ranking``."""

    p_weak_limit: float = SiteEvidence().p_weak_limit
    max_age_days: int = SiteEvidence().max_age_days
    default_voters: int = WeightParams().default_voters
    voters_power: float = WeightParams().voters_power
    near_relief: float = WeightParams().near_relief
    default_correlation: float = JointParams().default_correlation
    n_draws: int = DrawParams().n_draws
    top_k: int = DrawParams().top_k


class RemedyConfig(_Section):
    """When each remedy is proposed; see ``coverage.sites.remedies.RemedyParams``."""

    order: tuple[str, ...] = RemedyParams().order
    officers_operator: str = ""
    move_m: float = RemedyParams().move_m
    wifi_m: float = RemedyParams().wifi_m
    cluster_size: int = RemedyParams().cluster_size
    cluster_radius_m: float = RemedyParams().cluster_radius_m
    donor: DonorParams = DonorParams()


class KitConfig(_Section):
    """One kind of equipment; what is not named keeps its default.

    See ``coverage.sites.kits.Kit`` and ``DEFAULT_EQUIPMENT``.
    """

    stock: int | None = None
    cost: float | None = None
    p_works: float | None = None
    reach_m: float | None = None
    max_sites: int | None = None
    stock_by_operator: dict[str, int] | None = None


class KitsConfig(_Section):
    """What there is to give, and the days from order to working on site by remedy.

    ``budget`` is in the unit of the kits' cost; None = no limit.
    """

    lead_time_days: dict[str, int] = {}
    budget: float | None = None
    max_seconds: Annotated[float, Field(gt=0)] = 60.0
    max_gap: Annotated[float, Field(ge=0, lt=1)] = 0.001
    sim_switch: KitConfig = KitConfig()
    operator_booster: KitConfig = KitConfig()
    mobile_bts: KitConfig = KitConfig()
    vsat_leo: KitConfig = KitConfig()


class AssetConfig(_Section):
    """When readings prove a device; see ``coverage.sites.assets.AssetParams``."""

    within_m: float = AssetParams().within_m
    min_readings: int = AssetParams().min_readings


class PlanConfig(_Section):
    """The next survey; see ``coverage.sites.resurvey.PlanParams`` and ``routes.DayParams``.

    ``start`` is latitude and longitude where each day begins; empty = at its first stop.
    """

    days: int = PlanParams().days
    n_validate: int = PlanParams().n_validate
    hours_per_day: float = DayParams().hours
    speed_kmh: float = DayParams().speed_kmh
    detour: float = DayParams().detour
    stop_minutes: float = DayParams().stop_minutes
    reach_m: float = PlanParams().reach_m
    start: tuple[float, float] | tuple[()] = ()


class GatesConfig(_Section):
    """What data must be like before anything is published from them; None = open.

    Attributes
    ----------
    max_unreadable_share
        Of the inputs, how many may be left out as they cannot be read; the run then ends in exit
        code 3 and names them. With more of them it stops. [0-1]
    max_reject_share
        Of the rows of all logs, how many may be refused. [0-1]
    max_stale_share
        Of the counted readings, how many may be older than ``ranking.max_age_days`` on polling
        day. [0-1]
    max_survey_age_days
        From the newest reading to the day of the run, or to polling day if that came first.
    """

    max_unreadable_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    max_reject_share: Annotated[float, Field(ge=0, le=1)] | None = None
    max_stale_share: Annotated[float, Field(ge=0, le=1)] | None = None
    max_survey_age_days: Annotated[int, Field(ge=0)] | None = None


class LicencesConfig(_Section):
    """Source and licence of each kind of input, as they are to be named; empty = not stated."""

    readings: str = ""
    towers: str = ""
    sites: str = ""
    villages: str = ""
    hazards: str = ""
    holds: str = ""
    islands: str = ""
    foot_areas: str = ""
    assets: str = ""
    wifi_points: str = ""
    land: str = ""
    elevation: str = ""
    land_cover: str = ""
    population: str = ""


class DeliverConfig(_Section):
    """What the deliverables are made beside.

    Attributes
    ----------
    previous
        Processed folder of an earlier survey, relative to the config; empty = none. Partners are
        shown what changed since.
    form_sites
        TPS on the field form of a kabupaten, from the top of the ranking; 0 = all. [count]
    licences
        Source and licence of each kind of input; every deliverable names them.
    """

    previous: str = ""
    form_sites: Annotated[int, Field(ge=0)] = 0
    licences: LicencesConfig = LicencesConfig()


class EngineConfig(_Section):
    """Where the work runs; changes time and memory, never a table.

    Attributes
    ----------
    kind
        ``local`` (threads), ``processes`` or ``dask``.
    scheduler
        Address of a Dask scheduler; empty = a cluster on this machine for the time of the run.
    memory_mb
        What the sorted runs of all workers of this machine, or of each worker of a cluster, may
        hold before they spill. [MB]
    workers
        How many at once on this machine; 0 = one a core.
    scratch
        Folder for what spills, local to each worker; empty = the processed folder.
    """

    kind: Literal["local", "processes", "dask"] = "local"
    scheduler: Annotated[str, Field(pattern=r"^$|^(tcp|tls|ucx|ws|wss)://.+$")] = ""
    memory_mb: Annotated[int, Field(ge=100)] = 1000
    workers: Annotated[int, Field(ge=0)] = 0
    scratch: str = ""

    @field_validator("scheduler")
    @classmethod
    def _is_used(cls, scheduler: str, given: ValidationInfo) -> str:
        if scheduler and given.data.get("kind") != "dask":
            raise ValueError("must be empty unless engine.kind is dask")
        return scheduler


class Config(_Section):
    """One survey."""

    file: Path = Field(exclude=True)
    survey: SurveyConfig
    paths: PathsConfig
    inputs: InputsConfig = InputsConfig()
    grid: GridConfig = GridConfig()
    quality: QualityParams = QualityParams()
    limits: ArchiveLimits = ArchiveLimits()
    counting: CountParams = CountParams()
    evidence: CellEvidence = CellEvidence()
    adaptive: AdaptiveParams = AdaptiveParams()
    delta: DeltaParams = DeltaParams()
    operators: OperatorsConfig = OperatorsConfig()
    towers: TowersConfig = TowersConfig()
    site_list: SiteListConfig = SiteListConfig()
    signal: SignalConfig = SignalConfig()
    maps: MapParams = MapParams()
    building: BuildingParams = BuildingParams()
    upload: UploadConfig = UploadConfig()
    surroundings: SurroundingsParams = SurroundingsParams()
    ranking: RankingConfig = RankingConfig()
    remedy: RemedyConfig = RemedyConfig()
    kits: KitsConfig = KitsConfig()
    calibration: CalibrationParams = CalibrationParams()
    relocation: AlternativeParams = AlternativeParams()
    rounds: RoundParams = RoundParams()
    assets: AssetConfig = AssetConfig()
    plan: PlanConfig = PlanConfig()
    privacy: PrivacyConfig = PrivacyConfig()
    gates: GatesConfig = GatesConfig()
    deliver: DeliverConfig = DeliverConfig()
    engine: EngineConfig = EngineConfig()

    @property
    def raw(self) -> Path | RemotePath:
        """Folder of the raw inputs."""
        raw = self.paths.raw
        return RemotePath(raw) if is_remote(raw) else self.relative(raw)

    @property
    def local_raw(self) -> Path:
        """Folder of the raw inputs, where it is one of this machine.

        Raises
        ------
        InputError
            Where it lies in a storage.
        """
        if not isinstance(self.raw, Path):
            raise InputError("Invalid paths.raw. Must be a local folder here.", file=str(self.file))
        return self.raw

    @property
    def processed(self) -> Path:
        """Folder of all outputs."""
        return self.relative(self.paths.processed)

    def as_json(self) -> dict[str, Any]:
        """The config as plain JSON values, without paths of this machine."""
        return self.model_dump(mode="json")

    def section(self, *names: str) -> dict[str, Any]:
        """Some sections as plain JSON values, for a fingerprint."""
        return {name: self.as_json()[name] for name in names}

    def relative(self, text: str) -> Path:
        """A path that the config gives relative to itself."""
        return (self.file.parent / text).resolve()


def with_engine(config: Config, kind: str | None, scheduler: str | None) -> Config:
    """The config with another engine, as options of a command name it; None = as configured.

    Raises
    ------
    InputError
        Where the options name no engine.
    """
    if kind is not None and kind != "dask":
        scheduler = scheduler or ""
    given = {"kind": kind or ("dask" if scheduler else None), "scheduler": scheduler}
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        return config
    try:
        engine = EngineConfig.model_validate({**config.engine.model_dump(), **changes})
    except ValidationError as error:
        raise InputError(_sentence(error, "engine")) from error
    return config.model_copy(update={"engine": engine})


def load_config(path: Path) -> Config:
    """Read and validate a config file.

    Raises
    ------
    InputError
        One line that names the file, the key and the allowed values.
    """
    if not path.is_file():
        raise InputError(
            "No such config file.", file=str(path), remedy="Copy configs/banten.toml and edit it."
        )
    content = _spread(read_toml(path), path)
    try:
        return Config.model_validate({**content, "file": path.resolve()})
    except ValidationError as error:
        raise InputError(_sentence(error), file=str(path)) from error


_ONE_SOURCE: Final = (
    ("grid.resolution", "counting.resolution"),
    ("signal.weak_dbm", "evidence.weak_dbm"),
    ("signal.weak_dbm", "delta.weak_dbm"),
)
"""Settings that several rooms need: given once, under the first name, handed on to the second."""


def _spread(content: dict[str, Any], path: Path) -> dict[str, Any]:
    """Hand settings that are given once on to every section that needs them."""
    spread = {k: dict(v) if isinstance(v, dict) else v for k, v in content.items()}
    for source, target in _ONE_SOURCE:
        (section, key), (to_section, to_key) = source.split("."), target.split(".")
        if to_key in _table(content, to_section):
            raise InputError(f"Unknown key {target}. Must be set as {source}.", file=str(path))
        if key in _table(content, section):
            spread.setdefault(to_section, {})[to_key] = content[section][key]
    return spread


def _table(content: dict[str, Any], section: str) -> dict[str, Any]:
    """A section of a TOML file; empty where it is missing or no table."""
    found = content.get(section, {})
    return found if isinstance(found, dict) else {}


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    InputError
        Where it is missing, not text, or not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"Invalid TOML: {error}.", file=str(path)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Cannot be read: {error}.", file=str(path)) from error
    except RecursionError as error:
        raise InputError("Invalid TOML: nested too deep.", file=str(path)) from error


def _sentence(error: ValidationError, *parents: str) -> str:
    """Describe the first thing wrong with a config, with the key and the values it may take."""
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in (*parents, *first["loc"]))
    kind = first["type"]
    if kind in {"extra_forbidden", "unexpected_keyword_argument"}:
        return _unknown_key(first["loc"])
    if kind in {"missing", "missing_keyword_only_argument"}:
        return f"Missing key {key}. Must be given."
    message = first["msg"].removeprefix("Value error, ")
    if message.startswith("Invalid "):
        return f"{key}: {message}"
    return f"Invalid {key} {reprlib.repr(first['input'])}. Must hold: {message}."


def _unknown_key(location: tuple[int | str, ...]) -> str:
    """Describe an unknown key and the nearest known ones."""
    *parents, last = (str(part) for part in location)
    allowed = _keys_of(parents)
    near = get_close_matches(last, allowed, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"Unknown key {'.'.join([*parents, last])}. Must be one of {', '.join(allowed)}.{hint}"


def _keys_of(parents: list[str]) -> list[str]:
    """Keys that a section may hold."""
    owner: Any = Config
    for name in parents:
        owner = _fields(owner)[name]
    return sorted(name for name in _fields(owner) if name != "file")


def _fields(owner: Any) -> dict[str, Any]:
    """Field names and types of a pydantic model or a dataclass."""
    if isinstance(owner, type) and issubclass(owner, BaseModel):
        return {name: info.annotation for name, info in owner.model_fields.items()}
    return {name: info.type for name, info in owner.__dataclass_fields__.items()}
