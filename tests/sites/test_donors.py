from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from coverage import hexgrid
from coverage.errors import InputError
from coverage.sites.donors import DonorParams, donors_of, mast_levels_dbm
from coverage.sites.signal_grid import SignalGrid

MakeSignal = Callable[..., pd.DataFrame]
MakeCells = Callable[..., pd.DataFrame]
HOME = (-6.6, 106.2)
PARAMS = DonorParams()


def towers(*rows: tuple[str, str, int, float, float]) -> pd.DataFrame:
    names = ["operator", "rat", "cell_identity", "latitude_deg", "longitude_deg"]
    return pd.DataFrame(rows, columns=names).assign(plmn="510-10")


def wanted(home_cell: int, operator: str | None = "A") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "latitude_deg": [HOME[0]],
            "longitude_deg": [HOME[1]],
            "h3_cell": np.array([home_cell], dtype=np.uint64),
            "operator": pd.array([operator], dtype="string"),
        }
    )


NORTH_1KM, EAST_2KM = (HOME[0] + 0.009, HOME[1]), (HOME[0], HOME[1] + 0.018)
LIST = towers(("A", "LTE", 77, *EAST_2KM), ("A", "LTE", 11, *NORTH_1KM), ("B", "LTE", 5, *HOME))


def test_the_nearest_listed_cell_of_the_operator(home_cell: int, make_cells: MakeCells) -> None:
    donor = donors_of(wanted(home_cell), LIST, make_cells(), PARAMS).iloc[0]
    assert donor["donor_cell_identity"] == 11
    assert donor["donor_bearing_deg"] == pytest.approx(0, abs=0.1)


def test_the_cell_measured_strongest_comes_first(home_cell: int, make_cells: MakeCells) -> None:
    cells = make_cells(
        (home_cell, "A", "LTE", "indicated_weak"),
        strongest_cell_identity=pd.array([77], dtype="Int64"),
    )
    donor = donors_of(wanted(home_cell), LIST, cells, PARAMS).iloc[0]
    assert donor["donor_cell_identity"] == 77
    assert donor["donor_bearing_deg"] == pytest.approx(90, abs=0.1)


def test_a_measured_cell_that_is_not_listed_has_no_bearing(
    home_cell: int, make_cells: MakeCells
) -> None:
    cells = make_cells(
        (home_cell, "A", "LTE", "ok"), strongest_cell_identity=pd.array([99], dtype="Int64")
    )
    donor = donors_of(wanted(home_cell), LIST, cells, PARAMS)
    assert donor["donor_cell_identity"].tolist() == [99]
    assert donor["donor_bearing_deg"].isna().all()


def test_2g_cells_are_no_donors(home_cell: int, make_cells: MakeCells) -> None:
    donor = donors_of(wanted(home_cell), towers(("A", "GSM", 1, *HOME)), make_cells(), PARAMS)
    assert donor["donor_cell_identity"].isna().all()


def test_a_tower_beyond_reach_is_no_donor(home_cell: int, make_cells: MakeCells) -> None:
    donor = donors_of(wanted(home_cell), LIST, make_cells(), DonorParams(max_donor_m=900))
    assert donor["donor_cell_identity"].isna().all()
    assert donor["donor_bearing_deg"].isna().all()


def test_no_operator_no_donor(home_cell: int, make_cells: MakeCells) -> None:
    donor = donors_of(wanted(home_cell, None), LIST, make_cells(), PARAMS)
    assert donor["donor_cell_identity"].isna().all()


def test_no_tower_list_no_donor(home_cell: int, make_cells: MakeCells) -> None:
    donor = donors_of(wanted(home_cell), towers(), make_cells(), PARAMS)
    assert donor["donor_cell_identity"].isna().all()


def test_the_order_of_the_list_does_not_matter(home_cell: int, make_cells: MakeCells) -> None:
    twins = towers(("A", "LTE", 12, *NORTH_1KM), ("A", "LTE", 11, *NORTH_1KM))
    found = [
        donors_of(wanted(home_cell), list_, make_cells(), PARAMS)["donor_cell_identity"].iloc[0]
        for list_ in (twins, twins.iloc[::-1])
    ]
    assert found[0] == found[1]


def test_the_mast_adds_its_gain_and_unknown_stays_unknown(
    make_signal: MakeSignal, home_cells: hexgrid.Cells, home_cell: int
) -> None:
    signal = pd.concat(
        [
            make_signal(home_cells, {"A": (-108, 5)}),
            make_signal(home_cells, {"B": (-70, 5)}, is_applicable=False),
        ]
    )
    grid = SignalGrid.of(signal)
    home = grid.index_of(np.array([home_cell], dtype=np.uint64))
    levels = mast_levels_dbm(grid, home, PARAMS)
    assert levels[0, 0] == pytest.approx(-102, abs=0.01)
    assert np.isnan(levels[0, 1])


@pytest.mark.parametrize(
    ("name", "value"), [("mast_gain_db", -1), ("min_donor_dbm", -141), ("max_donor_m", 0)]
)
def test_params_are_checked(name: str, value: float) -> None:
    with pytest.raises(InputError, match=rf"Invalid {name} {value}\. Must be in"):
        DonorParams(**{name: value})
