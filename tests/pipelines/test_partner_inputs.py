"""What partner packs are told of readings near TPS and of an earlier survey."""

from dataclasses import replace
from pathlib import Path

import pytest

from coverage import tables
from coverage.deliverables.run_tables import RunTables
from coverage.deliverables.site_evidence import NearestParams
from coverage.errors import InputError
from pipelines.config import Config, DeliverConfig, load_config
from pipelines.partner_inputs import previous_digests, with_partner_inputs
from pipelines.store import Store


@pytest.fixture(scope="module")
def config(finished: Path) -> Config:
    return load_config(finished / "survey.toml")


@pytest.fixture(scope="module")
def store(config: Config) -> Store:
    return Store(config.processed)


@pytest.fixture(scope="module")
def run_tables(store: Store) -> RunTables:
    names = ("site_ranking", "site_signal", "cell_signal", "cells")
    return RunTables(**{name: tables.to_pandas(store.read(name)) for name in names})


def beside(config: Config, previous: str) -> Config:
    return config.model_copy(update={"deliver": DeliverConfig(previous=previous)})


def test_readings_near_sites_are_found(config: Config, store: Store, run_tables: RunTables) -> None:
    nearest = with_partner_inputs(config, store, run_tables).nearest_readings
    assert nearest is not None
    assert len(nearest)
    assert nearest["distance_m"].max() <= NearestParams().max_m
    assert set(nearest["tps_code"]) <= set(run_tables.site_ranking["tps_code"])


def test_without_an_earlier_survey_there_is_none(
    config: Config, store: Store, run_tables: RunTables
) -> None:
    few = replace(run_tables, site_ranking=run_tables.site_ranking.head(1))
    assert with_partner_inputs(config, store, few).old_cells is None
    assert previous_digests(config, store) == []


def test_an_earlier_survey_gives_its_cells(
    config: Config, store: Store, run_tables: RunTables
) -> None:
    few = replace(run_tables, site_ranking=run_tables.site_ranking.head(1))
    told = with_partner_inputs(beside(config, "processed"), store, few)
    assert told.old_cells is not None
    assert told.old_cells.equals(run_tables.cells)
    assert told.old_ranking is not None
    assert told.old_ranking["tps_code"].tolist() == run_tables.site_ranking["tps_code"].tolist()
    assert told.cell_delta is None
    assert len(previous_digests(beside(config, "processed"), store)) == 2


def test_a_folder_that_is_no_survey_is_refused(config: Config, store: Store) -> None:
    with pytest.raises(InputError, match=r"Invalid deliver\.previous 'elsewhere'"):
        previous_digests(beside(config, "elsewhere"), store)
