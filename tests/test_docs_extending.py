"""What the pages on adding a format, a baseline, a remedy, a deliverable tell, done as told."""

import importlib.util
import re
import runpy
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from coverage.readings import format as formats
from coverage.readings.params import ReadParams
from coverage.readings.read import read_batches
from coverage.sites import kits, remedies
from coverage.sites.kits import KitParams
from coverage.sites.remedies import Facts, RemedyParams, choose

TESTS = Path(__file__).parent
PAGES = TESTS.parent / "docs" / "contributing"
FENCE = re.compile(r"^ *```python\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def code_of(page: str) -> str:
    """The code that a page shows."""
    (found,) = FENCE.findall((PAGES / page).read_text(encoding="utf-8"))
    return dedent(found)


def module_of(page: str, name: str, folder: Path) -> ModuleType:
    """The code that a page shows, as a module of a file."""
    path = folder / f"{name.rpartition('.')[2]}.py"
    path.write_text(code_of(page))
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def with_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The format of the page, in a folder that belongs to the package of formats."""
    (tmp_path / "example.py").write_text(code_of("add-format.md"))
    monkeypatch.setattr(formats.formats, "__path__", [*formats.formats.__path__, str(tmp_path)])
    formats.all_formats.cache_clear()
    yield
    sys.modules.pop("coverage.readings.formats.example", None)
    formats.all_formats.cache_clear()


@pytest.mark.usefixtures("with_example")
def test_a_format_is_found_and_read_as_the_page_tells() -> None:
    params = ReadParams(
        timezone="Asia/Jakarta",
        device_key=b"a key of the tests, nobody's secret",
        campaign="docs",
        device_group="phone",
        now=datetime(2024, 2, 1, tzinfo=UTC),
        operators={"510-10": "Telkomsel"},
        box=(-7.1, 105.0, -5.7, 106.8),
    )
    log = b"lat,lon,rsrp,epoch,net\n-6.41,106.12,-101,1704762000,510-10\n"
    (batch,) = read_batches(BytesIO(log), "log.csv", params)
    (reading,) = batch.readings.select(["format", "operator", "signal_dbm"]).to_pylist()
    assert reading == {"format": "example", "operator": "Telkomsel", "signal_dbm": -101}


def test_a_baseline_answers_as_the_page_tells(tmp_path: Path) -> None:
    median = module_of("add-baseline.md", "example_baseline", tmp_path).OperatorMedian()
    samples = samples_of([-100.0, -110.0, -90.0])
    level = median.fit(samples).predict(samples)
    assert level.tolist() == pytest.approx([-100.0] * 3)


def samples_of(levels_dbm: list[float]) -> pd.DataFrame:
    """Samples of one operator on a line, 1 km apart."""
    return pd.DataFrame(
        {
            "latitude_deg": -6.5 + 0.01 * np.arange(len(levels_dbm)),
            "longitude_deg": 106.1,
            "operator": "IOH",
            "rsrp_dbm": levels_dbm,
        }
    )


def test_a_remedy_is_chosen_as_the_page_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    sites = facts(wifi_m=[1900.0, 2100.0, 1900.0], is_hold=[False, False, True])
    space: dict[str, object] = {}
    exec(code_of("add-remedy.md"), space)
    longer = (*remedies.REMEDIES[:-1], "NEIGHBOUR", remedies.REMEDIES[-1])
    for module in (remedies, kits):
        monkeypatch.setattr(module, "REMEDIES", longer)
    days = {**kits.DEFAULT_LEAD_TIME_DAYS, "NEIGHBOUR": 1}
    monkeypatch.setitem(remedies._CONDITIONS, "NEIGHBOUR", space["neighbour"])
    order = ("EXCLUDED_ADAT", "NEIGHBOUR", *longer[1:-2], "OFFLINE_COURIER")
    params = RemedyParams(order=order, kits=KitParams(lead_time_days=days))
    chosen = choose(sites, params)
    assert chosen.remedy.tolist() == ["NEIGHBOUR", "VSAT_LEO", "EXCLUDED_ADAT"]


def facts(wifi_m: list[float], is_hold: list[bool]) -> Facts:
    """Sites where nothing works, as the tests of the remedies build them."""
    build = runpy.run_path(str(TESTS / "sites" / "test_remedies.py"))["facts"]
    made: Facts = build(len(wifi_m), wifi_m=np.array(wifi_m), is_hold=np.array(is_hold))
    return made


def test_a_deliverable_is_made_as_the_page_tells(tmp_path: Path) -> None:
    module = module_of("add-deliverable.md", "example_deliverable", tmp_path)
    ranking = pd.DataFrame({"rank": [2, 1], "tps_code": ["3602062001002", "3602062001001"]})
    assert module.first_codes(ranking, 1) == b"3602062001001\n"
