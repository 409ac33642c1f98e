import numpy as np
import pytest
from scipy.special import ndtr

from coverage.errors import InputError
from coverage.sites.building import DEFAULT_SHARES, BuildingParams, loss_kernel, p2109_loss_db
from coverage.sites.levels import GRID_DBM
from coverage.tables import BUILDINGS


@pytest.mark.parametrize(
    ("frequency_ghz", "expected_db"),
    [(0.9, (5.7, 14.2, 25.1)), (1.8, (5.8, 14.8, 26.8)), (2.1, (5.8, 15.0, 27.2)),
     (2.3, (5.8, 15.1, 27.5))],
)  # fmt: skip
def test_traditional_building_meets_the_vectors_of_model_3(
    frequency_ghz: float, expected_db: tuple[float, ...]
) -> None:
    params = BuildingParams(frequency_ghz=frequency_ghz)
    found = p2109_loss_db([0.1, 0.5, 0.9], params)
    assert found.round(1).tolist() == list(expected_db)


@pytest.mark.parametrize(("frequency_ghz", "median_db"), [(0.9, 31.2), (1.8, 30.6), (2.3, 30.6)])
def test_thermally_efficient_building(frequency_ghz: float, median_db: float) -> None:
    params = BuildingParams(kind="thermally_efficient", frequency_ghz=frequency_ghz)
    assert float(p2109_loss_db(0.5, params).round(1)) == median_db


def test_elevation_adds_0_212_db_a_degree_to_the_main_term() -> None:
    flat = p2109_loss_db(0.5, BuildingParams())
    steep = p2109_loss_db(0.5, BuildingParams(elevation_deg=45))
    assert 0.8 * 0.212 * 45 < steep - flat < 0.212 * 45
    assert steep == p2109_loss_db(0.5, BuildingParams(elevation_deg=-45))


def test_loss_rises_with_its_probability() -> None:
    assert (np.diff(p2109_loss_db(np.linspace(0.001, 0.999, 99), BuildingParams())) > 0).all()


def test_tents_lose_nothing_and_a_hall_half_of_a_school() -> None:
    assert DEFAULT_SHARES["tent"] == DEFAULT_SHARES["veranda"] == 0
    assert DEFAULT_SHARES["hall"] == 0.5 * DEFAULT_SHARES["school"]
    assert set(DEFAULT_SHARES) == set(BUILDINGS)


def test_the_kernel_of_no_loss_changes_nothing() -> None:
    assert (loss_kernel(BuildingParams(), 0.0) == np.eye(len(GRID_DBM))).all()


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_the_kernel_is_the_convolution(share: float) -> None:
    params, rng = BuildingParams(), np.random.default_rng(1)
    outdoor = rng.normal(-95, 6, 400_000)
    phone = outdoor - p2109_loss_db(rng.random(400_000), params, share)
    cdf = ndtr((GRID_DBM + 95) / 6) @ loss_kernel(params, share)
    for level in (-130.0, -110.0, -100.0):
        expected = (phone < level).mean()
        assert np.interp(level, GRID_DBM, cdf) == pytest.approx(expected, abs=0.003)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"shares": {"tent": 0.0}}, r"Invalid shares for \['tent'\]\. Must name"),
        ({"shares": {**DEFAULT_SHARES, "tent": -0.1}}, r"Invalid shares .*Must be in \[0, 1\.5\]"),
        ({"unknown_building": "hut"}, r"Invalid unknown_building 'hut'\. Must be one of"),
        ({"kind": "old"}, r"Invalid kind 'old'"),
        ({"frequency_ghz": 0.05}, r"Invalid frequency_ghz 0\.05\. Must be in \[0\.08, 100\]\."),
        ({"elevation_deg": 91}, r"Invalid elevation_deg 91\. Must be in \[-90, 90\]\."),
    ],
)
def test_params_are_checked(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        BuildingParams(**changes)  # type: ignore[arg-type]
