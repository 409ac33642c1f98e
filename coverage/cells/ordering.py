"""From numbers back to keys: groups in the order of their keys, codes as text."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from coverage.cells.accumulator import Accumulator
from coverage.cells.packing import Ints, UInts
from coverage.radio import RATS
from coverage.tables import schema_of

Codes = npt.NDArray[np.integer[Any]]
_RAT_NAMES: Final = sorted(RATS)


@dataclass(frozen=True, kw_only=True)
class KeyOrder:
    """Groups in the order of their keys: cell, then operator, then RAT, as text.

    Attributes
    ----------
    order
        Group numbers, sorted by key.
    cells, combinations
        H3 cell of each group; place of its operator and RAT among all pairs, as text.
    operator_names
        Operators, sorted.
    """

    order: Ints
    cells: UInts
    combinations: npt.NDArray[np.int32]
    operator_names: pa.Array

    @classmethod
    def of(cls, accumulator: Accumulator) -> "KeyOrder":
        """Order of an accumulator's groups."""
        operator_names, operator_rank = accumulator.operators.ranks()
        rat_rank = np.array([_RAT_NAMES.index(rat) for rat in RATS])
        rank = np.add.outer(operator_rank * len(RATS), rat_rank).reshape(-1).astype(np.int32)
        cells, combinations = accumulator.groups.cells, rank[accumulator.groups.combinations]
        return cls(
            order=np.lexsort((combinations, cells)),
            cells=cells,
            combinations=combinations,
            operator_names=operator_names,
        )

    def ranks(self) -> Ints:
        """Place of each group in the order."""
        ranks = np.empty(len(self.order), dtype=np.int64)
        ranks[self.order] = np.arange(len(self.order))
        return ranks

    def key_columns(self, groups: Ints) -> dict[str, pa.Array]:
        """Key columns of groups."""
        operator, rat = np.divmod(self.combinations[groups], np.int32(len(RATS)))
        return {
            "h3_cell": pa.array(self.cells[groups]),
            "operator": text_of(operator, self.operator_names),
            "rat": text_of(rat, pa.array(_RAT_NAMES)),
        }


def text_of(codes: Codes, names: pa.Array) -> pa.Array:
    """Text of codes."""
    return names.take(pa.array(codes))


def contract_table(name: str, columns: dict[str, Any]) -> pa.Table:
    """Table of a contract."""
    schema = schema_of(name)
    arrays = []
    for field in schema:
        values = columns[field.name]
        array = values if isinstance(values, pa.Array) else pa.array(values)
        arrays.append(array.cast(field.type))
    return pa.Table.from_arrays(arrays, schema=schema)
