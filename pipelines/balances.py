"""Rows in = rows taken + rows rejected, proved of every stage by the tables that lie on disk.

The stages count what they do; here the rows are counted again in what they wrote, so that a row
lost between the two is found before anybody reads a table.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow.compute as pc
import pyarrow.parquet as pq

from coverage.errors import ContractError
from pipelines.store import Store, table_errors

FORGOTTEN: Final = "device_forgotten"
"""Reason of rejected rows that are not written, as they belong to devices given up."""
_PLAN_TABLES: Final = (
    "allocation", "kit_standby", "survey_plan", "relocation", "relocation_range",
    "delivery_rounds",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Balance:
    """Where the rows of one kind went in one stage.

    Attributes
    ----------
    what
        Which rows.
    rows_in, taken
        Rows that came in, rows that went on. [count]
    rejected
        Rows that did not go on, by reason. [count]
    """

    what: str
    rows_in: int
    taken: int
    rejected: Mapping[str, int]

    def __post_init__(self) -> None:
        """Refuse to stand for rows that were lost."""
        balance(self.what, self.rows_in, self.taken, sum(self.rejected.values()))


def balance(what: str, rows_in: int, taken: int, rejected: int) -> None:
    """Prove that no row was lost.

    Raises
    ------
    ContractError
        Where rows in differ from rows taken and rejected: a defect of ours, never to be published.
    """
    if rows_in != taken + rejected:
        raise ContractError(
            f"Invalid balance of {what}: {rows_in} rows in, {taken} taken, {rejected} rejected."
        )


def balances(store: Store, stage: str, work: Any) -> tuple[Balance, ...]:
    """Balances of a stage that has written its outputs and not yet its record.

    Parameters
    ----------
    store
        The survey.
    stage
        Its name.
    work
        What it did (``pipelines.stage.Work``).

    Raises
    ------
    ContractError
        Where one does not hold.
    """
    return tuple(_OF_STAGE[stage](store, work)) if stage in _OF_STAGE else ()


def _of_ingest(_store: Store, work: Any) -> Iterator[Balance]:
    """Rows of the logs, then readings that several logs hold."""
    rows = {
        name: _rows(path for path in work.outputs if path.parent.name == name)
        for name in ("readings", "rejects", "duplicates")
    }
    forgotten = work.rejected.get(FORGOTTEN, 0)
    yield Balance(
        what="rows of logs", rows_in=work.rows_in["rows"], taken=rows["readings"],
        rejected={"rejects": rows["rejects"], FORGOTTEN: forgotten},
    )  # fmt: skip
    yield Balance(
        what="readings", rows_in=rows["readings"], taken=work.rows_out["readings"],
        rejected={"duplicate_of_other_file": rows["duplicates"]},
    )  # fmt: skip


def _of_aggregate(store: Store, work: Any) -> Iterator[Balance]:
    """Readings counted in cells."""
    yield _of_readings(store, "readings to cells", work.details["readings"], "counted")


def _of_predict(store: Store, work: Any) -> Iterator[Balance]:
    """Readings that the model is made from."""
    yield _of_readings(store, "readings to samples", work.details["model"]["readings"], "taken")


def _of_rank(store: Store, _work: Any) -> Iterator[Balance]:
    """TPS of the list, each ranked."""
    taken = _rows([store.path("site_ranking")])
    yield Balance(what="TPS", rows_in=_rows([store.path("sites")]), taken=taken, rejected={})


def _of_plan(store: Store, _work: Any) -> Iterator[Balance]:
    """TPS of the ranking that the plan speaks of; of no other may it speak."""
    ranked = _codes(store, "site_ranking")
    planned = {code for name in _PLAN_TABLES for code in _codes(store, name)}
    yield Balance(
        what="ranked TPS", rows_in=len(ranked), taken=len(planned),
        rejected={"not_in_plan": len(ranked - planned)},
    )  # fmt: skip


def _of_deliver(store: Store, work: Any) -> Iterator[Balance]:
    """TPS of the ranking that stand in the layer of sites."""
    layer = [path for path in work.outputs if path.name == "sites.geoparquet"]
    taken, rows_in = _rows(layer), _rows([store.path("site_ranking")])
    yield Balance(what="TPS in the layer of sites", rows_in=rows_in, taken=taken, rejected={})


def _of_readings(store: Store, what: str, tally: Mapping[str, int], taken: str) -> Balance:
    """Readings on disk that no other input holds, against how many went where."""
    on_disk = {
        name: _rows(store.path(name, part) for part in store.parts(name))
        for name in ("readings", "duplicates")
    }
    rejected = {reason: n for reason, n in tally.items() if reason != taken}
    return Balance(
        what=what, rows_in=on_disk["readings"] - on_disk["duplicates"],
        taken=tally.get(taken, 0), rejected=rejected,
    )  # fmt: skip


def _rows(paths: Iterable[Path]) -> int:
    """Rows of some tables, as their files say [count]."""
    n = 0
    for path in paths:
        with table_errors(path.stem, path):
            n += pq.read_metadata(path).num_rows
    return n


def _codes(store: Store, name: str) -> set[str]:
    """TPS that a table speaks of."""
    codes = store.read(name, columns=["tps_code"]).column("tps_code")
    return set(pc.unique(pc.drop_null(codes)).to_pylist())


_OF_STAGE: Final = {
    "ingest": _of_ingest, "aggregate": _of_aggregate, "predict": _of_predict,
    "rank": _of_rank, "plan": _of_plan, "deliver": _of_deliver,
}  # fmt: skip
