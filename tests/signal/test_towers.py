import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from coverage import tables
from coverage.errors import InputError
from coverage.signal.towers import (
    EstimateParams,
    TowerParams,
    estimate,
    has_short_identity,
    read_cell_list,
    site_keys,
    sites_of,
)

HEADER = (
    "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal"
)
GOOD = "LTE,510,10,1216,35250198,-1,106.577,-6.1125,1188,21,1,1745290311,1747189874,0"
OPERATORS = {"510-10": "Telkomsel"}
BOX = (-7.1, 105.0, -5.7, 106.8)


def read(*lines, end="\n", **params):
    stream = io.BytesIO(end.join(lines).encode())
    return read_cell_list(stream, "cells.csv", TowerParams(operators=OPERATORS, **params))


def variant(**changed):
    fields = dict(zip(HEADER.split(","), GOOD.split(","), strict=True)) | changed
    return ",".join(fields.values())


def test_longitude_stands_before_latitude():
    towers, _ = read(GOOD)
    assert towers.loc[0, ["latitude_deg", "longitude_deg"]].tolist() == [-6.1125, 106.577]


def test_the_row_becomes_the_contract():
    towers, rejects = read(GOOD)
    tables.check("towers", tables.to_arrow("towers", towers))
    tables.check("rejects", tables.to_arrow("rejects", rejects))
    row = towers.iloc[0]
    assert (row["plmn"], row["operator"], row["cell_identity"]) == ("510-10", "Telkomsel", 35250198)
    assert row["updated_at"] == pd.Timestamp("2025-05-14T02:31:14Z")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_header_line_is_recognised_and_line_ends_do_not_matter(end):
    towers, rejects = read(HEADER, GOOD, "", end=end)
    assert (len(towers), len(rejects)) == (1, 0)


def test_a_byte_order_mark_is_no_part_of_the_first_field():
    assert len(read("\ufeff" + GOOD)[0]) == 1


@pytest.mark.parametrize(("written", "is_known"), [("999", True), ("1000", False), ("", False)])
def test_the_default_range_is_not_known(written, is_known):
    towers, _ = read(variant(range=written))
    assert pd.notna(towers.loc[0, "range_m"]) is is_known


@pytest.mark.parametrize("written", ["1e400", "inf", "9" * 400, "1000001"])
def test_a_range_that_no_cell_has_is_not_known(written):
    towers, _ = read(variant(range=written))
    assert np.isnan(towers.loc[0, "range_m"])


def test_a_network_code_is_padded_to_two_digits():
    towers, _ = read(variant(net="1"))
    assert towers.loc[0, "plmn"] == "510-01"


def test_a_network_code_of_three_digits_stays():
    assert read(variant(net="100"))[0].loc[0, "plmn"] == "510-100"


def test_an_unknown_network_is_kept_as_unknown():
    assert read(variant(net="22"))[0].loc[0, "operator"] == "unknown"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"radio": "CDMA"}, "rat_not_used"),
        ({"mcc": "51"}, "invalid_plmn"),
        ({"net": "x"}, "invalid_plmn"),
        ({"cell": "0"}, "invalid_identity"),
        ({"cell": str(2**28)}, "invalid_identity"),
        ({"cell": "12.5"}, "invalid_identity"),
        ({"lat": "91"}, "invalid_position"),
        ({"lon": "181"}, "invalid_position"),
        ({"lat": "0", "lon": "0"}, "invalid_position"),
        ({"lat": "-5.4"}, "outside_box"),
    ],
)
def test_a_bad_row_is_rejected_with_its_reason(changed, reason):
    towers, rejects = read(GOOD, variant(**changed), box=BOX)
    assert len(towers) == 1
    assert rejects[["source_row", "reason"]].to_numpy().tolist() == [[2, reason]]
    assert rejects.loc[0, "raw"] == variant(**changed)


def test_a_row_with_too_few_fields_is_rejected():
    _, rejects = read(GOOD, "LTE,510,10")
    assert rejects["reason"].tolist() == ["wrong_field_count"]


@pytest.mark.parametrize(("identity", "is_taken"), [(2**28 - 1, True), (2**28, False)])
def test_an_lte_identity_has_28_bits(identity, is_taken):
    assert len(read(GOOD, variant(cell=str(identity)))[0]) == 1 + is_taken


@pytest.mark.parametrize(("margin_km", "is_taken"), [(20.0, True), (5.0, False)])
def test_a_cell_within_the_margin_of_the_box_is_taken(margin_km, is_taken):
    towers, _ = read(GOOD, variant(lat="-5.6", cell="300"), box=BOX, margin_km=margin_km)
    assert len(towers) == 1 + is_taken


def test_of_two_entries_of_one_cell_the_newer_counts():
    older = variant(updated="1700000000", lat="-6.5", area="7")
    towers, rejects = read(older, GOOD)
    assert towers["latitude_deg"].tolist() == [-6.1125]
    assert rejects[["source_row", "reason"]].to_numpy().tolist() == [[1, "superseded"]]


def test_row_order_does_not_matter():
    lines = [variant(cell=str(i), lat=f"-6.{i}") for i in range(300, 330)]
    pd.testing.assert_frame_equal(read(*lines)[0], read(*reversed(lines))[0])


@pytest.mark.parametrize("line", ["", "a,b,c", "LTE;510;10"])
def test_a_file_that_is_no_cell_list_stops(line):
    with pytest.raises(InputError, match=r"cells\.csv.*Invalid"):
        read(line)


def test_a_bad_box_is_refused():
    with pytest.raises(InputError, match="Invalid box"):
        TowerParams(box=(1.0, 2.0, 0.0, 3.0))


def rows(identities, rat="LTE", basis="listed", latitudes=None):
    n = len(identities)
    return pd.DataFrame(
        {
            "plmn": "510-10", "operator": "Telkomsel", "rat": rat, "cell_identity": identities,
            "latitude_deg": latitudes or [-6.0] * n, "longitude_deg": 106.0, "basis": basis,
        }
    )  # fmt: skip


def test_cells_of_one_enb_are_one_site():
    sites = sites_of(rows([1000 * 256 + 1, 1000 * 256 + 2, 1001 * 256], latitudes=[-6, -6.2, -7]))
    assert sites["n_cells"].tolist() == [2, 1]
    assert sites["latitude_deg"].tolist() == pytest.approx([-6.1, -7.0])


@pytest.mark.parametrize(("identity", "is_short"), [(65_535, True), (65_536, False)])
def test_a_16_bit_lte_identity_is_flagged(identity, is_short):
    assert has_short_identity(rows([identity])).tolist() == [is_short]


def test_a_16_bit_identity_names_no_site():
    assert site_keys(rows([300, 301])).nunique() == 2


def test_umts_cells_are_not_grouped():
    assert site_keys(rows([844_093, 844_094], rat="UMTS")).nunique() == 2


def test_listed_positions_count_before_estimated_ones():
    both = pd.concat([
        rows([256_001], latitudes=[-6.0]),
        rows([256_002], basis="estimated", latitudes=[-6.4]),
    ])  # fmt: skip
    sites = sites_of(both)
    assert (sites["latitude_deg"].item(), sites["basis"].item()) == (-6.0, "listed")


def readings(levels, latitudes, **changed):
    n = len(levels)
    columns = {
        "time": pa.array([pd.Timestamp("2024-01-01", tz="UTC")] * n),
        "plmn": ["510-10"] * n, "operator": ["Telkomsel"] * n, "rat": ["LTE"] * n,
        "cell_identity": [256_001] * n, "latitude_deg": latitudes, "longitude_deg": [106.0] * n,
        "signal_dbm": levels, "is_serving": [True] * n,
    } | changed  # fmt: skip
    return pa.table(columns)


NONE_LISTED = rows([])


def test_a_cell_is_put_near_its_strongest_readings():
    latitudes = np.linspace(-6.1, -5.9, 21)
    levels = -80 - 300 * np.abs(latitudes + 6.02)
    found = estimate(readings(levels.tolist(), latitudes.tolist()), NONE_LISTED)
    assert found["latitude_deg"].item() == pytest.approx(-6.02, abs=0.02)
    tables.check("towers", tables.to_arrow("towers", found))


@pytest.mark.parametrize(("n", "is_located"), [(5, True), (4, False)])
def test_few_readings_locate_nothing(n, is_located):
    found = estimate(readings([-90.0] * n, [-6.0] * n), NONE_LISTED)
    assert len(found) == is_located


def test_a_listed_cell_is_not_estimated_again():
    assert estimate(readings([-90.0] * 9, [-6.0] * 9), rows([256_001])).empty


@pytest.mark.parametrize(
    "changed", [{"is_serving": [False] * 9}, {"cell_identity": pa.nulls(9, pa.int64())}]
)
def test_neighbours_and_unnamed_cells_locate_nothing(changed):
    assert estimate(readings([-90.0] * 9, [-6.0] * 9, **changed), NONE_LISTED).empty


def test_estimate_params_are_checked():
    with pytest.raises(InputError, match="Invalid min_readings 0"):
        EstimateParams(min_readings=0)


def test_the_real_indonesian_list_is_taken_in_whole(shared_data):
    path = shared_data / "towers" / "opencellid_510.csv"
    with path.open("rb") as stream:
        towers, rejects = read_cell_list(stream, path.name, TowerParams(operators=OPERATORS))
    assert len(towers) + len(rejects) == 25_384
    assert set(rejects["reason"]) <= {"superseded"}
    assert int((towers["range_m"].isna()).sum()) > 20_000
    # FORMATS 6: 12 LTE rows carry a 16-bit identity
    assert int(has_short_identity(towers).sum()) == 12
