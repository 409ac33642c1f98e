import pytest

from coverage.deliverables.pictures import KINDS, new_figure, picture
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


def test_another_kind_is_refused() -> None:
    with pytest.raises(InputError, match="Invalid kind 'bmp'"):
        picture(drawn(), "bmp")
