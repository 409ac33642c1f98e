"""The map: one page that needs no network, no server and nothing beside itself.

deck.gl and its H3 layer come from the JavaScript bundle inside the pydeck wheel; the page around
it is ours (folder ``page``). Its content security policy names the very scripts it holds by their
hashes and forbids every other script and every connection.
"""

import base64
import hashlib
from importlib.resources import files
from string import Template
from typing import Final

from coverage.deliverables.info import RunInfo
from coverage.deliverables.outlines import MapLayers
from coverage.deliverables.packing import json_for_script
from coverage.deliverables.report_data import report_data
from coverage.deliverables.run_tables import RunTables

__all__ = ["MapLayers", "RunTables", "map_page"]

_SCRIPTS: Final = (
    "data.js", "texts.js", "scales.js", "state.js", "hexes.js", "extras.js", "map.js", "search.js",
    "table.js", "chart.js", "panel.js", "controls.js", "main.js",
)  # fmt: skip
"""In the order in which they are joined; each stands on those before it."""


def map_page(tables: RunTables, info: RunInfo, layers: MapLayers | None = None) -> bytes:
    """The map as one HTML file.

    Parameters
    ----------
    tables
        The run's tables.
    info
        The run: name, levels, language first shown, sentences of reason codes.
    layers
        Areas to draw, optional.

    Returns
    -------
    bytes
        The page, UTF-8. The same tables and run give the same bytes.
    """
    data = report_data(tables, layers or MapLayers(), info)
    library = _library()
    program = _program()
    page = Template(_part("page.html")).substitute(
        language=info.language,
        policy=_policy(library, program),
        style=_part("page.css"),
        data=json_for_script(data),
        library=library,
        program=program,
    )
    return page.encode("utf-8")


def _library() -> str:
    """deck.gl, without the pointer to a source map that no reader has."""
    text = files("pydeck").joinpath("nbextension", "static", "index.js").read_text("utf-8")
    code = text.rpartition("//# sourceMappingURL=")[0] or text
    return _embedded(code)


def _program() -> str:
    """Our own scripts, joined, in one function scope."""
    body = "\n".join(_part(name) for name in _SCRIPTS)
    return _embedded(f"(() => {{\n'use strict';\n{body}\n}})();\n")


def _embedded(script: str) -> str:
    """The script, unable to end its own element; JavaScript reads an escaped slash as a slash."""
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _part(name: str) -> str:
    """One file of the page."""
    return files("coverage.deliverables").joinpath("page", name).read_text(encoding="utf-8")


def _policy(*scripts: str) -> str:
    """Content security policy: these scripts, inline style, pictures made here, nothing else."""
    hashes = " ".join(f"'sha256-{_sha256(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; "
        "img-src data: blob:; worker-src blob:; base-uri 'none'; form-action 'none'"
    )


def _sha256(text: str) -> str:
    """Base64 of the SHA-256 of a text, as a content security policy wants it."""
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
