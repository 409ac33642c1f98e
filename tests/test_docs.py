"""The handbook: what is made from code is up to date, links hold, nothing comes from elsewhere."""

import doctest
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from coverage.sites.reasons import REASONS
from pipelines.config import Config

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)")
PATH = re.compile(r"`((?:coverage|pipelines|configs|tests|docs)/[\w/]+\.\w+)`")
REASON = re.compile(r"`(R_[A-Z_]+)`")
KEY = re.compile(r"^(?:# )?(\w+) = ", re.MULTILINE)
IN_SECTION = re.compile(r"`\[([\w.]+)\]`? `?(\w+)\b[^`\n]*`")
LEFT_OUT = re.compile(r"^\| `\[(\w+)\] (\w+)` \|", re.MULTILINE)
DOTTED = re.compile(r"`(\w+)\.(\w+)(?: = [^`]*)?`")
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")])


def made_by(name: str) -> ModuleType:
    """One of the scripts that make pages."""
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_files_is_up_to_date() -> None:
    assert (DOCS / "files.md").read_text(encoding="utf-8") == made_by("make_files").page()


def test_every_module_says_what_it_holds() -> None:
    assert "|  |" not in made_by("make_files").page()


@pytest.mark.parametrize("name", ["commands.md", "config.md", "tables.md", "formats.md"])
def test_the_reference_is_up_to_date(name: str) -> None:
    module = made_by("make_reference")
    made = getattr(module, name.removesuffix(".md"))()
    assert (DOCS / "reference" / name).read_text(encoding="utf-8") == made


def test_every_key_of_the_config_is_in_the_reference() -> None:
    schema = Config.model_json_schema()
    page = (DOCS / "reference" / "config.md").read_text(encoding="utf-8")
    for section, reference in schema["properties"].items():
        fields = schema["$defs"].get(reference.get("$ref", "").rpartition("/")[2], {})
        for key in fields.get("properties", {}):
            shown = (
                f"| `{key}` |",
                f"| `[{section}] {key}` |",
                f"[{section}.{key}",
                f"[[{section}.",
            )
            assert any(text in page for text in shown), f"{section}.{key}"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_and_named_files_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    missing = [link for link in LINK.findall(text) if not (page.parent / link).exists()]
    assert missing == []
    if page.parent.name != "contributing" or page.name == "architecture.md":
        assert [path for path in PATH.findall(text) if not (ROOT / path).exists()] == []


def config_keys() -> dict[str, set[str]]:
    """Keys of each section of the config."""
    text = (ROOT / "configs" / "banten.toml").read_text(encoding="utf-8")
    parts = re.split(r"^(?:# )?\[+([\w.]+)\]+", text, flags=re.MULTILINE)
    found = {
        name: set(KEY.findall(body)) for name, body in zip(parts[1::2], parts[2::2], strict=True)
    }
    page = (DOCS / "reference" / "config.md").read_text(encoding="utf-8")
    for section, key in LEFT_OUT.findall(page):
        found.setdefault(section, set()).add(key)
    for name in list(found):
        section, _, table = name.partition(".")
        found.setdefault(section, set()).add(table)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_settings_that_a_page_names_are_in_the_config(page: Path) -> None:
    keys = config_keys()
    text = page.read_text(encoding="utf-8")
    files = {"toml", "json", "md"}
    named = {*IN_SECTION.findall(text), *(pair for pair in DOTTED.findall(text) if pair[0] in keys)}
    missing = {(s, k) for s, k in named if k not in files and k not in keys.get(s, set())}
    assert missing == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_reasons_that_a_page_names_are_given(page: Path) -> None:
    assert {*REASON.findall(page.read_text(encoding="utf-8"))} <= set(REASONS)


def test_every_page_is_in_the_navigation() -> None:
    listed = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = [path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")]
    assert [page for page in pages if f": {page}" not in listed and "notebooks" not in page] == []


def test_the_worked_tps_is_worked_right() -> None:
    failed, tried = doctest.testfile(
        str(DOCS / "explanation" / "ranking.md"), module_relative=False
    )
    assert (failed, tried > 0) == (0, True)


def test_every_picture_is_made_by_the_script() -> None:
    script = (DOCS / "pictures" / "make.py").read_text(encoding="utf-8")
    names = [path.name for path in (DOCS / "pictures").iterdir() if path.suffix == ".png"]
    assert [name for name in names if f'"{name}"' not in script] == []


def test_the_site_builds_strictly_and_asks_nothing_of_the_network(tmp_path: Path) -> None:
    pytest.importorskip("material", reason="the docs extra is not installed")
    program = Path(sys.executable).with_name("mkdocs")
    subprocess.run(
        [program, "build", "--strict", "--site-dir", tmp_path / "site"],
        cwd=ROOT, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    loaded = re.compile(
        r"<(?:script|img|iframe|source)[^>]+src=\"?https?:|<link[^>]+"
        r"rel=\"?(?:stylesheet|preconnect|icon)[^>]+href=\"?https?:"
    )
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) > 20
    assert [path.name for path in pages if loaded.search(path.read_text(encoding="utf-8"))] == []


def test_a_broken_link_breaks_the_site(tmp_path: Path) -> None:
    pytest.importorskip("material", reason="the docs extra is not installed")
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    shutil.copytree(DOCS, tmp_path / "docs")
    with (tmp_path / "docs" / "index.md").open("a", encoding="utf-8") as page:
        page.write("\n[nowhere](nowhere.md)\n")
    program = Path(sys.executable).with_name("mkdocs")
    done = subprocess.run(
        [program, "build", "--strict"],
        cwd=tmp_path, check=False, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert (done.returncode, "nowhere.md" in done.stderr) == (1, True)
