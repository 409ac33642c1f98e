"""Villages, polling stations, hazards and the held-back area of the synthetic Banten.

Codes look like Kemendagri's and count up from the west; names are put together from syllables.
None of them is a real village.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from coverage.geodesy import distance_m, from_plane_m, to_plane_m
from coverage.synthetic_land import (
    ISLANDS,
    ORIGIN,
    REGENCIES,
    Bools,
    Floats,
    Ints,
    Land,
    disc,
    is_mainland,
    island_of,
    random_mainland,
    regency_of,
    rng_of,
    spread_points,
    urban_share,
)

HOLD_CENTRE: Final = (-6.600, 106.215)
"""Near it lives the community that asked for no signal: in the hills of Lebak [deg]."""
HOLD_SITES: Final = 4  # polling stations of that village, at least
ISLAND_REGENCY: Final = "36.04"
MAX_VOTERS: Final = 300  # Pemilu 2024, DOMAIN 3.1
VOTERS_SD: Final = 18.0  # invented
REACH_SHARE: Final = 0.9  # of the way to the border: no polling station leaves its village
N_CANDIDATES: Final = 40_000

_NAME_HEADS: Final = (
    "Ci", "Pasir", "Suka", "Marga", "Kadu", "Tegal", "Bojong", "Sinar", "Karang", "Mekar",
    "Babakan", "Pada", "Muara", "Wana", "Jati", "Kubang",
)  # fmt: skip
_NAME_TAILS: Final = (
    "laras", "mukti", "wangi", "sari", "raya", "maju", "hayu", "jaya", "nangka", "leuit",
    "kembang", "asri", "rena", "lame", "bungur", "hurip", "tani", "gede", "awi", "lega",
)  # fmt: skip
_BUILDINGS: Final = ("school", "tent", "hall", "house", "veranda", "office", "other")
_BUILDING_SHARES: Final = (0.34, 0.26, 0.14, 0.10, 0.08, 0.05, 0.03)  # invented


def build_villages(seed: int, n_sites: int, sites_per_village: float, land: Land) -> pd.DataFrame:
    """Villages of every regency, and one on each island.

    Returns
    -------
    pandas.DataFrame
        Sorted by ``village_code``: ``village, district, regency, regency_code, latitude_deg,
        longitude_deg, reach_m`` (half-way to the next village), ``n_sites``.
    """
    rng = rng_of(seed, "villages")
    latitude, longitude = _settled_places(land, rng)
    owner = regency_of(latitude, longitude)
    parts = []
    for index, n_stations in enumerate(shares_of(n_sites, [r.n_tps for r in REGENCIES])):
        mine = np.flatnonzero(owner == index)
        n_villages = max(2, round(n_stations / sites_per_village))
        plane = to_plane_m(latitude[mine], longitude[mine], ORIGIN)
        chosen = mine[spread_points(plane, min(n_villages, len(mine)), rng)]
        parts.append(_regency_villages(index, latitude[chosen], longitude[chosen], rng))
    villages = pd.concat(parts).sort_values("village_code", ignore_index=True)
    plane = to_plane_m(villages["latitude_deg"], villages["longitude_deg"], ORIGIN)
    distance, _nearest = cKDTree(plane).query(plane, k=2)
    villages = villages.assign(reach_m=distance[:, 1] / 2)
    return villages.assign(n_sites=_sites_by_village(villages, n_sites))


def build_sites(seed: int, villages: pd.DataFrame, land: Land) -> pd.DataFrame:
    """Polling stations of every village, inside it and on land, sorted by code."""
    rng = rng_of(seed, "sites")
    rows = villages.loc[villages.index.repeat(villages["n_sites"])].reset_index(drop=True)
    latitude, longitude = _scatter(rows, land, rng)
    number = rows.groupby("village_code").cumcount() + 1
    mean_voters = {f"{r.code}": r.n_voters / r.n_tps for r in REGENCIES}
    voters = rows["regency_code"].map(mean_voters) + VOTERS_SD * rng.standard_normal(len(rows))
    return pd.DataFrame(
        {
            "tps_code": rows["village_code"] + number.map("{:03d}".format),
            "tps_name": "TPS " + number.map("{:03d}".format),
            "village": rows["village"],
            "district": rows["district"],
            "regency": rows["regency"],
            "village_code": rows["village_code"],
            "regency_code": rows["regency_code"],
            "latitude_deg": latitude,
            "longitude_deg": longitude,
            "n_voters": voters.round().clip(60, MAX_VOTERS).astype(int),
            "building": rng.choice(_BUILDINGS, size=len(rows), p=_BUILDING_SHARES),
            "island": island_of(land, latitude, longitude),
        }
    ).sort_values("tps_code", ignore_index=True)


def hold_village(villages: pd.DataFrame) -> pd.Series:
    """The village of the community that asked for no signal."""
    distance = distance_m(villages["latitude_deg"], villages["longitude_deg"], *HOLD_CENTRE)
    return villages.iloc[int(np.argmin(distance))]


def build_hold(village: pd.Series, sites: pd.DataFrame) -> shapely.Polygon:
    """Disc around the village's centre that holds half of its polling stations [deg].

    The others stay outside: the wish is that of some hamlets, not of the village (DOMAIN 3.5).
    """
    mine = sites[sites["village_code"] == village["village_code"]]
    centre = (float(village["latitude_deg"]), float(village["longitude_deg"]))
    distance = np.sort(distance_m(mine["latitude_deg"], mine["longitude_deg"], *centre))
    middle = len(distance) // 2
    return disc(*centre, float(distance[middle - 1] + distance[middle]) / 2)


def build_hazards(
    seed: int, villages: pd.DataFrame, land: Land
) -> tuple[tuple[str, str, shapely.Polygon], ...]:
    """Flood areas around low villages, landslide areas around high ones: name, kind, polygon."""
    rng = rng_of(seed, "hazards")
    height = land.elevation_m.at(villages["latitude_deg"], villages["longitude_deg"])
    order = np.argsort(height, kind="stable")
    third = max(1, len(order) // 3)
    areas = []
    for kind, pool in (("flood", order[:third]), ("landslide", order[-third:])):
        for number, row in enumerate(rng.choice(pool, size=min(6, third), replace=False), start=1):
            village = villages.iloc[int(row)]
            shape = disc(
                float(village["latitude_deg"]),
                float(village["longitude_deg"]),
                float(rng.uniform(900, 2500)),
            )
            areas.append((f"{kind} {number} {village['village']}", kind, shape))
    return tuple(areas)


def is_island_village(villages: pd.DataFrame) -> Bools:
    """Whether each village is one of those on the islands."""
    centres = {(latitude, longitude) for _name, latitude, longitude, _radius in ISLANDS}
    places = zip(villages["latitude_deg"], villages["longitude_deg"], strict=True)
    return np.array([place in centres for place in places])


def village_polygons(villages: pd.DataFrame, land: Land) -> list[shapely.Geometry]:
    """Area nearer to each village's centre than to any other's, on land [deg]."""
    centres = shapely.MultiPoint(villages[["longitude_deg", "latitude_deg"]].to_numpy())
    cells = shapely.voronoi_polygons(centres, extend_to=land.mainland, ordered=True)
    ground = shapely.union_all([land.mainland, *land.islands.values()])
    return list(shapely.intersection(np.array(cells.geoms, dtype=object), ground))


def shares_of(total: int, weights: npt.ArrayLike) -> Ints:
    """Split a count in proportion to weights by the largest remainder, ties to the first.

    Examples
    --------
    >>> shares_of(10, [1, 1, 2]).tolist()
    [3, 2, 5]
    """
    weight = np.asarray(weights, dtype=np.float64)
    exact = total * weight / weight.sum()
    whole: Ints = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return whole


def _settled_places(land: Land, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Places where a village may lie: denser towards towns and in the lowlands."""
    latitude, longitude = random_mainland(land, N_CANDIDATES, rng)
    weight = 0.10 + urban_share(latitude, longitude)
    weight *= np.exp(-land.elevation_m.at(latitude, longitude) / 600)
    keep = rng.uniform(size=len(weight)) < weight / weight.max()
    return latitude[keep], longitude[keep]


def _regency_villages(
    index: int, latitude: Floats, longitude: Floats, rng: np.random.Generator
) -> pd.DataFrame:
    """Codes and names for one regency's villages, grouped into districts of neighbours."""
    regency = REGENCIES[index]
    if regency.code == ISLAND_REGENCY:
        latitude = np.concatenate([latitude, [island[1] for island in ISLANDS]])
        longitude = np.concatenate([longitude, [island[2] for island in ISLANDS]])
    plane = to_plane_m(latitude, longitude, ORIGIN)
    n_districts = min(regency.n_districts, max(1, len(latitude) // 3))
    heads = plane[spread_points(plane, n_districts, rng)]
    _distance, district = cKDTree(heads[np.argsort(heads[:, 0], kind="stable")]).query(plane)
    order = np.lexsort((longitude, district))
    _values, district = np.unique(district[order], return_inverse=True)
    number = pd.Series(district).groupby(district).cumcount() + (1001 if regency.is_city else 2001)
    names = _names(len(order) + len(heads), rng)
    district_code = np.char.add(
        regency.code.replace(".", ""), np.char.zfill((district + 1).astype(str), 2)
    )
    return pd.DataFrame(
        {
            "village_code": np.char.add(district_code, number.to_numpy().astype(str)),
            "village": names[: len(order)],
            "district": names[len(order) :][district],
            "regency": regency.name,
            "regency_code": regency.code,
            "latitude_deg": latitude[order].round(6),
            "longitude_deg": longitude[order].round(6),
        }
    )


def _names(n: int, rng: np.random.Generator) -> npt.NDArray[np.str_]:
    """Invented names; now and then one comes twice, as in life."""
    heads = np.array(_NAME_HEADS)[rng.integers(len(_NAME_HEADS), size=n)]
    tails = np.array(_NAME_TAILS)[rng.integers(len(_NAME_TAILS), size=n)]
    return np.char.add(heads, tails)


def _sites_by_village(villages: pd.DataFrame, n_sites: int) -> Ints:
    """Polling stations of each village: at least one, more where people live closer."""
    counts = np.ones(len(villages), dtype=np.int64)
    counts[int(np.flatnonzero(villages.index == hold_village(villages).name)[0])] = HOLD_SITES
    weight = 0.3 + urban_share(villages["latitude_deg"], villages["longitude_deg"])
    weight[is_island_village(villages)] = 0.02
    for regency, total in zip(
        REGENCIES, shares_of(n_sites, [r.n_tps for r in REGENCIES]), strict=True
    ):
        mine = np.flatnonzero(villages["regency_code"] == regency.code)
        counts[mine] += shares_of(max(0, int(total) - int(counts[mine].sum())), weight[mine])
    return counts


def _scatter(rows: pd.DataFrame, land: Land, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """A place on land for each polling station, nearer to the village's centre than its border."""
    centre = to_plane_m(rows["latitude_deg"], rows["longitude_deg"], ORIGIN)
    angle = rng.uniform(0, 2 * np.pi, len(rows))
    reach = REACH_SHARE * rows["reach_m"].to_numpy() * rng.uniform(0, 1, len(rows)) ** 0.7
    for _attempt in range(8):
        offset = reach[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        latitude, longitude = from_plane_m(centre + offset, ORIGIN)
        latitude, longitude = latitude.round(6), longitude.round(6)
        is_wet = ~_is_land(land, latitude, longitude)
        if not is_wet.any():
            break
        reach = np.where(is_wet, reach / 2, reach)
    return latitude, longitude


def _is_land(land: Land, latitude_deg: Floats, longitude_deg: Floats) -> Bools:
    """Whether each position lies on the mainland or an island."""
    on_island = pd.notna(island_of(land, latitude_deg, longitude_deg))
    result: Bools = is_mainland(land, latitude_deg, longitude_deg) | on_island
    return result
