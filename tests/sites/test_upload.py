from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr

from coverage import hexgrid, tables
from coverage.errors import InputError
from coverage.radio import LEAST_RSRP_DBM
from coverage.sites.building import p2109_loss_db
from coverage.sites.situation import UploadParams
from coverage.sites.uplink import UplinkParams, needed_dbm
from coverage.sites.upload import site_signal

MakeSites = Callable[..., pd.DataFrame]
MakeSignal = Callable[..., pd.DataFrame]
HOME = (-6.6, 106.2)
PARAMS = UploadParams()
NEEDED = needed_dbm(PARAMS.uplink)


def test_the_contract_is_met(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    sites = make_sites(HOME, HOME, building=pd.array(["school", None], dtype="string"))
    signal = site_signal(sites, make_signal(home_cells, {"A": (-95, 5), "B": (-110, 5)}), PARAMS)
    tables.check("site_signal", tables.to_arrow("site_signal", signal))
    assert signal[["tps_code", "operator"]].to_numpy().tolist() == [
        ["3602062001001", "A"], ["3602062001001", "B"],
        ["3602062001002", "A"], ["3602062001002", "B"],
    ]  # fmt: skip


def test_a_tent_has_the_outdoor_level(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    row = site_signal(make_sites(HOME), make_signal(home_cells, {"A": (-108, 6)}), PARAMS).iloc[0]
    quantiles = row[["rsrp_p05_dbm", "rsrp_p50_dbm", "rsrp_p95_dbm"]].astype(float)
    assert quantiles.tolist() == pytest.approx([-117.87, -108, -98.13], abs=0.1)
    assert row["p_weak"] == pytest.approx(float(ndtr(-2 / 6)), abs=0.002)
    expected = ndtr((NEEDED + 108) / np.hypot(6, PARAMS.uplink.spread_db))
    assert row["p_upload_fail"] == pytest.approx(float(expected), abs=0.002)


@pytest.mark.parametrize(("building", "share"), [("hall", 0.5), ("school", 1.0)])
def test_a_building_is_convolved(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells,
    building: str, share: float,
) -> None:  # fmt: skip
    sites = make_sites(HOME, building=pd.array([building], dtype="string"))
    row = site_signal(sites, make_signal(home_cells, {"A": (-95, 6)}), PARAMS).iloc[0]
    rng = np.random.default_rng(5)
    loss = p2109_loss_db(rng.random(400_000), PARAMS.building, share)
    phone = rng.normal(-95, 6, 400_000) - loss
    fails = phone < NEEDED + rng.normal(0, PARAMS.uplink.spread_db, 400_000)
    assert row["p_weak"] == pytest.approx((phone < -110).mean(), abs=0.004)
    assert row["p_upload_fail"] == pytest.approx(fails.mean(), abs=0.004)
    assert row["rsrp_p50_dbm"] == pytest.approx(np.median(phone), abs=0.15)


def test_levels_at_the_phone_end_at_what_it_reports_and_its_chances_do_not(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    row = site_signal(make_sites(HOME), make_signal(home_cells, {"A": (-130, 14)}), PARAMS).iloc[0]
    levels = row[["rsrp_p05_dbm", "rsrp_p50_dbm", "rsrp_p95_dbm"]].astype(float)
    assert levels.tolist() == pytest.approx([LEAST_RSRP_DBM, -130, -106.97], abs=0.1)
    assert row["p_weak"] == pytest.approx(float(ndtr(20 / 14)), abs=0.002)


def test_an_unknown_building_is_the_configured_one(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    sites = make_sites(HOME, HOME, building=pd.array(["school", None], dtype="string"))
    signal = site_signal(sites, make_signal(home_cells, {"A": (-95, 6)}), PARAMS)
    assert signal["p_upload_fail"].iloc[0] == signal["p_upload_fail"].iloc[1]


def test_a_coarse_position_mixes_the_cells_it_may_be_in(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, home_cell: int
) -> None:
    means = np.where(home_cells == home_cell, -90.0, -120.0)
    sites = make_sites(HOME, coordinate_accuracy_m=np.float32(800))
    row = site_signal(sites, make_signal(home_cells, {"A": (means, 2)}), PARAMS).iloc[0]
    share_home = 0.107e6 / (np.pi * 800**2)
    assert row["p_weak"] == pytest.approx(1 - share_home, abs=0.03)
    assert row["h3_cell"] == home_cell


@pytest.mark.parametrize(("accuracy_m", "is_judged"), [(150, True), (800, False)])
def test_a_coarse_place_over_unequal_cells_is_not_judged(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells,
    accuracy_m: float, is_judged: bool,
) -> None:  # fmt: skip
    means = np.where(np.arange(len(home_cells)) % 2, -90.0, -125.0)
    sites = make_sites(HOME, coordinate_accuracy_m=np.float32(accuracy_m))
    signal = site_signal(sites, make_signal(home_cells, {"A": (means, 2)}), PARAMS)
    assert signal["is_applicable"].tolist() == [is_judged]


def test_the_model_that_does_not_answer_is_not_applicable(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    cell_signal = make_signal(home_cells, {"A": (-95, 6)}, is_applicable=False)
    assert not site_signal(make_sites(HOME), cell_signal, PARAMS)["is_applicable"].any()


def test_an_operator_without_prediction_has_no_row(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, home_cell: int
) -> None:
    elsewhere = home_cells[home_cells != home_cell]
    cell_signal = pd.concat(
        [make_signal(home_cells, {"A": (-95, 6)}), make_signal(elsewhere, {"B": (-95, 6)})]
    )
    assert site_signal(make_sites(HOME), cell_signal, PARAMS)["operator"].tolist() == ["A"]


def test_a_site_without_any_prediction_is_an_error(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    cell_signal = make_signal(home_cells, {"A": (-95, 6)})
    with pytest.raises(InputError, match=r"no prediction around 1 sites, 3602062001002 the first"):
        site_signal(make_sites(HOME, (-6.0, 106.0)), cell_signal, PARAMS)


def test_basis_and_distance_are_those_of_the_own_cell(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells, home_cell: int
) -> None:
    cell_signal = make_signal(home_cells, {"A": (-95, 6)})
    is_home = cell_signal["h3_cell"] == home_cell
    cell_signal.loc[is_home, "basis"] = "measured"
    cell_signal.loc[is_home, "distance_to_reading_m"] = 7
    row = site_signal(make_sites(HOME), cell_signal, PARAMS).iloc[0]
    assert (row["basis"], row["distance_to_reading_m"]) == ("measured", 7)


def test_results_do_not_depend_on_the_order_or_number_of_sites(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    rng = np.random.default_rng(3)
    cell_signal = make_signal(home_cells, {"A": (rng.uniform(-120, -90, len(home_cells)), 4)})
    places = [(HOME[0] + d, HOME[1]) for d in (0, 0.002, 0.004)]
    sites = make_sites(*places, coordinate_accuracy_m=np.float32(60))
    together = site_signal(sites, cell_signal, PARAMS)
    turned = site_signal(sites.iloc[::-1].reset_index(drop=True), cell_signal, PARAMS)
    pd.testing.assert_frame_equal(together, turned)
    alone = site_signal(sites.iloc[[1]].reset_index(drop=True), cell_signal, PARAMS)
    assert alone["p_upload_fail"].iloc[0] == together["p_upload_fail"].iloc[1]


def test_a_stronger_level_never_fails_more(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    sites = make_sites(HOME, building=pd.array(["hall"], dtype="string"))
    means = range(-130, -70, 5)
    levels = {f"{mean}": (mean, 5) for mean in means}
    signal = site_signal(sites, make_signal(home_cells, levels), PARAMS)
    by_mean = signal.assign(mean=signal["operator"].astype(int)).sort_values("mean")
    assert (by_mean["p_upload_fail"].diff().dropna() <= 0).all()
    assert (by_mean["p_weak"].diff().dropna() <= 0).all()


@pytest.mark.parametrize(
    ("name", "value"),
    [("weak_dbm", -141), ("weak_dbm", -43), ("max_interval_db", 0), ("min_applicable_share", 0)],
)
def test_params_are_checked(name: str, value: float) -> None:
    with pytest.raises(InputError, match=rf"Invalid {name} {value}\. Must be in"):
        UploadParams(**{name: value})  # type: ignore[arg-type]


def test_a_higher_rate_fails_more(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> None:
    cell_signal = make_signal(home_cells, {"A": (-108, 6)})
    fast = UploadParams(uplink=UplinkParams(required_uplink_kbps=2000))
    slow, quick = (
        site_signal(make_sites(HOME), cell_signal, params)["p_upload_fail"].iloc[0]
        for params in (PARAMS, fast)
    )
    assert slow < quick
