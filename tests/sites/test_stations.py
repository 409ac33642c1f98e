import io
from datetime import date

import numpy as np
import openpyxl
import pandas as pd
import pytest

from coverage import tables
from coverage.errors import InputError
from coverage.sites.stations import SiteListParams, read_sites

HEAD = "kode_tps;desa;lintang;bujur;dpt;gedung"
GOOD = "3602062001001;Kanekes;-6.61230;106.22110;265;sekolah"
VILLAGES = pd.DataFrame(
    {
        "village_code": ["3602062001"],
        "village": ["Kanekes"],
        "latitude_deg": [-6.64],
        "longitude_deg": [106.24],
        "radius_m": [4083.0],
    }
)
WITH_VILLAGES = SiteListParams(villages=VILLAGES)


def read(
    *rows: str, params: SiteListParams | None = None, head: str = HEAD
) -> tuple[pd.DataFrame, pd.DataFrame]:
    text = "\n".join([head, *rows])
    return read_sites(io.BytesIO(text.encode()), "tps.csv", params or SiteListParams())


def reasons(*rows: str, params: SiteListParams | None = None) -> list[str]:
    return read(GOOD, *rows, params=params)[1]["reason"].tolist()


def test_sites_and_rejects_hold_to_their_contract() -> None:
    sites, rejects = read(GOOD, "36;;;;;")
    tables.check("sites", tables.to_arrow("sites", sites))
    tables.check("rejects", tables.to_arrow("rejects", rejects))


def test_a_good_row() -> None:
    site = read(GOOD)[0].iloc[0]
    assert (site["tps_code"], site["village_code"]) == ("3602062001001", "3602062001")
    assert (site["latitude_deg"], site["longitude_deg"]) == (-6.6123, 106.2211)
    assert (site["n_voters"], site["building"], site["source_row"]) == (265, "school", 2)
    assert (site["coordinate_source"], site["coordinate_accuracy_m"]) == ("list", 50)


def test_rows_are_sorted_by_code_whatever_their_order() -> None:
    rows = [f"360206200100{i};;-6.6;106.2;;" for i in (3, 1, 2)]
    assert read(*rows)[0]["tps_code"].str[-1].tolist() == ["1", "2", "3"]


def test_english_headers_and_number_with_village_code() -> None:
    head = "village_code,tps_number,latitude,longitude,voters"
    sites, _ = read("36.02.06.2001,7,-6.6,106.2,300", head=head)
    assert sites["tps_code"].tolist() == ["3602062001007"]


def test_both_coordinates_in_one_column() -> None:
    sites, _ = read('3602062001001;"-6,6123, 106,2211"', head="kode_tps;koordinat")
    assert sites[["latitude_deg", "longitude_deg"]].iloc[0].tolist() == [-6.6123, 106.2211]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("360206200102;;-6.6;106.2;;", "tps_code_not_13_digits"),
        ("3602062001001;;-6.6;106.2;;", "duplicate_tps_code"),
        ("3602062001002;;106.2;-6.6;;", "coordinates_swapped"),
        ("3602062001002;;-6.6;107.0;;", "outside_box"),
        ("3602062001002;;6.6;106.2;;", "outside_box"),
        ("3602062001002;;x;106.2;;", "coordinates_not_understood"),
        ("3602062001002;;;106.2;;", "coordinates_not_understood"),
        ("3602062001002;;;;;", "no_coordinates"),
        ("3602062001002;;0;0;;", "no_coordinates"),
    ],
)
def test_a_bad_row_is_a_reject_and_the_rest_goes_on(row: str, reason: str) -> None:
    sites, rejects = read(GOOD, row)
    assert (len(sites), rejects["reason"].tolist()) == (1, [reason])
    assert rejects["source_row"].tolist() == [3]


@pytest.mark.parametrize("longitude", ["106.8", "105.0"])
def test_the_border_of_the_box_is_inside(longitude: str) -> None:
    assert not reasons(f"3602062001002;;-6.6;{longitude};;")


def test_swapped_coordinates_are_put_right_on_request_and_marked() -> None:
    sites, rejects = read(
        "3602062001002;;106.2;-6.6;;", params=SiteListParams(repairs_swapped=True)
    )
    assert rejects.empty
    assert sites["coordinate_source"].tolist() == ["repaired"]
    assert sites["latitude_deg"].tolist() == [-6.6]


def test_a_site_without_coordinates_gets_its_village_flagged() -> None:
    sites, rejects = read("3602062001002;;;;;", params=WITH_VILLAGES)
    site = sites.iloc[0]
    assert rejects.empty
    assert (site["coordinate_source"], site["coordinate_accuracy_m"]) == ("village_centroid", 4083)
    assert (site["latitude_deg"], site["village"]) == (-6.64, "Kanekes")


def test_bad_coordinates_are_not_replaced_by_the_village() -> None:
    assert reasons("3602062001002;;-1;106.2;;", params=WITH_VILLAGES) == ["outside_box"]


def test_a_village_code_not_in_the_list_is_refused() -> None:
    assert reasons("3602063001002;;-6.6;106.2;;", params=WITH_VILLAGES) == ["unknown_village_code"]


def test_only_unknown_codes_hint_at_bps() -> None:
    with pytest.raises(InputError, match=r"unknown_village_code 1\..*BPS need a crosswalk"):
        read("3602012003002;;-6.6;106.2;;", params=WITH_VILLAGES)


def test_no_usable_row_is_an_error_with_the_counts() -> None:
    with pytest.raises(
        InputError, match=r"^tps\.csv: Invalid TPS list, no row can be used: outside_box 2\."
    ):
        read("3602062001002;;0.1;106.2;;", "3602062001003;;0.1;106.2;;")


def test_a_header_alone_is_an_error() -> None:
    with pytest.raises(InputError, match=r"no row under the header"):
        read()


def test_a_duplicate_of_a_refused_row_is_taken() -> None:
    sites, rejects = read("3602062001001;;9;9;;", GOOD)
    assert (len(sites), rejects["reason"].tolist()) == (1, ["outside_box"])


def test_rejects_hold_nothing_about_people() -> None:
    head = "kode_tps;nama ketua;no hp;lintang;bujur"
    _, rejects = read("3602062001001;Budi;0812;-6.6;106.2", "36;Budi;0812;-6.6;106.2", head=head)
    assert rejects["raw"].tolist() == ["kode_tps=36; lintang=-6.6; bujur=106.2"]


@pytest.mark.parametrize(
    ("latitude", "accuracy_m"), [("-6.61", 556), ("-6.612", 55.6), ("-6.6123", 50)]
)
def test_accuracy_is_never_under_the_rounding(latitude: str, accuracy_m: float) -> None:
    sites, _ = read(f"3602062001001;;{latitude};106.22110;;")
    assert sites["coordinate_accuracy_m"].iloc[0] == pytest.approx(accuracy_m, rel=1e-3)


def test_a_stated_accuracy_is_taken() -> None:
    sites, _ = read("3602062001001;-6.61234;106.22110;12,5", head="kode_tps;lintang;bujur;akurasi")
    assert sites["coordinate_accuracy_m"].iloc[0] == 12.5


@pytest.mark.parametrize(
    ("text", "voters"),
    [("265", 265), ("265.0", 265), ("1000", 1000), ("1001", None), ("0", None), ("", None),
     ("x", None), ("-3", None), ("26.5", None), ("1.000", None)],
)  # fmt: skip
def test_voters_that_cannot_be_are_not_known(text: str, voters: int | None) -> None:
    found = read(f"3602062001001;;-6.6123;106.2211;{text};")[0]["n_voters"].iloc[0]
    assert found is pd.NA if voters is None else found == voters


def test_women_and_men_are_added() -> None:
    sites, _ = read("3602062001001;-6.6;106.2;130;135", head="kode_tps;lintang;bujur;dpt_l;dpt_p")
    assert sites["n_voters"].tolist() == [265]


def test_the_village_list_fills_missing_names_only() -> None:
    sites, _ = read(
        "3602062001001;;-6.6;106.2;;", "3602062001002;Baduy;-6.6;106.2;;", params=WITH_VILLAGES
    )
    assert sites["village"].tolist() == ["Kanekes", "Baduy"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"box": (1, 0, 0, 1)}, r"Invalid box"),
        ({"list_accuracy_m": 0}, r"Invalid list_accuracy_m 0\. Must be in \(0, 10000\]\."),
        ({"max_voters": 0}, r"Invalid max_voters 0\. Must be >= 1\."),
        ({"villages": VILLAGES.drop(columns="radius_m")}, r"no column \['radius_m'\]"),
        ({"villages": pd.concat([VILLAGES, VILLAGES])}, r"stands twice"),
    ],
)
def test_params_are_checked(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        SiteListParams(**changes)  # type: ignore[arg-type]


def test_the_same_bytes_give_the_same_table() -> None:
    first, second = read(GOOD)[0], read(GOOD)[0]
    pd.testing.assert_frame_equal(first, second)
    assert first["coordinate_accuracy_m"].dtype == np.float32


VERSIONED = f"{HEAD};berlaku mulai"


def test_the_position_that_holds_on_polling_day_is_taken() -> None:
    rows = [f"{GOOD};", f"{GOOD.replace('-6.61230', '-6.61500')};2024-02-10",
            f"{GOOD.replace('-6.61230', '-6.62000')};2024-02-15"]  # fmt: skip
    params = SiteListParams(as_of=date(2024, 2, 14))
    sites, rejects = read(*rows, head=VERSIONED, params=params)
    assert sites["latitude_deg"].tolist() == [-6.615]
    assert sites["valid_from"].tolist() == [date(2024, 2, 10)]
    assert rejects["reason"].tolist() == ["superseded", "not_yet_valid"]
    tables.check("sites", tables.to_arrow("sites", sites))


def test_a_day_that_is_not_understood_is_a_reject() -> None:
    _, rejects = read(f"{GOOD};", "3602062001002;Kanekes;-6.6;106.2;265;sekolah;besok",
                      head=VERSIONED)  # fmt: skip
    assert rejects["reason"].tolist() == ["valid_from_not_understood"]


def test_power_is_known_only_where_the_list_says_so() -> None:
    rows = [f"360206200100{i};-6.6;106.2;{said}" for i, said in enumerate(["PLN", "tidak", ""], 1)]
    power = read(*rows, head="kode_tps;lintang;bujur;Sumber Listrik")[0]["has_power"]
    assert power.isna().tolist() == [False, False, True]
    assert power.dropna().tolist() == [True, False]


def test_a_list_without_a_word_on_power_knows_of_none() -> None:
    assert read(GOOD)[0]["has_power"].isna().all()


def test_a_bps_code_is_known_without_a_village_list() -> None:
    assert reasons("3602060001002;;-6.6;106.2;;") == ["village_code_of_bps"]


def test_an_officials_workbook_with_its_warts() -> None:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    for row in (
        ["DAFTAR TPS PEMILU KABUPATEN LEBAK"],
        [],
        ["No", "Kode Desa/Kelurahan", "No. TPS", "Titik Koordinat", None, "Pemilih", "Listrik"],
        [None, None, None, "Lintang", "Bujur", "DPT", None],
        [1, 3602062001, 1, "6\u00b036'44.3\" LS", "106\u00b013'16\" BT", 265, "PLN"],  # a number
        [2, "36.02.06.2001", "TPS 02", "6\u00b036,5' LS", "106\u00b0 13,2' BT", "251", "Tidak ada"],
        [3, "3602062001", "003", None, None, None, None],  # no coordinates
        [4, "3602060001", "1", -6.6, 106.2, 200, "ada"],  # a code of BPS
        [5, "3602062001", "4", 106.2, -6.6, 200, "ada"],  # exchanged
    ):
        sheet.append(row)
    sheet.merge_cells("D3:E3")
    book.save(stream)
    sites, rejects = read_sites(io.BytesIO(stream.getvalue()), "tps.xlsx", WITH_VILLAGES)
    assert sites["tps_code"].tolist() == [f"360206200100{i}" for i in (1, 2, 3)]
    assert sites["latitude_deg"].tolist() == pytest.approx([-6.61231, -6.60833, -6.64], abs=1e-4)
    assert sites["longitude_deg"].tolist() == pytest.approx([106.2211, 106.22, 106.24], abs=1e-4)
    assert sites["coordinate_source"].tolist() == ["list", "list", "village_centroid"]
    assert sites["coordinate_accuracy_m"].tolist()[2] == 4083
    assert rejects[["source_row", "reason"]].to_numpy().tolist() == [
        [8, "village_code_of_bps"], [9, "coordinates_swapped"],
    ]  # fmt: skip


def test_codes_in_parts_are_put_together() -> None:
    text = (
        "kode_prov;kode_kab;kode_kec;kode_kel;no_tps;lat;lon\n"
        "36;2;06;2001;1;-6.61;106.21\n"
        "36;36.02;36.02.06;36.02.06.2001;2;-6.61;106.21\n"
    )
    sites, _ = read_sites(io.BytesIO(text.encode()), "tps.csv", SiteListParams())
    assert sites["tps_code"].tolist() == ["3602062001001", "3602062001002"]


def test_a_heading_may_say_which_side_of_the_equator() -> None:
    text = "Kode TPS;Lintang (LS);Bujur (BT)\n3602062001001;6,6123;106,2123\n"
    sites, _ = read_sites(io.BytesIO(text.encode()), "tps.csv", SiteListParams())
    assert sites["latitude_deg"].tolist() == [-6.6123]


@pytest.mark.parametrize(
    ("number", "said", "expected"),
    [
        ("901", "", True), ("900", "", None), ("901", "reguler", False), ("001", "Lapas", True),
        ("001", "tidak", False), ("001", "Apartemen Melati", None), ("902", "-", True),
        ("001", "ya", True), ("001", "1", True), ("901", "0", False), ("901", "n", False),
        ("001", "Rumah Sakit Umum Daerah", True), ("001", "Pesantren No. 5", True),
        ("001", "umum", False), ("001", "SDN 1 Cibaliung", None), ("001", "Non-khusus", False),
    ],
)  # fmt: skip
def test_a_special_location_is_as_listed_else_by_its_number(
    number: str, said: str, *, expected: bool | None
) -> None:
    head = HEAD + ";Jenis TPS"
    site = read(f"3602062001{number};;-6.6;106.2;;;{said}", head=head)[0].iloc[0]
    assert (None if pd.isna(site["is_special"]) else site["is_special"]) == expected


def test_a_list_without_the_column_tells_special_locations_by_number() -> None:
    sites, _ = read(GOOD, "3602062001901;;-6.6;106.2;;")
    assert sites["is_special"].tolist() == [pd.NA, True]
