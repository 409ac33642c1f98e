"""A field form as delivered, filled in, put among the logs: its readings change the next run."""

from pathlib import Path

import openpyxl
import pyarrow.compute as pc
import pytest
from python_calamine import CalamineWorkbook

from coverage.field_columns import FIELD_COLUMNS
from coverage.hexgrid import cells_of
from pipelines.config import load_config
from pipelines.deliver import FOLDER
from pipelines.run import run
from pipelines.store import Store

NAMES = [column.name for column in FIELD_COLUMNS]
SEEN = {
    "day": "2024-02-01", "clock": "09:05", "gps_accuracy_m": 6, "is_indoor": "tidak",
    "network_type": "LTE", "signal_dbm": -117, "cell_identity": 10805003, "pci": 12,
    "arfcn": 1850, "upload_s": 40, "device_model": "A52",
}  # fmt: skip


@pytest.fixture
def form(survey: Path) -> Path:
    """One delivered form, its first TPS filled in, saved among the logs."""
    path = min((survey / "processed" / FOLDER / "kabupaten").glob("formulir_*.xlsx"))
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    place = {name: sheet.cell(2, NAMES.index(f"listed_{name}") + 1).value
             for name in ("latitude_deg", "longitude_deg")}  # fmt: skip
    for name, value in {**SEEN, **place}.items():
        sheet.cell(2, NAMES.index(name) + 1).value = value
    filled = survey / "raw" / "readings" / "formulir_terisi.xlsx"
    book.save(filled)
    return filled


def test_a_filled_form_is_a_reading_of_the_next_run(survey: Path, form: Path) -> None:
    run(load_config(survey / "survey.toml"), ("ingest", "aggregate"))
    store = Store(survey / "processed")
    found = []
    for part in store.parts("readings"):
        table = store.read(
            "readings", part, ["format", "signal_dbm", "operator", "latitude_deg", "longitude_deg"]
        )
        found += table.filter(pc.equal(table.column("format"), "field_form")).to_pylist()
    (reading,) = found
    sheet = openpyxl.load_workbook(form).worksheets[0]
    assert reading["signal_dbm"] == SEEN["signal_dbm"]
    assert reading["operator"] == sheet.cell(2, NAMES.index("operator") + 1).value
    here = int(cells_of([reading["latitude_deg"]], [reading["longitude_deg"]], 9)[0])
    cells = store.read("cells", columns=["h3_cell", "operator"])
    measured = pc.and_(
        pc.equal(cells.column("h3_cell"), here),
        pc.equal(cells.column("operator"), reading["operator"]),
    )
    assert pc.sum(measured).as_py() >= 1


def test_the_forms_of_all_kabupaten_hold_every_site_that_may_be_visited(survey: Path) -> None:
    listed = Store(survey / "processed").read("site_ranking", columns=["tps_code", "remedy"])
    wanted = listed.filter(pc.not_equal(listed.column("remedy"), "EXCLUDED_ADAT"))
    found = set()
    for path in (survey / "processed" / FOLDER / "kabupaten").glob("formulir_*.xlsx"):
        rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
        found |= {row[0] for row in rows[1:]}
    assert found == set(wanted.column("tps_code").to_pylist())
