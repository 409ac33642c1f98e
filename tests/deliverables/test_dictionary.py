import html
import re

from coverage.deliverables.dictionary import dictionary_html, dictionary_markdown
from coverage.tables import COLUMNS, TABLES


def sections() -> dict[str, list[list[str]]]:
    """Table name -> cells of each row of the Markdown."""
    found: dict[str, list[list[str]]] = {}
    for line in dictionary_markdown().splitlines():
        if line.startswith("## "):
            name = line.removeprefix("## ")
            found[name] = []
        elif line.startswith("| ") and not line.startswith(("| Column", "| ---")):
            cells = re.split(r"(?<!\\)\|", line)
            found[name].append([cell.strip() for cell in cells[1:-1]])
    return found


def test_every_table_and_column_is_there_in_order() -> None:
    printed = {name: [row[0].rstrip("*") for row in rows] for name, rows in sections().items()}
    assert printed == {name: list(table.columns) for name, table in TABLES.items()}


def test_keys_are_marked() -> None:
    for name, rows in sections().items():
        marked = {row[0].rstrip("*") for row in rows if row[0].endswith("*")}
        assert marked == set(TABLES[name].key)


def test_units_and_meanings_are_the_contract_s() -> None:
    for rows in sections().values():
        for cells in rows:
            column = COLUMNS[cells[0].rstrip("*")]
            assert cells[2] == column.unit
            assert cells[3].replace("\\|", "|") == column.meaning


def test_what_can_never_be_na_says_so() -> None:
    rows = {row[0].rstrip("*"): row[4] for row in sections()["site_ranking"]}
    assert rows["evidence"] == "never NA"
    assert rows["n_voters"] == "not given"


def test_the_page_has_every_table_and_loads_nothing() -> None:
    page = dictionary_html()
    assert all(f'<h2 id="{name}">' in page for name in TABLES)
    assert "http" not in page
    assert "src=" not in page


def test_the_page_escapes_what_it_prints() -> None:
    assert html.escape(">= -90") in dictionary_html()
    assert "<td>>=" not in dictionary_html()
