"""The keys of one input's readings, sorted."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipelines.parts import _stable_order


@given(st.lists(st.integers(0, 6), max_size=60))
def test_equal_keys_stay_in_the_order_of_their_rows(values: list[int]) -> None:
    keys = np.array(values, dtype=np.uint64)
    assert _stable_order(keys).tolist() == np.argsort(keys, kind="stable").tolist()
