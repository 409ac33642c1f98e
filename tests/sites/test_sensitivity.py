from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from coverage import hexgrid, tables
from coverage.errors import InputError
from coverage.sites.draws import DrawParams
from coverage.sites.judgement import RankParams, RankTables
from coverage.sites.layers import Layers
from coverage.sites.ranking import rank
from coverage.sites.sensitivity import agreements, ranking_sensitivity, variants_of
from coverage.sites.upload import site_signal

MakeSites = Callable[..., pd.DataFrame]
MakeSignal = Callable[..., pd.DataFrame]
Tables = dict[str, pd.DataFrame]
HOME = (-6.6, 106.2)
PARAMS = RankParams(draws=DrawParams(n_draws=20, top_k=3))
PLACES = [(HOME[0] + 0.0015 * i, HOME[1] - 0.001 * i) for i in range(6)]


@pytest.fixture
def world(
    make_sites: MakeSites, make_signal: MakeSignal, home_cells: hexgrid.Cells
) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(3)
    levels = {o: (rng.uniform(-122, -95, len(home_cells)), 5) for o in "AB"}
    voters = pd.array([100, 150, 200, 250, 300, 50], dtype="Int32")
    buildings = pd.array(["tent", "school"] * 3, dtype="string")
    sites = make_sites(*PLACES, n_voters=voters, building=buildings)
    return sites, make_signal(home_cells, levels)


def sensitivity(world: tuple[pd.DataFrame, pd.DataFrame], nothing: Tables) -> pd.DataFrame:
    sites, cell_signal = world
    given = RankTables(
        cell_signal=cell_signal, cells=nothing["cells"], correlation=nothing["operator_correlation"]
    )
    return ranking_sensitivity(sites, given, Layers(), PARAMS)


def test_the_contract_is_met_and_the_base_is_the_ranking(
    world: tuple[pd.DataFrame, pd.DataFrame], nothing: Tables
) -> None:
    found = sensitivity(world, nothing)
    tables.check("ranking_sensitivity", tables.to_arrow("ranking_sensitivity", found))
    sites, cell_signal = world
    ranking = rank(
        sites, site_signal(sites, cell_signal, PARAMS.upload), cell_signal, nothing["cells"],
        nothing["towers"], correlation=nothing["operator_correlation"], layers=Layers(),
        params=PARAMS,
    )  # fmt: skip
    first = ranking.set_index("tps_code")["rank"]
    assert (found["rank"].to_numpy() == first.loc[found["tps_code"]].to_numpy()).all()
    assert (found["is_top"] == (found["rank"] <= 3)).all()
    assert (found["is_top"] | found["is_top_variant"]).all()


def test_every_variant_changes_one_thing_and_shows_the_whole_head(
    world: tuple[pd.DataFrame, pd.DataFrame], nothing: Tables
) -> None:
    found = sensitivity(world, nothing)
    assert set(found["variant"]) == set(variants_of(PARAMS))
    heads = found.groupby("variant")[["is_top", "is_top_variant"]].sum()
    assert (heads == 3).all(axis=None)


def test_a_variant_that_is_the_configured_one_is_left_out() -> None:
    params = RankParams(weights=variants_of(PARAMS)["every_tps_alike"].weights)
    assert "every_tps_alike" not in variants_of(params)


def test_agreement_counts_what_stays() -> None:
    table = pd.DataFrame(
        {
            "variant": "v",
            "tps_code": ["1", "2", "3"],
            "rank": [1, 2, 3],
            "rank_variant": [1, 7, 2],
            "is_top": [True, True, False],
            "is_top_variant": [True, False, True],
        }
    )
    (line,) = agreements(table)
    assert (line.n_common, line.common_share, line.largest_fall) == (1, 0.5, 5)


def test_nothing_to_agree_on_is_refused() -> None:
    with pytest.raises(InputError, match="no row"):
        agreements(tables.to_pandas(tables.empty("ranking_sensitivity")))
