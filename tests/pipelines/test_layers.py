"""Lists and layers of a survey: packed ones, doubled ones, missing ones."""

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from coverage.errors import InputError
from pipelines import layers
from pipelines.config import Config, load_config
from pipelines.store import Store

LIST = "raw/towers/cells_510.csv"


def opened(folder: Path) -> tuple[Config, Store]:
    config = load_config(folder / "survey.toml")
    return config, Store(config.processed)


def as_gzip(path: Path) -> bytes:
    return gzip.compress(path.read_bytes())


def as_zip(path: Path) -> bytes:
    target = path.with_suffix(".zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, path.name)
    return target.read_bytes()


@pytest.mark.parametrize("pack", [as_gzip, as_zip])
def test_a_packed_tower_list_is_read_as_the_plain_one(
    fresh: Path, pack: Callable[[Path], bytes]
) -> None:
    plain, _ = layers.listed_towers(*opened(fresh))
    (fresh / LIST).with_suffix(".csv.gz").write_bytes(pack(fresh / LIST))
    (fresh / LIST).unlink()
    packed, _ = layers.listed_towers(*opened(fresh))
    assert plain is not None
    assert packed is not None
    pd.testing.assert_frame_equal(packed, plain)


def test_a_packed_tower_list_that_ends_too_early_is_refused(fresh: Path) -> None:
    (fresh / LIST).with_suffix(".csv.gz").write_bytes(as_gzip(fresh / LIST)[:-50])
    with pytest.raises(InputError, match=r"cells_510\.csv\.gz: Invalid archive\. Must be whole"):
        layers.listed_towers(*opened(fresh))


def test_without_a_tower_list_there_are_no_towers(fresh: Path) -> None:
    (fresh / LIST).unlink()
    found, refused = layers.listed_towers(*opened(fresh))
    assert found is None
    assert refused.empty


def test_a_tower_in_two_lists_is_taken_once(fresh: Path) -> None:
    plain, _ = layers.listed_towers(*opened(fresh))
    rows = (fresh / LIST).read_text().splitlines(keepends=True)
    (fresh / LIST).with_name("again.csv").write_text("".join(rows[:20]))
    both, _ = layers.listed_towers(*opened(fresh))
    assert plain is not None
    assert both is not None
    assert len(both) == len(plain)


def test_a_layer_named_but_missing_is_an_error(fresh: Path) -> None:
    (fresh / "raw" / "layers" / "holds.geojson").unlink()
    with pytest.raises(InputError, match=r"inputs\.holds: nothing matches .*Mend the pattern"):
        layers.polygons(*opened(fresh))


def test_a_layer_not_named_is_none(fresh: Path) -> None:
    path = fresh / "survey.toml"
    path.write_text(path.read_text().replace('holds = ["layers/holds.geojson"]', "holds = []"))
    assert "holds" not in layers.polygons(*opened(fresh))


def test_every_list_of_sites_is_taken(fresh: Path) -> None:
    sites, refused = layers.sites(*opened(fresh))
    assert len(sites) == 100
    assert refused.empty
    assert set(sites["source_file"]) == {"sites/tps_banten.csv", "sites/tps_cilegon.xlsx"}


def test_a_changed_layer_changes_its_fingerprint(fresh: Path) -> None:
    before = layers.layer_hashes(*opened(fresh))
    path = fresh / "raw" / "layers" / "holds.geojson"
    path.write_text(path.read_text() + "\n")
    after = layers.layer_hashes(*opened(fresh))
    assert {name for name in before if before[name] != after[name]} == {"holds"}
