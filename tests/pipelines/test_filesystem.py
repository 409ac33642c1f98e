import pickle
import threading
from collections.abc import Callable, Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coverage.errors import InputError
from pipelines import inputs
from pipelines.config import Config, load_config
from pipelines.filesystem import RemotePath, check_uri
from pipelines.run import run
from pipelines.store import Store, content_hash

FILES = {
    "readings/a.csv": b"a",
    "readings/drive/b.csv": b"bb",
    "readings/drive/deep/c.txt": b"ccc",
    "readings/.hidden": b"h",
    "sites/list.csv": b"list",
    "other [1].csv": b"o",
}


class FakeS3(BaseHTTPRequestHandler):
    """The few answers of an S3-compatible storage that a reader asks for; one bucket."""

    files: ClassVar[dict[str, bytes]] = {}

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._answer(with_content=False)

    def do_GET(self) -> None:
        self._answer(with_content=True)

    def _answer(self, with_content: bool) -> None:
        url = urlsplit(self.path)
        bucket, _, key = unquote(url.path).strip("/").partition("/")
        if "list-type" in url.query:
            self._send(self._listing(parse_qs(url.query).get("prefix", [""])[0]), with_content)
        elif not key and bucket == "bucket":
            self._send(b"", with_content)
        elif key in self.files:
            self._send(self._asked_for(self.files[key]), with_content)
        else:
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _asked_for(self, content: bytes) -> bytes:
        if asked := self.headers.get("Range"):
            first, last = asked.removeprefix("bytes=").split("-")
            return content[int(first) : int(last) + 1]
        return content

    def _send(self, content: bytes, with_content: bool) -> None:
        self.send_response(206 if self.headers.get("Range") else 200)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Last-Modified", formatdate(1_707_900_000, usegmt=True))
        self.send_header("ETag", '"x"')
        self.end_headers()
        if with_content:
            self.wfile.write(content)

    def _listing(self, prefix: str) -> bytes:
        entries = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(content)}</Size><ETag>x</ETag>"
            "<LastModified>2024-02-14T08:40:00.000Z</LastModified></Contents>"
            for key, content in sorted(self.files.items())
            if key.startswith(prefix)
        )
        return (
            '<?xml version="1.0"?><ListBucketResult><Name>bucket</Name><IsTruncated>false'
            f"</IsTruncated><KeyCount>{entries.count('<Key>')}</KeyCount>{entries}"
            "</ListBucketResult>"
        ).encode()


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """URI of a folder in a storage of this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "tests")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "nobody's")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setattr(FakeS3, "files", {f"survey/{k}": v for k, v in FILES.items()})
        server = ThreadingHTTPServer(("127.0.0.1", 0), FakeS3)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        where = f"127.0.0.1%3A{server.server_port}"
        yield f"s3://bucket/survey?scheme=http&region=x&endpoint_override={where}"
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The same files in a folder."""
    root = tmp_path / "raw"
    for name, content in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


@pytest.fixture(params=["file", "s3"])
def raw(request: pytest.FixtureRequest, folder: Path) -> RemotePath:
    """The files in a storage."""
    uri = request.getfixturevalue("s3") if request.param == "s3" else folder.as_uri()
    return RemotePath(uri)


PATTERNS = [
    "readings/**/*", "readings/*", "readings/**/*.csv", "**/*.csv", "sites/list.csv", "*/*/b.csv",
    "readings/drive/[bx].csv", "readings/drive/[!b].csv", "?.csv", "readings/?.csv", "**", "none/*",
    "other [[]1].csv", "readings/d*/**/c.*",
]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns_match_as_in_a_folder(raw: RemotePath, folder: Path, pattern: str) -> None:
    local = {p.relative_to(folder).as_posix() for p in folder.glob(pattern) if p.is_file()}
    assert {path.key for path in raw.glob(pattern)} == local


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pattern=st.lists(
        st.sampled_from(["**", "*", "readings", "d*", "drive", "*.csv", "?.csv", "*e*"]),
        min_size=1, max_size=4,
    ).map("/".join)
)  # fmt: skip
def test_any_pattern_matches_as_in_a_folder(folder: Path, pattern: str) -> None:
    local = {p.relative_to(folder).as_posix() for p in folder.glob(pattern) if p.is_file()}
    assert {path.key for path in RemotePath(folder.as_uri()).glob(pattern)} == local


def test_a_file_is_read_as_it_is(raw: RemotePath) -> None:
    path = next(iter(raw.glob("readings/drive/b.csv")))
    assert path.read_bytes() == b"bb"
    assert path.stat().st_size == 2
    with path.open("rb") as stream:
        stream.seek(1)
        assert stream.read() == b"b"


def test_a_file_has_the_hash_it_has_in_a_folder(raw: RemotePath, folder: Path) -> None:
    path = next(iter(raw.glob("sites/list.csv")))
    assert content_hash(path) == content_hash(folder / "sites" / "list.csv")


def test_inputs_are_found_as_in_a_folder(raw: RemotePath, folder: Path, tmp_path: Path) -> None:
    patterns = ["readings/**/*", "sites/*.csv"]
    remote = inputs.find(raw, patterns, Store(tmp_path / "a"))
    local = inputs.find(folder, patterns, Store(tmp_path / "b"))
    assert [(f.name, f.hash, f.size) for f in remote] == [(f.name, f.hash, f.size) for f in local]


def test_a_known_file_is_not_read_again(
    raw: RemotePath, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path / "a")
    first = inputs.find(raw, ["**/*.csv"], store)
    monkeypatch.delattr(RemotePath, "open")
    assert inputs.find(raw, ["**/*.csv"], store) == first


def test_a_path_can_be_sent_to_another_machine(raw: RemotePath) -> None:
    path = pickle.loads(pickle.dumps(next(iter(raw.glob("readings/a.csv")))))
    assert path.read_bytes() == b"a"


def test_a_folder_that_is_not_there_is_named(raw: RemotePath, tmp_path: Path) -> None:
    uri, _, query = raw.uri.partition("?")
    missing = RemotePath(f"{uri}/none" + (f"?{query}" if query else ""))
    with pytest.raises(InputError, match=r"none: No such folder of raw inputs\."):
        inputs.find(missing, ["*"], Store(tmp_path / "a"))


def test_a_storage_that_refuses_is_one_line(s3: str) -> None:
    path = RemotePath(s3, "readings/none.csv")
    with pytest.raises(InputError, match=r"^s3://bucket/survey/readings/none\.csv: The storage"):
        path.open()


def test_layers_have_to_be_local(raw: RemotePath, tmp_path: Path) -> None:
    file = inputs.find(raw, ["sites/*"], Store(tmp_path / "a"))[0]
    with pytest.raises(InputError, match="Maps and layers cannot be read from a storage"):
        _ = file.local


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("ftp://host/x", "Invalid scheme ftp"),
        ("s3://key:word@bucket/x", "it holds a key or password"),
        ("s3://bucket/x?secret_key=word", "it holds a key or password"),
    ],
)
def test_a_uri_that_may_not_stand_in_a_config_is_refused(uri: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_uri(uri)


def config_of(raw: str, folder: Path) -> Config:
    return Config.model_validate(
        {
            "file": folder / "survey.toml",
            "survey": {"name": "t", "election_date": "2024-02-14"},
            "paths": {"raw": raw, "processed": "processed"},
        }
    )


def test_the_text_of_an_error_has_no_query(s3: str, tmp_path: Path) -> None:
    assert str(config_of(s3, tmp_path).raw) == "s3://bucket/survey"


def test_a_survey_in_a_storage_gives_the_tables_of_one_in_a_folder(
    fresh: Path, finished: Path, tables_of: Callable[[Path], dict[str, str]]
) -> None:
    path = fresh / "survey.toml"
    path.write_text(path.read_text().replace('raw = "raw"', f'raw = "{(fresh / "raw").as_uri()}"'))
    run(load_config(path), ("ingest", "aggregate"))
    wanted = tables_of(finished)
    found = tables_of(fresh)
    assert "cells.parquet" in found
    assert found == {name: wanted[name] for name in found}
