import pytest

from coverage.signal import card_plots


def test_a_bin_is_a_dot_above_its_probability():
    drawn = card_plots.reliability([{"p_mean": 0.0, "frequency": 1.0}])
    assert f'cx="{card_plots.EDGE:.1f}" cy="{card_plots.EDGE:.1f}"' in drawn


def test_without_bins_there_is_no_drawing():
    assert card_plots.reliability([]) == ""


def test_the_farthest_place_of_both_curves_is_the_right_end():
    rows = [{"share": 1.0, "targets_m": 500, "held_out_m": 2500}]
    drawn = card_plots.distances(rows)
    assert ">2.5 km<" in drawn
    assert drawn.count("<polyline") == 2


@pytest.mark.parametrize("rows", [[{"share": 1.0, "targets_m": 0, "held_out_m": 0}]])
def test_no_distance_at_all_is_drawn_too(rows):
    assert "<polyline" in card_plots.distances(rows)
