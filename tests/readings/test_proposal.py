"""A column map is proposed from names and values, and what is doubtful is left to a person."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from coverage.errors import InputError
from coverage.readings.columns import load_column_map
from coverage.readings.params import ArchiveLimits
from coverage.readings.proposal import formats_of, propose

Read = Callable[..., Any]
SURVEY = """Survei sinyal 2024
Tanggal;Jam;Lintang;Bujur;Akurasi (m);Kecepatan (km/jam);Jaringan;Kuat Sinyal (dBm);No HP;IMEI
03/02/2024;09.15.02;-6,412300;106,123500;6;36;4G;-104;081234567890;356938035643809
13/02/2024;09.15.03;-6,412310;106,123600;6;36;4G;-105;081234567890;356938035643809
"""


def proposed(text: str | bytes, name: str = "survei.csv") -> str:
    data = text if isinstance(text, bytes) else text.encode()
    return propose(BytesIO(data), name, ArchiveLimits())


def test_an_indonesian_table_is_read_through_its_proposal(read: Read) -> None:
    column_map = load_column_map(proposed(SURVEY).encode(), "survei.toml")
    log = read(SURVEY.encode(), "survei.csv", column_maps=(column_map,))
    assert log.column("signal_dbm") == [-104, -105]
    assert log.column("speed_mps") == [10, 10]
    assert log.column("latitude_deg") == [-6.4123, -6.41231]
    assert [f"{time:%d %b %H:%M:%S}" for time in log.column("time")] == [
        "03 Feb 02:15:02", "13 Feb 02:15:03",
    ]  # fmt: skip


def test_an_english_workbook_is_read_through_its_proposal(read: Read) -> None:
    book = Workbook()
    book.active.append(["lat", "lon", "timestamp", "RSRP", "network type"])
    book.active.append([-6.4, 106.1, "2024-01-20T09:15:02+07:00", -101, "LTE"])
    stream = BytesIO()
    book.save(stream)
    column_map = load_column_map(proposed(stream.getvalue(), "a.xlsx").encode(), "a.toml")
    log = read(stream.getvalue(), "a.xlsx", column_maps=(column_map,))
    assert log.column("signal_dbm") == [-101]


def test_parquet_is_read_through_its_proposal(read: Read) -> None:
    stream = BytesIO()
    table = pa.table(
        {
            "lat": [-6.4, -6.5],
            "lon": [106.1, 106.2],
            "timestamp": pa.array([1_707_868_800_000] * 2, pa.timestamp("ms", tz="UTC")),
            "rsrp": [-101.0, -99.5],
            "network type": pa.array(["LTE", "LTE"]).dictionary_encode(),
            "neighbours": [[1], [2]],
        }
    )
    pq.write_table(table, stream)
    text = proposed(stream.getvalue(), "a.parquet")
    log = read(stream.getvalue(), "a.parquet", column_maps=(load_column_map(text.encode(), "m"),))
    assert "neighbours" not in text
    assert [f"{time:%Y-%m-%d %H:%M}" for time in log.column("time")] == ["2024-02-14 00:00"] * 2
    assert log.column("signal_dbm") == [-101, -99.5]


def test_damaged_parquet_is_refused() -> None:
    with pytest.raises(InputError, match="Invalid Parquet"):
        proposed(b"PAR1 and nothing behind it", "a.parquet")


def test_nothing_personal_is_mapped_or_shown() -> None:
    text = proposed(SURVEY)
    assert "personal, never to be mapped" in text
    assert "081234567890" not in text
    assert "356938035643809" not in text


def test_a_phone_number_under_any_name_is_personal() -> None:
    text = proposed("lat,lon,rsrp,kontak\n-6.4,106.1,-99,081234567890\n")
    assert "'kontak': personal" in text


def test_a_level_that_cannot_be_one_is_not_proposed() -> None:
    text = proposed("lat,lon,level\n-6.4,106.1,4\n-6.4,106.1,3\n")
    assert '# signal_dbm = "level"   no: 4 is not in [-156, -24]' in text


def test_an_ambiguous_date_leaves_the_map_refused_until_somebody_chooses() -> None:
    text = proposed("lat,lon,time,rsrp\n-6.4,106.1,03/04/2024 07:15,-99\n")
    assert '# time_format = "%d/%m/%Y %H:%M"' in text
    assert '# time_format = "%m/%d/%Y %H:%M"' in text
    with pytest.raises(InputError, match="Invalid time_format None"):
        load_column_map(text.encode(), "a.toml")


def test_a_missing_place_leaves_the_map_refused() -> None:
    with pytest.raises(InputError, match="Must map latitude_deg"):
        load_column_map(proposed("name,rsrp\na,-99\n").encode(), "a.toml")


@pytest.mark.parametrize("text", ["", "1,2,3\n4,5,6\n", '{"a": 1}', "<kml/>"])
def test_what_has_no_header_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"Invalid (table|file)"):
        proposed(text)


def test_a_day_above_twelve_tells_the_order() -> None:
    assert formats_of(["13/04/2024 07:15"]) == ["%d/%m/%Y %H:%M"]
