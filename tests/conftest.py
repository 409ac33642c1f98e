"""The guard of the environment, and what several test files share."""

from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import coverage

OURS = Path(__file__).parents[1] / "coverage"
SHARED = Path(__file__).parents[2] / "shared" / "data"

# No test asserts a time: on a busy machine an example takes as long as it takes.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to run beside coverage.py or against another checkout."""
    found = Path(str(coverage.__file__)).parent
    others = set(packages_distributions().get("coverage", [])) - {"blankspot"}
    if found != OURS or others:
        raise pytest.UsageError(
            f"Invalid `import coverage` from {found}, also owned by {sorted(others)}. "
            f"Must be {OURS} alone: use the project's own venv, without coverage.py."
        )


@pytest.fixture
def shared_data() -> Path:
    """The real sample files; tests that need them are skipped where they are not."""
    if not SHARED.is_dir():
        pytest.skip(f"the sample data {SHARED} is not here")
    return SHARED
