"""Inputs that cannot be read: the run stops, or goes on without them and says so (exit code 3)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.store import Store

Command = Callable[..., tuple[int, str, str]]
Hashes = Callable[[Path], dict[str, str]]


@pytest.fixture
def broken(survey: Path) -> Path:
    """A survey with one archive that cannot be read."""
    (survey / "raw" / "readings" / "broken.zip").write_bytes(b"PK\x03\x04 and nothing more")
    return survey


def allow(folder: Path, share: float) -> Path:
    config = folder / "survey.toml"
    config.write_text(config.read_text() + f"\n[gates]\nmax_unreadable_share = {share}\n")
    return config


def test_by_default_a_run_stops(broken: Path, command: Command) -> None:
    code, _, err = command("run", broken / "survey.toml")
    assert (code, "readings/broken.zip: " in err) == (2, True)


def test_where_it_is_allowed_a_run_goes_on_says_so_and_gives_the_tables_of_the_others(
    broken: Path, command: Command, tables_of: Hashes
) -> None:
    before = tables_of(broken)
    code, out, _ = command("run", allow(broken, 0.2))
    assert code == 3
    assert "ingest: Left out, readings/broken.zip: " in out
    assert "open first: " in out
    assert tables_of(broken) == before


def test_above_the_share_it_stops(broken: Path, command: Command) -> None:
    assert command("ingest", allow(broken, 0.01))[0] == 2


def test_what_was_left_out_is_named_until_it_is_mended(broken: Path, command: Command) -> None:
    config = allow(broken, 0.2)
    command("ingest", config)
    assert command("ingest", config)[0] == 3
    assert "left out, readings/broken.zip: " in command("status", config).out  # type: ignore[attr-defined]
    (broken / "raw" / "readings" / "broken.zip").unlink()
    assert command("ingest", config)[0] == 0


def test_rows_of_a_log_that_became_unreadable_are_taken_away(
    survey: Path, command: Command
) -> None:
    """What an earlier, sound state of a log gave must not be counted as if it were there."""
    config = allow(survey, 0.2)
    store = Store(survey / "processed")
    log = min((survey / "raw" / "readings" / "crowd").rglob("*.csv"))
    n_before = len(store.parts("readings"))
    log.write_bytes(b"PK\x03\x04 and nothing more")
    assert command("ingest", config)[0] == 3
    assert len(store.parts("readings")) == n_before - 1
