"""The synthetic Banten as raw files, in the formats in which such data arrive, warts included.

Below the folder handed in: ``readings/drive/<operator>/<day>/`` (G-NetTrack Pro text),
``readings/drive/gnettrack_csv/`` (the older CSV, zipped), ``readings/crowd/<phone>/`` (OpenCelliD
measurements), ``towers/`` (OpenCelliD cell list), ``sites/`` (polling stations as CSV, one regency
as XLSX), ``layers/`` (GeoJSON). :func:`write_truth` writes the answers, to another place.
Formats: ``FORMATS`` sections 1, 2, 5, 6 and 17.
"""

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import xlsxwriter

from coverage.radio import lte_band
from coverage.synthetic import World
from coverage.synthetic_drive import GSM_ABOVE_LTE_DB
from coverage.synthetic_land import rng_of
from coverage.synthetic_layers import write_layers
from coverage.synthetic_network import OPERATORS
from coverage.synthetic_survey import (
    Survey,
    phones_of,
    survey,
)
from coverage.synthetic_towers import tower_list

XLSX_REGENCY: Final = "36.72"  # Cilegon hands in a workbook
PLACEHOLDER_SNR_OPERATOR: Final = "Smartfren"  # its phone shows 0.0 in every row (FORMATS 2)
ROWS_PER_EXPORT: Final = 198  # and two repeated lines: at most 200 a file (FORMATS 5)
ZIP_TIME: Final = (2024, 1, 8, 18, 0, 0)

LOG_COLUMNS: Final = (
    "Timestamp", "Longitude", "Latitude", "Operatorname", "Operator", "Cellname", "Node", "CellID",
    "LAC", "NetworkTech", "Level", "Qual", "SNR", "CQI", "LTERSSI", "ARFCN", "PSC", "Altitude",
    "Distance", "TA", "BAND",
)  # fmt: skip
EVENT_COLUMNS: Final = (
    "Timestamp", "Longitude", "Latitude", "Operatorname", "Node", "CellID", "LAC", "NetworkTech",
    "Level", "Qual", "SNR", "CQI", "LTERSSI", "EventType", "EventDetails", "State",
)  # fmt: skip
CSV_COLUMNS: Final = (
    "Timestamp", "Longitude", "Latitude", "Speed", "Operatorname", "CellID", "NetworkMode", "RSRP",
    "RSRQ", "SNR", "CQI", "RSSI", "DL_bitrate", "UL_bitrate", "State", "PINGAVG", "PINGMIN",
    "PINGMAX", "PINGSTDEV", "PINGLOSS", "CELLHEX", "NODEHEX", "LACHEX", "RAWCELLID", "NRxRSRP",
    "NRxRSRQ",
)  # fmt: skip
MEASUREMENT_COLUMNS: Final = (
    "mcc", "mnc", "lac", "cellid", "lat", "lon", "signal", "measured_at", "rating", "speed",
    "direction", "act", "ta", "psc", "tac", "pci", "sid", "nid", "bid",
)  # fmt: skip
SITE_COLUMNS: Final = {
    "tps_code": "Kode TPS", "tps_name": "Nama TPS", "village": "Desa/Kelurahan",
    "district": "Kecamatan", "regency": "Kabupaten/Kota", "latitude_deg": "Lintang",
    "longitude_deg": "Bujur", "n_voters": "Jumlah Pemilih", "building": "Bangunan",
}  # fmt: skip
BUILDING_WORDS: Final = {
    "school": "sekolah", "tent": "tenda", "hall": "balai", "house": "rumah", "veranda": "teras",
    "office": "kantor", "other": "lainnya",
}  # fmt: skip

_PLMN: Final = {plan.name: plan.plmn.replace("-", "") for plan in OPERATORS}
_SENTINELS: Final = np.array(["-340", "-164", "-200", "-24"])


def write_raw(world: World, folder: Path) -> Survey:
    """Survey the world and write all raw files below a folder; same world, same bytes.

    Returns
    -------
    Survey
        The readings that were written, with the truth beside them.
    """
    readings = survey(world)
    _write_drive(readings, folder / "readings" / "drive")
    _write_csv_log(readings.csv_log, folder / "readings" / "drive" / "gnettrack_csv")
    _write_crowd(readings.crowd, folder / "readings" / "crowd")
    listed = tower_list(world)
    if listed:
        _write(folder / "towers" / "cells_510.csv", listed)
    _write_sites(world, folder / "sites")
    write_layers(world, folder / "layers")
    return readings


def write_truth(world: World, folder: Path) -> None:
    """Write the answers: ``sites.parquet``, ``phones.parquet`` and ``cells.parquet``.

    See :meth:`World.site_truth`, :func:`phones_of` and :meth:`World.cells` for their columns.
    """
    folder.mkdir(parents=True, exist_ok=True)
    world.site_truth().to_parquet(folder / "sites.parquet", index=False)
    phones_of(world).to_parquet(folder / "phones.parquet", index=False)
    world.cells().to_parquet(folder / "cells.parquet", index=False)


def _write(path: Path, text: str) -> None:
    """Write text as it is, line ends included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def _slug(name: str) -> str:
    """Name of an operator as a folder."""
    return name.lower().replace(" ", "_")


def _whole(values: pd.Series) -> pd.Series:
    """Numbers as whole numbers in text."""
    numbers = np.rint(values.to_numpy(dtype=np.float64)).astype(np.int64)
    return pd.Series(numbers, index=values.index).astype(str)


def _stamp(time: pd.Series) -> pd.Series:
    """Times as G-NetTrack writes them."""
    return pd.Series(time.dt.strftime("%Y.%m.%d_%H.%M.%S"))


def _write_drive(readings: Survey, folder: Path) -> None:
    """One text log and its file of events for every operator and day."""
    drive = readings.drive
    rows = _log_rows(drive)
    events = _event_rows(drive, rows)
    for (operator, day), log in drive.groupby(["operator", "day"], sort=True):
        place = folder / _slug(str(operator)) / f"{day:%Y-%m-%d}"
        mine = rows.loc[log.index]
        _write(place / f"{_slug(str(operator))}_log.txt", _gnettrack_text(mine, LOG_COLUMNS))
        mine = events.loc[events.index.intersection(log.index)]
        _write(
            place / f"{_slug(str(operator))}_log_events.txt", _gnettrack_text(mine, EVENT_COLUMNS)
        )


def _gnettrack_text(rows: pd.DataFrame, columns: Sequence[str]) -> str:
    """TAB-separated text; every data line ends in a TAB that the header line lacks."""
    body = (
        rows[list(columns)]
        .assign(end="")
        .to_csv(sep="\t", header=False, index=False, lineterminator="\r\n")
    )
    return "\t".join(columns) + "\r\n" + body


def _log_rows(drive: pd.DataFrame) -> pd.DataFrame:
    """Every reading of the car as the app writes it, all in text."""
    is_lte, is_out = drive["tech"] == "4G", drive["tech"] == "--"
    has_no_level = drive["is_sentinel"]
    quality = _whole(drive["quality_db"])
    held = quality.where(is_lte).groupby([drive["operator"], drive["day"]]).ffill().fillna("-2")
    rx_level = (drive["level_dbm"] + GSM_ABOVE_LTE_DB).clip(-113, -51)  # ASU 0..31
    level = _whole(drive["level_dbm"].where(is_lte, rx_level))
    sentinel = pd.Series(_SENTINELS[np.arange(len(drive)) % 4], index=drive.index)
    sinr = drive["sinr_db"].round(1).where(drive["operator"] != PLACEHOLDER_SNR_OPERATOR, 0.0)
    band = drive["earfcn"].map({n: f"L{lte_band(n)}" for n in drive["earfcn"].unique()})
    rssi = _whole((drive["level_dbm"] - drive["quality_db"] + 17).clip(-113, -51))  # 50 RB
    name = drive["operator"].where(np.arange(len(drive)) % 20 != 7, "")
    empty = pd.Series("", index=drive.index)
    return pd.DataFrame(
        {
            "Timestamp": _stamp(drive["time"]),
            "Longitude": drive["longitude_deg"].astype(str),
            "Latitude": drive["latitude_deg"].astype(str),
            "Operatorname": name.mask(is_out, "NO_COVERAGE"),
            "Operator": drive["operator"].map(_PLMN).mask(is_out, ""),
            "Cellname": empty,
            "Node": _whole(drive["cell_identity"] // 256).where(is_lte, "0").mask(is_out, ""),
            "CellID": _whole(
                (drive["cell_identity"] % 256).where(is_lte, drive["cell_identity"] // 256 % 60_000)
            ).mask(is_out, "-1"),
            "LAC": _whole(drive["area_code"]).mask(is_out, ""),
            "NetworkTech": drive["tech"],
            "Level": level.mask(has_no_level, sentinel).mask(is_out, "-200"),
            "Qual": quality.where(is_lte, "-").mask(has_no_level, "-").mask(is_out, held),
            "SNR": sinr.astype(str).where(is_lte, "-"),
            "CQI": "-",
            "LTERSSI": rssi.where(is_lte, "-"),
            "ARFCN": _whole(drive["earfcn"]).where(is_lte, "62").mask(is_out, ""),
            "PSC": _whole(drive["pci"]).where(is_lte, "").mask(is_out, ""),
            "Altitude": _whole(drive["altitude_m"]),
            "Distance": "-1",
            "TA": empty,
            "BAND": band.where(is_lte, "EGSM").mask(is_out, ""),
        }
    )


def _event_rows(drive: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The readings at which coverage was lost or found, as the app's file of events has them."""
    is_out = drive["tech"] == "--"
    was_out = is_out.groupby([drive["operator"], drive["day"]]).shift(1, fill_value=False)
    changed = rows[is_out != was_out]
    lost = is_out[is_out != was_out]
    return changed.assign(
        Operatorname=changed["Operatorname"].mask(lost, "NO COVERAGE"),
        EventType=np.where(lost, "NO_COVERAGE", "IN_COVERAGE"),
        EventDetails="",
        State="I",
    )


def _write_csv_log(log: pd.DataFrame, folder: Path) -> None:
    """One log of the older CSV dialect in an archive, with a desktop's rubbish beside it."""
    if log.empty:  # a ride without service leaves none in this dialect
        return
    n = len(log)
    node, cell = log["cell_identity"] // 256, log["cell_identity"] % 256
    is_busy = np.arange(n) % 60 < 20
    text = pd.DataFrame("-", index=log.index, columns=list(CSV_COLUMNS)).assign(
        Timestamp=_stamp(log["time"]),
        Longitude=log["longitude_deg"].astype(str),
        Latitude=log["latitude_deg"].astype(str),
        Speed=_whole(3.6 * log["speed_mps"]),
        Operatorname=log["operator"],
        CellID=cell.astype(str),
        NetworkMode="LTE",
        RSRP=_whole(log["level_dbm"]).mask(np.arange(n) % 500 == 250, "-200"),
        RSRQ=_whole(log["quality_db"]),
        SNR=log["sinr_db"].round(1).astype(str),
        CQI="7",
        RSSI=_whole((log["level_dbm"] - log["quality_db"] + 17).clip(-113, -51)),
        DL_bitrate=np.where(is_busy, "1800", "0"),
        UL_bitrate=np.where(is_busy, "90", "0"),
        State=np.where(is_busy, "D", "I"),
        CELLHEX=cell.map("{:X}".format),
        NODEHEX=node.map("{:X}".format),
        LACHEX=log["area_code"].map("{:X}".format),
        RAWCELLID=log["cell_identity"].astype(str),
    )
    day = log["time"].iloc[0]
    member = f"{_slug(str(log['operator'].iloc[0]))}_{day:%Y.%m.%d}.csv"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as out:
        for name, content in (
            (member, text.to_csv(index=False, lineterminator="\n").encode()),
            (f"__MACOSX/._{member}", b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        "),
        ):
            info = zipfile.ZipInfo(name, date_time=ZIP_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            out.writestr(info, content)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / member).with_suffix(".zip").write_bytes(archive.getvalue())


def _write_crowd(crowd: pd.DataFrame, folder: Path) -> None:
    """Exports of every phone, at most 200 rows each, some lines twice."""
    plmn = crowd["operator"].map({plan.name: plan.plmn for plan in OPERATORS}).str.split("-")
    area = crowd["area_code"].astype(str)
    millis = crowd["time"].dt.as_unit("ms").astype("int64")
    rows = pd.DataFrame("", index=crowd.index, columns=list(MEASUREMENT_COLUMNS)).assign(
        mcc=plmn.str[0],
        mnc=plmn.str[1].str.lstrip("0"),
        lac=area,
        cellid=crowd["cell_identity"].astype(str),
        lat=crowd["latitude_deg"].astype(str),
        lon=crowd["longitude_deg"].astype(str),
        signal=_whole(crowd["level_dbm"]),
        measured_at=(millis + np.arange(len(crowd)) * 37 % 1000).astype(str),
        rating=crowd["accuracy_m"].astype(str),
        speed=crowd["speed_mps"].astype(str),
        direction=crowd["direction_deg"].astype(str),
        act=np.where(np.arange(len(crowd)) % 3 == 0, "LTE", "LTE+"),
        tac=area,
        pci=crowd["pci"].astype(str),
    )
    part = crowd.groupby("phone").cumcount() // ROWS_PER_EXPORT
    for (phone, _part), export in rows.groupby([crowd["phone"], part], sort=True):
        repeated = export.index.repeat(1 + (np.arange(len(export)) % 100 == 50))
        start = crowd["time"].loc[export.index[0]]
        name = f"OpenCellID_{start:%Y%m%d_%H%M%S}_meas_ainf_d0_n{len(repeated)}.csv"
        text = export.loc[repeated].to_csv(index=False, lineterminator="\n")
        _write(folder / str(phone) / name, text)


def _write_sites(world: World, folder: Path) -> None:
    """The polling stations: one list of the province, and a workbook from one regency."""
    sites = world.sites
    rng = rng_of(world.params.seed, "site list")
    is_unplaced = rng.random(len(sites)) < world.params.share_without_coordinates
    listed = sites.assign(
        latitude_deg=sites["latitude_deg"].mask(is_unplaced),
        longitude_deg=sites["longitude_deg"].mask(is_unplaced),
        building=sites["building"].map(BUILDING_WORDS),
    )
    in_workbook = listed["regency_code"] == XLSX_REGENCY
    table = listed[list(SITE_COLUMNS)].rename(columns=SITE_COLUMNS)
    text = table[~in_workbook].to_csv(index=False, lineterminator="\n", float_format="%.6f")
    _write(folder / "tps_banten.csv", text)
    (folder / "tps_cilegon.xlsx").write_bytes(_workbook(table[in_workbook]))


def _workbook(table: pd.DataFrame) -> bytes:
    """A sheet with codes as text and numbers as numbers; no date of creation but a fixed one."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": datetime(*ZIP_TIME)})
    sheet = book.add_worksheet("TPS")
    sheet.write_row(0, 0, list(table.columns))
    for number, row in enumerate(table.itertuples(index=False), start=1):
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, column, value)
            elif pd.notna(value):
                sheet.write_number(number, column, float(value))
    book.close()
    return buffer.getvalue()
