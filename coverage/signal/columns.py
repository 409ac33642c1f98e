"""Dataclasses whose attributes are columns of one length: some rows of one, several as one."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from coverage.signal.observations import Booleans, Integers

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Columns = TypeVar("Columns", bound="DataclassInstance")


def taken(columns: Columns, rows: Integers | Booleans) -> Columns:
    """Some of the rows."""
    return replace(columns, **{f.name: getattr(columns, f.name)[rows] for f in fields(columns)})


def joined(parts: Sequence[Columns]) -> Columns:
    """Rows of several as one; at least one part."""
    return replace(
        parts[0],
        **{
            f.name: np.concatenate([getattr(part, f.name) for part in parts])
            for f in fields(parts[0])
        },
    )
