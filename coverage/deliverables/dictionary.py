"""The data dictionary, printed from ``coverage.tables``: tables, columns, types, units, keys."""

import html
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from coverage.tables import COLUMNS, SCHEMA_VERSION, TABLES, Column

TITLE: Final = "Data dictionary"
_HEADINGS: Final = ("Column", "Type", "Unit", "Meaning", "NA", "Values")
_INTRODUCTION: Final = (
    f"Schema version {SCHEMA_VERSION}. Rows are stored sorted by the key. A column of one name is "
    "one quantity in one unit in every table. NA means \"not known\", never \"good\". "
    "Key columns are marked with *."
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Row:
    """One column of one table as it is printed."""

    name: str
    dtype: str
    unit: str
    meaning: str
    null: str
    values: str

    def cells(self) -> tuple[str, ...]:
        """The fields in the order of the headings."""
        return (self.name, self.dtype, self.unit, self.meaning, self.null, self.values)


def dictionary_markdown() -> str:
    """The dictionary as Markdown.

    Examples
    --------
    >>> print(dictionary_markdown().splitlines()[0])
    # Data dictionary
    """
    lines = [f"# {TITLE}", "", _INTRODUCTION]
    for name, table in TABLES.items():
        lines += ["", f"## {name}", "", f"{table.meaning} Key: {_key(name)}.", ""]
        lines += [_markdown_row(_HEADINGS), _markdown_row(("---",) * len(_HEADINGS))]
        lines += [_markdown_row(row.cells()) for row in _rows(name)]
    return "\n".join(lines) + "\n"


def dictionary_html() -> str:
    """The dictionary as one HTML page that needs nothing beside itself."""
    parts = [
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f"<title>{TITLE}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{TITLE}</h1>",
        f"<p>{html.escape(_INTRODUCTION)}</p>",
        "<nav><ul>",
        *(f'<li><a href="#{name}">{name}</a></li>' for name in TABLES),
        "</ul></nav>",
    ]
    for name, table in TABLES.items():
        parts += [
            f'<h2 id="{name}">{name}</h2>',
            f"<p>{html.escape(table.meaning)} Key: {html.escape(_key(name))}.</p>",
            "<table>\n<thead>" + _html_row(_HEADINGS, "th") + "</thead>\n<tbody>",
            *(_html_row(row.cells(), "td") for row in _rows(name)),
            "</tbody>\n</table>",
        ]
    return "\n".join([*parts, "</body>\n</html>\n"])


def _rows(table_name: str) -> Iterator[_Row]:
    """The columns of one table."""
    table = TABLES[table_name]
    for name in table.columns:
        column = COLUMNS[name]
        is_required = name in table.never_null
        yield _Row(
            name=f"{name}*" if name in table.key else name,
            dtype=_type_name(column.dtype),
            unit=column.unit,
            meaning=column.meaning,
            null="never NA" if is_required else column.null or "not known",
            values=_values(column),
        )


def _key(table_name: str) -> str:
    """Key columns of a table."""
    return ", ".join(TABLES[table_name].key)


def _type_name(dtype: pa.DataType) -> str:
    """Arrow's name of a type, a list's by its length."""
    if pa.types.is_fixed_size_list(dtype):
        return f"{dtype.value_type}[{dtype.list_size}]"
    return str(dtype)


def _values(column: Column) -> str:
    """What a column may hold: its words, or its bounds, both inclusive."""
    if column.allowed:
        return ", ".join(column.allowed)
    bounds = [
        f"{sign} {limit:g}"
        for sign, limit in ((">=", column.low), ("<=", column.high))
        if limit is not None
    ]
    return ", ".join(bounds)


def _markdown_row(cells: tuple[str, ...]) -> str:
    """One row of a Markdown table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _html_row(cells: tuple[str, ...], tag: str) -> str:
    """One row of an HTML table."""
    return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"


_STYLE: Final = """
body { max-width: 1200px; margin: 24px auto; padding: 0 20px; color: #16242f;
  font: 15px/1.45 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
nav ul { columns: 3; }
table { width: 100%; border-collapse: collapse; font-size: 13.5px; }
th, td { padding: 5px 8px; border-bottom: 1px solid #d5dce1; text-align: left;
  vertical-align: top; }
th { background: #e8eef2; }
td:first-child { font-family: ui-monospace, Consolas, monospace; white-space: nowrap; }
"""
