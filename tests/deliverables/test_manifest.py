import json

from coverage.deliverables.info import RunInfo
from coverage.deliverables.manifest import FileFacts, manifest

TABLE = FileFacts(
    name="sites.geoparquet", size=9, sha256="ab" * 32, tables=("site_ranking",), n_rows=3
)
PAPER = FileFacts(name="briefings/a.pdf", size=5, sha256="cd" * 32, licence="none")


def item(info: RunInfo) -> dict:
    return json.loads(manifest([TABLE, PAPER], (106.0, -7.0, 107.0, -6.0), info))


def test_every_file_is_an_asset_by_its_path(info: RunInfo) -> None:
    assert list(item(info)["assets"]) == ["briefings/a.pdf", "sites.geoparquet"]


def test_a_table_tells_rows_tables_and_checksum(info: RunInfo) -> None:
    asset = item(info)["assets"]["sites.geoparquet"]
    assert (asset["rows"], asset["tables"]) == (3, ["site_ranking"])
    assert asset["file:checksum"] == "1220" + asset["sha256"]


def test_a_paper_has_no_rows(info: RunInfo) -> None:
    asset = item(info)["assets"]["briefings/a.pdf"]
    assert "rows" not in asset
    assert asset["type"] == "application/pdf"


def test_the_time_is_that_of_the_newest_reading(info: RunInfo) -> None:
    assert item(info)["properties"]["datetime"] == "2024-01-20T03:04:05Z"


def test_a_run_without_sites_has_no_place(info: RunInfo) -> None:
    content = json.loads(manifest([], None, info))
    assert content["geometry"] is None
    assert "bbox" not in content
