"""Gates: what data must be like before anything is published from them.

They stand between counting and predicting, so that a run that fails at one leaves ranking and
deliverables of the run before as they were, all of one piece.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import pyarrow.compute as pc

from coverage.errors import InputError
from pipelines.config import Config
from pipelines.store import Store


@dataclass(frozen=True, kw_only=True)
class Gate:
    """One gate and what came to it.

    Attributes
    ----------
    key
        Its key in section ``gates`` of the config.
    limit
        The most it lets pass; None = open.
    found
        What the data have; None = not known, which passes no gate that is set.
    """

    key: str
    limit: float | None
    found: float | None

    @property
    def is_passed(self) -> bool:
        """Whether the data pass."""
        return self.limit is None or (self.found is not None and self.found <= self.limit)

    def as_json(self) -> dict[str, Any]:
        """For the manifest and the log."""
        return {**asdict(self), "is_passed": self.is_passed}


def pass_gates(config: Config, store: Store, today: date) -> list[Gate]:
    """Hold a survey that has been counted against its gates.

    Parameters
    ----------
    config, store
        The survey.
    today
        Day of the run.

    Raises
    ------
    InputError
        Naming each gate that is not passed, with limit and value; nothing has been published.
    """
    gates = list(_gates(config, store, today))
    closed = [gate for gate in gates if not gate.is_passed]
    if closed:
        told = "; ".join(
            f"{gate.key} is {_told(gate.found)}, allowed {gate.limit:g}" for gate in closed
        )
        raise InputError(
            f"Not published, the data do not pass [gates]: {told}.", file=config.file.name,
            remedy="What was published before stands. Mend the data, or set the gates wider.",
        )  # fmt: skip
    return gates


def _gates(config: Config, store: Store, today: date) -> Iterator[Gate]:
    """Every gate with what the data have; nothing is read for a gate that is open."""
    limits = config.gates
    if limits.max_reject_share is not None:
        found = _reject_share(store)
        yield Gate(key="max_reject_share", limit=limits.max_reject_share, found=found)
    if limits.max_stale_share is None and limits.max_survey_age_days is None:
        return
    reference = min(today, config.survey.election_date)
    days = store.read("cell_devices", columns=["day", "n"])
    if limits.max_stale_share is not None:
        oldest = config.survey.election_date - timedelta(days=config.ranking.max_age_days)
        found = _share_before(days.column("day"), days.column("n"), oldest)
        yield Gate(key="max_stale_share", limit=limits.max_stale_share, found=found)
    if limits.max_survey_age_days is not None:
        newest = pc.max(days.column("day")).as_py()
        age = None if newest is None else float(max((reference - newest).days, 0))
        yield Gate(key="max_survey_age_days", limit=limits.max_survey_age_days, found=age)


def _reject_share(store: Store) -> float | None:
    """Share of the logs' rows that were refused, rows that another log holds too not counted."""
    record = store.manifest().get("stages", {}).get("ingest", {})
    n_rows = record.get("rows_in", {}).get("rows", 0)
    return record["rows_out"]["rejects"] / n_rows if n_rows else None


def _share_before(days: Any, counts: Any, day: date) -> float | None:
    """Share of counted readings from before a day."""
    total = pc.sum(counts).as_py()
    if not total:
        return None
    old = pc.sum(pc.if_else(pc.less(days, day), counts, 0)).as_py()
    return float(old / total)


def _told(found: float | None) -> str:
    """A value as an error names it."""
    return "not known" if found is None else f"{found:.4g}"
