import numpy as np
import pandas as pd
import pytest

from coverage.deliverables.donor_places import donor_places
from coverage.geodesy import bearing_deg

HERE = (-6.5, 106.2)
THERE = (-6.45, 106.25)


def sites(**changes: object) -> pd.DataFrame:
    told = float(bearing_deg(*HERE, *THERE))
    row = {"latitude_deg": HERE[0], "longitude_deg": HERE[1], "operator": "IOH",
           "donor_cell_identity": 7, "donor_bearing_deg": told}  # fmt: skip
    table = pd.DataFrame([{**row, **changes}], index=[40])
    return table.astype({"donor_cell_identity": "Int64"})


def towers(**changes: object) -> pd.DataFrame:
    row = {"operator": "IOH", "cell_identity": 7, "rat": "LTE", "plmn": "510-01",
           "latitude_deg": THERE[0], "longitude_deg": THERE[1], "basis": "listed"}  # fmt: skip
    return pd.DataFrame([{**row, **changes}])


def test_the_place_of_the_donor_stands_in_the_row_of_its_site() -> None:
    found = donor_places(sites(), towers())
    assert found.index.tolist() == [40]
    assert found.loc[40, "donor_m"] == pytest.approx(7843, rel=0.01)
    assert found.loc[40, ["donor_latitude_deg", "donor_basis"]].tolist() == [THERE[0], "listed"]


@pytest.mark.parametrize(
    "other",
    [{"operator": "XLSmart"}, {"cell_identity": 8}, {"rat": "GSM"}, {"latitude_deg": -6.55}],
    ids=str,
)
def test_another_cell_is_no_donor(other: dict[str, object]) -> None:
    assert donor_places(sites(), towers(**other)).isna().all(axis=None)


@pytest.mark.parametrize("change", [{"donor_cell_identity": pd.NA}, {"donor_bearing_deg": np.nan}])
def test_without_a_donor_nothing_is_known(change: dict[str, object]) -> None:
    assert donor_places(sites(**change), towers()).isna().all(axis=None)


def test_without_towers_nothing_is_known() -> None:
    assert donor_places(sites(), None).isna().all(axis=None)
