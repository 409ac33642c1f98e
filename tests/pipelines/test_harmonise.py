"""``signal.harmonise_devices`` decides whether device offsets are taken off the levels."""

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from coverage.errors import InputError
from pipelines import predict as predict_stage
from pipelines.config import load_config
from pipelines.store import Store

OFFSETS = pd.DataFrame({"device_model": ["kit", "phone"], "offset_db": [0.0, 4.0]})


class CaughtError(InputError):
    """The fit is given up once the offsets are seen."""


def offsets_applied(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, setting: str
) -> list[dict[str, Any]]:
    """The offsets with which a survey of this setting makes its samples."""
    config = folder / "survey.toml"
    config.write_text(f"{config.read_text()}\n[signal]\nharmonise_devices = {setting}\n")
    (folder / "processed" / predict_stage.MODEL_RECORD).unlink(missing_ok=True)
    seen: list[pd.DataFrame] = []

    def caught(_readings: Any, offsets: pd.DataFrame, _params: Any) -> pd.DataFrame:
        seen.append(offsets)
        raise CaughtError("seen")

    monkeypatch.setattr(predict_stage.offsets, "estimate", lambda *_: OFFSETS)
    monkeypatch.setattr(predict_stage.samples, "from_readings", caught)
    loaded = load_config(config)
    with pytest.raises(CaughtError, match="seen"):
        predict_stage.predict(loaded, Store(loaded.processed), lambda *_: None)
    return seen[0].to_dict("records")


@pytest.mark.parametrize(("setting", "n_applied"), [("true", 2), ("false", 0)])
def test_the_config_decides_whether_offsets_are_applied(
    finished: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
    n_applied: int,
) -> None:
    folder = Path(shutil.copytree(finished, tmp_path / "survey"))
    assert len(offsets_applied(folder, monkeypatch, setting=setting)) == n_applied
