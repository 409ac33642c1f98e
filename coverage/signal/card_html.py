"""The model card as a page: one file, no outside parts, Indonesian or English."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from coverage.errors import InputError
from coverage.signal import card_plots

LANGUAGES: Final = ("id", "en")

TEXTS: Final = {
    "title": ("Kartu model sinyal", "Signal model card"),
    "data": ("Data", "Data"),
    "model": ("Model", "Model"),
    "warnings": ("Yang perlu diperhatikan", "What to mind"),
    "none": ("Tidak ada.", "None."),
    "blocked": (
        "Uji blok: seluruh sel H3 disisihkan, dengan jarak pengaman (angka utama)",
        "Blocked test: whole H3 cells held out, with a buffer (the headline)",
    ),
    "random": (
        "Uji acak: terlalu optimistis, jalan yang sama dilalui berulang kali (batas atas saja)",
        "Random test: optimistic, the same roads are driven again and again (upper bound only)",
    ),
    "matched": (
        "Uji dengan jarak ke data yang sama seperti di TPS",
        "Test at the distances to data that the polling stations have",
    ),
    "base": (
        "Porsi lemah di antara baris uji: {base}. Baris uji: {n}.",
        "Share of weak rows in the test: {base}. Test rows: {n}.",
    ),
    "methods": ("Metode", "Methods"),
    "paired": (
        "Selisih terhadap pembanding (selang 95 %; menang hanya jika selang tidak memuat nol)",
        "Difference to each rival (95 % interval; a win only where it excludes zero)",
    ),
    "intervals": (
        "Selang 90 %: cakupan menurut jarak ke pengukuran",
        "90 % interval: coverage by distance to readings",
    ),
    "by_distance": ("RMSE [dB] menurut jarak ke pengukuran", "RMSE [dB] by distance to readings"),
    "by_operator": ("Menurut operator", "By operator"),
    "calibration": (
        "Kalibrasi P(lemah): peluang dan frekuensi",
        "Calibration of P(weak): probability and frequency",
    ),
    "district": (
        "Uji kecamatan: seluruh kecamatan disisihkan",
        "District test: whole districts held out",
    ),
    "campaign": (
        "Uji kampanye: seluruh hari survei disisihkan",
        "Campaign test: whole days of surveying held out",
    ),
    "effects": (
        "Pengaruh tiap fitur: besar rata-rata [dB]",
        "Effect of each feature: mean size [dB]",
    ),
    "ablations": (
        "Tanpa satu bagian (selisih: model penuh dikurangi model ini)",
        "Without one part (differences: the full model less this one)",
    ),
    "permuted": (
        "Label diacak: tidak boleh ada kecakapan",
        "Shuffled labels: there must be no skill",
    ),
    "wasserstein": (
        "Jarak ke data: TPS (garis penuh) dan baris uji (putus-putus); W = {w} m",
        "Distance to data: polling stations (solid) and test rows (dashed); W = {w} m",
    ),
    "skill_without_labels": (
        "Model tampak cakap pada label acak: ada kebocoran.",
        "The model seems skilled on shuffled labels: something leaks.",
    ),
    "sources": ("Sumber data: geseran dan derau", "Sources: shift and noise"),
    "candidates": ("Rantai yang diuji", "Chains judged"),
    "suspiciously_good": (
        "RMSE blok {rmse_db} dB terlalu baik untuk data warga: cari kebocoran dulu.",
        "A blocked RMSE of {rmse_db} dB is too good for crowd data: look for leakage first.",
    ),
    "beaten_by": (
        "Metode sederhana lebih baik: {rival}.",
        "A simpler method does better: {rival}.",
    ),
    "coverage": (
        "Selang 90 % mencakup {coverage} pada jarak {distance}.",
        "The 90 % interval covers {coverage} at distance {distance}.",
    ),
    "no_cell_list": (
        "Tanpa daftar sel radio: jauh dari pengukuran, model hanya tahu rata-rata.",
        "No list of radio cells: far from readings the model knows an average only.",
    ),
    "choice_not_nested": (
        "Rantai dipilih sekali dengan semua data, bukan ulang di tiap lipatan.",
        "The chain was chosen once on all data, not anew in each fold.",
    ),
    "range_beyond_block": (
        "Korelasi sisa mencapai {range_m} m, lebih jauh dari sisi blok: angka bisa terlalu baik.",
        "Residuals correlate to {range_m} m, beyond a block's edge: figures may flatter.",
    ),
    "not_validated": (
        "Daerah yang diukur terlalu kecil untuk diuji terpisah: model tidak dapat dinilai.",
        "The area measured is too small for a separate test: the model could not be judged.",
    ),
    "no_weak_rows": (
        "Tidak ada baris uji yang lemah: peringkat tidak dapat dinilai.",
        "No weak row in the test: the ranking cannot be judged.",
    ),
}

_STYLE: Final = (
    "body{font-family:sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "table{border-collapse:collapse;margin:.5rem 0 1.5rem}"
    "th,td{border:1px solid #ccc;padding:.2rem .6rem;text-align:right}"
    "th:first-child,td:first-child{text-align:left}th{background:#f0f0f0}"
    ".warn{background:#fff3cd;padding:.5rem 1rem}"
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
    parts = [
        f"<h1>{title}</h1>",
        _warnings(content["warnings"], language),
        f"<h2>{_text('data', language)}</h2>",
        _facts({k: v for k, v in content["data"].items() if not isinstance(v, list)}),
        _table(content["data"]["by_operator_and_source"]),
        f"<h2>{_text('model', language)}</h2>",
        _facts({k: v for k, v in content["model"].items() if not isinstance(v, list)}),
        f"<h3>{_text('candidates', language)}</h3>",
        _table(content["model"]["candidates"]),
        f"<h3>{_text('sources', language)}</h3>",
        _table(content["model"]["sources"]),
        *_titled("effects", content.get("effects"), language),
        _facts(content["validation"]),
        *(
            _split(name, content["splits"][name], language)
            for name in ("blocked", "matched", "district", "campaign", "random")
            if name in content["splits"]
        ),
        *_titled("ablations", content.get("ablations"), language),
        *_titled("permuted", [content["permuted"]] if "permuted" in content else None, language),
    ]
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{title}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


def _split(name: str, split: Mapping[str, Any], language: str) -> str:
    """One split: scores, differences, intervals, calibration."""
    base = _text("base", language).format(base=_cell(split["base_rate"]), n=split["n_scored"])
    parts = [f"<h2>{_text(name, language)}</h2>", f"<p>{base}</p>"]
    for part in ("methods", "paired", "intervals", "by_distance", "by_operator", "calibration"):
        parts += [f"<h3>{_text(part, language)}</h3>", _table(split[part])]
    parts.append(card_plots.reliability(split["calibration"]))
    if "distances" in split:
        told = _text("wasserstein", language).format(w=_cell(split["wasserstein_m"]))
        parts += [f"<h3>{told}</h3>", card_plots.distances(split["distances"])]
    return "\n".join(parts)


def _titled(key: str, rows: Sequence[Mapping[str, Any]] | None, language: str) -> list[str]:
    """A table under its title, if there is one."""
    return [f"<h3>{_text(key, language)}</h3>", _table(rows)] if rows else []


def _warnings(warnings: Sequence[Mapping[str, Any]], language: str) -> str:
    """The warnings as a list."""
    lines = [
        escape(
            _text(str(w["code"]), language).format(**{k: v for k, v in w.items() if k != "code"})
        )
        for w in warnings
    ] or [_text("none", language)]
    items = "".join(f"<li>{line}</li>" for line in lines)
    return f'<div class="warn"><h2>{_text("warnings", language)}</h2><ul>{items}</ul></div>'


def _facts(values: Mapping[str, Any]) -> str:
    """Single values as a two-column table."""
    rows = "".join(
        f"<tr><td>{escape(str(name))}</td><td>{escape(_cell(value))}</td></tr>"
        for name, value in values.items()
    )
    return f"<table>{rows}</table>"


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as a table, columns named as in the JSON."""
    if not rows:
        return ""
    head = "".join(f"<th>{escape(str(name))}</th>" for name in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(_cell(value))}</td>" for value in row.values()) + "</tr>"
        for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _cell(value: Any) -> str:
    """One value as text; an estimate with its interval; a dash for not known."""
    if value is None:
        return "-"
    if isinstance(value, Mapping):
        low, high = _cell(value["low"]), _cell(value["high"])
        return f"{_cell(value['value'])} [{low}, {high}]"
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return str(value)


def _text(key: str, language: str) -> str:
    """A text in one language."""
    return TEXTS[key][LANGUAGES.index(language)]
