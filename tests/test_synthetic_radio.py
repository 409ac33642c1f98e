import numpy as np
import pytest

from coverage.geodesy import distance_m, from_plane_m, to_plane_m
from coverage.synthetic_land import ORIGIN, Land, build_land, random_mainland, rng_of
from coverage.synthetic_network import OPERATORS, Network, NetworkParams, build_network, cells_of
from coverage.synthetic_radio import HIGHEST_DBM, RadioTruth, hata_db, radio_at


@pytest.fixture(scope="module")
def land() -> Land:
    return build_land(7)


@pytest.fixture(scope="module")
def network(land: Land) -> Network:
    return build_network(NetworkParams(n_masts=120), land, (-6.60, 106.21), 7)


@pytest.fixture(scope="module")
def places(land: Land) -> tuple[np.ndarray, np.ndarray]:
    return random_mainland(land, 400, rng_of(1, "places"))


@pytest.fixture(scope="module")
def truth(network: Network, land: Land, places: tuple[np.ndarray, np.ndarray]) -> RadioTruth:
    return radio_at(network, land, *places)


def test_hata_gives_the_textbook_loss_at_1_km() -> None:
    # 69.55 + 26.16 log 900 - 13.82 log 30 = 126.42 dB in a town, phone at 1.5 m: correction 0.02
    loss = hata_db(np.array([900.0]), np.array([1.0]), np.array([30.0]), np.array([1.0]))
    assert loss[0] == pytest.approx(126.4, abs=0.05)


def test_the_suburban_correction_is_hatas() -> None:
    mhz, km, high = np.array([900.0]), np.array([5.0]), np.array([40.0])
    town, suburb = (hata_db(mhz, km, high, np.array([urban]))[0] for urban in (1.0, 0.0))
    assert town - suburb == pytest.approx(2 * np.log10(900 / 28) ** 2 + 5.4)


def test_cost_231_takes_over_at_1500_mhz() -> None:
    # COST 231: 46.3 + 33.9 log 1800 - 13.82 log 30 = 136.2 dB at 1 km; correction 0.05
    loss = hata_db(np.array([1800.0]), np.array([1.0]), np.array([30.0]), np.array([1.0]))
    assert loss[0] == pytest.approx(136.2, abs=0.1)


def test_every_array_has_a_column_for_each_operator(truth: RadioTruth) -> None:
    assert {array.shape for array in vars(truth).values()} == {(400, len(OPERATORS))}


def test_a_place_alone_has_the_value_it_has_among_others(
    network: Network, land: Land, places: tuple[np.ndarray, np.ndarray], truth: RadioTruth
) -> None:
    alone = radio_at(network, land, places[0][17], places[1][17])
    assert np.array_equal(alone.rsrp_dbm[0], truth.rsrp_dbm[17])


def test_serving_cells_exist_and_belong_to_the_operator(
    network: Network, truth: RadioTruth
) -> None:
    cells = cells_of(network).set_index("cell_identity")
    for column, plan in enumerate(OPERATORS):
        mine = cells.loc[truth.cell_identity[:, column]]
        assert set(mine["operator"]) == {plan.name}
        assert np.array_equal(mine["pci"], truth.pci[:, column])
        assert np.array_equal(mine["earfcn"], truth.earfcn[:, column])


def test_quality_stays_in_what_a_phone_can_report(truth: RadioTruth) -> None:
    assert truth.rsrp_dbm.max() <= HIGHEST_DBM
    assert (truth.rsrq_db <= -3).all()
    assert (np.abs(truth.sinr_db) <= 30).all()


def test_level_falls_with_distance_to_the_server(
    network: Network, truth: RadioTruth, places: tuple[np.ndarray, np.ndarray]
) -> None:
    cells = cells_of(network).set_index("cell_identity").loc[truth.cell_identity[:, 0]]
    distance = distance_m(*places, cells["latitude_deg"], cells["longitude_deg"])
    slope = np.polyfit(np.log10(distance), truth.rsrp_dbm[:, 0], 1)[0]
    assert -45 < slope < -20  # dB per decade; Hata alone has 34 at 40 m


def test_the_serving_sector_looks_towards_the_place(
    network: Network, truth: RadioTruth, places: tuple[np.ndarray, np.ndarray]
) -> None:
    cells = cells_of(network).set_index("cell_identity").loc[truth.cell_identity[:, 0]]
    mast = to_plane_m(cells["latitude_deg"], cells["longitude_deg"], ORIGIN)
    bearing = np.degrees(np.arctan2(*(to_plane_m(*places, ORIGIN) - mast).T))
    off_axis = (bearing - cells["azimuth_deg"].to_numpy() + 180) % 360 - 180
    assert np.abs(off_axis).max() <= 60.1


def test_a_ridge_costs_level(network: Network, land: Land) -> None:
    flat = Land(
        mainland=land.mainland,
        islands=land.islands,
        elevation_m=type(land.elevation_m)(grid=np.zeros_like(land.elevation_m.grid)),
        clutter_db=land.clutter_db,
    )
    hilly_south = from_plane_m(
        to_plane_m(-6.70, 106.30, ORIGIN) + rng_of(2, "x").uniform(-8000, 8000, (300, 2)), ORIGIN
    )
    level = radio_at(network, land, *hilly_south).rsrp_dbm
    on_flat = radio_at(network, flat, *hilly_south).rsrp_dbm
    assert np.median(on_flat - level) > 1
