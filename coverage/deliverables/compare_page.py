"""Two surveys compared, as one HTML page: counts, maps, surest changes, what has to be known.

The page holds both languages and needs no script: a radio button shows one of them.
"""

import base64
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import pandas as pd
import shapely
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from coverage import hexgrid
from coverage.deliverables.gis import hexagons
from coverage.deliverables.info import LANGUAGES, RunInfo, sources_in
from coverage.deliverables.numbers import number, share
from coverage.deliverables.palette import CHANGE_COLOURS
from coverage.deliverables.pictures import STYLE, new_figure, picture
from coverage.deliverables.texts import catalogue
from coverage.errors import InputError
from coverage.tables import CELL_CHANGES

_TESTED: Final = ("worse", "better", "none_shown")
_MAP_DPI: Final = 110


@dataclass(frozen=True, kw_only=True)
class CompareNote:
    """One thing that has to be known in reading a comparison.

    Attributes
    ----------
    key
        Its text is ``compare.note.<key>`` of the catalogue.
    values
        What stands in the text's places; several names of one place are joined by "and".
    """

    key: str
    values: Mapping[str, str | tuple[str, ...]]

    def told(self, language: str) -> str:
        """The note in a language.

        Examples
        --------
        >>> CompareNote(key="shared", values={"n": "2"}).told("en")
        '2 inputs are in both surveys: changes are understated.'
        """
        texts = catalogue(language)
        values = {
            place: value if isinstance(value, str) else f" {texts['compare.and']} ".join(value)
            for place, value in self.values.items()
        }
        return texts[f"compare.note.{self.key}"].format(**values)


@dataclass(frozen=True, kw_only=True)
class CompareFacts:
    """What was compared.

    Attributes
    ----------
    old, new
        Names of the surveys.
    max_false_share
        Share of false findings put up with among the changes named. [0-1]
    notes
        What has to be known in reading this.
    n_listed
        Changes listed of each kind. [count]
    """

    old: str
    new: str
    max_false_share: float
    notes: tuple[CompareNote, ...] = ()
    n_listed: int = 20

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if not 0 < self.max_false_share < 1:
            raise InputError(f"Invalid max_false_share {self.max_false_share}. Must be in (0, 1).")
        if self.n_listed < 0:
            raise InputError(f"Invalid n_listed {self.n_listed}. Must be >= 0.")


def compare_page(changes: pd.DataFrame, facts: CompareFacts, info: RunInfo) -> bytes:
    """The comparison as a page.

    Parameters
    ----------
    changes
        Table ``cell_delta``.
    facts
        What was compared.
    info
        The newer run: language first shown, resolution, date of its newest reading.

    Returns
    -------
    bytes
        HTML, UTF-8. The same tables give the same bytes.
    """
    maps = _maps(changes)
    switches = "".join(
        f'<input type="radio" name="language" id="{code}"{_checked(code, info)}>'
        f'<label for="{code}" lang="{code}">{catalogue(code)["compare.language"]}</label>'
        for code in LANGUAGES
    )
    body = "\n".join(_article(changes, facts, info, language, maps) for language in LANGUAGES)
    title = html.escape(f"{facts.old} → {facts.new}")
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return (
        f'<!DOCTYPE html>\n<html lang="{info.language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<div class="switch">{switches}</div>\n{body}\n</body>\n</html>\n'
    ).encode()


def _checked(code: str, info: RunInfo) -> str:
    """The attribute of the language first shown."""
    return " checked" if code == info.language else ""


def _article(
    changes: pd.DataFrame,
    facts: CompareFacts,
    info: RunInfo,
    language: str,
    maps: Sequence[tuple[str, str]],
) -> str:
    """Everything in one language."""
    texts = catalogue(language)
    counts = changes["change"].value_counts()
    n_tested = int(sum(counts.get(code, 0) for code in _TESTED))
    verdict = texts["compare.verdict"] if n_tested else texts["compare.nothing"]
    told = verdict.format(
        worse=number(counts.get("worse", 0), language),
        better=number(counts.get("better", 0), language),
        tested=number(n_tested, language),
        share=share(facts.max_false_share, language),
    )
    pictures = "".join(
        f'<figure><img alt="{html.escape(texts["compare.map"].format(network=name))}" '
        f'src="data:image/png;base64,{data}"><figcaption>{html.escape(name)}</figcaption></figure>'
        for name, data in maps
    )
    keys = "".join(
        f'<li><span style="background:{colour}"></span>{texts[f"compare.change.{code}"]}</li>'
        for code, colour in CHANGE_COLOURS.items()
    )
    surest = "".join(
        f"<h2>{texts[f'compare.surest_{code}']}</h2>" + _surest(changes, code, facts, language)
        for code in ("worse", "better")
    )
    notes = "".join(f"<li>{html.escape(note.told(language))}</li>" for note in facts.notes)
    made = f"{info.created_utc:%Y-%m-%d %H:%M} UTC"
    sources = "".join(f"<li>{html.escape(line)}</li>" for line in sources_in(info, language))
    return (
        f'<article lang="{language}">\n<h1>{texts["compare.title"]}: '
        f"{html.escape(facts.old)} → {html.escape(facts.new)}</h1>\n"
        f"<p>{texts['compare.made'].format(date=made, resolution=info.resolution)}</p>\n"
        f'<p class="verdict">{told}</p>\n<p>{texts["compare.none_shown"]}</p>\n'
        + (f"<ul>{notes}</ul>\n" if notes else "")
        + f"<h2>{texts['compare.counts']}</h2>\n{_counts(changes, language)}\n"
        + (f'<h2>{texts["compare.maps"]}</h2><ul class="key">{keys}</ul>{pictures}' if maps else "")
        + f"\n{surest}\n"
        + (f"<h2>{texts['workbook.attribution']}</h2><ul>{sources}</ul>\n" if sources else "")
        + "</article>"
    )


def _counts(changes: pd.DataFrame, language: str) -> str:
    """Cells by operator, RAT and what is said of them."""
    texts = catalogue(language)
    heads = [texts["page.operator"], texts["column.rat"]]
    heads += [texts[f"compare.change.{code}"] for code in CELL_CHANGES]
    rows = [
        [str(operator), str(rat)]
        + [number(int((own["change"] == code).sum()), language) for code in CELL_CHANGES]
        for (operator, rat), own in changes.groupby(["operator", "rat"], sort=True)
    ]
    return _table(heads, rows, n_text=2)


def _surest(changes: pd.DataFrame, change: str, facts: CompareFacts, language: str) -> str:
    """The changes least likely to be chance."""
    texts = catalogue(language)
    own = changes[changes["change"] == change]
    own = own.sort_values(["q_value", "p_value", "h3_cell", "operator", "rat"])
    own = own.head(facts.n_listed)
    if own.empty:
        return f"<p>{texts['compare.none']}</p>"
    cells = own["h3_cell"].to_numpy(dtype="uint64")
    latitude, longitude = hexgrid.centres_of(cells)
    named = own.assign(text=hexgrid.to_text(cells), latitude=latitude, longitude=longitude)
    columns = ("cell", "place", "network", "p50", "weak", "readings", "q")
    rows = [
        [
            str(row["text"]),
            f"{row['latitude']:.5f}, {row['longitude']:.5f}",
            f"{row['operator']} {row['rat']}",
            f"{_level(row['signal_p50_old_dbm'], language)} → "
            f"{_level(row['signal_p50_new_dbm'], language)}",
            f"{number(100 * row['weak_share_old'], language)} % → "
            f"{number(100 * row['weak_share_new'], language)} %",
            f"{number(row['n_readings_old'], language)} → "
            f"{number(row['n_readings_new'], language)}",
            number(row["q_value"], language, 4),
        ]
        for row in named.to_dict("records")
    ]
    return _table([texts[f"compare.col.{name}"] for name in columns], rows, n_text=3)


def _level(value: Any, language: str) -> str:
    """A median; where it falls on a reading without service, that."""
    if pd.isna(value):
        return catalogue(language)["page.no_service"]
    return f"{number(value, language)} dBm".replace("-", "−")


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], n_text: int) -> str:
    """A table, its first columns text, the others numbers."""
    top = "".join(
        f'<th scope="col" class="{"t" if k < n_text else "n"}">{html.escape(text)}</th>'
        for k, text in enumerate(heads)
    )
    lines = "".join(
        "<tr>"
        + "".join(
            f'<td class="{"t" if k < n_text else "n"}">{html.escape(text)}</td>'
            for k, text in enumerate(row)
        )
        + "</tr>\n"
        for row in rows
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>\n{lines}</tbody></table>"


def _maps(changes: pd.DataFrame) -> list[tuple[str, str]]:
    """A map of the tested cells of each operator and RAT that has any: name and base64 PNG."""
    tested = changes[changes["change"].isin(_TESTED)]
    if tested.empty:
        return []
    box = shapely.total_bounds(hexagons(tested["h3_cell"].to_numpy(dtype="uint64")))
    return [
        (f"{operator} {rat}", base64.b64encode(_map(own, box)).decode("ascii"))
        for (operator, rat), own in tested.groupby(["operator", "rat"], sort=True)
    ]


def _map(tested: pd.DataFrame, box: Sequence[float]) -> bytes:
    """Cells by what is said of them, changes on top."""
    ordered = tested.sort_values(["change", "h3_cell"], key=_drawn_last)
    shapes = hexagons(ordered["h3_cell"].to_numpy(dtype="uint64"))
    with mpl.rc_context(STYLE):
        figure: Figure = new_figure(120.0, 90.0)
        axes = figure.add_subplot()
        axes.add_collection(
            PolyCollection(
                [shapely.get_coordinates(shape) for shape in shapes],
                facecolors=[CHANGE_COLOURS[code] for code in ordered["change"]],
                edgecolors=[CHANGE_COLOURS[code] for code in ordered["change"]], linewidths=0.8,
            )
        )  # fmt: skip
        axes.set(xlim=(box[0] - 0.01, box[2] + 0.01), ylim=(box[1] - 0.01, box[3] + 0.01))
        axes.set_aspect(1 / float(np.cos(np.radians((box[1] + box[3]) / 2))))
        axes.tick_params(labelsize=6.5)
        axes.set(xlabel="°E", ylabel="°N")
        axes.grid(visible=True)
    return picture(figure, "png", _MAP_DPI)


def _drawn_last(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Order of drawing: cells without a shown change first."""
    if column.name != "change":
        return column
    return column.map({"none_shown": 0, "better": 1, "worse": 2})


_STYLE: Final = """
@page { size: A4; margin: 12mm; }
body { max-width: 1100px; margin: 20px auto; padding: 0 18px; color: #16242f;
  font: 14px/1.45 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
body:has(#id:checked) article[lang="en"], body:has(#en:checked) article[lang="id"] {
  display: none; }
.switch { float: right; } .switch label { margin: 0 10px 0 3px; }
h1 { font-size: 21px; } h2 { margin: 22px 0 6px; font-size: 16px; }
.verdict { padding: 10px 14px; border-left: 5px solid #123a4c; background: #e6f1f6;
  font-weight: 600; }
table { width: 100%; border-collapse: collapse; font-size: 12.5px; }
th, td { padding: 4px 7px; border-bottom: 1px solid #d5dce1; text-align: left; }
th { background: #e8eef2; } .n { text-align: right; white-space: nowrap; }
tr { break-inside: avoid; } thead { display: table-header-group; }
figure { display: inline-block; width: 48%; margin: 0 1% 10px 0; break-inside: avoid; }
figure img { width: 100%; } figcaption { font-weight: 600; }
.key { display: flex; gap: 18px; padding: 0; list-style: none; }
.key span { display: inline-block; width: 16px; height: 12px; margin-right: 6px; }
@media print { .switch { display: none; } body { font-size: 11px; } }
"""
