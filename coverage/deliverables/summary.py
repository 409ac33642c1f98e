"""What a run says in a few lines, as data: the terminal prints it, tests read it."""

import math
from dataclasses import dataclass
from typing import Final

import pandas as pd

from coverage.deliverables.info import RunInfo
from coverage.deliverables.ranking_view import in_rank_order
from coverage.deliverables.texts import catalogue
from coverage.errors import InputError
from coverage.tables import REMEDIES, SITE_EVIDENCE


@dataclass(frozen=True, kw_only=True)
class SummaryParams:
    """How much of the ranking is told.

    Attributes
    ----------
    n_top
        Sites listed. [count]
    """

    n_top: int = 10

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if self.n_top < 0:
            raise InputError(f"Invalid n_top {self.n_top}. Must be >= 0.")


@dataclass(frozen=True, kw_only=True)
class RunSummary:
    """A run in a few rows.

    Attributes
    ----------
    title
        One line, in the language of the run.
    n_sites
        TPS ranked. [count]
    n_voters
        Voters of the TPS that state theirs; None where there are TPS and none does. [count]
    expected_failures
        Sum of ``p_upload_fail`` over the TPS that could be judged; NaN where there are TPS and none
        could. [count]
    n_unknown
        TPS to be surveyed first: their chance is not known and not summed. [count]
    by_evidence, by_remedy
        Rows ``code, label, n_sites`` in the order of the contract, codes without sites too.
    top
        The first rows of the ranking: ``rank, tps_code, tps_name, village, district, regency,
        p_upload_fail, evidence, remedy`` with the last two as labels.
    """

    title: str
    n_sites: int
    n_voters: int | None
    expected_failures: float
    n_unknown: int
    by_evidence: pd.DataFrame
    by_remedy: pd.DataFrame
    top: pd.DataFrame


_TOP_COLUMNS: Final = (
    "rank", "tps_code", "tps_name", "village", "district", "regency", "p_upload_fail", "evidence",
    "remedy",
)  # fmt: skip


def summarise(
    site_ranking: pd.DataFrame, info: RunInfo, params: SummaryParams | None = None
) -> RunSummary:
    """Counts by evidence and remedy and the top of the ranking.

    Parameters
    ----------
    site_ranking
        Table ``site_ranking``.
    info
        The run.
    params
        How many sites to list.

    Returns
    -------
    RunSummary
        Rows and numbers; nothing is printed.
    """
    texts = catalogue(info.language)
    ordered = in_rank_order(site_ranking)
    is_unknown = ordered["evidence"] == "survey_first"
    voters = ordered["n_voters"].dropna()
    judged = ordered.loc[~is_unknown, "p_upload_fail"].dropna()
    top = ordered[list(_TOP_COLUMNS)].head((params or SummaryParams()).n_top)
    return RunSummary(
        title=f"{texts['workbook.title']}: {info.survey}",
        n_sites=len(ordered),
        n_voters=int(voters.sum()) if len(voters) or ordered.empty else None,
        expected_failures=float(judged.sum()) if len(judged) or ordered.empty else math.nan,
        n_unknown=int(is_unknown.sum()),
        by_evidence=_counts(ordered, "evidence", SITE_EVIDENCE, info.language),
        by_remedy=_counts(ordered, "remedy", REMEDIES, info.language),
        top=top.assign(
            evidence=[texts[f"evidence.{code}"] for code in top["evidence"]],
            remedy=[texts[f"remedy.{code}"] for code in top["remedy"]],
        ),
    )


def counts_by_regency(ordered: pd.DataFrame, column: str, codes: tuple[str, ...]) -> pd.DataFrame:
    """Sites per regency (rows, by name, unknown last) and code (columns, in order of ``codes``).

    Parameters
    ----------
    ordered
        Table ``site_ranking``.
    column
        ``remedy`` or ``evidence``.
    codes
        All codes of that column.

    Returns
    -------
    pandas.DataFrame
        Counts; the index is the regency, empty text where it is not known.
    """
    counts = pd.crosstab(ordered["regency"].fillna(""), ordered[column])
    counts = counts.reindex(columns=list(codes), fill_value=0)
    names = sorted(name for name in counts.index if name) + [""] * int("" in counts.index)
    return counts.reindex(index=names)


def _counts(
    ordered: pd.DataFrame, column: str, codes: tuple[str, ...], language: str
) -> pd.DataFrame:
    """Sites of each code, in contract order."""
    texts = catalogue(language)
    counts = ordered[column].value_counts()
    return pd.DataFrame(
        {
            "code": list(codes),
            "label": [texts[f"{column}.{code}"] for code in codes],
            "n_sites": [int(counts.get(code, 0)) for code in codes],
        }
    )
