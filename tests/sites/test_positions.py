from collections.abc import Callable

import numpy as np
import pandas as pd

from coverage import hexgrid
from coverage.geodesy import distance_m
from coverage.sites.positions import N_POINTS, cells_needed, positions_of

MakeSites = Callable[..., pd.DataFrame]
HOME = (-6.6, 106.2)


def test_a_precise_site_lies_in_its_own_cell(make_sites: MakeSites, home_cell: int) -> None:
    sites = make_sites(HOME)
    positions = positions_of(sites, 9)
    assert positions.home_cells.tolist() == [home_cell]
    assert set(positions.cells[0].tolist()) == {home_cell}


def test_sites_of_one_centroid_share_a_place(make_sites: MakeSites) -> None:
    positions = positions_of(make_sites(HOME, (-6.61, 106.2), HOME), 9)
    assert positions.place_of_site.tolist() == [1, 0, 1]


def test_points_fill_the_disc_evenly(make_sites: MakeSites) -> None:
    sites = make_sites(HOME, coordinate_accuracy_m=np.float32(1500))
    positions = positions_of(sites, 11)  # cells small against the disc
    lat, lon = hexgrid.centres_of(positions.cells[0])
    away = distance_m(*HOME, lat, lon)
    assert away.max() < 1500 + 30
    assert abs((away < 1500 / np.sqrt(2)).mean() - 0.5) < 0.05  # half the area, half the points
    assert abs(lat.mean() - HOME[0]) < 3e-4
    assert abs(lon.mean() - HOME[1]) < 3e-4


def test_a_share_of_points_is_a_share_of_area(make_sites: MakeSites, home_cell: int) -> None:
    sites = make_sites(HOME, coordinate_accuracy_m=np.float32(1200))
    cells = positions_of(sites, 9).cells[0]
    share = (cells == home_cell).sum() / N_POINTS
    assert abs(share - 0.107e6 / (np.pi * 1200**2)) < 0.02  # r9 cell 0.107 km2, DOMAIN 4


def test_cells_needed_cover_the_discs_and_what_lies_around(make_sites: MakeSites) -> None:
    sites = make_sites(HOME, coordinate_accuracy_m=np.float32(300))
    spread, around = cells_needed(sites, 9), cells_needed(sites, 9, around_m=1500)
    assert set(spread.tolist()) <= set(around.tolist())
    lat, lon = hexgrid.centres_of(hexgrid.disk_of(int(spread[0]), 12))
    near = hexgrid.cells_of(lat, lon, 9)[distance_m(*HOME, lat, lon) <= 1500]
    assert set(near.tolist()) <= set(around.tolist())
