import importlib.util
from pathlib import Path
from types import ModuleType

DOCS = Path(__file__).parents[1] / "docs"


def make_files() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_files", DOCS / "make_files.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_files_is_up_to_date() -> None:
    assert (DOCS / "files.md").read_text(encoding="utf-8") == make_files().page()


def test_every_module_says_what_it_holds() -> None:
    assert "|  |" not in make_files().page()
