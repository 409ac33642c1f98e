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


def test_the_largest_bar_has_the_whole_length():
    drawn = card_plots.bars([("big", 4.0), ("half", 2.0)])
    assert f'width="{card_plots.LENGTH:.1f}"' in drawn
    assert f'width="{card_plots.LENGTH / 2:.1f}"' in drawn


def test_a_name_in_a_drawing_is_escaped():
    assert "<b>" not in card_plots.bars([("<b>", 1.0)])


def test_an_estimate_is_a_dot_on_its_interval():
    drawn = card_plots.ranges([("ours", {"value": 5.0, "low": 0.0, "high": 10.0})])
    end = card_plots.LABEL + card_plots.LENGTH
    assert f'x1="{card_plots.LABEL:.1f}" x2="{end:.1f}"' in drawn
    assert f'cx="{(card_plots.LABEL + end) / 2:.1f}"' in drawn


def test_an_estimate_without_interval_is_left_out():
    unknown = ("ours", {"value": 5.0, "low": None, "high": None})
    assert card_plots.ranges([unknown]) == ""


def test_no_bars_no_drawing():
    assert card_plots.bars([]) == ""
