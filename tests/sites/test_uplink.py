import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.errors import InputError
from coverage.sites.uplink import UplinkParams, needed_dbm


@pytest.mark.parametrize(
    ("power_dbm", "blocks", "expected"),
    [(46, 100, (-115.2, -111.4, -108.9)), (46, 50, (-112.2, -108.4, -105.9)),
     (46, 25, (-109.2, -105.4, -102.9)), (43, 50, (-115.2, -111.4, -108.9))],
)  # fmt: skip
def test_the_table_of_model_4_2(power_dbm: float, blocks: int, expected: tuple[float, ...]) -> None:
    found = [
        needed_dbm(
            UplinkParams(
                required_uplink_kbps=rate, carrier_power_dbm=power_dbm, carrier_blocks=blocks
            )
        )
        for rate in (500, 1000, 2000)
    ]
    assert found == pytest.approx(expected, abs=0.06)


def test_the_photos_count_where_they_need_more() -> None:
    assert UplinkParams(photos=5, photo_mb=2, deadline_minutes=30).rate_kbps == 500
    assert UplinkParams(photos=150, photo_mb=2, deadline_minutes=30).rate_kbps == pytest.approx(
        150 * 2 * 8e3 / 1800
    )


def test_half_the_cell_doubles_the_rate() -> None:
    assert UplinkParams(rate_share=0.5).rate_kbps == 1000


@given(st.floats(1, 2000), st.floats(1, 2000))
def test_more_rate_never_needs_less_level(a: float, b: float) -> None:
    low, high = sorted((a, b))
    needs = [needed_dbm(UplinkParams(required_uplink_kbps=rate)) for rate in (low, high)]
    assert needs[0] <= needs[1]


def test_under_the_lowest_sourced_rate_the_level_stays() -> None:
    assert needed_dbm(UplinkParams(required_uplink_kbps=50)) == needed_dbm(UplinkParams())


def test_each_db_of_boost_needs_one_more() -> None:
    params = UplinkParams(boost_db={"A": 3.0})
    assert needed_dbm(params, "A") == needed_dbm(params, "B") + 3


def test_a_rate_beyond_the_table_is_refused() -> None:
    with pytest.raises(InputError, match=r"Invalid upload rate 2001 kbit/s .*Must be <= 2000"):
        UplinkParams(required_uplink_kbps=2000, rate_share=0.9996)


@pytest.mark.parametrize(
    ("name", "value"),
    [("photos", 0), ("photo_mb", 0), ("deadline_minutes", 0), ("required_uplink_kbps", 0.5),
     ("rate_share", 0), ("rate_share", 1.01), ("carrier_power_dbm", 61), ("carrier_blocks", 5),
     ("spread_db", 0.05), ("boost_db", {"A": 11})],
)  # fmt: skip
def test_params_are_checked(name: str, value: object) -> None:
    with pytest.raises(InputError, match=rf"Invalid {name} .*Must be in"):
        UplinkParams(**{name: value})  # type: ignore[arg-type]
