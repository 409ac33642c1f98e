import numpy as np
import pytest

from coverage.errors import InputError
from coverage.geodesy import distance_m
from coverage.radio import lte_band
from coverage.synthetic_land import build_land, rng_of
from coverage.synthetic_network import (
    OPERATORS,
    Network,
    NetworkParams,
    build_network,
    cells_of,
    random_field,
)

QUIET = (-6.60, 106.21)


@pytest.fixture(scope="module")
def network() -> Network:
    return build_network(NetworkParams(n_masts=120), build_land(7), QUIET, 7)


def test_a_random_field_has_its_spread_and_correlation_length() -> None:
    squares, products = [], []
    for number in range(40):  # one realisation of a field says little about its law
        rng = rng_of(number, "field")
        field = random_field(rng, sd_db=5.0, scale_m=900.0)
        here = rng.uniform(0, 100_000, (400, 2))
        level, beyond = field.at(here), field.at(here + np.array([900.0, 0.0]))
        squares.append(np.mean(level**2))
        products.append(np.mean(level * beyond))
    assert np.sqrt(np.mean(squares)) == pytest.approx(5.0, rel=0.05)
    assert np.mean(products) / np.mean(squares) == pytest.approx(np.exp(-1), abs=0.05)


def test_a_random_field_has_one_value_a_place() -> None:
    field = random_field(rng_of(1, "x"), sd_db=3.0, scale_m=120.0)
    places = rng_of(2, "x").uniform(0, 50_000, (30, 2))
    assert np.array_equal(field.at(places)[7:9], field.at(places[7:9]))


def test_no_mast_stands_near_those_who_asked_for_none(network: Network) -> None:
    distance = distance_m(
        network.stations["latitude_deg"], network.stations["longitude_deg"], *QUIET
    )
    assert distance.min() > NetworkParams().quiet_radius_m * 0.99


def test_operators_differ_in_density(network: Network) -> None:
    counts = network.stations["operator"].value_counts()
    assert counts["Telkomsel"] > counts["IOH"] > counts["Smartfren"]


def test_cells_are_unique_legal_and_three_a_station(network: Network) -> None:
    cells = cells_of(network)
    assert len(cells) == 3 * len(network.stations)
    assert not cells.duplicated(["plmn", "cell_identity"]).any()
    assert cells["cell_identity"].between(1, 2**28 - 1).all()
    assert cells["pci"].between(0, 503).all()
    assert cells["area_code"].between(1, 65_533).all()
    assert cells["earfcn"].map(lte_band).notna().all()
    assert set(cells["cell_identity"] % 256) == {1, 2, 3}


def test_channels_belong_to_their_operator(network: Network) -> None:
    for plan in OPERATORS:
        mine = network.stations[network.stations["operator"] == plan.name]
        assert set(mine["earfcn"]) <= {channel for channel, _share in plan.channels}
        assert set(mine["plmn"]) == {plan.plmn}


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("n_masts", 19, r"Invalid n_masts 19. Must be at least 20."),
        ("rural_weight", 1.01, r"Invalid rural_weight 1.01. Must be in \[0, 1\]."),
        ("shadow_common_share", -0.01, r"Invalid shadow_common_share -0.01. Must be in \[0, 1\]."),
    ],
)
def test_params_outside_their_range_are_refused(name: str, value: float, rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        NetworkParams(**{name: value})


def test_params_at_their_bounds_are_taken() -> None:
    assert NetworkParams(n_masts=20, rural_weight=1, shadow_common_share=0).n_masts == 20
