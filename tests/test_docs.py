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

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)")
PATH = re.compile(r"`((?:coverage|pipelines|configs|tests|docs)/[\w/]+\.\w+)`")
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
    made = made_by("make_reference").pages()[name]
    assert (DOCS / "reference" / name).read_text(encoding="utf-8") == made


def test_every_key_of_the_config_is_in_the_reference() -> None:
    text = (ROOT / "configs" / "banten.toml").read_text(encoding="utf-8")
    keys = re.findall(r"^([a-zA-Z_0-9]+) = ", text, re.MULTILINE)
    page = (DOCS / "reference" / "config.md").read_text(encoding="utf-8")
    assert [key for key in keys if f"| `{key}` |" not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_and_named_files_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    missing = [link for link in LINK.findall(text) if not (page.parent / link).exists()]
    assert missing == []
    if page.parent.name != "contributing" or page.name == "architecture.md":
        assert [path for path in PATH.findall(text) if not (ROOT / path).exists()] == []


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
