from dataclasses import replace

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from coverage.deliverables.info import RunInfo
from coverage.deliverables.pictures import DPI, KINDS, add_footnote, new_figure, picture
from coverage.errors import InputError


def drawn() -> object:
    figure = new_figure(60, 40)
    figure.add_subplot().plot([0, 1], [0, 1])
    return figure


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_figure_gives_the_same_bytes(kind: str) -> None:
    assert picture(drawn(), kind, 80) == picture(drawn(), kind, 80)


def test_an_svg_bears_no_date() -> None:
    assert b"date" not in picture(drawn(), "svg")


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_says_its_sources_in_its_metadata(kind: str) -> None:
    assert b"Towers: CC BY 4.0" in picture(drawn(), kind, 60, rights="Towers: CC BY 4.0")


def test_a_long_list_of_sources_is_broken_to_the_width(info: RunInfo) -> None:
    figure = new_figure(60, 40)
    add_footnote(figure, replace(info, attribution=("Sumber sinyal seluler",) * 9), "Catatan.")
    lines = figure.get_supxlabel().splitlines()
    assert lines[0] == "Catatan."
    assert " ".join(lines[1:]).count("Sumber sinyal seluler") == 9
    assert max(len(line) for line in lines) < 60


@pytest.mark.parametrize("word", ["BADAN INFORMASI", "ilil lili", "x" * 90])
def test_no_source_runs_over_the_edge(info: RunInfo, word: str) -> None:
    figure = new_figure(150, 95)
    figure.set_dpi(DPI)
    add_footnote(figure, replace(info, attribution=(f"{word} " * 20,)))
    FigureCanvasAgg(figure).draw()
    (note,) = [text for text in figure.texts if text.get_text() == figure.get_supxlabel()]
    assert note.get_window_extent().x1 <= figure.bbox.width


def test_another_kind_is_refused() -> None:
    with pytest.raises(InputError, match="Invalid kind 'bmp'"):
        picture(drawn(), "bmp")
