"""A new survey's folder: commented config, places for the data, templates, for ``blankspot init``.

The config is the text of ``configs/banten.toml`` with some values exchanged, so that a new survey
always begins with every key there is, its comment and its source.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from coverage.errors import InputError
from coverage.sites.stations import SiteListParams, read_sites
from pipelines import templates
from pipelines.config import Config, load_config
from pipelines.settings import OPERATORS_FILE, WHOLE_WORLD
from pipelines.store import atomic_path, make_folder

PATTERN_CONFIG: Final = Path(__file__).parents[1] / "configs" / "banten.toml"
CONFIG_NAME: Final = "survey.toml"
BANTEN: Final = "banten"
_NAME: Final = re.compile(r"[^A-Za-z0-9_-]+")
_PLMN: Final = re.compile(r"\d{3}-\d{2,3}")
_TAIL_SHARE: Final = (
    0.01  # of a list's coordinates may be far off and do not widen its box; project
)
_MARGIN_DEG: Final = 0.2  # around a list, some 22 km: masts and roads beside the TPS; project
_LAYERS: Final = {"hazards": ("name", "kind"), "holds": ("name", "reason")}

_BANTENS_OWN: Final = ("election_date", "timezone", "box")
"""Keys whose comment in the pattern config is true of Banten alone."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class NewSurvey:
    """What a new survey must know.

    Attributes
    ----------
    province
        Name for the config's first line. ``Banten`` brings its own box.
    election_date
        Polling day.
    language
        ``id`` or ``en``, of officials' texts and of the templates.
    timezone
        IANA zone of logs that carry none.
    box
        South, west, north, east; None = Banten's, or around the site list. [deg]
    operators
        Name of each network code (``510-10``); empty = the Indonesian table of the program.
    sites
        A TPS list to take over; None = to be put there later.
    """

    province: str
    election_date: date
    language: str = "id"
    timezone: str = "Asia/Jakarta"
    box: Box | None = None
    operators: Mapping[str, str] = field(default_factory=dict)
    sites: Path | None = None

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if self.language not in templates.TPS_HEADERS:
            raise InputError(f"Invalid language {self.language!r}. Must be id or en.")
        if not self.province.strip() or "\n" in self.province:
            raise InputError(f"Invalid province {self.province!r}. Must be one line of text.")
        for plmn in self.operators:
            if not _PLMN.fullmatch(plmn):
                raise InputError(f"Invalid network code {plmn!r}. Must be like 510-10.")


def create(folder: Path, survey: NewSurvey) -> Config:
    """Write a new survey into a folder and load its config; nothing there is overwritten.

    Raises
    ------
    InputError
        Where the folder holds a survey already, or the box is not known.
    """
    config = folder / CONFIG_NAME
    if config.exists():
        raise InputError(
            "There is a survey already.", file=str(config),
            remedy="Edit it, or choose another folder.",
        )  # fmt: skip
    box = survey.box or _known_box(survey)
    files = {**_files(survey), CONFIG_NAME: _config_text(folder, survey, box).encode()}
    for name, content in files.items():
        path = folder / name
        make_folder(path.parent)
        if not path.exists():
            with atomic_path(path) as temporary:
                temporary.write_bytes(content)
    return load_config(config)


def box_of(text: str) -> Box:
    """A box from text, ``-7.1,105.0,-5.7,106.8`` [deg].

    Raises
    ------
    InputError
        Where the text is none.

    Examples
    --------
    >>> box_of("-7.1, 105.0, -5.7, 106.8")
    (-7.1, 105.0, -5.7, 106.8)
    """
    rule = "Must be south,west,north,east in degrees, as -7.1,105.0,-5.7,106.8."
    try:
        south, west, north, east = (float(part) for part in text.split(","))
    except ValueError as error:
        raise InputError(f"Invalid box {text!r}. {rule}") from error
    if not (-90 <= south < north <= 90 and -180 <= west < east <= 180):
        raise InputError(f"Invalid box {text!r}. {rule}")
    return south, west, north, east


def operators_of(pairs: list[str]) -> dict[str, str]:
    """Names of network codes from texts such as ``608-01=Orange``.

    Raises
    ------
    InputError
        Where a text is no such pair, or a code is named twice.

    Examples
    --------
    >>> operators_of(["608-01=Orange", "608-02=Yas"])
    {'608-01': 'Orange', '608-02': 'Yas'}
    """
    found: dict[str, str] = {}
    for pair in pairs:
        plmn, sign, name = (part.strip() for part in pair.partition("="))
        if not sign or not name or not _PLMN.fullmatch(plmn):
            raise InputError(f"Invalid operator {pair!r}. Must be like 510-10=Telkomsel.")
        if plmn in found:
            raise InputError(f"Invalid operator {pair!r}. Must be named once.")
        found[plmn] = name
    return found


def _known_box(survey: NewSurvey) -> Box:
    """The box around the site list, or Banten's."""
    if survey.sites is not None:
        return _box_around(survey.sites)
    if survey.province.strip().casefold() == BANTEN:
        south, west, north, east = load_config(PATTERN_CONFIG).grid.box or WHOLE_WORLD
        return south, west, north, east
    raise InputError(
        f"The box of {survey.province!r} is not known.",
        remedy="Give --sites with its TPS list, or --box south,west,north,east in degrees.",
    )


def _box_around(path: Path) -> Box:
    """The box around nearly all TPS of a list, with a margin [deg]."""
    sites, _ = read_sites(BytesIO(_bytes_of(path)), path.name, SiteListParams(box=WHOLE_WORLD))
    south, north = _span(sites["latitude_deg"], 90.0)
    west, east = _span(sites["longitude_deg"], 180.0)
    return south, west, north, east


def _span(values: pd.Series, limit: float) -> tuple[float, float]:
    """Between which values nearly all lie, with a margin, to two decimals."""
    low, high = np.quantile(values.to_numpy(dtype=np.float64), [_TAIL_SHARE, 1 - _TAIL_SHARE])
    return (
        round(max(float(low) - _MARGIN_DEG, -limit), 2),
        round(min(float(high) + _MARGIN_DEG, limit), 2),
    )


def _bytes_of(path: Path) -> bytes:
    """A file's content."""
    if not path.is_file():
        raise InputError("No such file.", file=str(path))
    return path.read_bytes()


def _files(survey: NewSurvey) -> dict[str, bytes]:
    """Every file but the config, by its path in the survey's folder."""
    files = {
        f"raw/{name}/README.md": f"{texts[survey.language]}\n".encode()
        for name, texts in templates.FOLDER_NOTES.items()
    }
    files["templates/tps.csv"] = templates.tps_csv(survey.language)
    files["templates/tps.xlsx"] = templates.tps_xlsx(survey.language)
    files["templates/columns.toml"] = templates.COLUMN_MAP.encode()
    for name, columns in _LAYERS.items():
        files[f"templates/{name}.geojson"] = templates.layer_geojson(name, columns)
    files["operators.toml"] = _operators_text(survey.operators).encode()
    if survey.sites is not None:
        files[f"raw/sites/{survey.sites.name}"] = _bytes_of(survey.sites)
    return files


def _operators_text(operators: Mapping[str, str]) -> str:
    """The network codes and names as the operators' table; without any, the program's own."""
    if not operators:
        return OPERATORS_FILE.read_text(encoding="utf-8")
    head = (
        "# Which operator a network code belongs to. `since = 2025-04-17` dates a change of name.\n"
    )
    entries = (
        f'\n[[operator]]\nplmn = "{plmn}"\nname = {_quoted(name)}\n'
        for plmn, name in operators.items()
    )
    return head + "".join(entries)


def _config_text(folder: Path, survey: NewSurvey, box: Box) -> str:
    """The config of Banten with the new survey's values in it."""
    text = PATTERN_CONFIG.read_text(encoding="utf-8")
    province = survey.province.strip()
    first = f"# {province}, polling day {survey.election_date}. Made by `blankspot init`."
    text = first + text[text.index("\n") :]
    values = {
        ("survey", "name"): _quoted(_name_of(folder)),
        ("survey", "election_date"): survey.election_date.isoformat(),
        ("survey", "language"): _quoted(survey.language),
        ("survey", "timezone"): _quoted(survey.timezone),
        ("paths", "raw"): '"raw"',
        ("paths", "processed"): '"processed"',
        ("inputs", "columns"): '["columns/*.toml"]',
        ("grid", "box"): str(list(box)),
        ("operators", "table"): '"operators.toml"',
    }
    if survey.operators:
        n_digits = max(len(plmn.partition("-")[2]) for plmn in survey.operators)
        values["towers", "mnc_digits"] = str(n_digits)
    for (section, key), value in values.items():
        text = _exchanged(text, section, key, value)
    return text


def _exchanged(text: str, section: str, key: str, value: str) -> str:
    """The text of a TOML file with one value exchanged; a comment that spoke of Banten goes.

    Raises
    ------
    RuntimeError
        Where the pattern config lacks the key.
    """
    pattern = re.compile(
        rf"(^\[{section}\][^\n]*\n(?:(?!\[)[^\n]*\n)*?){key} = [^\n#]*(#[^\n]*)?", re.MULTILINE
    )
    found = pattern.search(text)
    if found is None:
        raise RuntimeError(f"{PATTERN_CONFIG} lacks {section}.{key}.")
    line = f"{key} = {value}"
    if found[2] and key not in _BANTENS_OWN:
        line = f"{line:<33} {found[2]}"
    return f"{text[: found.start()]}{found[1]}{line}{text[found.end() :]}"


def _name_of(folder: Path) -> str:
    """The survey's name: the folder's, in the signs a name may have."""
    return _NAME.sub("-", folder.resolve().name).strip("-")[:64] or "survey"


def _quoted(text: str) -> str:
    """A TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    if any(ord(sign) < 0x20 for sign in escaped):
        raise InputError(f"Invalid text {text!r}. Must be one line.")
    return f'"{escaped}"'
