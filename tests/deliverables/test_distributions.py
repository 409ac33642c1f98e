import numpy as np
import pandas as pd

from coverage import hexgrid
from coverage.deliverables.distributions import (
    cdf_table,
    measured_levels,
    nearest_regency,
    percentile_table,
    predicted_levels,
)

SITES = pd.DataFrame(
    {"regency": ["Lebak", None], "latitude_deg": [-6.5, -6.5], "longitude_deg": [106.2, 106.6]}
)
CELLS = hexgrid.cells_of([-6.51, -6.51], [106.21, 106.59], 9)


def levels(*values: float | None, suppressed: bool = False) -> pd.DataFrame:
    return pd.DataFrame(
        {"regency": "Lebak", "basis": "measured", "rat": "LTE",
         "level_dbm": np.array(values, dtype="float64"), "suppressed": suppressed}
    )  # fmt: skip


def test_a_cell_is_of_the_kabupaten_of_its_nearest_site() -> None:
    assert nearest_regency(pd.Series(CELLS), SITES).tolist() == ["Lebak", ""]


def test_percentiles_put_no_service_below_every_level() -> None:
    row = percentile_table(levels(None, -110.0, -100.0, -90.0)).iloc[0]
    assert (row["n_cells"], row["n_no_service_cells"]) == (4, 1)
    assert np.isnan(row["p25_dbm"])
    assert (row["p50_dbm"], row["p75_dbm"], row["p95_dbm"]) == (-110.0, -100.0, -90.0)


def test_suppressed_cells_are_counted_and_left_out() -> None:
    row = percentile_table(levels(-90.0, suppressed=True)).iloc[0]
    assert (row["n_cells"], row["n_suppressed"]) == (0, 1)
    assert np.isnan(row["p50_dbm"])


def test_the_cdf_counts_cells_at_or_below_a_level() -> None:
    row = cdf_table(levels(None, -110.0, -100.0, -90.0)).iloc[0]
    assert (row["-130"], row["-115"], row["-110"], row["-70"]) == (0.25, 0.25, 0.5, 1.0)


def test_a_suppressed_cell_has_no_share() -> None:
    assert np.isnan(cdf_table(levels(-90.0, suppressed=True)).iloc[0]["-70"])


def test_abstentions_are_no_predicted_level() -> None:
    predicted = pd.DataFrame({"h3_cell": CELLS, "rsrp_p50_dbm": [-90.0, np.nan]})
    assert predicted_levels(predicted, SITES)["level_dbm"].tolist() == [-90.0]


def test_measured_levels_keep_every_cell() -> None:
    cells = pd.DataFrame(
        {"h3_cell": CELLS, "rat": "LTE", "signal_p50_dbm": [-90.0, np.nan],
         "suppressed": [False, True]}
    )  # fmt: skip
    assert measured_levels(cells, SITES)["suppressed"].tolist() == [False, True]
