from dataclasses import replace

from coverage.deliverables.info import RunInfo
from coverage.deliverables.licences import licence_text, sources_line

ELSEWHERE = {"id": ("Pembacaan: CC0",), "en": ("Readings: CC0",)}


def test_the_language_of_the_run_comes_first_and_both_are_there(info: RunInfo) -> None:
    text = licence_text(replace(info, attribution_elsewhere=ELSEWHERE)).decode("utf-8-sig")
    assert 0 < text.index("Pembacaan: CC0") < text.index("Readings: CC0")


def test_where_nothing_is_known_that_is_said(info: RunInfo) -> None:
    text = licence_text(replace(info, attribution=())).decode("utf-8-sig")
    assert "licence not stated" in text


def test_a_line_begins_with_its_heading(info: RunInfo) -> None:
    assert sources_line(info) == "Sumber dan lisensi: Made up for tests."


def test_without_sources_there_is_no_heading_either(info: RunInfo) -> None:
    assert not sources_line(replace(info, attribution=()))
