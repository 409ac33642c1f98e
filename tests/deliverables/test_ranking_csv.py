from pathlib import Path

import pandas as pd
import pytest

from coverage.deliverables.info import RunInfo
from coverage.deliverables.ranking_csv import CsvParams, ranking_csv
from coverage.deliverables.ranking_view import VIEW_COLUMNS, ranking_view
from coverage.deliverables.run_tables import RunTables
from coverage.errors import InputError


def read(path: Path, **options: str) -> pd.DataFrame:
    text = dict.fromkeys(("tps_code", "h3_cell"), "str")
    return pd.read_csv(path, dtype=text, encoding="utf-8-sig", **options)


def test_it_reads_back_as_the_view(world: RunTables, info: RunInfo, tmp_path: Path) -> None:
    ranking_csv(world.site_ranking, info, tmp_path / "r.csv")
    view = ranking_view(world.site_ranking, info)
    back = read(tmp_path / "r.csv")
    assert tuple(back.columns) == VIEW_COLUMNS
    assert back["tps_code"].tolist() == view["tps_code"].tolist()
    assert back["latitude_deg"].tolist() == view["latitude_deg"].tolist()
    assert back["n_voters"].isna().tolist() == view["n_voters"].isna().tolist()


def test_the_indonesian_dialect_reads_back_alike(
    world: RunTables, info: RunInfo, tmp_path: Path
) -> None:
    ranking_csv(world.site_ranking, info, tmp_path / "a.csv")
    dialect = CsvParams(separator=";", decimal=",")
    ranking_csv(world.site_ranking, info, tmp_path / "b.csv", dialect)
    pd.testing.assert_frame_equal(
        read(tmp_path / "a.csv"), read(tmp_path / "b.csv", sep=";", decimal=",")
    )


def test_it_begins_with_a_byte_order_mark(world: RunTables, info: RunInfo, tmp_path: Path) -> None:
    ranking_csv(world.site_ranking, info, tmp_path / "r.csv")
    assert (tmp_path / "r.csv").read_bytes().startswith(b"\xef\xbb\xbfrank,tps_code")


def test_twice_the_same_bytes(world: RunTables, info: RunInfo, tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        ranking_csv(world.site_ranking, info, tmp_path / name)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_no_field_can_be_a_formula(world: RunTables, info: RunInfo, tmp_path: Path) -> None:
    named = world.site_ranking.assign(village="@SUM(1)", hazard="+1", tps_name='=HYPERLINK("x")')
    ranking_csv(named, info, tmp_path / "r.csv")
    back = read(tmp_path / "r.csv")
    assert set(back["village"]) == {"'@SUM(1)"}
    assert set(back["hazard"]) == {"'+1"}
    assert set(back["tps_name"]) == {'\'=HYPERLINK("x")'}


def test_separator_and_decimal_mark_must_differ() -> None:
    with pytest.raises(InputError, match="Invalid decimal ','"):
        CsvParams(separator=",", decimal=",")


def test_another_separator_is_refused() -> None:
    with pytest.raises(InputError, match=r"Invalid separator '\|'"):
        CsvParams(separator="|")
