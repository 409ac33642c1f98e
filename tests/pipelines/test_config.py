from pathlib import Path

import pytest

from coverage.errors import InputError
from pipelines.config import Config, load_config

MINIMAL = """
[survey]
name = "lebak-2024"
election_date = 2024-02-14
[paths]
raw = "raw"
processed = "processed"
"""


def load(folder: Path, text: str) -> Config:
    path = folder / "survey.toml"
    path.write_text(text)
    return load_config(path)


def test_every_key_has_a_default_but_the_survey_and_the_paths(tmp_path: Path) -> None:
    config = load(tmp_path, MINIMAL)
    assert config.raw == tmp_path / "raw"
    assert config.grid.resolution == 9


def test_an_unknown_key_names_the_file_the_key_and_what_may_stand_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"survey\.toml: Unknown key grid\.resolutoin\.") as caught:
        load(tmp_path, MINIMAL + "[grid]\nresolutoin = 9\n")
    assert "Must be one of adaptive, around_m, box, " in str(caught.value)
    assert str(caught.value).endswith("Did you mean resolution?")


def test_an_unknown_section_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"Unknown key gird\. Must be one of .*grid.*mean grid"):
        load(tmp_path, MINIMAL + "[gird]\n")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "[grid]\nresolution = 11",
            r"Invalid grid\.resolution 11\. Must hold: .*less than or equal",
        ),
        ("[grid]\nbox = [-5.7, 105.0, -7.1, 106.8]", r"grid\.box .*south, west, north, east"),
        ("[grid]\nextra_resolutions = [7, 9]", r"grid\.extra_resolutions .*coarser than grid"),
        ("[grid]\nextra_resolutions = [7, 7]", r"grid\.extra_resolutions .*each given once"),
        ("[engine]\nscheduler = 'tcp://a:1'", r"engine\.scheduler .*unless engine\.kind is dask"),
        ("[engine]\nkind = 'spark'", r"engine\.kind 'spark'.*'local', 'processes' or 'dask'"),
    ],
)
def test_a_value_out_of_range_names_key_value_and_rule(
    tmp_path: Path, line: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        load(tmp_path, MINIMAL + line)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"Missing key survey\.name"):
        load(tmp_path, MINIMAL.replace('name = "lebak-2024"', ""))


def test_a_time_zone_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    text = MINIMAL.replace("[paths]", 'timezone = "WIB"\n[paths]')
    with pytest.raises(InputError, match=r"survey\.timezone 'WIB'.*Asia/Jakarta"):
        load(tmp_path, text)


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"Invalid TOML: .*line 2"):
        load(tmp_path, "[survey]\nname =\n")


def test_a_missing_file_says_what_to_copy(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"Copy configs/banten\.toml"):
        load_config(tmp_path / "none.toml")


def test_a_file_saved_by_a_windows_editor_is_read(tmp_path: Path) -> None:
    path = tmp_path / "survey.toml"
    path.write_bytes(b"\xef\xbb\xbf" + MINIMAL.replace("\n", "\r\n").encode())
    assert load_config(path).survey.name == "lebak-2024"


def test_the_resolution_is_given_once_for_all_rooms(tmp_path: Path) -> None:
    assert load(tmp_path, MINIMAL + "[grid]\nresolution = 8\n").counting.resolution == 8


def test_the_resolution_given_to_one_room_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"counting\.resolution\. Must be set as grid\.resolution"):
        load(tmp_path, MINIMAL + "[counting]\nresolution = 8\n")


@pytest.mark.parametrize("name", ["", "a b", "../up", "x" * 65])
def test_a_survey_name_that_is_no_file_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"Invalid survey\.name"):
        load(tmp_path, MINIMAL.replace("lebak-2024", name))


@pytest.mark.parametrize("plmn", ["51010", "510-1", "510-1000"])
def test_an_override_with_a_wrong_network_is_refused(tmp_path: Path, plmn: str) -> None:
    text = f'[[inputs.overrides]]\nfiles = "*"\nplmn = "{plmn}"\n'
    with pytest.raises(InputError, match=r"Invalid inputs\.overrides\.0\.plmn"):
        load(tmp_path, MINIMAL + text)


def test_the_config_as_json_names_no_folder_of_this_machine(tmp_path: Path) -> None:
    assert str(tmp_path) not in str(load(tmp_path, MINIMAL).as_json())


@pytest.mark.parametrize("name", ["banten.toml", "demo.toml"])
def test_the_shipped_configs_load(name: str) -> None:
    load_config(Path(__file__).parents[2] / "configs" / name)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("raw", "ftp://host/raw", r"paths\.raw: Invalid scheme ftp"),
        ("raw", "s3://key:word@bucket", r"paths\.raw: Invalid URI: it holds a key"),
        ("processed", "s3://bucket", r"Invalid paths\.processed .*local or mounted folder"),
    ],
)
def test_a_folder_in_a_storage_is_read_from_only_and_without_keys(
    tmp_path: Path, key: str, value: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        load(tmp_path, MINIMAL.replace(f'{key} = "{key}"', f'{key} = "{value}"'))


def test_a_raw_folder_in_a_storage_is_no_local_one(tmp_path: Path) -> None:
    config = load(tmp_path, MINIMAL.replace('raw = "raw"', 'raw = "s3://bucket/banten"'))
    with pytest.raises(InputError, match=r"Invalid paths\.raw\. Must be a local folder here"):
        _ = config.local_raw


DEEP = 5_000


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("[inputs]\nreadings = " + "[" * DEEP + "]" * DEEP, "Invalid TOML: nested too deep"),
        ("[inputs]\nreadings = " + "{a=" * DEEP + "1" + "}" * DEEP, "nested too deep"),
        ("[grid]\nresolution." + ".".join("a" * DEEP) + " = 1", r"Invalid grid\.resolution \{"),
        ("[" + ".".join("a" * DEEP) + "]\nb = 1", "Unknown key a"),
    ],
    ids=["arrays", "tables", "dotted", "header"],
)
def test_a_config_nested_thousands_deep_is_one_short_line(
    tmp_path: Path, line: str, message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        load(tmp_path, MINIMAL + line)
    assert len(str(caught.value)) < 1_000
