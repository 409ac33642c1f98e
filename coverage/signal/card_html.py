"""The model card as a page: one file, no outside parts, Indonesian or English."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from coverage.errors import InputError
from coverage.signal import card_plots
from coverage.signal.card_words import (
    FEATURES,
    GLOSSARY,
    HEADINGS,
    LANGUAGES,
    METHODS,
    NAMES,
    TEXTS,
)
from coverage.signal.validation import MODEL_NAME

GROUPED_FROM: Final = 10_000  # smaller numbers have no separator, as years and seeds have none
DECIMALS: Final = {"_db": 2, "_db2": 2, "_m": 0, "_dbm": 0, "seed": 0}
"""Digits after the point by how the column's name ends; :data:`SHARE_DECIMALS` elsewhere."""
SHARE_DECIMALS: Final = 3
OPEN_SPLITS: Final = ("blocked", "matched")
"""Splits that are read first; the others unfold at a click."""

SPLIT_PARTS: Final = (
    "methods", "paired", "intervals", "by_distance", "by_operator", "rmse_by_operator",
    "ap_by_operator", "calibration",
)  # fmt: skip
"""Tables of a split, in the order of the page."""

_STYLE: Final = (
    "body{font-family:sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#222;"
    "line-height:1.4}"
    "table{border-collapse:collapse;margin:.5rem 0 1.5rem;font-size:.86rem}"
    "th,td{border:1px solid #ccc;padding:.2rem .5rem;text-align:right;vertical-align:top;"
    "font-variant-numeric:tabular-nums}"
    "th:first-child,td:first-child,.facts td{text-align:left}th{background:#f0f0f0}"
    ".own td{font-weight:bold;background:#eef5fb}"
    ".ci{display:block;font-size:.78rem;color:#555;font-weight:normal;white-space:nowrap}"
    "h2{border-top:2px solid #ddd;padding-top:1rem;margin-top:2rem}"
    ".warn{background:#fff3cd;padding:.2rem 1rem}.warn h2{border:0;padding:0;margin:.6rem 0 0}"
    "summary{font-weight:bold;font-size:1.2rem;margin:1.5rem 0 .5rem;cursor:pointer}"
    ".wide{overflow-x:auto}dt{font-weight:bold}figure{margin:.5rem 0 1.5rem}"
    "figcaption{font-size:.86rem;color:#444}"
    "@media print{body{max-width:none}table{page-break-inside:avoid}}"
)


def page(content: Mapping[str, Any], language: str) -> str:
    """The card as one HTML page.

    Raises
    ------
    InputError
        Where the language is neither ``id`` nor ``en``.
    """
    if language not in LANGUAGES:
        raise InputError(f"Invalid language {language!r}. Must be one of {list(LANGUAGES)}.")
    title = _text("title", language)
    interval = _percent(content["validation"].get("interval"))
    parts = [
        f"<h1>{title}</h1>",
        _summary(content, language),
        _warnings(content["warnings"], language),
        *_data(content, language),
        *_model(content, language),
        f"<h2>{_text('validation', language)}</h2>",
        _facts(content["validation"], language),
        *(
            _split(name, content["splits"][name], interval, language)
            for name in ("blocked", "matched", "district", "campaign", "random")
            if name in content["splits"]
        ),
        *_titled("ablations", content.get("ablations"), language),
        *_titled("permuted", [content["permuted"]] if "permuted" in content else None, language),
        _glossary(language),
    ]
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{title}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


def _summary(content: Mapping[str, Any], language: str) -> str:
    """The headline figures, where there was a test."""
    blocked = content["splits"].get("blocked")
    if blocked is None or not blocked["intervals"]:
        return ""
    ours = next(row for row in blocked["methods"] if row["method"] == MODEL_NAME)
    told = _text("summary", language).format(
        rmse=_value("rmse_db", ours["rmse_db"]["value"], language),
        ap=_value("average_precision", ours["average_precision"]["value"], language),
        base=_value("base_rate", blocked["base_rate"], language),
        interval=_percent(content["validation"].get("interval")),
        coverage=_value("coverage", blocked["intervals"][-1]["coverage"], language),
    )
    return f"<p>{escape(told)}</p>"


def _data(content: Mapping[str, Any], language: str) -> list[str]:
    """What the model was made of."""
    return [
        f"<h2>{_text('data', language)}</h2>",
        _facts(content["data"], language),
        _table(content["data"]["by_operator_and_source"], language),
    ]


def _model(content: Mapping[str, Any], language: str) -> list[str]:
    """What was chosen and found, and what each feature does."""
    effects = content.get("effects") or []
    bars = card_plots.bars(
        [(_feature(row["feature"], language), float(row["total_db"])) for row in effects]
    )
    return [
        f"<h2>{_text('model', language)}</h2>",
        _facts(content["model"], language),
        *_titled("candidates", content["model"]["candidates"], language),
        *_titled("sources", content["model"]["sources"], language),
        *_titled("effects", effects, language),
        _figure(bars, ""),
    ]


def _split(name: str, split: Mapping[str, Any], interval: str, language: str) -> str:
    """One split: scores, differences, intervals, calibration."""
    base = _text("base", language).format(
        base=_value("base_rate", split["base_rate"], language),
        n=_value("n", split["n_scored"], language),
    )
    ranges = card_plots.ranges(
        [(_name(row["method"], language), row["rmse_db"]) for row in split["methods"]]
    )
    parts = [f"<p>{base}</p>"]
    for part in SPLIT_PARTS:
        if part == "paired":
            parts.append(_figure(ranges, _text("ranges", language)))
        title = _text(part, language).format(interval=interval)
        parts += [f"<h3>{title}</h3>", _table(split[part], language)]
    parts.append(_figure(card_plots.reliability(split["calibration"]), _text("axes", language)))
    if "distances" in split:
        told = _text("wasserstein", language).format(
            w=_value("_m", split["wasserstein_m"], language)
        )
        parts.append(_figure(card_plots.distances(split["distances"]), told))
    inside, title = "\n".join(parts), _text(name, language)
    if name in OPEN_SPLITS:
        return f"<h2>{title}</h2>\n{inside}"
    return f"<details><summary>{title}</summary>\n{inside}</details>"


def _titled(key: str, rows: Sequence[Mapping[str, Any]] | None, language: str) -> list[str]:
    """A table under its title, if there is one."""
    return [f"<h3>{_text(key, language)}</h3>", _table(rows, language)] if rows else []


def _figure(drawing: str, caption: str) -> str:
    """A drawing with its caption, nothing where there is none."""
    told = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f"<figure>{drawing}{told}</figure>" if drawing else ""


def _glossary(language: str) -> str:
    """What the scores mean."""
    place = LANGUAGES.index(language)
    words = "".join(f"<dt>{word}</dt><dd>{told[place]}</dd>" for word, told in GLOSSARY.items())
    return f"<h2>{_text('glossary', language)}</h2><dl>{words}</dl>"


def _warnings(warnings: Sequence[Mapping[str, Any]], language: str) -> str:
    """The warnings as a list."""
    lines = [
        escape(
            _text(str(w["code"]), language).format(
                **{k: _value(k, v, language) for k, v in w.items() if k != "code"}
            )
        )
        for w in warnings
    ] or [_text("none", language)]
    items = "".join(f"<li>{line}</li>" for line in lines)
    return f'<div class="warn"><h2>{_text("warnings", language)}</h2><ul>{items}</ul></div>'


def _facts(values: Mapping[str, Any], language: str) -> str:
    """Single values as a two-column table; lists have tables of their own."""
    rows = "".join(
        f"<tr><td>{escape(_heading(name, language))}</td>"
        f"<td>{escape(_value(name, value, language))}</td></tr>"
        for name, value in values.items()
        if not isinstance(value, list)
    )
    return f'<table class="facts">{rows}</table>'


def _table(rows: Sequence[Mapping[str, Any]], language: str) -> str:
    """Rows as a table; the model's own row stands out."""
    if not rows:
        return ""
    head = "".join(f"<th>{escape(_heading(name, language))}</th>" for name in rows[0])
    body = "".join(
        ('<tr class="own">' if row.get("method") == MODEL_NAME else "<tr>")
        + "".join(f"<td>{_shown(name, value, language)}</td>" for name, value in row.items())
        + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><tr>{head}</tr>{body}</table></div>'


def _shown(name: str, value: Any, language: str) -> str:
    """One value as HTML; the interval of an estimate below it."""
    if not isinstance(value, Mapping):
        return escape(_value(name, value, language))
    middle, low, high = (_value(name, value[end], language) for end in ("value", "low", "high"))
    return f'{escape(middle)}<span class="ci">[{escape(low)}; {escape(high)}]</span>'


def _value(name: str, value: Any, language: str) -> str:
    """One value as text, numbers as the language writes them; a dash for not known."""
    if value is None:
        return "-"
    if name == "feature":
        return _feature(str(value), language)
    if name == "covariates":
        return ", ".join(_feature(one, language) for one in str(value).split(", "))
    if isinstance(value, (bool, str)):
        return _name(str(value), language)
    decimals = 0 if isinstance(value, int) else _decimals(name)
    grouping = "," if abs(value) >= GROUPED_FROM else ""
    return _numeral(f"{value:{grouping}.{decimals}f}", language)


def _decimals(name: str) -> int:
    """Digits after the point in a column; those named after methods stand side by side: few."""
    if name in METHODS:
        return DECIMALS["_db"]
    return next((n for end, n in DECIMALS.items() if name.endswith(end)), SHARE_DECIMALS)


def _numeral(text: str, language: str) -> str:
    """A numeral; Indonesian has a decimal comma and points between thousands."""
    return text if language == "en" else text.translate(str.maketrans(",.", ".,"))


def _percent(share: float | None) -> str:
    """A share in per cent."""
    return "90" if share is None else f"{100 * share:.0f}"


def _name(value: str, language: str) -> str:
    """A word of the JSON, its parts one by one; as it is where it is not ours."""
    names: Mapping[str, tuple[str, str]] = NAMES
    if value in names:
        return names[value][LANGUAGES.index(language)]
    parts = value.split("|")
    return value if len(parts) == 1 else ", ".join(_name(part, language) for part in parts)


def _heading(name: str, language: str) -> str:
    """Heading of a column; one named after a method has the method's name."""
    headings: Mapping[str, tuple[str, str]] = HEADINGS
    return headings[name][LANGUAGES.index(language)] if name in headings else _name(name, language)


def _feature(name: str, language: str) -> str:
    """A feature as people call it."""
    features: Mapping[str, tuple[str, str]] = FEATURES
    return features[name][LANGUAGES.index(language)] if name in features else name


def _text(key: str, language: str) -> str:
    """A text in one language."""
    return TEXTS[key][LANGUAGES.index(language)]
