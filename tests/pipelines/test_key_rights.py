"""`blankspot check` says when others may read the device key."""

from pathlib import Path

import pytest

from pipelines.checks import check_survey
from pipelines.config import load_config


@pytest.mark.parametrize(("mode", "is_told"), [(0o604, True), (0o640, False), (0o600, False)])
def test_a_key_that_others_may_read_is_an_error(fresh: Path, mode: int, is_told: bool) -> None:
    key = fresh / "device.key"
    key.write_text("a key of this test, 16 bytes or more")
    key.chmod(mode)
    config = fresh / "survey.toml"
    config.write_text(config.read_text() + '\n[privacy]\ndevice_key_file = "device.key"\n')
    told = [each.text for each in check_survey(load_config(config)) if each.is_error]
    assert ["device key can be read by others" in text for text in told] == [True] * is_told
