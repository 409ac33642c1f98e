"""The deliverable of docs/contributing/add-deliverable.md, added as that page tells."""

import re
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from coverage.deliverables.run_tables import RunTables
from pipelines import deliver, papers
from pipelines.config import load_config
from pipelines.run import run
from pipelines.store import read_json, write_bytes

PAGE = Path(__file__).parents[2] / "docs" / "contributing" / "add-deliverable.md"


def first_codes() -> Any:
    """The function that the page shows."""
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    space: dict[str, Any] = {}
    exec(dedent(code), space)
    return space["first_codes"]


def test_one_more_writer_is_one_more_file_and_is_in_the_manifest(
    survey: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, writers = first_codes(), deliver._writers

    def two(*given: Any) -> dict[str, Any]:
        (tables,) = (one for one in given if isinstance(one, RunTables))
        codes, name = write(tables.site_ranking, 20), "sites.geoparquet"
        return {name: writers(*given)[name], "first.txt": lambda path: write_bytes(path, codes)}

    monkeypatch.setattr(deliver, "_writers", two)
    monkeypatch.setattr(papers, "figure_writers", lambda *_: {})
    for others in ("_partner_pack", "_books", "_briefings"):
        monkeypatch.setattr(deliver, others, lambda *_: ())
    (survey / "processed" / "deliverables" / "map.html").unlink()
    run(load_config(survey / "survey.toml"), ["deliver"])
    made = survey / "processed" / "deliverables" / "first.txt"
    codes = made.read_text().split()
    assert (len(codes), {len(code) for code in codes}) == (20, {13})
    manifest = read_json(survey / "processed" / "manifest.json")
    assert "deliverables/first.txt" in str(manifest["stages"]["deliver"])
