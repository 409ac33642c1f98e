"""What was measured in one H3 cell for one operator, all its technologies taken together."""

from typing import Final

import numpy as np
import pandas as pd

LEGACY_ONLY: Final = "legacy_only"
MAP_EVIDENCE: Final = ("ok", LEGACY_ONLY, "indicated_weak", "confirmed_weak")
"""Evidence drawn on maps, best first; where nothing was measured nothing is said."""

_DATA_RATS: Final = frozenset({"LTE", "NR"})  # a photo needs data (DOMAIN 2)
_KEY: Final = ["h3_cell", "operator"]
_DECIDING: Final = (
    "rat", "evidence", "n_readings", "n_devices", "signal_p10_dbm", "signal_p50_dbm",
    "no_service_share", "strongest_cell_identity", "last_time",
)  # fmt: skip


def measured_evidence(cells: pd.DataFrame) -> pd.DataFrame:
    """Evidence per H3 cell and operator from the rows per technology.

    An upload needs one technology that carries data: the best of LTE and NR counts. A cell where
    GSM or UMTS alone was read is ``legacy_only`` if it was good there, since a phone camps on
    them where it finds nothing better; read as weak it stays weak. Rows without data are left out.

    Parameters
    ----------
    cells
        Table ``cells``.

    Returns
    -------
    pandas.DataFrame
        One row a cell and operator, sorted: ``h3_cell, operator, rat, evidence``
        (:data:`MAP_EVIDENCE`), and of the deciding technology ``n_readings``, ``n_devices``
        [count], ``signal_p10_dbm``, ``signal_p50_dbm`` [dBm, NA = no service],
        ``no_service_share`` [0-1], ``strongest_cell_identity`` and ``last_time``.
    """
    known = cells[cells["evidence"] != "no_data"]
    carries_data = known["rat"].isin(_DATA_RATS)
    is_legacy = ~carries_data & (known["evidence"] == "ok")
    evidence = known["evidence"].where(~is_legacy, LEGACY_ONLY)
    deciding = (
        known.assign(
            evidence=evidence,
            is_other=~carries_data,
            place=evidence.map({code: place for place, code in enumerate(MAP_EVIDENCE)}),
        )
        .sort_values([*_KEY, "is_other", "place", "n_readings", "rat"],
                     ascending=[True, True, True, True, False, True], kind="stable")
        .drop_duplicates(_KEY)
    )  # fmt: skip
    return deciding[[*_KEY, *_DECIDING]].reset_index(drop=True)


def evidence_of_best(evidence: pd.DataFrame, operators: tuple[str, ...]) -> pd.DataFrame:
    """Evidence per H3 cell, whichever operator serves it best.

    ``ok`` where any operator was read as good; ``confirmed_weak`` only where every operator was
    read and confirmed weak; where some were not read, weakness of the place is merely indicated.

    Parameters
    ----------
    evidence
        As :func:`measured_evidence` gives it.
    operators
        All operators of the run.

    Returns
    -------
    pandas.DataFrame
        ``h3_cell, evidence``, sorted by cell.

    Examples
    --------
    >>> evidence_of_best(pd.DataFrame({
    ...     "h3_cell": [1, 1, 2], "operator": ["A", "B", "A"],
    ...     "evidence": ["confirmed_weak", "confirmed_weak", "confirmed_weak"]}), ("A", "B"))
       h3_cell        evidence
    0        1  confirmed_weak
    1        2  indicated_weak
    """
    place = evidence["evidence"].map({code: i for i, code in enumerate(MAP_EVIDENCE)})
    best = place.groupby(evidence["h3_cell"], sort=True).agg(["min", "size"])
    codes = np.array(MAP_EVIDENCE, dtype=object)[best["min"].to_numpy(dtype="int64")]
    is_partial = (codes == "confirmed_weak") & (best["size"].to_numpy() < len(operators))
    codes[is_partial] = "indicated_weak"
    return pd.DataFrame({"h3_cell": best.index.to_numpy(), "evidence": codes})
