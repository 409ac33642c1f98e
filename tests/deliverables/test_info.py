from datetime import UTC, datetime, timedelta, timezone

import pytest

from coverage.deliverables.info import RunInfo, reason_sentences
from coverage.errors import InputError

NOW = datetime(2024, 1, 20, 3, 4, 5, tzinfo=UTC)


def test_a_date_without_zone_is_refused() -> None:
    with pytest.raises(InputError, match=r"Invalid created_at .* Must have a time zone"):
        RunInfo(survey="x", created_at=NOW.replace(tzinfo=None))


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(InputError, match="Invalid language 'fr'"):
        RunInfo(survey="x", created_at=NOW, language="fr")


@pytest.mark.parametrize("resolution", [0, 15])
def test_the_ends_of_the_grid_are_resolutions(resolution: int) -> None:
    assert RunInfo(survey="x", created_at=NOW, resolution=resolution).resolution == resolution


@pytest.mark.parametrize("resolution", [-1, 16])
def test_beyond_the_ends_there_is_none(resolution: int) -> None:
    with pytest.raises(InputError, match=f"Invalid resolution {resolution}"):
        RunInfo(survey="x", created_at=NOW, resolution=resolution)


def test_levels_that_do_not_rise_are_refused() -> None:
    with pytest.raises(InputError, match="Must rise from blank"):
        RunInfo(survey="x", created_at=NOW, weak_dbm=-105.0)


def test_the_date_is_told_in_utc() -> None:
    jakarta = timezone(timedelta(hours=7))
    info = RunInfo(survey="x", created_at=NOW.astimezone(jakarta))
    assert info.created_utc.isoformat() == "2024-01-20T03:04:05+00:00"


def test_reasons_keep_their_order_and_unknown_ones_their_code(info: RunInfo) -> None:
    assert reason_sentences(info, "R_NEW|R_CENTROID", "en") == "R_NEW Village centroid coordinates."


def test_no_reason_gives_no_sentence(info: RunInfo) -> None:
    assert not reason_sentences(info, "", "en")
