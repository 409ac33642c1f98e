from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr

from coverage import hexgrid
from coverage.errors import InputError
from coverage.sites.relocation import RelocationParams, relocation_range
from coverage.sites.situation import UploadParams
from coverage.sites.uplink import needed_dbm
from coverage.sites.upload import site_signal
from coverage.tables import TABLES

MakeSites = Callable[..., pd.DataFrame]
MakeSignal = Callable[..., pd.DataFrame]
HOME = (-6.6, 106.2)
UPLOAD = UploadParams()
PARAMS = RelocationParams()


def test_in_an_even_field_best_and_worst_are_one_and_the_sites_own(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    cell_signal = make_signal(home_cells, {"A": (-112, 5), "B": (-118, 5)})
    found = relocation_range(make_sites(HOME), cell_signal, UPLOAD, PARAMS)
    assert tuple(found.columns) == TABLES["relocation_range"].columns
    assert found["radius_m"].tolist() == [50, 500]
    own = site_signal(make_sites(HOME), cell_signal, UPLOAD)["p_upload_fail"].min()
    for column in ("p_upload_fail_best", "p_upload_fail_worst"):
        assert found[column].tolist() == pytest.approx([own, own], abs=0.003)


def test_a_building_goes_along(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    sites = make_sites(HOME, building=pd.array(["school"], dtype="string"))
    cell_signal = make_signal(home_cells, {"A": (-98, 5)})
    own = site_signal(sites, cell_signal, UPLOAD)["p_upload_fail"].iloc[0]
    found = relocation_range(sites, cell_signal, UPLOAD, PARAMS)
    assert found["p_upload_fail_best"].tolist() == pytest.approx([own, own], abs=0.01)


def test_a_wider_move_finds_better_and_worse(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, home_cell: int
) -> None:
    lat, _ = hexgrid.centres_of(home_cells)
    means = np.where(home_cells == home_cell, -115.0, np.where(lat > HOME[0], -80.0, -130.0))
    found = relocation_range(
        make_sites(HOME), make_signal(home_cells, {"A": (means, 3)}), UPLOAD, PARAMS
    )
    near, far = found.iloc[0], found.iloc[1]
    assert far["p_upload_fail_best"] < 1e-6 < near["p_upload_fail_best"]
    assert near["p_upload_fail_worst"] < 0.999 < far["p_upload_fail_worst"]
    assert far["n_places"] > near["n_places"]


def test_the_operator_that_fails_least_counts_in_each_cell(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    cell_signal = make_signal(home_cells, {"A": (-112, 5), "B": (-60, 5)})
    assert relocation_range(make_sites(HOME), cell_signal, UPLOAD, PARAMS)[
        "p_upload_fail_worst"
    ].max() < float(ndtr((needed_dbm(UPLOAD.uplink) + 112) / 6))


def test_unknown_cells_are_counted_and_never_the_best(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, home_cell: int
) -> None:
    cell_signal = make_signal(home_cells, {"A": (-60, 5)})
    cell_signal.loc[cell_signal["h3_cell"] == home_cell, "rsrp_quantiles_dbm"] = make_signal(
        [home_cell], {"A": (-116, 5)}
    )["rsrp_quantiles_dbm"].to_numpy()
    cell_signal["is_applicable"] = cell_signal["h3_cell"] == home_cell
    far = relocation_range(make_sites(HOME), cell_signal, UPLOAD, PARAMS).iloc[1]
    assert far["n_places_unknown"] == far["n_places"] - 1 > 0
    assert far["p_upload_fail_best"] == far["p_upload_fail_worst"] > 0.3


def test_where_every_cell_is_unknown_nothing_is_said(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    cell_signal = make_signal(home_cells, {"A": (-60, 5)}, is_applicable=False)
    found = relocation_range(make_sites(HOME), cell_signal, UPLOAD, PARAMS)
    assert found[["p_upload_fail_best", "p_upload_fail_worst"]].isna().all(axis=None)
    assert (found["n_places_unknown"] == found["n_places"]).all()


@pytest.mark.parametrize("radii", [(), (0.0,), (50.0, 5001.0)])
def test_params_are_checked(radii: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match=r"Invalid radii_m .*Must be in \(0, 5000\]\."):
        RelocationParams(radii_m=radii)
