import io

from matplotlib.image import imread

from coverage.deliverables.kmz_icon import dot_png


def test_the_dot_is_white_inside_dark_at_the_rim_and_nothing_outside() -> None:
    picture = imread(io.BytesIO(dot_png()))
    middle = len(picture) // 2
    across = picture[middle]
    assert across[middle].tolist() == [1, 1, 1, 1]
    rim = across[(across[:, 3] == 1) & (across[:, 0] < 0.5)]
    assert 6 <= len(rim) <= 12
    assert across[0, 3] == 0
