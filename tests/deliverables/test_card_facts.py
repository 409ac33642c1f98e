import pytest

from coverage.deliverables.card_facts import card_facts

CARD = {
    "validation": {"interval": 0.9},
    "splits": {
        "blocked": {
            "methods": [
                {"method": "nearest reading", "rmse_db": {"value": 15.0}},
                {"method": "blankspot", "rmse_db": {"value": 11.0}},
            ],
            "by_operator": [
                {"coverage": 0.8, "n": 110, "n_no_service": 10},
                {"coverage": 0.9, "n": 300, "n_no_service": 0},
                {"coverage": None, "n": 5, "n_no_service": 5},
            ],
            "calibration": [{"p_mean": 0.1, "frequency": 0.1, "n": 5}],
        }
    },
}


def test_the_error_is_the_models_own() -> None:
    assert card_facts(CARD).rmse_db == 11.0


def test_coverage_is_that_of_all_operators_by_their_levels() -> None:
    assert card_facts(CARD).coverage == pytest.approx((0.8 * 100 + 0.9 * 300) / 400)


def test_a_card_without_blocks_says_nothing() -> None:
    facts = card_facts({"splits": {"random": {}}})
    assert (facts.rmse_db, facts.coverage, facts.calibration) == (None, None, ())
