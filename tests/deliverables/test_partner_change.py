from typing import Any

import pandas as pd

from coverage import hexgrid
from coverage.deliverables.partner_change import CHANGE_COLUMNS, partner_change

CELLS = hexgrid.cells_of([-6.5, -6.6], [106.2, 106.2], 9)
SITES = pd.DataFrame({"regency": ["Lebak"], "latitude_deg": [-6.5], "longitude_deg": [106.2]})


def survey(**changes: Any) -> pd.DataFrame:
    table = pd.DataFrame(
        {"h3_cell": CELLS, "rat": "LTE", "signal_p50_dbm": [-100.0, -90.0],
         "last_day": "2024-01-05", "suppressed": False}
    )  # fmt: skip
    return table.assign(**changes)


def test_the_largest_loss_stands_first() -> None:
    rows = partner_change(survey(), survey(signal_p50_dbm=[-100.0, -110.0]), SITES)
    assert tuple(rows.columns) == CHANGE_COLUMNS
    assert rows["difference_db"].tolist() == [-20.0, 0.0]
    assert rows["h3_cell"].tolist() == [CELLS[1], CELLS[0]]


def test_a_cell_that_one_survey_lacks_is_left_out() -> None:
    assert partner_change(survey().head(1), survey(), SITES)["h3_cell"].tolist() == [CELLS[0]]


def test_few_devices_in_either_survey_are_suppressed() -> None:
    rows = partner_change(survey(suppressed=[True, False]), survey(), SITES)
    assert rows["suppressed"].tolist() == [False, True]
    assert rows.loc[1, ["signal_p50_old_dbm", "difference_db", "last_day_new"]].isna().all()


def test_the_verdict_of_the_comparison_stands_beside_it() -> None:
    delta = pd.DataFrame({"h3_cell": CELLS, "rat": "LTE", "change": ["worse", "too_few"]})
    rows = partner_change(survey(), survey(), SITES, delta).set_index("h3_cell")
    assert rows["change"].to_dict() == {CELLS[0]: "worse", CELLS[1]: "too_few"}


def test_without_comparison_there_is_no_verdict() -> None:
    assert partner_change(survey(), survey(), SITES)["change"].isna().all()
