"""A new survey's folder: its config is Banten's with some values exchanged, and nothing is lost."""

from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from coverage.errors import InputError
from coverage.readings.columns import load_column_map
from coverage.sites.columns import columns_of, has_coordinates, has_identity
from pipelines import init, inputs, settings, templates
from pipelines.config import load_config
from pipelines.init import NewSurvey, box_of, create, operators_of
from pipelines.store import Store

BANTEN = NewSurvey(province="Banten", election_date=date(2029, 2, 14))
LIST = "tps_code;lintang;bujur\n3602062001001;-6,61;106,22\n3602062001002;-6,63;106,25\n"


def every_file(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_all_that_was_not_asked_for_is_as_in_banten(tmp_path: Path) -> None:
    made = create(tmp_path / "lebak", BANTEN).as_json()
    pattern = load_config(init.PATTERN_CONFIG).as_json()
    assert {key for key in pattern if made[key] != pattern[key]} == {
        "survey", "paths", "inputs", "operators",
    }  # fmt: skip
    assert {k for k, v in pattern["inputs"].items() if made["inputs"][k] != v} == {"columns"}


def test_only_comments_that_speak_of_banten_are_lost(tmp_path: Path) -> None:
    create(tmp_path / "lebak", BANTEN)
    made = set((tmp_path / "lebak" / "survey.toml").read_text().splitlines())
    lines = init.PATTERN_CONFIG.read_text().splitlines()[1:]
    comments = {line.partition("#")[2] for line in made}
    lost = [line for line in lines if line.partition("#")[2] not in comments]
    assert {line.split(" = ")[0] for line in lost} == {"election_date", "timezone", "box"}


@pytest.mark.parametrize(
    ("change", "section", "key", "value"),
    [
        ({"election_date": date(2030, 1, 2)}, "survey", "election_date", "2030-01-02"),
        ({"language": "en"}, "survey", "language", "en"),
        ({"timezone": "Asia/Jayapura"}, "survey", "timezone", "Asia/Jayapura"),
        ({"box": (1.0, 2.0, 3.0, 4.0)}, "grid", "box", [1.0, 2.0, 3.0, 4.0]),
        ({"operators": {"302-720": "R"}}, "towers", "mnc_digits", 3),
    ],
)
def test_what_is_asked_for_stands_in_the_config(
    tmp_path: Path, change: dict[str, Any], section: str, key: str, value: object
) -> None:
    assert create(tmp_path / "s", replace(BANTEN, **change)).as_json()[section][key] == value


def test_the_name_is_the_folders_in_the_signs_a_name_may_have(tmp_path: Path) -> None:
    assert create(tmp_path / "Kab. Lebak 2029", BANTEN).survey.name == "Kab-Lebak-2029"


def test_a_survey_is_never_overwritten(tmp_path: Path) -> None:
    create(tmp_path, BANTEN)
    before = every_file(tmp_path)
    with pytest.raises(InputError, match="There is a survey already"):
        create(tmp_path, replace(BANTEN, language="en"))
    assert every_file(tmp_path) == before


def test_a_file_that_lies_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "operators.toml").write_text("# mine\n")
    create(tmp_path, BANTEN)
    assert (tmp_path / "operators.toml").read_text() == "# mine\n"


def test_the_same_answers_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        create(tmp_path / name / "s", BANTEN)
    assert every_file(tmp_path / "a") == every_file(tmp_path / "b")


def test_a_site_list_is_taken_over_and_the_box_drawn_around_it(tmp_path: Path) -> None:
    path = tmp_path / "daftar.csv"
    path.write_text(LIST)
    config = create(tmp_path / "s", replace(BANTEN, province="Lain", sites=path))
    assert config.grid.box == (-6.83, 106.02, -6.41, 106.45)
    assert (tmp_path / "s" / "raw" / "sites" / "daftar.csv").read_text() == LIST


def test_one_tps_far_away_does_not_widen_the_box(tmp_path: Path) -> None:
    rows = [f"3602062001{i:03d};-6,61;106,22\n" for i in range(1, 201)]
    path = tmp_path / "daftar.csv"
    path.write_text("tps_code;lintang;bujur\n" + "".join(rows) + "3602062001999;48,1;16,3\n")
    config = create(tmp_path / "s", replace(BANTEN, sites=path))
    assert config.grid.box == (-6.81, 106.02, -6.41, 106.42)


def test_nothing_is_made_where_the_site_list_is_bad(tmp_path: Path) -> None:
    path = tmp_path / "daftar.csv"
    path.write_text("who,what\nme,nothing\n")
    with pytest.raises(InputError, match=r"daftar\.csv: Invalid columns"):
        create(tmp_path / "s", replace(BANTEN, sites=path))
    assert not (tmp_path / "s").exists()


def test_an_unknown_province_needs_a_box(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="The box of 'Maluku' is not known"):
        create(tmp_path / "s", replace(BANTEN, province="Maluku"))


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,x", "3,2,1,4", "-91,0,0,1", "0,0,1,181"])
def test_a_bad_box_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="Must be south,west,north,east"):
        box_of(text)


@pytest.mark.parametrize("text", ["Orange", "608-01", "608-01=", "60801=Orange", "608-1=Orange"])
def test_a_bad_operator_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="Must be like 510-10=Telkomsel"):
        operators_of([text])


def test_an_operator_named_twice_is_refused() -> None:
    with pytest.raises(InputError, match="Must be named once"):
        operators_of(["608-01=Orange", "608-01=Yas"])


def test_a_name_with_quotes_is_read_back(tmp_path: Path) -> None:
    create(tmp_path / "s", replace(BANTEN, operators={"510-10": 'The "big" \\ one'}))
    config = load_config(tmp_path / "s" / "survey.toml")
    assert settings.operators(config) == {"510-10": 'The "big" \\ one'}


@pytest.mark.parametrize("province", ["", " ", "two\nlines"])
def test_a_province_is_one_line(province: str) -> None:
    with pytest.raises(InputError, match="Invalid province"):
        replace(BANTEN, province=province)


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_headers_of_the_template_are_understood(language: str) -> None:
    columns = columns_of(templates.TPS_HEADERS[language])
    assert has_identity(columns)
    assert has_coordinates(columns)
    assert len(columns) == len(templates.TPS_HEADERS[language])


@pytest.mark.parametrize("language", ["id", "en"])
def test_both_templates_have_the_same_headers(language: str) -> None:
    book = CalamineWorkbook.from_filelike(BytesIO(templates.tps_xlsx(language)))
    first = tuple(book.get_sheet_by_index(0).to_python(nrows=1)[0])
    csv = templates.tps_csv(language).decode("utf-8-sig").strip()
    assert first == tuple(csv.replace(";", ",").split(",")) == templates.TPS_HEADERS[language]


def test_the_template_of_a_column_map_is_a_column_map() -> None:
    assert load_column_map(templates.COLUMN_MAP.encode(), "columns.toml").name == "my_dialect"


def test_the_folders_notes_are_no_readings(tmp_path: Path) -> None:
    config = create(tmp_path / "s", BANTEN)
    assert inputs.find(config.raw, ["**/*"], Store(config.processed)) == []
