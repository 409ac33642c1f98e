from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from coverage import hexgrid
from coverage.deliverables.compare_page import CompareFacts, CompareNote, compare_page
from coverage.deliverables.info import RunInfo
from coverage.errors import InputError

INFO = RunInfo(survey="a-b", created_at=datetime(2024, 5, 1, tzinfo=UTC), language="id")
NOTE = CompareNote(key="merged", values={"old": ("A & B", "C"), "new": "D"})
FACTS = CompareFacts(old="lama", new="<b>baru</b>", max_false_share=0.05, notes=(NOTE,))


def changes(*names: str) -> pd.DataFrame:
    cells = hexgrid.disk_of(0x898C114912FFFFF, 3)[: len(names)]
    return pd.DataFrame(
        {
            "h3_cell": cells, "operator": "IOH", "rat": "LTE", "n_readings_old": 30,
            "n_readings_new": 40, "signal_p50_old_dbm": np.float32(-90),
            "signal_p50_new_dbm": np.float32("nan"), "weak_share_old": 0.1, "weak_share_new": 0.9,
            "p_value": 0.001, "q_value": 0.002, "change": list(names),
        }
    )  # fmt: skip


def page(*names: str) -> str:
    return compare_page(changes(*names), FACTS, INFO).decode()


def test_both_languages_are_told() -> None:
    text = page("worse", "better", "none_shown")
    assert "1 sel memburuk dan 1 sel membaik dari 3 sel" in text
    assert "1 cells worse and 1 better of 3 cells" in text


def test_where_nothing_could_be_tested_nothing_is_said() -> None:
    text = page("too_few", "only_old")
    assert "nothing can be said of changes" in text
    assert "<img" not in text


def test_a_median_without_service_is_said_to_be_that() -> None:
    assert "−90 dBm → no service" in page("worse")


def test_names_and_notes_are_text_never_markup() -> None:
    text = page("worse")
    assert "<b>baru" not in text
    assert "A &amp; B and C of the old survey" in text


def test_the_sources_stand_in_both_languages() -> None:
    told = {"id": ("Pembacaan: <CC0>",), "en": ("Readings: <CC0>",)}
    info = replace(INFO, attribution=told["id"], attribution_elsewhere=told)
    text = compare_page(changes("worse"), FACTS, info).decode()
    assert "Pembacaan: &lt;CC0&gt;" in text
    assert "Readings: &lt;CC0&gt;" in text


def test_each_note_stands_in_both_languages() -> None:
    text = page("worse")
    assert "dibandingkan sebagai D: selisih dapat berasal" in text
    assert "compared as D: a difference may come" in text


def test_every_note_has_a_text_with_places_for_its_values() -> None:
    note = CompareNote(key="setting", values={"key": "a.b", "old": "1", "new": "2"})
    assert note.told("id").startswith("a.b dahulu 1 dan kini 2")


def test_the_page_loads_and_runs_nothing() -> None:
    text = page("worse")
    assert "<script" not in text
    assert "http" not in text.replace("http-equiv", "")


def test_the_same_tables_give_the_same_bytes() -> None:
    assert page("worse", "better") == page("worse", "better")


def test_a_share_of_false_findings_beyond_one_is_refused() -> None:
    with pytest.raises(InputError, match="Invalid max_false_share"):
        CompareFacts(old="a", new="b", max_false_share=1.5)
