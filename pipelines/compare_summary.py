"""The comparison of two surveys on one screen."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from coverage import hexgrid
from coverage.cells.delta import DeltaParams
from coverage.deliverables.compare_page import CompareNote
from coverage.deliverables.texts import catalogue
from coverage.tables import CELL_CHANGES
from pipelines.sentences import ENGLISH

N_SHOWN: Final = 5
_NAME_WIDTH: Final = 24
_WIDTH: Final = 11
_TESTED: Final = ("better", "worse", "none_shown")


@dataclass(frozen=True, kw_only=True)
class Network:
    """What changed for one operator and RAT: cells by what is said of them."""

    operator: str
    rat: str
    n_cells: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One cell that changed."""

    h3_cell: str
    latitude_deg: float
    longitude_deg: float
    operator: str
    rat: str
    signal_p50_old_dbm: float | None
    signal_p50_new_dbm: float | None
    weak_share_old: float
    weak_share_new: float
    q_value: float

    def line(self) -> str:
        """The change in one line."""
        return (
            f"{self.h3_cell}  {self.latitude_deg:.4f} {self.longitude_deg:.4f}  "
            f"{self.operator} {self.rat}: median {_level(self.signal_p50_old_dbm)} -> "
            f"{_level(self.signal_p50_new_dbm)}, weak {self.weak_share_old:.0%} -> "
            f"{self.weak_share_new:.0%} (q {self.q_value:.2g})"
        )


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two surveys compared.

    Attributes
    ----------
    old, new
        Names of the surveys.
    resolution
        H3 resolution at which they were compared.
    max_false_share
        Share of false findings put up with among the changes named.
    networks
        Cells by operator and RAT.
    worse, better
        The surest changes.
    remarks
        What has to be known in reading this.
    outputs
        Files written.
    """

    old: str
    new: str
    resolution: int
    max_false_share: float
    networks: tuple[Network, ...]
    worse: tuple[Change, ...]
    better: tuple[Change, ...]
    remarks: tuple[CompareNote, ...]
    outputs: tuple[Path, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """The remarks in English."""
        return tuple(remark.told(ENGLISH) for remark in self.remarks)

    def as_json(self) -> dict[str, Any]:
        """Everything, for machines."""
        told = {**asdict(self), "notes": self.notes, "outputs": [str(p) for p in self.outputs]}
        del told["remarks"]
        return told

    def n_cells(self, *changes: str) -> int:
        """Cells of which one of these is said."""
        return sum(network.n_cells[change] for network in self.networks for change in changes)

    def lines(self, language: str = ENGLISH) -> Iterator[str]:
        """Everything, for people: sentences in English, words and remarks in the language."""
        yield f"{self.old} -> {self.new}, H3 resolution {self.resolution}"
        yield from self._table(language)
        n_tested = self.n_cells(*_TESTED)
        if not n_tested:
            yield "No cell was read often enough in both surveys: nothing can be said of changes."
        else:
            yield (
                f"{self.n_cells('worse'):,} worse and {self.n_cells('better'):,} better of "
                f"{n_tested:,} cells that could be tested; at most {self.max_false_share:.0%} of "
                "the changes named are expected to be chance. None shown is not unchanged."
            )
        for title, changes in (("surest worse:", self.worse), ("surest better:", self.better)):
            if changes:
                yield title
            for change in changes:
                yield f"  {change.line()}"
        for remark in self.remarks:
            yield f"note: {remark.told(language)}"
        for path in self.outputs:
            yield f"written: {path}"

    def _table(self, language: str) -> Iterator[str]:
        """Cells by network and by what is said of them."""
        texts = catalogue(language)
        heads = {change: texts[f"compare.change.{change}"] for change in CELL_CHANGES}
        widths = {change: max(_WIDTH, len(head) + 2) for change, head in heads.items()}
        yield " " * _NAME_WIDTH + "".join(f"{heads[c]:>{widths[c]}}" for c in CELL_CHANGES)
        for network in self.networks:
            name = f"{network.operator} {network.rat}"
            counts = "".join(f"{network.n_cells[c]:>{widths[c]},}" for c in CELL_CHANGES)
            yield f"{name:<{_NAME_WIDTH}}{counts}"


def summarise(
    changes: pd.DataFrame,
    *,
    old: str,
    new: str,
    resolution: int,
    params: DeltaParams,
    remarks: tuple[CompareNote, ...],
    outputs: tuple[Path, ...],
) -> Comparison:
    """Put table ``cell_delta`` on one screen."""
    return Comparison(
        old=old,
        new=new,
        resolution=resolution,
        max_false_share=params.max_false_share,
        networks=_networks(changes),
        worse=_surest(changes, "worse"),
        better=_surest(changes, "better"),
        remarks=remarks,
        outputs=outputs,
    )


def _networks(changes: pd.DataFrame) -> tuple[Network, ...]:
    """Cells by operator, RAT and what is said of them."""
    return tuple(
        Network(
            operator=str(operator),
            rat=str(rat),
            n_cells={name: int((rows["change"] == name).sum()) for name in CELL_CHANGES},
        )
        for (operator, rat), rows in changes.groupby(["operator", "rat"], sort=True)
    )


def _surest(changes: pd.DataFrame, change: str) -> tuple[Change, ...]:
    """The changes that are least likely to be chance, ties by key."""
    rows = changes[changes["change"] == change]
    rows = rows.sort_values(["q_value", "p_value", "h3_cell", "operator", "rat"]).head(N_SHOWN)
    latitude, longitude = hexgrid.centres_of(rows["h3_cell"].to_numpy(dtype="uint64"))
    shown = rows.assign(
        h3_cell=hexgrid.to_text(rows["h3_cell"].to_numpy(dtype="uint64")),
        latitude_deg=latitude,
        longitude_deg=longitude,
    )
    columns = list(Change.__dataclass_fields__)
    return tuple(Change(**_known(row)) for row in shown[columns].to_dict("records"))


def _known(row: Mapping[Hashable, Any]) -> dict[str, Any]:
    """Values of a row, None where they are not known."""
    return {str(name): None if pd.isna(value) else value for name, value in row.items()}


def _level(value_dbm: float | None) -> str:
    """A median for people."""
    return "no service" if value_dbm is None else f"{value_dbm:.0f} dBm"
