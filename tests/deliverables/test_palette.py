import re
from datetime import UTC, datetime
from importlib.resources import files

from coverage.deliverables.info import RunInfo
from coverage.deliverables.palette import (
    ABSTAINS_COLOUR,
    LEVEL_COLOURS,
    REMEDY_COLOURS,
    level_bounds,
)
from coverage.tables import REMEDIES

PAGE = files("coverage.deliverables").joinpath("page", "scales.js").read_text("utf-8")


def test_levels_have_the_colours_of_the_map_page() -> None:
    listed = re.search(r"LEVEL_COLOURS = \[(.*?)\]", PAGE, re.DOTALL)
    assert listed is not None
    assert tuple(re.findall(r"#\w{6}", listed[1])) == LEVEL_COLOURS


def test_remedies_have_the_colours_of_the_map_page() -> None:
    assert {code: re.search(rf"{code}: '(#\w{{6}})'", PAGE)[1] for code in REMEDIES} == (
        REMEDY_COLOURS
    )


def test_abstention_has_the_colour_of_the_map_page() -> None:
    assert f"ABSTAINS_COLOUR = '{ABSTAINS_COLOUR}'" in PAGE


def test_there_is_one_colour_more_than_there_are_bounds() -> None:
    info = RunInfo(survey="x", created_at=datetime(2024, 1, 1, tzinfo=UTC))
    assert len(level_bounds(info)) + 1 == len(LEVEL_COLOURS)
