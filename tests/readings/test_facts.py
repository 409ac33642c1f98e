"""What only the whole file tells."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from coverage.readings.codes import Codes
from coverage.readings.draft import Draft
from coverage.readings.facts import FileFacts, facts_of
from coverage.readings.params import QualityParams


def facts(n: int, texts: dict[str, Any] | None = None, **numbers: Any) -> FileFacts:
    given = {"latitude_deg": 1.0, "longitude_deg": 1.0} | numbers
    columns = {k: np.broadcast_to(np.asarray(v, float), n).copy() for k, v in given.items()}
    draft = Draft(
        source_row=np.arange(1, n + 1), raw=pa.nulls(n, pa.binary()), numbers=columns,
        texts={"rat": "LTE"} | (texts or {}),
    )  # fmt: skip
    return facts_of(draft, QualityParams())


@pytest.mark.parametrize(("n_other", "expected"), [(5, "510-10"), (6, None)])
def test_a_network_is_agreed_on_by_95_percent(n_other: int, expected: str | None) -> None:
    plmn = Codes.of(["510-10"] * (100 - n_other) + ["510-01"] * n_other + [None] * 50)
    assert facts(150, {"plmn": plmn}).plmn == expected


def test_no_network_is_agreed_on_where_none_is_named() -> None:
    assert facts(9).plmn is None


@pytest.mark.parametrize(("speed", "is_credible"), [(60.0, True), (60.1, False), (np.nan, True)])
def test_a_median_speed_tells_the_unit(speed: float, is_credible: bool) -> None:
    found = facts(9, speed_mps=speed)
    assert found.is_speed_credible is is_credible
    assert any("speed left out" in note for note in found.notes) is not is_credible


@pytest.mark.parametrize(("extreme", "factor"), [(40.0, 1.0), (41.0, 0.1), (-41.0, 0.1)])
def test_one_large_rssnr_says_tenths(extreme: float, factor: float) -> None:
    assert facts(3, rssnr=[3.0, extreme, np.nan]).rssnr_factor == factor


def test_snr_of_zero_throughout_is_a_placeholder() -> None:
    assert facts(2, sinr_db=[0.0, 0.0]).sinr_placeholder_db == 0.0
    assert facts(2, sinr_db=[0.0, np.nan]).sinr_placeholder_db is None
    assert facts(3, sinr_db=[0.0, 0.0, 1.0]).sinr_placeholder_db is None
    assert facts(40, sinr_db=[-5.0] * 40).sinr_placeholder_db is None


@pytest.mark.parametrize(("n_other", "expected"), [(1, 0.0), (2, None)])
def test_snr_of_zero_in_nearly_every_row_is_one_too(n_other: int, expected: float | None) -> None:
    sinr = [0.0] * (150 - n_other) + [7.0] * n_other
    assert facts(150, sinr_db=sinr).sinr_placeholder_db == expected


def test_a_stuck_maximum_is_left_out_and_another_constant_is_only_named() -> None:
    assert facts(30, signal_dbm=-44.0).stuck_level_dbm == {"LTE": -44.0}
    assert facts(29, signal_dbm=-44.0).stuck_level_dbm == {}
    quiet = facts(30, signal_dbm=-85.0)
    assert quiet.stuck_level_dbm == {}
    assert quiet.notes == ("LTE level is -85 dBm in nearly every row; kept",)


@pytest.mark.parametrize(("level", "is_stuck"), [(-51.0, True), (-51.5, False), (-48.0, True)])
def test_gsm_is_stuck_at_the_end_of_the_asu_scale(level: float, is_stuck: bool) -> None:
    found = facts(30, {"rat": "GSM"}, signal_dbm=level)
    assert found.stuck_level_dbm == ({"GSM": level} if is_stuck else {})


def test_a_file_without_any_position_says_so() -> None:
    assert facts(3, latitude_deg=np.nan).notes == ("no row has a position: nothing is taken",)
