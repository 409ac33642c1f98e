"""The explanation of one TPS as lines on a screen, in Indonesian or English."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pandas as pd

from coverage.errors import InputError
from coverage.signal.card_words import FEATURES
from pipelines.explain import Explanation, OperatorAnswer, rows_of

LANGUAGES: Final = ("id", "en")
N_EFFECTS: Final = 8  # told one by one; the rest as a sum
N_NEIGHBOURS: Final = 4
SMALL_DB: Final = 0.05  # an effect below it is written as none

TEXTS: Final = {
    "head": (
        "{tps_code} {village}, {district}: peringkat {rank}, peluang gagal unggah {p_fail}",
        "{tps_code} {village}, {district}: rank {rank}, chance that the upload fails {p_fail}",
    ),
    "place": (
        "Koordinat: {source}, ketelitian {accuracy} m; bangunan: {building}",
        "Coordinates: {source}, good to {accuracy} m; building: {building}",
    ),
    "power": ("Listrik di TPS: {power}", "Electric power at the TPS: {power}"),
    "has_power": ("ada", "yes"),
    "lacks_power": (
        "tidak ada; alat yang perlu listrik tidak dapat dipasang",
        "no; no kit that needs power can be fitted",
    ),
    "power_unknown": (
        "tidak diketahui; periksa sebelum memasang alat",
        "not known; check before any kit is fitted",
    ),
    "unknown": ("tidak diketahui", "not known"),
    "phone": (
        "Di ponsel, dalam bangunan: {p50} dBm (90 %: {p05} sampai {p95}); P(lemah) {p_weak}, "
        "P(gagal unggah) {p_fail}",
        "At the phone, inside the building: {p50} dBm (90 %: {p05} to {p95}); P(weak) {p_weak}, "
        "P(upload fails) {p_fail}",
    ),
    "outdoors": (
        "Di luar ruang, di titik ini: {p50} dBm (90 %: {p05} sampai {p95})",
        "Outdoors, at this point: {p50} dBm (90 %: {p05} to {p95})",
    ),
    "applies": ("Model dapat dipakai di sini.", "The model may be used here."),
    "vague": (
        "Survei dulu: model mengenal tempat seperti ini, tetapi selangnya terlalu lebar.",
        "Survey first: the model knows places like this, but its interval is too wide.",
    ),
    "foreign": (
        "Survei dulu: model belum pernah melihat tempat seperti ini.",
        "Survey first: the model has seen no place like this.",
    ),
    "no_answer": (
        "Survei dulu: di sebagian besar sel tempat TPS ini mungkin berada, model tidak menjawab.",
        "Survey first: in most cells where this TPS may lie, the model gives no answer.",
    ),
    "mean": ("Nilai tengah terdiri atas [dB]:", "The mean is made of [dB]:"),
    "base": ("rata-rata {operator} di tempat ukur", "mean of {operator} where it was measured"),
    "rest": ("{n} pengaruh lain", "{n} other effects"),
    "kriged": ("sisa dari pengukuran sekitar", "what readings around leave over"),
    "sum": ("jumlah", "sum"),
    "physics": (
        "Fisika terkalibrasi saja: {level} dBm",
        "Calibrated physics alone: {level} dBm",
    ),
    "neighbours": (
        "Sampel yang paling berpengaruh (jarak, operator, sisa, pengaruh):",
        "Samples that weigh most (distance, operator, residual, effect):",
    ),
    "readings": ("Pengukuran terdekat:", "Nearest readings:"),
    "no_readings": ("Tidak ada pengukuran operator ini.", "No reading of this operator."),
    "no_service": ("tanpa layanan", "no service"),
    "serving": (
        "Sel yang melayani pengukuran terdekat: {cell}",
        "Cell that served the nearest reading: {cell}",
    ),
    "cells": ("Sel radio terdekat menurut daftar:", "Nearest radio cells on the list:"),
    "visit": (
        "Andai satu uji jalan mengukur di TPS ini:",
        "If a drive test took one reading at this TPS:",
    ),
    "visit_line": (
        "{level} dBm -> 90 % {p05} sampai {p95} dBm, P(gagal unggah) {p_fail} "
        "(sekarang {now}), {answer}",
        "{level} dBm -> 90 % {p05} to {p95} dBm, P(upload fails) {p_fail} (now {now}), {answer}",
    ),
    "would_answer": ("model menjawab", "the model answers"),
    "would_not": ("tetap perlu survei", "still to be surveyed"),
    "caveat": (
        "Tren dan kalibrasi dianggap tetap; hanya sisa di sekitar titik yang berubah.",
        "Trend and calibration are taken as they are; only the residual around changes.",
    ),
    "listed": ("terdaftar", "listed"),
    "estimated": ("perkiraan", "estimated"),
}


def lines(told: Explanation, language: str) -> Iterator[str]:
    """The explanation, line by line.

    Raises
    ------
    InputError
        Where the language is neither ``id`` nor ``en``.
    """
    if language not in LANGUAGES:
        raise InputError(f"Invalid language {language!r}. Must be one of {list(LANGUAGES)}.")
    yield _say(
        "head", language,
        tps_code=told.site["tps_code"], village=_known(told.site["village"], language),
        district=_known(told.site["district"], language), rank=told.ranking["rank"],
        p_fail=_share(told.ranking["p_upload_fail"], language),
    )  # fmt: skip
    yield _say(
        "place", language,
        source=told.site["coordinate_source"],
        accuracy=f"{float(told.site['coordinate_accuracy_m']):.0f}",
        building=_known(told.site["building"], language),
    )  # fmt: skip
    yield _say("power", language, power=_say(_power(told.site["has_power"]), language))
    for answer in told.operators:
        yield ""
        yield f"== {answer.operator} =="
        yield from _outcome(answer, language)
        yield from _mean(answer, language)
        yield from _evidence(answer, language)
        yield from _visits(answer, language)
    yield ""
    yield _say("caveat", language)


def _outcome(answer: OperatorAnswer, language: str) -> Iterator[str]:
    """Levels, chances, and whether the model answers at all."""
    row = answer.outcome
    yield _say(
        "phone", language,
        p05=_level(row["rsrp_p05_dbm"]), p50=_level(row["rsrp_p50_dbm"]),
        p95=_level(row["rsrp_p95_dbm"]), p_weak=_share(row["p_weak"], language),
        p_fail=_share(row["p_upload_fail"], language),
    )  # fmt: skip
    yield _say(
        "outdoors", language,
        p05=_level(answer.outdoor_p05_dbm), p50=_level(answer.outdoor_p50_dbm),
        p95=_level(answer.outdoor_p95_dbm),
    )  # fmt: skip
    yield _say(_verdict(answer), language)


def _verdict(answer: OperatorAnswer) -> str:
    """Why the model answers or does not: key of a text."""
    if answer.outcome["is_applicable"]:
        return "applies"
    if not answer.is_in_area:
        return "foreign"
    return "no_answer" if answer.is_applicable_here else "vague"


def _power(has_power: Any) -> str:
    """What is known of electric power: key of a text."""
    if pd.isna(has_power):
        return "power_unknown"
    return "has_power" if has_power else "lacks_power"


def _mean(answer: OperatorAnswer, language: str) -> Iterator[str]:
    """What the mean is made of."""
    effects = answer.effects
    total = effects.features["physics_db"] + effects.features["trees_db"]
    told = effects.features[total.abs() >= SMALL_DB].head(N_EFFECTS)
    yield _say("mean", language)
    yield _effect(effects.base_dbm, _say("base", language, operator=answer.operator), sign="")
    for row in rows_of(told):
        name = _feature(row["feature"], language)
        value = "" if pd.isna(row["value"]) else f" ({_value(row['feature'], row['value'])})"
        yield _effect(row["physics_db"] + row["trees_db"], name + value)
    n_rest = len(total) - len(told)
    rest = float(total.sum() - total[told.index].sum())
    if abs(rest) >= SMALL_DB:
        yield _effect(rest, _say("rest", language, n=n_rest))
    yield _effect(effects.kriged_db, _say("kriged", language))
    yield _effect(effects.mean_dbm, _say("sum", language), sign="")
    yield _say("physics", language, level=f"{effects.physics_dbm:.1f}")


def _evidence(answer: OperatorAnswer, language: str) -> Iterator[str]:
    """Samples, readings and radio cells around."""
    weight = answer.effects.neighbours["effect_db"].abs()
    if (weight >= SMALL_DB).any():
        yield _say("neighbours", language)
        first = weight.sort_values(ascending=False, kind="stable").index[:N_NEIGHBOURS]
        for row in rows_of(answer.effects.neighbours.loc[first]):
            yield (
                f"  {_metres(row['distance_m'])}  {row['operator']:<12} "
                f"{row['residual_db']:+6.1f} dB  {row['effect_db']:+6.2f} dB"
            )
    yield _say("readings" if len(answer.readings) else "no_readings", language)
    for row in rows_of(answer.readings):
        level = _say("no_service", language)
        if not pd.isna(row["signal_dbm"]):
            level = f"{row['signal_dbm']:.0f} dBm"
        yield (
            f"  {_metres(row['distance_m'])}  {_known(row['rat'], language):<5} {level:<13} "
            f"{str(row['time'])[:10]}  {row['source']}  {row['source_file']}:{row['source_row']}"
        )
    if answer.serving_cell is not None:
        yield _say("serving", language, cell=answer.serving_cell)
    if len(answer.cells):
        yield _say("cells", language)
    for row in rows_of(answer.cells):
        basis = _say(row["basis"], language)
        yield f"  {_metres(row['distance_m'])}  {row['rat']:<5} {row['cell_identity']}  {basis}"


def _visits(answer: OperatorAnswer, language: str) -> Iterator[str]:
    """What a reading would change."""
    yield _say("visit", language)
    for visit in answer.visits:
        yield "  " + _say(
            "visit_line", language,
            level=_level(visit.level_dbm), p05=_level(visit.rsrp_p05_dbm),
            p95=_level(visit.rsrp_p95_dbm), p_fail=_share(visit.p_upload_fail, language),
            now=_share(answer.outcome["p_upload_fail"], language),
            answer=_say("would_answer" if visit.is_applicable else "would_not", language),
        )  # fmt: skip


def _say(key: str, language: str, **values: Any) -> str:
    """A text in one language."""
    text: str = TEXTS[key][LANGUAGES.index(language)]
    return text.format(**values)


def _feature(name: str, language: str) -> str:
    """A feature as people call it."""
    names: Mapping[str, tuple[str, str]] = FEATURES
    return names[name][LANGUAGES.index(language)] if name in names else name


def _value(feature: str, value: float) -> str:
    """A feature's value in the unit people think in; logarithms undone."""
    if feature.startswith("log_distance") or feature == "log_coast_m":
        return f"{10**value / 1000:.1f} km"
    if feature.startswith("log_density"):
        return f"{10**value - 1:.0f}"
    if feature == "log_closer_other":
        return f"{10**value:.1f} x"
    for suffix, unit in (("_dbm", "dBm"), ("_db", "dB"), ("_deg", "deg"), ("_m", "m")):
        if feature.endswith(suffix):
            return f"{value:.1f} {unit}"
    return f"{value:.2f}"


def _effect(value_db: float, name: str, *, sign: str = "+") -> str:
    """One line of the sum."""
    return f"  {value_db:>{sign}8.1f}  {name}"


def _level(value: Any) -> str:
    """A level [dBm]."""
    return f"{float(value):.0f}"


def _metres(value: Any) -> str:
    """A distance, aligned."""
    return f"{float(value):>7,.0f} m"


def _share(value: Any, language: str) -> str:
    """A probability; not known where it is NA."""
    return _say("unknown", language) if pd.isna(value) else f"{float(value):.2f}"


def _known(value: Any, language: str) -> str:
    """A text; not known where it is NA."""
    return _say("unknown", language) if pd.isna(value) else str(value)
