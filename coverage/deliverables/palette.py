"""Colours of printed maps and figures, the same as on the map page (``page/scales.js``).

Levels: viridis. Categories: Paul Tol's muted set. Both are told apart by colour-blind readers; a
test compares them with the page.
"""

from typing import Final

from coverage.deliverables.info import RunInfo

LEVEL_COLOURS: Final = (
    "#440154", "#46327e", "#365c8d", "#277f8e", "#1fa187", "#7ad151", "#e2e418",
)  # fmt: skip
REMEDY_COLOURS: Final = {
    "EXCLUDED_ADAT": "#111111", "OK": "#88ccee", "SURVEY_FIRST": "#8b9299",
    "MOVE_OR_OFFLINE_WALK": "#44aa99", "SIM_SWITCH": "#ddcc77", "WIFI_FROM_PPS_OR_DESA": "#aa4499",
    "OPERATOR_BOOSTER": "#cc6677", "MOBILE_BTS": "#882255", "VSAT_LEO": "#332288",
    "OFFLINE_COURIER": "#999933",
}  # fmt: skip
CHANGE_COLOURS: Final = {"better": "#2c7fb8", "none_shown": "#c9d1d6", "worse": "#b33c04"}
ABSTAINS_COLOUR: Final = "#b4bac1"
OPERATOR_COLOURS: Final = ("#332288", "#cc6677", "#117733", "#ddaa33", "#88ccee", "#882255")
OPERATOR_DASHES: Final = ("-", "--", "-.", ":")
INK: Final = "#16242f"
SOFT_INK: Final = "#51616d"


def level_bounds(info: RunInfo) -> tuple[float, ...]:
    """Bounds between the classes of :data:`LEVEL_COLOURS`: those of the config, then 10 dB steps.

    Parameters
    ----------
    info
        The run.

    Returns
    -------
    tuple of float
        Six rising levels. [dBm]
    """
    return (
        info.blank_dbm, info.upload_critical_dbm, info.weak_dbm, info.planning_dbm,
        info.planning_dbm + 10, info.planning_dbm + 20,
    )  # fmt: skip
