"""What ``deliver`` writes for each kabupaten: workbook, proposal, field form; their licences."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

import pandas as pd

from coverage.deliverables.briefing_tables import Regency, regencies
from coverage.deliverables.field_form import FieldFormParams, field_form_html, field_form_xlsx
from coverage.deliverables.info import RunInfo
from coverage.deliverables.licences import LICENCE_NAME, licence_text
from coverage.deliverables.programme import programme_rows
from coverage.deliverables.regency_book import regency_slugs, regency_xlsx
from coverage.deliverables.run_tables import RunTables
from coverage.deliverables.safe_text import neutralised_column
from coverage.operators import UNKNOWN_OPERATOR
from pipelines.config import Config

FOLDER: Final = "kabupaten"

Writer = Callable[[Path], None]


def regency_writers(
    config: Config, run_tables: RunTables, info: RunInfo
) -> Iterator[tuple[str, Writer]]:
    """What is written for each kabupaten, by file name.

    Parameters
    ----------
    config
        The survey.
    run_tables
        Tables of the run.
    info
        The run.
    """
    k = config.privacy.min_devices
    networks = _networks(run_tables)
    parts = regencies(run_tables.site_ranking)
    for part, slug in zip(parts, regency_slugs(parts), strict=True):
        yield f"rekap_{slug}.xlsx", partial(_write_book, run_tables, part, info, k)
        proposed = programme_rows(part.sites, run_tables.cells, info.blank_dbm, k)
        yield f"usulan_{slug}.csv", partial(_write_csv, proposed)
        if networks:
            upload_mb = config.upload.photos * config.upload.photo_mb
            form = FieldFormParams(
                networks=networks, upload_mb=upload_mb, max_sites=config.deliver.form_sites or None
            )
            yield f"formulir_{slug}.xlsx", partial(_write_form, part.sites, info, form)
            yield f"formulir_{slug}.html", partial(_write_paper, part.sites, info, form)
    yield LICENCE_NAME, partial(_write_licences, info)


def _networks(run_tables: RunTables) -> tuple[tuple[str, str], ...]:
    """Operator and the network code most of its radio cells have, operators by name."""
    towers = run_tables.towers
    if towers is None or towers.empty:
        return ()
    counts = towers.groupby(["operator", "plmn"], sort=True).size().reset_index(name="n")
    counts = counts[counts["operator"] != UNKNOWN_OPERATOR]
    most = counts.sort_values(["operator", "n", "plmn"], ascending=[True, False, True])
    first = most.drop_duplicates("operator")
    return tuple(zip(first["operator"], first["plmn"], strict=True))


def _write_book(run_tables: RunTables, part: Regency, info: RunInfo, k: int, path: Path) -> None:
    """The workbook of one kabupaten."""
    regency_xlsx(run_tables, part, info, path, k)


def _write_form(sites: pd.DataFrame, info: RunInfo, form: FieldFormParams, path: Path) -> None:
    """The field form as a workbook."""
    field_form_xlsx(sites, info, path, form)


def _write_paper(sites: pd.DataFrame, info: RunInfo, form: FieldFormParams, path: Path) -> None:
    """The field form for paper."""
    path.write_bytes(field_form_html(sites, info, form))


def _write_licences(info: RunInfo, path: Path) -> None:
    """Sources and licences of the folder."""
    path.write_bytes(licence_text(info))


def _write_csv(rows: pd.DataFrame, path: Path) -> None:
    """Rows as CSV with the names of the contract, nothing in it a formula."""
    typed = ("village", "district", "regency")
    safe = rows.assign(**{name: neutralised_column(rows[name]) for name in typed})
    safe.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")
