from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest

from coverage import hexgrid
from coverage.errors import InputError
from coverage.sites.evidence import (
    EvidenceParams,
    Measured,
    State,
    measured_at,
    operator_states,
    site_evidence,
)

MakeCells = Callable[..., pd.DataFrame]
PARAMS = EvidenceParams()


def read(
    home_cell: int, cells: pd.DataFrame, params: EvidenceParams = PARAMS, *, located: bool = True
) -> Measured:
    h3_cell = np.array([home_cell], dtype=np.uint64)
    return measured_at(h3_cell, ("A",), cells, np.array([located]), params)


def state(measured: Measured) -> State:
    return State(int(measured.state[0, 0]))


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [("ok", State.OK), ("indicated_weak", State.INDICATED_WEAK),
     ("confirmed_weak", State.CONFIRMED_WEAK), ("no_data", State.UNKNOWN)],
)  # fmt: skip
def test_an_lte_reading_speaks(
    home_cell: int, make_cells: MakeCells, evidence: str, expected: State
) -> None:
    assert state(read(home_cell, make_cells((home_cell, "A", "LTE", evidence)))) == expected


@pytest.mark.parametrize(
    ("lte", "nr", "expected"),
    [("confirmed_weak", "ok", State.OK), ("indicated_weak", "confirmed_weak", State.CONFIRMED_WEAK),
     ("ok", "indicated_weak", State.OK)],
)  # fmt: skip
def test_the_better_technology_speaks(
    home_cell: int, make_cells: MakeCells, lte: str, nr: str, expected: State
) -> None:
    cells = make_cells((home_cell, "A", "LTE", lte), (home_cell, "A", "NR", nr))
    assert state(read(home_cell, cells)) == expected
    assert state(read(home_cell, cells.iloc[::-1])) == expected


def test_another_cell_or_operator_says_nothing(home_cell: int, make_cells: MakeCells) -> None:
    other = int(hexgrid.disk_of(home_cell, 1)[0])
    cells = make_cells((other, "A", "LTE", "ok"), (home_cell, "B", "LTE", "ok"))
    assert state(read(home_cell, cells)) == State.UNKNOWN


@pytest.mark.parametrize(("n_ok", "expected"), [(True, State.INDICATED_WEAK),
                                                (False, State.UNKNOWN)])  # fmt: skip
def test_3g_alone_is_weak_for_a_photo_if_read_often_enough(
    home_cell: int, make_cells: MakeCells, n_ok: bool, expected: State
) -> None:
    measured = read(home_cell, make_cells((home_cell, "A", "UMTS", "ok"), n_ok=n_ok))
    assert state(measured) == expected
    assert measured.is_legacy_only[0, 0] == n_ok


def test_3g_beside_lte_says_nothing(home_cell: int, make_cells: MakeCells) -> None:
    cells = make_cells((home_cell, "A", "UMTS", "ok"), (home_cell, "A", "LTE", "confirmed_weak"))
    measured = read(home_cell, cells)
    assert state(measured) == State.CONFIRMED_WEAK
    assert not measured.is_legacy_only.any()


@pytest.mark.parametrize(("share", "flag"), [(0.5, True), (0.49, False)])
def test_no_service_is_flagged(
    home_cell: int, make_cells: MakeCells, share: float, flag: bool
) -> None:
    cells = make_cells((home_cell, "A", "LTE", "confirmed_weak"), no_service_share=share)
    assert read(home_cell, cells).is_no_service[0, 0] == flag


@pytest.mark.parametrize(
    ("as_of", "is_stale"), [(date(2025, 1, 9), False), (date(2025, 1, 11), True), (None, False)]
)
def test_old_readings_are_no_evidence(
    home_cell: int, make_cells: MakeCells, as_of: date | None, is_stale: bool
) -> None:
    cells = make_cells((home_cell, "A", "LTE", "ok"))  # last read on 10 January 2024
    measured = read(home_cell, cells, EvidenceParams(as_of=as_of))
    assert measured.is_stale[0, 0] == is_stale
    assert (state(measured) == State.UNKNOWN) == is_stale


def test_a_site_not_located_takes_no_reading(home_cell: int, make_cells: MakeCells) -> None:
    measured = read(home_cell, make_cells((home_cell, "A", "LTE", "ok")), located=False)
    assert state(measured) == State.UNKNOWN


def test_no_reading_at_all(home_cell: int, make_cells: MakeCells) -> None:
    assert state(read(home_cell, make_cells())) == State.UNKNOWN


def test_another_resolution_is_refused(home_cell: int, make_cells: MakeCells) -> None:
    coarse = int(hexgrid.parents_of([home_cell], 8)[0])
    with pytest.raises(InputError, match=r"Invalid cells of resolution \[8\]\. Must be \[9\]"):
        read(home_cell, make_cells((coarse, "A", "LTE", "ok")))


def judge(measured: State, p_weak: float, *, applicable: bool) -> State:
    false = np.zeros((1, 1), dtype=bool)
    given = Measured(
        state=np.array([[measured]], dtype=np.int8),
        is_no_service=false,
        is_legacy_only=false,
        is_stale=false,
    )
    states = operator_states(given, np.array([[p_weak]]), np.array([[applicable]]), PARAMS)
    return State(int(states[0, 0]))


@pytest.mark.parametrize(
    ("measured", "p_weak", "applicable", "expected"),
    [
        (State.UNKNOWN, 0.5, True, State.MODELLED_WEAK),
        (State.UNKNOWN, 0.49, True, State.OK),
        (State.UNKNOWN, 0.01, False, State.UNKNOWN),
        (State.UNKNOWN, 0.99, False, State.UNKNOWN),
        (State.UNKNOWN, np.nan, False, State.UNKNOWN),
        (State.OK, 0.49, True, State.OK),
        (State.OK, 0.49, False, State.OK),
        (State.OK, 0.5, True, State.MODELLED_WEAK),  # the building
        (State.OK, 0.5, False, State.UNKNOWN),
        (State.OK, np.nan, False, State.OK),
        (State.INDICATED_WEAK, 0.01, True, State.INDICATED_WEAK),
        (State.CONFIRMED_WEAK, 0.01, False, State.CONFIRMED_WEAK),
    ],
)
def test_state_of_an_operator(
    measured: State, p_weak: float, applicable: bool, expected: State
) -> None:
    assert judge(measured, p_weak, applicable=applicable) == expected


@pytest.mark.parametrize(
    ("states", "evidence"),
    [
        ((State.OK, State.UNKNOWN), "ok"),
        ((State.OK, State.CONFIRMED_WEAK), "ok"),
        ((State.UNKNOWN, State.CONFIRMED_WEAK), "survey_first"),
        ((State.MODELLED_WEAK, State.CONFIRMED_WEAK), "modelled_weak"),
        ((State.INDICATED_WEAK, State.CONFIRMED_WEAK), "indicated_weak"),
        ((State.CONFIRMED_WEAK, State.CONFIRMED_WEAK), "confirmed_weak"),
        ((State.UNKNOWN, State.UNKNOWN), "survey_first"),
    ],
)
def test_a_site_is_as_good_as_its_best_and_as_sure_as_its_least_sure_operator(
    states: tuple[State, ...], evidence: str
) -> None:
    assert site_evidence(np.array([states], dtype=np.int8)) == [evidence]


@pytest.mark.parametrize(
    ("name", "value"), [("p_weak_limit", 0.0), ("p_weak_limit", 1.0), ("max_age_days", 0)]
)
def test_params_are_checked(name: str, value: float) -> None:
    with pytest.raises(InputError, match=rf"Invalid {name} {value}\. Must be"):
        EvidenceParams(**{name: value})  # type: ignore[arg-type]
