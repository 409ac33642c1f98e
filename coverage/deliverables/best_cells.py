"""What the model says of every H3 cell through the operator that serves it best."""

import pandas as pd


def best_cells(cell_signal: pd.DataFrame) -> pd.DataFrame:
    """In every cell the operator least likely to be weak; NA where the model abstains for all.

    The chance that every operator is weak at once is at most that of the best one.

    Parameters
    ----------
    cell_signal
        Table ``cell_signal``.

    Returns
    -------
    pandas.DataFrame
        One row a cell, sorted: ``h3_cell, operator, rsrp_p50_dbm, p_weak``.

    Examples
    --------
    >>> best_cells(pd.DataFrame({
    ...     "h3_cell": [1, 1, 2], "operator": ["A", "B", "A"], "rsrp_p50_dbm": [-99., -90., -80.],
    ...     "p_weak": [.4, .1, .0], "is_applicable": [True, True, False]}))
       h3_cell operator  rsrp_p50_dbm  p_weak
    0        1        B         -90.0     0.1
    1        2      NaN           NaN     NaN
    """
    judged = cell_signal[cell_signal["is_applicable"].astype(bool)]
    best = judged.sort_values(["h3_cell", "p_weak", "operator"], kind="stable")
    best = best.drop_duplicates("h3_cell").set_index("h3_cell")
    every = pd.Index(cell_signal["h3_cell"].unique(), name="h3_cell").sort_values()
    return best.reindex(every)[["operator", "rsrp_p50_dbm", "p_weak"]].reset_index()
