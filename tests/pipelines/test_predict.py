"""Only what changed is fitted anew; a killed fit is not taken for a finished one."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from coverage import tables
from coverage.errors import InputError
from coverage.operators import UNKNOWN_OPERATOR
from pipelines import predict as predict_stage
from pipelines.config import load_config
from pipelines.predict import CARD_HTML, MODEL_FILE, MODEL_RECORD
from pipelines.run import run
from pipelines.stage import STAGES
from pipelines.store import Store

Hashes = Callable[[Path], dict[str, str]]
LIST = "raw/sites/tps_banten.csv"


@pytest.fixture(scope="module")
def moved(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str], str]:
    """The survey run again with a TPS elsewhere, one more, one less; stages; the TPS moved."""
    folder = Path(shutil.copytree(finished, tmp_path_factory.mktemp("moved") / "survey"))
    listed = pd.read_csv(folder / LIST, dtype=str)
    code = str(listed.loc[0, "Kode TPS"])
    listed.loc[0, ["Lintang", "Bujur"]] = ["-6.300000", "106.300000"]
    listed.loc[1, "Kode TPS"] = listed.loc[1, "Kode TPS"][:10] + "999"  # one gone, one new
    listed.loc[1, ["Lintang", "Bujur"]] = ["-6.310000", "106.310000"]
    listed.to_csv(folder / LIST, index=False)
    outcomes = run(load_config(folder / "survey.toml"))
    return folder, [outcome.stage for outcome in outcomes if outcome.did_work], code


def test_a_moved_site_is_predicted_where_it_is(moved: tuple[Path, list[str], str]) -> None:
    folder, _, code = moved
    sites = tables.to_pandas(Store(folder / "processed").read("sites")).set_index("tps_code")
    assert sites.loc[code, "latitude_deg"] == -6.3


def test_a_moved_site_reads_and_counts_nothing_anew(moved: tuple[Path, list[str], str]) -> None:
    assert moved[1] == ["predict", "rank", "plan", "deliver"]


@pytest.mark.parametrize("name", [MODEL_FILE, MODEL_RECORD, "towers.parquet"])
def test_a_moved_site_keeps_the_model(
    finished: Path, moved: tuple[Path, list[str], str], name: str
) -> None:
    paths = [folder / "processed" / name for folder in (finished, moved[0])]
    assert paths[0].stat().st_mtime_ns == paths[1].stat().st_mtime_ns


def test_a_kept_model_is_said_to_be_kept(moved: tuple[Path, list[str], str]) -> None:
    notes = Store(moved[0] / "processed").manifest()["stages"]["predict"]["notes"]
    assert any("the fitted model and its card were kept" in note for note in notes)


def test_only_cells_around_changed_sites_are_predicted(
    moved: tuple[Path, list[str], str],
) -> None:
    cells = Store(moved[0] / "processed").manifest()["stages"]["predict"]["details"]["cells"]
    assert 0 < cells["predicted"] < cells["known"]


def test_a_changed_list_gives_to_the_byte_what_a_run_from_nothing_gives(
    moved: tuple[Path, list[str], str], tables_of: Hashes
) -> None:
    folder = moved[0]
    from_kept = tables_of(folder)
    shutil.rmtree(folder / "processed")
    run(load_config(folder / "survey.toml"), STAGES[: STAGES.index("rank") + 1])
    from_nothing = tables_of(folder)
    assert "site_ranking.parquet" in from_nothing
    assert from_nothing.items() <= from_kept.items()


def test_a_killed_fit_is_not_taken_for_the_one_before(
    survey: Path, monkeypatch: pytest.MonkeyPatch, tables_of: Hashes
) -> None:
    """Another seed is fitted and killed before its record; then the first seed is asked for."""
    before = tables_of(survey)
    config = survey / "survey.toml"
    first = config.read_text()
    config.write_text(first + "\n[signal]\nseed = 7\n")

    def power_cut(path: Path, content: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(predict_stage, "write_json", power_cut)
        with pytest.raises(KeyboardInterrupt):
            run(load_config(config))
    assert tables_of(survey) != before
    config.write_text(first)
    run(load_config(config))
    assert tables_of(survey) == before


def test_a_damaged_model_file_is_named_with_what_to_do(survey: Path) -> None:
    config, path = load_config(survey / "survey.toml"), survey / "processed" / MODEL_FILE
    path.write_bytes(bytes(path.stat().st_size))
    (survey / "processed" / "cell_signal.parquet").unlink()
    with pytest.raises(InputError, match=r"model\.npz: Invalid model file.*Delete it and run"):
        run(config, ("predict",))


def test_the_card_speaks_the_language_of_the_survey(survey: Path) -> None:
    config = survey / "survey.toml"
    assert '<html lang="id">' in (survey / "processed" / CARD_HTML).read_text()
    config.write_text(config.read_text().replace("[paths]", 'language = "en"\n[paths]'))
    run(load_config(config), ("predict",))
    assert '<html lang="en">' in (survey / "processed" / CARD_HTML).read_text()


@pytest.mark.parametrize(("rat", "state"), [("LTE", "in_service"), (None, "no_service")])
def test_a_network_is_to_be_named_where_that_would_help(
    survey: Path, rat: str | None, state: str
) -> None:
    readings = pa.table(
        {"operator": ["IOH", UNKNOWN_OPERATOR, UNKNOWN_OPERATOR],
         "plmn": ["510-01", "525-01", "510-99"], "rat": ["GSM", "GSM", rat],
         "service_state": ["in_service", "in_service", state]}
    )  # fmt: skip
    config = load_config(survey / "survey.toml")
    named = str(predict_stage._unusable(readings, config).remedy)
    assert ("510-99" in named, "525-01" in named) == (True, False)
    assert "inspect" in str(predict_stage._unusable(readings[:2], config).remedy)


def test_networks_without_a_name_are_told_where_no_reading_is_usable(survey: Path) -> None:
    config_file = survey / "survey.toml"
    table = survey / "operators.toml"
    table.write_text('[[operator]]\nplmn = "302-720"\nname = "Elsewhere"\n')
    config_file.write_text(config_file.read_text() + '\n[operators]\ntable = "operators.toml"\n')
    with pytest.raises(InputError, match="none has an LTE") as caught:
        run(load_config(config_file))
    assert "510-10" in str(caught.value.remedy)
