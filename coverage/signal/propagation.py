"""How much of a signal the way from mast to phone takes: median path loss, no local data needed.

Every function takes distances and frequencies that broadcast and gives the median loss in dB. A
formula is used outside its published range of distances by extending it (sites in Banten lie up to
30 km away); outside its range of frequencies or heights it refuses. Beside a calibration on local
readings the best of these models is good to 8-9 dB, without one to 12-15 dB (Phillips, Sicker,
Grunwald, IJAP 2012).

References
----------
[1] ITU-R P.525, free-space attenuation.
[2] M. Hata, IEEE Trans. Veh. Techn. VT-29 (3), 1980, 317-325.
[3] COST Action 231 final report, EUR 18957, 1999, chapter 4.
[4] 3GPP TR 38.901 V16.1.0, tables 7.4.1-1 (path loss) and 7.4.2-1 (line-of-sight probability).
"""

from typing import Final, Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
HataArea = Literal["urban_large", "urban", "suburban", "open"]

SPEED_OF_LIGHT_MPS: Final = 299_792_458.0
MIN_DISTANCE_M: Final = 10.0  # below it every loss is taken as at 10 m: the lower end of [4]
HATA_MHZ: Final = (150.0, 1500.0)
COST231_MHZ: Final = (1500.0, 2300.0)  # published to 2000; used to 2300 for band 40
TR38901_MHZ: Final = (500.0, 100_000.0)


def free_space_db(distance_m: npt.ArrayLike, frequency_mhz: npt.ArrayLike) -> Floats:
    """Free-space loss: 32.45 + 20 log10 f + 20 log10 d, f in MHz, d in km [1] [dB].

    Examples
    --------
    >>> float(free_space_db(1000.0, 900.0).round(2))
    91.53
    """
    d_km = _distance_m(distance_m) / 1000
    f_mhz = _frequency_mhz(frequency_mhz, (1.0, 1e6))
    constant = 20 * np.log10(4 * np.pi * 1e9 / SPEED_OF_LIGHT_MPS)  # 32.4478
    loss: Floats = constant + 20 * np.log10(f_mhz) + 20 * np.log10(d_km)
    return loss


def okumura_hata_db(
    distance_m: npt.ArrayLike,
    frequency_mhz: npt.ArrayLike,
    *,
    base_height_m: npt.ArrayLike = 30.0,
    mobile_height_m: float = 1.5,
    area: HataArea = "urban",
) -> Floats:
    """Okumura-Hata loss, 150-1500 MHz, base 30-200 m, mobile 1-10 m, 1-20 km [2] [dB].

    Bases from 10 m on are accepted: rural masts and roof sites stand lower than Hata's.

    Examples
    --------
    >>> float(okumura_hata_db(1000.0, 900.0).round(2))
    126.4
    """
    f_mhz = _frequency_mhz(frequency_mhz, HATA_MHZ)
    urban = 69.55 + 26.16 * np.log10(f_mhz)
    loss = urban + _hata_rest_db(distance_m, f_mhz, base_height_m, mobile_height_m, area)
    return loss - _hata_openness_db(f_mhz, area)


def cost231_hata_db(
    distance_m: npt.ArrayLike,
    frequency_mhz: npt.ArrayLike,
    *,
    base_height_m: npt.ArrayLike = 30.0,
    mobile_height_m: float = 1.5,
    area: HataArea = "urban",
) -> Floats:
    """COST-231-Hata loss, 1500-2000 MHz (extended to 2300), else as Hata [3] [dB].

    ``urban_large`` adds the 3 dB of metropolitan centres; suburban and open subtract Hata's
    corrections, as is customary.
    """
    f_mhz = _frequency_mhz(frequency_mhz, COST231_MHZ)
    centre = 3.0 if area == "urban_large" else 0.0
    urban = 46.3 + 33.9 * np.log10(f_mhz) + centre
    # [3] keeps the small-city mobile term for every area
    kind: HataArea = "urban" if area == "urban_large" else area
    loss = urban + _hata_rest_db(distance_m, f_mhz, base_height_m, mobile_height_m, kind)
    return loss - _hata_openness_db(f_mhz, area)


def hata_db(
    distance_m: npt.ArrayLike,
    frequency_mhz: npt.ArrayLike,
    *,
    base_height_m: npt.ArrayLike = 30.0,
    mobile_height_m: float = 1.5,
    area: HataArea = "urban",
) -> Floats:
    """Okumura-Hata up to 1500 MHz and COST-231-Hata above, one call for all LTE bands [dB]."""
    d, f_mhz, base_m = np.broadcast_arrays(
        np.asarray(distance_m, dtype=np.float64),
        _frequency_mhz(frequency_mhz, (HATA_MHZ[0], COST231_MHZ[1])),
        np.asarray(base_height_m, dtype=np.float64),
    )
    low = f_mhz <= HATA_MHZ[1]
    loss = np.empty(d.shape)
    for rows, model in ((low, okumura_hata_db), (~low, cost231_hata_db)):
        loss[rows] = model(
            d[rows],
            f_mhz[rows],
            base_height_m=base_m[rows],
            mobile_height_m=mobile_height_m,
            area=area,
        )
    return loss


def rma_los_db(
    distance_m: npt.ArrayLike,
    frequency_mhz: npt.ArrayLike,
    *,
    base_height_m: float = 35.0,
    mobile_height_m: float = 1.5,
    building_height_m: float = 5.0,
) -> Floats:
    """TR 38.901 rural macro, line of sight, to 10 km [4] [dB]. ``distance_m`` is horizontal."""
    d_m = _distance_m(distance_m)
    f_ghz = _frequency_mhz(frequency_mhz, TR38901_MHZ) / 1000
    break_m = 2 * np.pi * base_height_m * mobile_height_m * f_ghz * 1e9 / SPEED_OF_LIGHT_MPS
    slant_m = np.hypot(d_m, base_height_m - mobile_height_m)
    slant_break_m = np.hypot(break_m, base_height_m - mobile_height_m)

    def near_db(slant: Floats) -> Floats:
        h = building_height_m**1.72
        loss: Floats = (
            20 * np.log10(40 * np.pi * slant * f_ghz / 3)
            + min(0.03 * h, 10.0) * np.log10(slant)
            - min(0.044 * h, 14.77)
            + 0.002 * np.log10(building_height_m) * slant
        )
        return loss

    far_db = near_db(slant_break_m) + 40 * np.log10(slant_m / slant_break_m)
    loss: Floats = np.where(d_m <= break_m, near_db(slant_m), far_db)
    return loss


def rma_nlos_db(
    distance_m: npt.ArrayLike,
    frequency_mhz: npt.ArrayLike,
    *,
    base_height_m: float = 35.0,
    mobile_height_m: float = 1.5,
    building_height_m: float = 5.0,
    street_width_m: float = 20.0,
) -> Floats:
    """TR 38.901 rural macro without line of sight, to 5 km [4] [dB]."""
    f_ghz = _frequency_mhz(frequency_mhz, TR38901_MHZ) / 1000
    slant_m = np.hypot(_distance_m(distance_m), base_height_m - mobile_height_m)
    log_base = np.log10(base_height_m)
    blocked = (
        161.04
        - 7.1 * np.log10(street_width_m)
        + 7.5 * np.log10(building_height_m)
        - (24.37 - 3.7 * (building_height_m / base_height_m) ** 2) * log_base
        + (43.42 - 3.1 * log_base) * (np.log10(slant_m) - 3)
        + 20 * np.log10(f_ghz)
        - (3.2 * np.log10(11.75 * mobile_height_m) ** 2 - 4.97)
    )
    open_db = rma_los_db(
        distance_m,
        frequency_mhz,
        base_height_m=base_height_m,
        mobile_height_m=mobile_height_m,
        building_height_m=building_height_m,
    )
    loss: Floats = np.maximum(open_db, blocked)
    return loss


def uma_los_db(
    distance_m: npt.ArrayLike,
    frequency_mhz: npt.ArrayLike,
    *,
    base_height_m: float = 25.0,
    mobile_height_m: float = 1.5,
) -> Floats:
    """TR 38.901 urban macro, line of sight, to 5 km [4] [dB]; mobiles under 13 m only."""
    d_m = _distance_m(distance_m)
    f_ghz = _frequency_mhz(frequency_mhz, TR38901_MHZ) / 1000
    environment_m = 1.0  # effective environment height below 13 m, note 1 of the table
    break_m = (
        4
        * (base_height_m - environment_m)
        * (mobile_height_m - environment_m)
        * (f_ghz * 1e9 / SPEED_OF_LIGHT_MPS)
    )
    height_m = base_height_m - mobile_height_m
    slant_m = np.hypot(d_m, height_m)
    near = 28.0 + 22 * np.log10(slant_m) + 20 * np.log10(f_ghz)
    far = (
        28.0
        + 40 * np.log10(slant_m)
        + 20 * np.log10(f_ghz)
        - 9 * np.log10(break_m**2 + height_m**2)
    )
    loss: Floats = np.where(d_m <= break_m, near, far)
    return loss


def uma_nlos_db(
    distance_m: npt.ArrayLike,
    frequency_mhz: npt.ArrayLike,
    *,
    base_height_m: float = 25.0,
    mobile_height_m: float = 1.5,
) -> Floats:
    """TR 38.901 urban macro without line of sight, to 5 km [4] [dB]."""
    f_ghz = _frequency_mhz(frequency_mhz, TR38901_MHZ) / 1000
    slant_m = np.hypot(_distance_m(distance_m), base_height_m - mobile_height_m)
    blocked = (
        13.54 + 39.08 * np.log10(slant_m) + 20 * np.log10(f_ghz) - 0.6 * (mobile_height_m - 1.5)
    )
    open_db = uma_los_db(
        distance_m, frequency_mhz, base_height_m=base_height_m, mobile_height_m=mobile_height_m
    )
    loss: Floats = np.maximum(open_db, blocked)
    return loss


def rma_los_probability(distance_m: npt.ArrayLike) -> Floats:
    """Chance of line of sight in the rural macro model [4] [0-1]."""
    d_m = np.asarray(distance_m, dtype=np.float64)
    probability: Floats = np.exp(-np.maximum(d_m - 10.0, 0.0) / 1000.0)
    return probability


def uma_los_probability(distance_m: npt.ArrayLike) -> Floats:
    """Chance of line of sight in the urban macro model, mobiles under 13 m [4] [0-1]."""
    d_m = np.maximum(np.asarray(distance_m, dtype=np.float64), 18.0)
    probability: Floats = 18.0 / d_m + np.exp(-d_m / 63.0) * (1.0 - 18.0 / d_m)
    return probability


def dual_slope_db(
    distance_m: npt.ArrayLike,
    *,
    reference_db: float,
    reference_m: float,
    break_m: float,
    near_exponent: float,
    far_exponent: float,
) -> Floats:
    """Log-distance loss whose exponent changes at one distance, continuous there [dB].

    ``reference_db`` is the loss at ``reference_m``; ten times the exponent is the slope in dB per
    decade. One exponent for both sides is the log-distance model (LDPL).

    Examples
    --------
    >>> dual_slope_db([100.0, 1000.0, 10000.0], reference_db=80.0, reference_m=100.0,
    ...               break_m=1000.0, near_exponent=2.0, far_exponent=4.0).tolist()
    [80.0, 100.0, 140.0]
    """
    d_m = _distance_m(distance_m)
    near = 10 * near_exponent * np.log10(np.minimum(d_m, break_m) / reference_m)
    far = 10 * far_exponent * np.log10(np.maximum(d_m, break_m) / break_m)
    loss: Floats = reference_db + near + far
    return loss


def _distance_m(distance_m: npt.ArrayLike) -> Floats:
    """Distances, none under :data:`MIN_DISTANCE_M`; NaN stays NaN."""
    d_m: Floats = np.maximum(np.asarray(distance_m, dtype=np.float64), MIN_DISTANCE_M)
    return d_m


def _frequency_mhz(frequency_mhz: npt.ArrayLike, allowed: tuple[float, float]) -> Floats:
    """Frequencies inside a model's range."""
    f_mhz = np.asarray(frequency_mhz, dtype=np.float64)
    low, high = allowed
    bad = ~((f_mhz >= low) & (f_mhz <= high))
    if bad.any():
        raise ValueError(
            f"Invalid frequency_mhz {f_mhz[bad][0]:g}. Must be in [{low:g}, {high:g}]."
        )
    return f_mhz


def _hata_rest_db(
    distance_m: npt.ArrayLike,
    f_mhz: Floats,
    base_height_m: npt.ArrayLike,
    mobile_height_m: float,
    area: HataArea,
) -> Floats:
    """Terms that [2] and [3] share: heights and distance."""
    base_m = np.asarray(base_height_m, dtype=np.float64)
    if base_m.size and not ((base_m >= 10.0) & (base_m <= 200.0)).all():
        raise ValueError(
            f"Invalid base_height_m {base_m.min():g}..{base_m.max():g}. Must be in [10, 200]."
        )
    if not 1.0 <= mobile_height_m <= 10.0:
        raise ValueError(f"Invalid mobile_height_m {mobile_height_m}. Must be in [1, 10].")
    d_km = _distance_m(distance_m) / 1000
    log_base = np.log10(base_m)
    mobile_db = _hata_mobile_db(f_mhz, mobile_height_m, area)
    loss: Floats = -13.82 * log_base - mobile_db + (44.9 - 6.55 * log_base) * np.log10(d_km)
    return loss


def _hata_mobile_db(f_mhz: Floats, mobile_height_m: float, area: HataArea) -> Floats:
    """Hata's a(h_m): large cities from 300 MHz on have a formula of their own [2]."""
    log_f = np.log10(f_mhz)
    small: Floats = (1.1 * log_f - 0.7) * mobile_height_m - (1.56 * log_f - 0.8)
    if area != "urban_large":
        return small
    low = 8.29 * np.log10(1.54 * mobile_height_m) ** 2 - 1.1
    high = 3.2 * np.log10(11.75 * mobile_height_m) ** 2 - 4.97
    return np.asarray(np.where(f_mhz < 300.0, low, high))


def _hata_openness_db(f_mhz: Floats, area: HataArea) -> Floats:
    """How much less the loss is outside towns [2]."""
    log_f = np.log10(f_mhz)
    if area == "suburban":
        return np.asarray(2 * np.log10(f_mhz / 28) ** 2 + 5.4)
    if area == "open":
        return np.asarray(4.78 * log_f**2 - 18.33 * log_f + 40.94)
    return np.zeros_like(f_mhz)
