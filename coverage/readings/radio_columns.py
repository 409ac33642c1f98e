"""The radio columns of a chunk after every rule about them, with the flags these rules raise."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from coverage.operators import UNKNOWN_OPERATOR
from coverage.readings import quality
from coverage.readings.codes import Codes
from coverage.readings.draft import Draft
from coverage.readings.facts import FileFacts
from coverage.readings.params import ReadParams

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_RADIO_NUMBERS: Final = (
    "signal_dbm", "quality_db", "sinr_db", "area_code", "cell_identity", "pci", "arfcn",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class RadioColumns:
    """Radio columns.

    Attributes
    ----------
    rat, plmn, operator, state
        Technology, serving network, its operator on the survey's date, service state.
    numbers
        Level, quality, SINR, identities, channel; NaN = NA.
    flags
        The dq_ flags about them.
    """

    rat: Codes
    plmn: Codes
    operator: Codes
    state: Codes
    numbers: dict[str, Floats]
    flags: dict[str, Bools]

    @property
    def is_meaningless(self) -> Bools:
        """Neither a level nor a service state that says why there is none."""
        return np.isnan(self.numbers["signal_dbm"]) & self.state.is_na


def radio_columns(draft: Draft, facts: FileFacts, params: ReadParams) -> RadioColumns:
    """Hold the radio columns of a draft to their ranges and fill in what follows from them."""
    rat = draft.text("rat")
    numbers, flags = _valid_numbers(draft, rat, facts)
    state = _state(draft, numbers["signal_dbm"])
    no_service = state.equals("no_service")
    if no_service.any():  # what stands beside a no-service marker is a stale number
        for name in ("signal_dbm", "quality_db", "sinr_db"):
            numbers[name] = np.where(no_service, np.nan, numbers[name])
    plmn, is_assumed = _plmn(draft, no_service, facts, params)
    flags["dq_plmn_assumed"] = is_assumed | draft.flag("dq_plmn_assumed")
    flags["dq_roaming"] = quality.is_roaming(plmn, draft.text("sim_plmn")) | draft.flag(
        "dq_roaming"
    )
    operator = plmn.map(lambda code: params.operators.get(code, UNKNOWN_OPERATOR))
    return RadioColumns(
        rat=rat,
        plmn=plmn,
        operator=operator.where(~operator.is_na, UNKNOWN_OPERATOR),
        state=state,
        numbers=numbers,
        flags=flags,
    )


def _valid_numbers(
    draft: Draft, rat: Codes, facts: FileFacts
) -> tuple[dict[str, Floats], dict[str, Bools]]:
    """Numbers within their ranges, and the flags of those that were not."""
    raw = {name: draft.number(name) for name in _RADIO_NUMBERS}
    raw["sinr_db"] = _sinr(draft, facts)
    area, cell = quality.unswapped(rat, raw["area_code"], raw["cell_identity"])
    level, is_stuck = quality.without_stuck(rat, raw["signal_dbm"], facts.stuck_level_dbm)
    level, bad_level = quality.valid_level(rat, level, raw["quality_db"], draft.flag("dq_scanner"))
    quality_db, bad_quality = quality.valid_quality(rat, raw["quality_db"])
    sinr, bad_sinr = quality.valid_sinr(raw["sinr_db"], facts.sinr_placeholder_db)
    area, cell, pci, bad_identity = quality.valid_identity(rat, area, cell, raw["pci"])
    numbers = {
        "signal_dbm": level,
        "quality_db": quality_db,
        "sinr_db": sinr,
        "area_code": area,
        "cell_identity": cell,
        "pci": pci,
        "arfcn": quality.valid_arfcn(rat, raw["arfcn"]),
    }
    found = {
        "dq_level_stuck": is_stuck,
        "dq_level_invalid": bad_level,
        "dq_quality_invalid": bad_quality,
        "dq_sinr_placeholder": bad_sinr,
        "dq_identity_invalid": bad_identity,
    }
    return numbers, {name: mask | draft.flag(name) for name, mask in found.items()}


def _sinr(draft: Draft, facts: FileFacts) -> Floats:
    """SINR, from Android's RSSNR in the file's scale where the format gives that [dB]."""
    if "rssnr" not in draft.numbers:
        return draft.number("sinr_db")
    scaled = draft.number("rssnr") * facts.rssnr_factor
    return np.where(np.isnan(draft.number("sinr_db")), scaled, draft.number("sinr_db"))


def _state(draft: Draft, level_dbm: Floats) -> Codes:
    """Service state; a level on a cell known to serve is service, else NA stays NA."""
    state = draft.text("service_state")
    serves = state.is_na & ~np.isnan(level_dbm) & (draft.number("is_serving") == 1)
    return state.where(~serves, "in_service") if serves.any() else state


def _plmn(
    draft: Draft, no_service: Bools, facts: FileFacts, params: ReadParams
) -> tuple[Codes, Bools]:
    """Serving network, and where it was not in the row.

    A phone without service names no network; it is the one the rest of its file was read in. What
    is then still unknown takes the config's.
    """
    plmn = draft.text("plmn")
    assumed = np.zeros(len(draft), dtype=np.bool_)
    for rows, word in ((plmn.is_na & no_service, facts.plmn), (plmn.is_na, params.plmn)):
        gaps = rows & ~assumed
        if word is not None and gaps.any():
            plmn, assumed = plmn.where(~gaps, word), assumed | gaps
    return plmn, assumed
