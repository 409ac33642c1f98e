"""Arrays put aside."""

import numpy as np
import pytest

from coverage.readings.shelf import Shelf, Shelved


def test_arrays_come_back_as_they_were_put_whatever_their_type() -> None:
    with Shelf() as shelf:
        keys = shelf.put(np.array([3, 2**64 - 1], dtype=np.uint64))
        rows = shelf.put(np.array([7, 8, 9], dtype="<u4"))
        assert shelf.get(rows).tolist() == [7, 8, 9]
        assert shelf.get(keys).tolist() == [3, 2**64 - 1]


def test_a_slice_reads_only_its_numbers() -> None:
    with Shelf() as shelf:
        shelf.put(np.zeros(3))
        assert shelf.get(shelf.put(np.arange(9)), 4, 6).tolist() == [4, 5]


def test_a_column_of_a_matrix_is_put_in_its_own_order() -> None:
    with Shelf() as shelf:
        assert shelf.get(shelf.put(np.arange(6).reshape(3, 2)[:, 1])).tolist() == [1, 3, 5]


def test_an_empty_shelf_has_nothing_to_read() -> None:
    with Shelf() as shelf, pytest.raises(ValueError, match="Nothing was put"):
        shelf.get(Shelved(0, 1, np.dtype(np.int64)))
