import pytest

from coverage.errors import InputError
from coverage.sites.columns import ACCEPTED_NAMES, building_of, columns_of, plain, power_of, require
from coverage.tables import BUILDINGS


def test_accepted_names_are_plain_and_belong_to_one_field() -> None:
    names = [name for accepted in ACCEPTED_NAMES.values() for name in accepted]
    assert len(names) == len(set(names))
    assert all(plain(name) == name for name in names)


def test_the_preferred_header_wins() -> None:
    assert columns_of(["TPS", "No. TPS", "Kode TPS"]) == {"tps_code": 2, "tps_number": 1}


def test_columns_about_people_are_not_taken() -> None:
    assert columns_of(["Nama Ketua KPPS", "No HP", "NIK", "Alamat"]) == {}


def test_missing_code_lists_headers_and_names() -> None:
    with pytest.raises(InputError, match=r"^a\.csv: Invalid columns \['Desa'\].*'kode_tps'"):
        require({"village": 0}, ["Desa"], "a.csv", has_villages=True)


def test_missing_coordinates_list_headers_and_names() -> None:
    with pytest.raises(InputError, match=r"Must name latitude .*'lintang'.*village polygons"):
        require({"tps_code": 0}, ["Kode TPS"], "a.csv", has_villages=False)


def test_coordinates_may_miss_where_villages_are_given() -> None:
    require({"tps_code": 0}, ["Kode TPS"], "a.csv", has_villages=True)


@pytest.mark.parametrize(
    ("text", "building"),
    [("SDN 2 Cibaliung", "school"), ("Tenda di lapangan", "tent"), ("Balai desa", "hall"),
     ("teras rumah", "veranda"), ("RUMAH WARGA", "house"), ("Kantor desa", "office"),
     ("gudang", "other"), ("school", "school"), ("", None), ("--", None)],
)  # fmt: skip
def test_buildings(text: str, building: str | None) -> None:
    assert building_of(text) == building
    assert building is None or building in BUILDINGS


@pytest.mark.parametrize(
    ("text", "has_power"),
    [("PLN", True), ("ada", True), ("Ya", True), ("genset", True), ("Panel surya", True),
     ("Tidak ada", False), ("belum ada listrik", False), ("no", False), ("0", False),
     ("tidak tahu", None), ("belum dicek", None), ("unknown", None), ("", None), ("-", None),
     ("900 VA", None), ("Tidak ada PLN", None)],
)  # fmt: skip
def test_what_is_not_said_of_power_is_not_known(text: str, has_power: bool | None) -> None:
    assert power_of(text) is has_power
