"""Drafts: columns in full, below each other, and none that nobody reads."""

import numpy as np
import pyarrow as pa
import pytest

from coverage.readings.draft import NO_TIME, Draft, concat


def draft(**columns: object) -> Draft:
    given = {"source_row": np.array([2, 3]), "raw": pa.array([b"a", b"b"])} | columns
    return Draft(**given)


@pytest.mark.parametrize("kind", ["numbers", "texts", "flags"])
def test_a_column_nobody_reads_is_a_defect(kind: str) -> None:
    with pytest.raises(KeyError, match=r"No such draft columns: \['rsrp'\]"):
        draft(**{kind: {"rsrp": 1.0}})


def test_what_is_absent_is_not_known_and_a_scalar_is_for_all() -> None:
    part = draft(numbers={"pci": 7.0}, texts={"rat": "LTE"}, flags={"dq_scanner": True})
    assert part.number("pci").tolist() == [7, 7]
    assert np.isnan(part.number("arfcn")).all()
    assert part.text("rat").to_list() == ["LTE", "LTE"]
    assert part.text("plmn").to_list() == [None, None]
    assert part.flag("dq_scanner").tolist() == [True, True]
    assert part.flag("dq_stale").tolist() == [False, False]


def test_parts_with_different_columns_go_together() -> None:
    timed = draft(time_us=np.array([1, 2]), texts={"rat": "LTE"})
    whole = concat([timed, draft(numbers={"pci": 7.0})])
    assert whole.time_us is not None
    assert whole.time_us.tolist() == [1, 2, NO_TIME, NO_TIME]
    assert whole.text("rat").to_list() == ["LTE", "LTE", None, None]
    assert np.isnan(whole.number("pci")).tolist() == [True, True, False, False]
    assert whole.raw.to_pylist() == [b"a", b"b"] * 2


def test_parts_without_times_have_none() -> None:
    assert concat([draft(), draft()]).time_us is None
