import pandas as pd
import pytest

from coverage.deliverables.measured import evidence_of_best, measured_evidence
from coverage.deliverables.run_tables import RunTables


def cells(*rows: tuple[str, str]) -> pd.DataFrame:
    """One H3 cell and operator, one row per (RAT, evidence)."""
    return pd.DataFrame(
        {
            "h3_cell": pd.array([617] * len(rows), dtype="uint64"),
            "operator": "A",
            "rat": [rat for rat, _ in rows],
            "evidence": [evidence for _, evidence in rows],
            "n_readings": 6,
            "n_devices": 2,
            "signal_p10_dbm": -106.0,
            "signal_p50_dbm": -100.0,
            "strongest_cell_identity": 10805003,
            "no_service_share": 0.0,
            "last_time": pd.Timestamp("2024-01-05", tz="UTC"),
        }
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("LTE", "confirmed_weak"), ("NR", "ok")], "ok"),
        ([("LTE", "confirmed_weak"), ("NR", "indicated_weak")], "indicated_weak"),
        ([("LTE", "confirmed_weak"), ("GSM", "ok")], "confirmed_weak"),
        ([("GSM", "ok")], "legacy_only"),
        ([("UMTS", "ok"), ("LTE", "ok")], "ok"),
        ([("GSM", "confirmed_weak")], "confirmed_weak"),
        ([("GSM", "ok"), ("LTE", "no_data")], "legacy_only"),
    ],
)
def test_the_best_technology_that_carries_data_decides(
    rows: list[tuple[str, str]], expected: str
) -> None:
    assert measured_evidence(cells(*rows))["evidence"].tolist() == [expected]


def test_no_data_says_nothing() -> None:
    assert measured_evidence(cells(("LTE", "no_data"))).empty


def test_the_order_of_rows_does_not_matter(world: RunTables) -> None:
    shuffled = world.cells.sample(frac=1, random_state=5)
    pd.testing.assert_frame_equal(measured_evidence(shuffled), measured_evidence(world.cells))


def evidence(*codes: str) -> pd.DataFrame:
    return pd.DataFrame({"h3_cell": 617, "operator": list("ABC")[: len(codes)], "evidence": codes})


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (("confirmed_weak", "ok"), "ok"),
        (("confirmed_weak", "confirmed_weak"), "confirmed_weak"),
        (("confirmed_weak",), "indicated_weak"),
        (("confirmed_weak", "indicated_weak"), "indicated_weak"),
        (("confirmed_weak", "legacy_only"), "legacy_only"),
    ],
)
def test_a_place_is_confirmed_weak_only_where_every_operator_is(
    codes: tuple[str, ...], expected: str
) -> None:
    assert evidence_of_best(evidence(*codes), ("A", "B"))["evidence"].tolist() == [expected]
