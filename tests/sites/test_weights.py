import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.errors import InputError
from coverage.sites.weights import WeightParams, centroid_groups, stake_of

NOT_SETTLED = np.zeros(2, dtype=bool)


def sites(*voters: int | None) -> pd.DataFrame:
    return pd.DataFrame({"n_voters": pd.array(voters, dtype="Int32")})


@pytest.mark.parametrize(
    ("params", "stake"),
    [
        (WeightParams(), [200, 132.5]),
        (WeightParams(voters_power=0), [265, 132.5]),
        (WeightParams(near_relief=0), [200, 265]),
        (WeightParams(default_voters=100, voters_power=0.5), [141.4213562, 50]),
    ],
)
def test_weights_say_what_a_failure_counts(params: WeightParams, stake: list[float]) -> None:
    found = stake_of(sites(200, None), np.array([0.0, 0.5]), NOT_SETTLED, params)
    assert found.tolist() == pytest.approx(stake)


def test_nothing_is_at_stake_where_it_is_settled() -> None:
    found = stake_of(sites(200, 300), np.zeros(2), np.array([True, False]), WeightParams())
    assert found.tolist() == [0, 300]


@given(st.floats(0, 1), st.integers(1, 800))
def test_more_voters_never_count_less(power: float, voters: int) -> None:
    params = WeightParams(voters_power=power)
    less, more = stake_of(sites(voters, voters + 1), np.zeros(2), NOT_SETTLED, params)
    assert more >= less


def test_sites_of_one_centroid_are_a_group_and_holds_stand_alone() -> None:
    listed = pd.DataFrame(
        {
            "tps_code": ["1", "2", "3", "4"],
            "village_code": "v",
            "coordinate_source": ["village_centroid"] * 3 + ["list"],
        }
    )
    groups = centroid_groups(listed, np.array([False, False, True, False]))
    assert groups[0] == groups[1]
    assert len(set(groups.tolist())) == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [("default_voters", 0), ("voters_power", -0.1), ("voters_power", 1.1), ("near_relief", 1.1)],
)
def test_params_are_checked(name: str, value: float) -> None:
    with pytest.raises(InputError, match=rf"Invalid {name} {value}\. Must be"):
        WeightParams(**{name: value})  # type: ignore[arg-type]
