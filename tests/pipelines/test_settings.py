"""The secret key: where it comes from, who may read it, and that it goes nowhere."""

import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from coverage.errors import InputError
from pipelines import settings
from pipelines.config import Config, load_config
from pipelines.run import run
from pipelines.store import Store


@pytest.fixture
def config(fresh: Path) -> Config:
    return load_config(fresh / "survey.toml")


@pytest.fixture
def _no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(settings.KEY_VARIABLE)


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Bytes of every file, those of workbooks and archives unpacked, Parquet in plain text."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        yield path.name, path.read_bytes()
        if path.suffix == ".parquet":
            yield path.name, str(pq.read_table(path).to_pydict()).encode()
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                yield from ((f"{path.name}!{n}", archive.read(n)) for n in archive.namelist())


def devices(folder: Path) -> set[str]:
    """Device ids of all readings."""
    store = Store(folder / "processed")
    columns = [store.read("readings", part, ["device_id"]) for part in store.parts("readings")]
    return set(pa.concat_tables(columns).column(0).to_pylist())


@pytest.mark.usefixtures("_no_variable")
def test_a_survey_makes_its_own_key_once(config: Config) -> None:
    store = Store(config.processed)
    first = settings.device_key(config, store)
    assert len(first) == 64
    assert settings.device_key(config, store) == first


@pytest.mark.usefixtures("_no_variable")
def test_the_own_key_is_read_by_its_owner_alone(config: Config) -> None:
    settings.device_key(config, Store(config.processed))
    mode = (config.processed / "device.key").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


@pytest.mark.usefixtures("_no_variable")
def test_two_surveys_make_two_keys(config: Config, tmp_path: Path) -> None:
    first, second = (
        settings.device_key(config, Store(tmp_path / name)) for name in ("one", "other")
    )
    assert first != second


def test_the_variable_comes_before_the_file(config: Config) -> None:
    assert settings.device_key(config, Store(config.processed)).startswith(b"a key of the tests")
    assert not config.processed.exists()


@pytest.mark.usefixtures("_no_variable")
def test_a_key_file_is_used_without_its_line_end(fresh: Path) -> None:
    path = fresh / "survey.toml"
    path.write_text(path.read_text() + '\n[privacy]\ndevice_key_file = "secret.key"\n')
    (fresh / "secret.key").write_text("0123456789abcdef0123456789abcdef\n")
    config = load_config(path)
    assert settings.device_key(config, Store(config.processed)) == b"0123456789abcdef" * 2


@pytest.mark.parametrize("text", ["", "short"])
def test_a_key_that_is_too_short_is_refused(
    fresh: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.delenv(settings.KEY_VARIABLE)
    path = fresh / "survey.toml"
    path.write_text(path.read_text() + '\n[privacy]\ndevice_key_file = "secret.key"\n')
    (fresh / "secret.key").write_text(text)
    with pytest.raises(InputError, match="device_key"):
        run(load_config(path), ("ingest",))


def test_the_key_is_in_no_output(finished: Path) -> None:
    key = settings.device_key(load_config(finished / "survey.toml"), Store(finished)).decode()
    assert [name for name, data in contents(finished / "processed") if key.encode() in data] == []


@pytest.mark.parametrize("secret", [b"356938035643809", b"6281234567890"])
def test_the_logs_hold_the_number_of_a_phone(unread: Path, secret: bytes) -> None:
    assert [name for name, data in contents(unread / "raw") if secret in data]


@pytest.mark.parametrize("secret", [b"356938035643809", b"6281234567890"])
def test_the_number_of_a_phone_is_in_no_output(finished: Path, secret: bytes) -> None:
    assert [name for name, data in contents(finished / "processed") if secret in data] == []


def test_the_number_of_a_phone_is_in_the_name_of_no_output(finished: Path) -> None:
    assert not list((finished / "processed").rglob("*356938035643809*"))


def test_device_ids_are_hashes(finished: Path) -> None:
    assert len(devices(finished)) > 4
    assert all(len(name) == 16 and int(name, 16) >= 0 for name in devices(finished))


def test_a_device_has_another_id_in_another_campaign(finished: Path, fresh: Path) -> None:
    path = fresh / "survey.toml"
    path.write_text(path.read_text().replace('name = "tiny"', 'name = "other"'))
    run(load_config(path), ("ingest",))
    assert devices(finished).isdisjoint(devices(fresh))
