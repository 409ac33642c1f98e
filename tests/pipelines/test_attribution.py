"""Sources and licences as the config states them."""

from pathlib import Path

import pytest

from pipelines.attribution import attribution, readings_attribution
from pipelines.config import load_config
from pipelines.store import Store

UNSTATED = "licence not stated, ask the owner of the data before passing this on"


def told(folder: Path, licences: str = "", language: str = "en") -> tuple[str, ...]:
    """Lines of the tiny survey with these licences."""
    path = folder / "survey.toml"
    path.write_text(f"{path.read_text()}\n[deliver.licences]\n{licences}\n")
    config = load_config(path)
    return attribution(config, Store(config.processed), language)


def test_inputs_of_one_licence_share_a_line(survey: Path) -> None:
    lines = told(survey, 'readings = "CC0 1.0"\nvillages = "ODbL 1.0"\nholds = "CC0 1.0"')
    assert "Signal readings, Areas that refuse signal: CC0 1.0" in lines
    assert "Village boundaries: ODbL 1.0" in lines


def test_what_is_not_stated_comes_last_and_is_said(survey: Path) -> None:
    lines = told(survey, 'readings = "CC0 1.0"')
    assert lines[-1].startswith("List of radio cells, TPS list, Village boundaries")
    assert lines[-1].endswith(UNSTATED)


def test_inputs_that_the_survey_does_not_use_are_not_named(survey: Path) -> None:
    lines = told(survey, 'land_cover = "ESA WorldCover, CC BY 4.0"')
    assert not [line for line in lines if "Land cover" in line]


@pytest.mark.parametrize(("language", "word"), [("id", "Daftar TPS"), ("en", "TPS list")])
def test_lines_are_in_the_language_asked_for(survey: Path, language: str, word: str) -> None:
    assert any(word in line for line in told(survey, language=language))


def test_surveys_of_one_licence_share_a_line() -> None:
    assert readings_attribution([("a", "CC0"), ("b", "CC0")], "en") == ("Signal readings: CC0",)


def test_surveys_of_two_licences_are_told_apart() -> None:
    lines = readings_attribution([("a", "CC0"), ("b", "")], "en")
    assert lines == ("Signal readings (a): CC0", f"Signal readings (b): {UNSTATED}")


def test_no_licence_is_lost_where_two_surveys_have_one_name() -> None:
    lines = readings_attribution([("a", "ODbL"), ("a", "CC0")], "en")
    assert lines == ("Signal readings (a): ODbL", "Signal readings (a): CC0")
