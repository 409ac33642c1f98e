"""The printed briefing for the coordination meeting: a PDF a kabupaten, one page for the province.

Officials read it on paper: A4, in the language of the run, everything on it from the tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd
from reportlab.platypus import CondPageBreak, Flowable, KeepInFrame, KeepTogether, Spacer

from coverage.deliverables import briefing_tables as rows_of
from coverage.deliverables import paper
from coverage.deliverables.briefing_tables import BriefingParams, Regency
from coverage.deliverables.card_facts import CardFacts
from coverage.deliverables.info import RunInfo
from coverage.deliverables.licences import sources_line
from coverage.deliverables.map_figure import MapGround, MapParams, signal_map
from coverage.deliverables.numbers import number, share
from coverage.deliverables.outlines import MapLayers
from coverage.deliverables.pictures import picture
from coverage.deliverables.texts import Catalogue, catalogue

_MAP: Final = {"regency": (180.0, 105.0), "province": (180.0, 66.0)}
_PROVINCE_HEIGHT_MM: Final = 252.0
_LEAST_ROOM_MM: Final = 40.0  # a heading with less room below it begins the next page


@dataclass(frozen=True, kw_only=True)
class BriefingInputs:
    """What every briefing of a run is made from.

    Attributes
    ----------
    ground
        Coloured cells of the maps.
    layers
        Areas and boundaries of the maps.
    allocation
        Table ``allocation``; None = not planned.
    facts
        How good the model was.
    params
        How much is told.
    """

    ground: MapGround
    layers: MapLayers
    allocation: pd.DataFrame | None = None
    facts: CardFacts = field(default_factory=CardFacts)
    params: BriefingParams = field(default_factory=BriefingParams)


def regency_briefing(regency: Regency, inputs: BriefingInputs, info: RunInfo) -> bytes:
    """The briefing of one kabupaten or kota.

    Parameters
    ----------
    regency
        Its part of the ranking.
    inputs
        Maps, kits, model.
    info
        The run.

    Returns
    -------
    bytes
        PDF.
    """
    texts, sites, params = catalogue(info.language), regency.sites, inputs.params
    content = [
        paper.figures(_headline(sites, info)),
        Spacer(1, 4),
        _map(sites, inputs, info, "regency", params.n_worst),
        *_section(texts, "kit", _remedy_table(sites, inputs, info)),
        *_section(texts, "worst", _worst_table(sites, params.n_worst, info)),
        *_section(texts, "district", _place_table(sites, "district", info)),
        KeepTogether(_notes(texts, "legal", _legal(sites, info))),
        KeepTogether(_notes(texts, "limits", _limits(inputs.facts, info))),
        *_sources(info),
    ]
    title = texts["briefing.title_regency"].format(name=regency.name)
    return _document(content, title, info)


def province_briefing(site_ranking: pd.DataFrame, inputs: BriefingInputs, info: RunInfo) -> bytes:
    """The page of the province: what does not fit is set smaller.

    Parameters
    ----------
    site_ranking
        Table ``site_ranking``.
    inputs
        Maps, kits, model.
    info
        The run.

    Returns
    -------
    bytes
        PDF of one page.
    """
    texts, n = catalogue(info.language), inputs.params.n_worst_province
    content = [
        paper.figures(_headline(site_ranking, info)),
        Spacer(1, 3),
        _map(site_ranking, inputs, info, "province", 0),
        *_section(texts, "regency", _place_table(site_ranking, "regency", info)),
        *_section(texts, "kit", _remedy_table(site_ranking, inputs, info)),
        *_section(texts, "worst", _worst_table(site_ranking, n, info)),
        *_notes(texts, "limits", [*_legal(site_ranking, info)[:2], *_limits(inputs.facts, info)]),
        *_sources(info),
    ]
    height = _PROVINCE_HEIGHT_MM * paper.MM
    fitted = KeepInFrame(paper.WIDTH, height, content, mode="shrink")
    return _document([fitted], texts["briefing.title_province"], info)


def _document(content: list[Flowable], title: str, info: RunInfo) -> bytes:
    """Pages with the run's dates on top and at the foot."""
    texts = catalogue(info.language)
    parts = [f"{texts['workbook.survey']}: {info.survey}"]
    if info.election_date:
        parts.append(f"{texts['workbook.election']}: {info.election_date:%d-%m-%Y}")
    parts.append(f"{texts['workbook.created']}: {info.created_utc:%d-%m-%Y %H:%M}")
    return paper.document(
        content, title=title, subtitle=" · ".join(parts), foot=texts["briefing.foot"], info=info
    )


def _sources(info: RunInfo) -> list[Flowable]:
    """Whose data these are, nothing where it is not known."""
    named = sources_line(info)
    return [paper.paragraph(named, "small")] if named else []


def _headline(sites: pd.DataFrame, info: RunInfo) -> list[tuple[str, str]]:
    """The large figures."""
    texts, figures = catalogue(info.language), rows_of.headline(sites)
    digits = {"expected_failures": 1 if figures["expected_failures"] < 10 else 0}
    return [
        (number(value, info.language, digits.get(name, 0)), texts[f"briefing.{name}"])
        for name, value in figures.items()
    ]


def _map(
    sites: pd.DataFrame, inputs: BriefingInputs, info: RunInfo, kind: str, n_named: int
) -> Flowable:
    """The map as a picture."""
    width, height = _MAP[kind]
    params = MapParams(width_mm=width, height_mm=height, n_named=n_named)
    figure = signal_map(sites, inputs.ground, inputs.layers, info, params)
    return paper.image(picture(figure, "png"), width, height)


def _section(texts: Catalogue, name: str, table: Flowable) -> list[Flowable]:
    """A heading and its table; a word below it where there is one."""
    heading = paper.paragraph(texts[f"briefing.{name}"], "heading")
    parts = [CondPageBreak(_LEAST_ROOM_MM * paper.MM), heading, table]
    note = texts.get(f"briefing.{name}_note")
    return [*parts, paper.paragraph(note, "small")] if note else parts


def _notes(texts: Catalogue, name: str, lines: Sequence[str]) -> list[Flowable]:
    """A heading and sentences."""
    heading = paper.paragraph(texts[f"briefing.{name}"], "heading")
    return [heading, *(paper.paragraph(line, bullet="•") for line in lines)]


def _place_table(sites: pd.DataFrame, level: str, info: RunInfo) -> Flowable:
    """TPS per kecamatan or kabupaten."""
    texts, language = catalogue(info.language), info.language
    columns = ("n_sites", "n_voters", "expected_failures", "n_action", "n_weak_measured",
               "n_weak_modelled", "n_unknown", "n_hold")  # fmt: skip
    heads = [texts[f"recap.{level}"], *(texts[f"briefing.col.{name}"] for name in columns),
             texts["briefing.col.worst"]]  # fmt: skip
    rows = [
        [
            _text(row["name"]) or str(row["code"]),
            *(number(row[name], language, int(name == "expected_failures")) for name in columns),
            f"{_text(row['worst_tps_code'])} ({share(row['worst_p_upload_fail'], language)})",
        ]
        for row in rows_of.places(sites, level).to_dict("records")
    ]
    return paper.table(heads, rows, (30, 11, 17, 17, 15, 15, 15, 15, 12, 34), set(range(1, 9)))


def _worst_table(sites: pd.DataFrame, n: int, info: RunInfo) -> Flowable:
    """The worst TPS; a chance that the model does not stand by is in brackets."""
    texts, language = catalogue(info.language), info.language
    names = ("rank", "tps", "place", "fail", "voters", "evidence", "remedy", "order_by")
    rows = [
        [
            number(row["rank"], language),
            f"{_text(row['tps_name'])} {row['tps_code']}".strip(),
            ", ".join(filter(None, (_text(row["village"]), _text(row["district"])))),
            _chance(row, language),
            number(row["n_voters"], language),
            texts[f"evidence.{row['evidence']}"],
            " ".join(filter(None, (texts[f"remedy.{row['remedy']}"],
                                   _in_brackets(row["remedy_operator"])))),
            _order_by(row["latest_order_date"], info, texts),
        ]
        for row in rows_of.worst(sites, n).to_dict("records")
    ]  # fmt: skip
    heads = [texts[f"briefing.col.{name}"] for name in names]
    return paper.table(heads, rows, (12, 31, 32, 14, 13, 27, 34, 22), {0, 3, 4})


def _remedy_table(sites: pd.DataFrame, inputs: BriefingInputs, info: RunInfo) -> Flowable:
    """What is needed, what of it is given, until when to order."""
    texts, language = catalogue(info.language), info.language
    names = ("remedy", "n_sites", "n_voters", "n_served", "n_devices", "lead_time", "order_by")
    rows = [
        [
            texts[f"remedy.{row['remedy']}"],
            *(number(row[name], language) for name in ("n_sites", "n_voters", "n_served",
                                                       "n_devices", "lead_time_days")),
            _order_by(row["latest_order_date"], info, texts),
        ]
        for row in rows_of.remedies(sites, inputs.allocation).to_dict("records")
    ]  # fmt: skip
    heads = [texts[f"briefing.col.{name}"] for name in names]
    return paper.table(heads, rows, (58, 16, 20, 22, 20, 20, 30), {1, 2, 3, 4, 5})


def _legal(sites: pd.DataFrame, info: RunInfo) -> list[str]:
    """Holds by village, then what the law says of boosters."""
    texts, held = catalogue(info.language), rows_of.holds(sites)
    lines = [texts["note.adat"]]
    if len(held):
        villages = "; ".join(
            f"{_text(row['village']) or '?'}, {_text(row['district']) or '?'} ({row['n_sites']})"
            for row in held.to_dict("records")
        )
        lines.append(texts["briefing.holds"].format(villages=villages))
    return [*lines, texts["note.booster"], texts["briefing.law"], texts["note.offline"]]


def _limits(facts: CardFacts, info: RunInfo) -> list[str]:
    """What the figures cannot say, and how far the model was off."""
    texts, language = catalogue(info.language), info.language
    lines = [texts["note.unknown"], texts["briefing.brackets"], texts["briefing.chance"]]
    if facts.rmse_db is not None and facts.coverage is not None:
        lines.append(
            texts["briefing.model"].format(
                rmse=number(facts.rmse_db, language, 1),
                claimed=share(facts.interval, language),
                held=share(facts.coverage, language),
            )
        )
    return [*lines, texts["briefing.rank_note"], texts["briefing.average"]]


def _chance(row: dict[Any, Any], language: str) -> str:
    """Chance of failing, in brackets where the model does not stand by it."""
    text = share(row["p_upload_fail"], language)
    return f"({text})" if row["evidence"] == "survey_first" else text


def _order_by(value: Any, info: RunInfo, texts: Catalogue) -> str:
    """A date; marked where it had passed when the last reading was taken."""
    if pd.isna(value):
        return "–"
    text = f"{value:%d-%m-%Y}"
    return f"{text} {texts['briefing.late']}" if rows_of.is_late(value, info) else text


def _text(value: Any) -> str:
    """A name, empty where it is not known."""
    return value if isinstance(value, str) else ""


def _in_brackets(value: Any) -> str:
    """A name in brackets, empty where it is not known."""
    return f"({value})" if isinstance(value, str) else ""
