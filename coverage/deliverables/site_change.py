"""What is said otherwise of a TPS than after the earlier survey: evidence or remedy."""

from typing import Final

import pandas as pd

SITE_CHANGE_COLUMNS: Final = (
    "rank", "rank_old", "tps_code", "tps_name", "village", "district", "evidence_old", "evidence",
    "remedy_old", "remedy", "p_upload_fail_old", "p_upload_fail",
)  # fmt: skip
_COMPARED: Final = ("evidence", "remedy")
OLD_COLUMNS: Final = ("tps_code", "rank", *_COMPARED, "p_upload_fail")
"""What is read of the earlier ranking."""


def site_change(old: pd.DataFrame, new: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """TPS whose evidence or remedy is another, in the order of the new ranking.

    Parameters
    ----------
    old
        :data:`OLD_COLUMNS` of the earlier ``site_ranking``.
    new
        Table ``site_ranking``, or the part of it that one office is given.

    Returns
    -------
    rows : pandas.DataFrame
        :data:`SITE_CHANGE_COLUMNS`; a chance is NA where the model did not stand by it.
    n_new : int
        TPS that the earlier ranking does not have: nothing can be said of them. [count]
    """
    judged_old, judged_new = _judged(old[list(OLD_COLUMNS)]), _judged(new)
    both = judged_new.merge(judged_old, on="tps_code", suffixes=("", "_old"), validate="1:1")
    differs = (both["evidence"] != both["evidence_old"]) | (both["remedy"] != both["remedy_old"])
    rows = both[differs].sort_values("rank", kind="stable", ignore_index=True)
    return rows[list(SITE_CHANGE_COLUMNS)], len(new) - len(both)


def _judged(ranking: pd.DataFrame) -> pd.DataFrame:
    """The ranking without chances that the model does not stand by."""
    chance = ranking["p_upload_fail"].astype("float64")
    return ranking.assign(p_upload_fail=chance.mask(ranking["evidence"] == "survey_first"))
