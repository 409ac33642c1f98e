"""Every code that inspect shows is followed by what it means."""

import re
from pathlib import Path

import pytest

import coverage.tables
from coverage.errors import InputError
from coverage.tables import DQ_FLAGS
from pipelines import reasons
from pipelines.inspection import Inspection, inspect_file
from pipelines.sentences import in_indonesian
from pipelines.words import word

FIXTURES = Path(__file__).parents[1] / "data" / "readings"


def rejected_in_fixtures() -> set[str]:
    found: set[str] = set()
    for path in sorted(FIXTURES.iterdir()):
        try:
            found |= set(inspect_file(path, None, 0).rejected)
        except InputError:  # a layer, or a source without time
            continue
    return found


def test_reasons_met_in_the_fixtures_have_a_meaning() -> None:
    found = rejected_in_fixtures()
    assert len(found) > 5
    assert {code for code in found if not reasons.meaning(code)} == set()


def test_the_rule_that_recognised_a_fixture_is_told_in_indonesian() -> None:
    rules: set[str] = set()
    for path in sorted(FIXTURES.iterdir()):
        try:
            rules |= {rule.split(": ", 1)[1] for rule in inspect_file(path, None, 0).rules}
        except InputError:
            continue
    assert len(rules) > 5
    assert {rule for rule in rules if in_indonesian(rule) == rule} == set()


@pytest.mark.parametrize("code", [*reasons._MEANINGS, *DQ_FLAGS])
def test_a_meaning_is_told_in_indonesian(code: str) -> None:
    english = reasons.meaning(code)
    assert english
    assert reasons.meaning(code, in_indonesian) != english


def test_counts_stand_in_the_language_of_the_reader() -> None:
    inspection = Inspection(
        file="a.txt", formats=("x",), rules=(), timezone="UTC", n_rows=3114, n_taken=1557,
        rejected={"no_radio_meaning": 1557}, flags={"dq_roaming": 1234}, counts={}, extent={},
        span=None, notes=(), readings=[], rejects=[], dots=(),
    )  # fmt: skip
    lines = list(inspection.lines(in_indonesian, lambda n: word("number", "id", n=n)))
    told = [line.split() for line in lines]
    assert ["1.557", "no_radio_meaning:", "tidak"] in [parts[:3] for parts in told]
    assert ["1.234", "dq_roaming:", "jaringan"] in [parts[:3] for parts in told]


@pytest.mark.parametrize("source", ["sites/codes", "sites/stations", "sites/versions"])
def test_what_a_tps_list_is_refused_for_has_a_meaning(source: str) -> None:
    text = (Path(coverage.tables.__file__).parent / f"{source}.py").read_text(encoding="utf-8")
    codes = set(
        re.findall(
            r'(?:return None, |_mark\([^"]*|is_bps else \(|Final = )"([a-z][a-z_0-9]+)"', text
        )
    )
    assert len(codes) > 2
    assert {code for code in codes if not reasons.meaning(code)} == set()
