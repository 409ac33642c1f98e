"""Where the model abstains its figures are not known, and no map or list may show them as if."""

from typing import Final

import pandas as pd

FIGURES: Final = ("rsrp_p05_dbm", "rsrp_p50_dbm", "rsrp_p95_dbm", "p_weak", "p_upload_fail")


def without_abstentions(signal: pd.DataFrame) -> pd.DataFrame:
    """The table with the model's figures NA where ``is_applicable`` is false.

    Parameters
    ----------
    signal
        Table ``cell_signal`` or ``site_signal``.

    Examples
    --------
    >>> without_abstentions(pd.DataFrame({"p_weak": [0.1, 0.9], "is_applicable": [True, False]}))
       p_weak  is_applicable
    0     0.1           True
    1     NaN          False
    """
    abstains = ~signal["is_applicable"].astype(bool)
    present = [column for column in FIGURES if column in signal.columns]
    return signal.assign(**{column: signal[column].mask(abstains) for column in present})
