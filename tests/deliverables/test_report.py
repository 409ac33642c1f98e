import base64
import hashlib
import json
import re
from dataclasses import replace

from coverage.deliverables.info import RunInfo
from coverage.deliverables.outlines import MapLayers
from coverage.deliverables.report import map_page
from coverage.deliverables.run_tables import RunTables

MAX_BYTES = 15e6


def scripts(page: str) -> list[str]:
    """Inner text of every script element, as an HTML parser cuts them."""
    return re.findall(r"<script[^>]*>(.*?)</script", page, flags=re.DOTALL)


def test_twice_the_same_bytes(world: RunTables, info: RunInfo, layers: MapLayers) -> None:
    assert map_page(world, info, layers) == map_page(world, info, layers)


def test_it_is_three_scripts_and_no_more(world: RunTables, info: RunInfo) -> None:
    page = map_page(world, info).decode()
    assert len(scripts(page)) == 3
    assert page.rstrip().endswith("</html>")


def test_the_policy_names_the_scripts_it_holds(world: RunTables, info: RunInfo) -> None:
    page = map_page(world, info).decode()
    _data, library, program = scripts(page)
    for script in (library, program):
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in page


def test_the_policy_forbids_every_connection(world: RunTables, info: RunInfo) -> None:
    page = map_page(world, info).decode()
    assert "default-src 'none'" in page
    assert "connect-src" not in page


def test_markup_loads_nothing_from_elsewhere(world: RunTables, info: RunInfo) -> None:
    page = map_page(world, info).decode()
    markup = re.sub(r"<script[^>]*>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"(src|href)=\"(?!data:|#)", markup)
    assert "url(" not in markup
    assert "@import" not in markup


def test_a_name_with_markup_cannot_leave_its_script(world: RunTables, info: RunInfo) -> None:
    name = "</script><script>alert(1)</script><!--\u2028"
    tables = RunTables(
        site_ranking=world.site_ranking.assign(tps_name=name),
        site_signal=world.site_signal,
        cell_signal=world.cell_signal,
        cells=world.cells,
    )
    data = json.loads(scripts(map_page(tables, info).decode())[0])
    assert data["sites"]["tps_name"]["values"] == [name]


def test_it_opens_in_the_language_of_the_run(world: RunTables, info: RunInfo) -> None:
    page = map_page(world, replace(info, language="en"))
    assert b'<html lang="en">' in page


def test_tables_without_cells_still_make_a_page(world: RunTables, info: RunInfo) -> None:
    tables = RunTables(
        site_ranking=world.site_ranking,
        site_signal=world.site_signal,
        cell_signal=world.cell_signal.iloc[:0],
        cells=world.cells.iloc[:0],
    )
    assert json.loads(scripts(map_page(tables, info).decode())[0])["hexes"]["n"] == 0


def test_the_page_stays_small(world: RunTables, info: RunInfo, layers: MapLayers) -> None:
    page = map_page(world, info, layers)
    empty = RunTables(
        site_ranking=world.site_ranking.iloc[:0],
        site_signal=world.site_signal.iloc[:0],
        cell_signal=world.cell_signal.iloc[:0],
        cells=world.cells.iloc[:0],
    )
    fixed = len(map_page(empty, info))
    n_hexes = world.cell_signal["h3_cell"].nunique()
    assert fixed + (len(page) - fixed) / n_hexes * 90_000 < MAX_BYTES
