"""The peak of memory is that of a stage, not of the process so far; too little is one line."""

import resource
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines import memory
from pipelines.memory import (
    LEAST_ADDRESS_SPACE_MB,
    LittleMemoryError,
    peak_mb,
    refuse_little_address_space,
    reset_peak,
)

Hashes = Callable[[Path], dict[str, str]]
N_BYTES = 200_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets the peak be reset")
def test_the_peak_is_measured_anew_after_a_reset() -> None:
    block = bytearray(N_BYTES)
    block[::4096] = b"1" * len(block[::4096])
    high = peak_mb()
    del block
    reset_peak()
    assert peak_mb() < high - 0.8 * N_BYTES / 2**20


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("std::bad_alloc")])
def test_no_memory_is_one_line_exit_code_5_and_the_last_state_stays(
    survey: Path,
    command: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
    tables_of: Hashes,
    error: Exception,
) -> None:
    before = tables_of(survey)

    def full(*_: object) -> None:
        raise error

    config = survey / "survey.toml"
    config.write_text(config.read_text() + "\n[ranking]\np_weak_limit = 0.4\n")
    monkeypatch.setattr("pipelines.rank.rank_sites", lambda *_, **__: full())
    code, _, err = command("run", config)
    told = [line for line in err.splitlines() if not line.startswith("rank: ")]
    assert (code, len(told)) == (5, 1), err
    assert told[0].startswith("Memory ran out. What was finished is kept;")
    assert tables_of(survey) == before


def limited_to(monkeypatch: pytest.MonkeyPatch, left_mb: int) -> None:
    """As if so much address space were left under a limit."""
    monkeypatch.setattr(memory, "_address_space_bytes", lambda: 500 * 2**20)
    limit = (500 + left_mb) * 2**20
    monkeypatch.setattr(resource, "getrlimit", lambda _: (limit, limit))


def test_a_limit_on_address_space_that_no_run_can_hold_is_told_before_it_begins(
    survey: Path, command: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    limited_to(monkeypatch, LEAST_ADDRESS_SPACE_MB - 1)
    code, _, err = command("run", survey / "survey.toml")
    assert (code, err.count("\n")) == (5, 1), err
    assert err.startswith(f"Only {LEAST_ADDRESS_SPACE_MB - 1} MB of address space are left")


def test_a_wide_limit_or_none_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    limited_to(monkeypatch, LEAST_ADDRESS_SPACE_MB)
    refuse_little_address_space()
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY,) * 2)
    refuse_little_address_space()
    monkeypatch.setattr(resource, "getrlimit", lambda _: (0, 0))
    with pytest.raises(LittleMemoryError, match=r"^Only 0 MB"):
        refuse_little_address_space()
