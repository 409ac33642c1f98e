import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from coverage import tables
from coverage.errors import ContractError


def counts(**changes: object) -> pd.DataFrame:
    columns = {
        "h3_cell": np.array([0x898C114912FFFFF] * 2, dtype=np.uint64),
        "operator": ["A", "A"],
        "rat": ["LTE", "LTE"],
        "signal_bin_dbm": pd.array([-100, None], dtype="Int16"),
        "n": [2, 3],
    }
    return pd.DataFrame({**columns, **changes})


def check(frame: pd.DataFrame) -> pa.Table:
    return tables.check("cell_counts", tables.to_arrow("cell_counts", frame))


@pytest.mark.parametrize("name", sorted(tables.TABLES))
def test_every_column_of_every_table_is_defined_once(name: str) -> None:
    table = tables.TABLES[name]
    assert set(table.columns) <= set(tables.COLUMNS)
    assert set(table.key) <= set(table.columns)
    assert table.required <= set(table.columns)
    assert len(set(table.columns)) == len(table.columns)


@pytest.mark.parametrize("name", sorted(tables.TABLES))
def test_an_empty_table_holds_to_its_contract(name: str) -> None:
    assert tables.check(name, tables.empty(name)).num_rows == 0


def test_numeric_columns_carry_their_unit_in_the_name() -> None:
    suffixes = {"dBm": "_dbm", "dB": "_db", "m": "_m", "m/s": "_mps", "deg": "_deg", "ms": "_ms"}
    for name, column in tables.COLUMNS.items():
        suffix = suffixes.get(column.unit)
        assert suffix is None or name.endswith(suffix), name


def test_a_null_level_in_the_key_is_a_count_of_no_service() -> None:
    assert check(counts()).num_rows == 2


def test_a_doubled_key_is_named() -> None:
    with pytest.raises(ContractError, match=r"stands 2 times, must be unique"):
        check(counts(signal_bin_dbm=pd.array([-100, -100], dtype="Int16")))


def test_a_value_outside_its_range_is_named_with_its_row() -> None:
    with pytest.raises(ContractError, match="n is 0 in row 1, must be >= 1"):
        check(counts(n=[2, 0]))


def test_a_word_outside_its_list_is_named() -> None:
    with pytest.raises(ContractError, match="rat is '6G' in row 0, must be one of"):
        check(counts(rat=["6G", "LTE"]))


def test_an_na_where_none_may_be_is_named() -> None:
    with pytest.raises(ContractError, match="n is NA in row 1"):
        check(counts(n=pd.array([2, None], dtype="Int64")))


def test_an_unknown_column_is_refused() -> None:
    with pytest.raises(ContractError, match=r"unknown columns \['colour'\]"):
        tables.to_arrow("cell_counts", counts(colour="red"))


def test_a_value_of_the_wrong_type_names_its_column() -> None:
    with pytest.raises(ContractError, match="column n as int64"):
        tables.to_arrow("cell_counts", counts(n=["many", "few"]))


def test_an_infinite_level_is_refused() -> None:
    frame = pd.DataFrame(
        {"operator_a": ["A"], "operator_b": ["B"], "correlation": [np.nan], "n_pairs": [1]}
    )
    with pytest.raises(ContractError, match="correlation is NA in row 0"):
        tables.check("operator_correlation", tables.to_arrow("operator_correlation", frame))


def test_quantiles_come_back_as_they_went_in() -> None:
    quantiles = np.linspace(-110, -70, len(tables.QUANTILE_LEVELS), dtype=np.float32)
    frame = pd.DataFrame(
        {
            "h3_cell": np.array([0x898C114912FFFFF], dtype=np.uint64),
            "operator": "A",
            "rsrp_p05_dbm": -108.0,
            "rsrp_p50_dbm": -90.0,
            "rsrp_p95_dbm": -72.0,
            "p_weak": 0.1,
            "basis": "measured",
            "distance_to_reading_m": np.nan,
            "is_applicable": True,
            "rsrp_quantiles_dbm": [quantiles],
        }
    )
    back = tables.to_pandas(tables.check("cell_signal", tables.to_arrow("cell_signal", frame)))
    np.testing.assert_array_equal(back["rsrp_quantiles_dbm"].iloc[0], quantiles)
    assert back["distance_to_reading_m"].isna().all()


def coded_rats(*rats: str) -> pa.Table:
    table = tables.to_arrow("cell_counts", counts())
    place = table.schema.get_field_index("rat")
    codes = pa.DictionaryArray.from_arrays(pa.array([0, 0], pa.int32()), pa.array(rats))
    return table.set_column(place, "rat", codes)


def test_text_may_come_coded_and_a_word_may_stand_there_without_a_row() -> None:
    assert tables.check("cell_counts", coded_rats("LTE", "6G")).num_rows == 2


def test_a_coded_word_outside_its_list_is_named() -> None:
    with pytest.raises(ContractError, match="rat is '6G' in row 0, must be one of"):
        tables.check("cell_counts", coded_rats("6G"))


@pytest.mark.parametrize(("value", "shown"), [(np.nan, "nan"), (np.inf, "inf")])
def test_a_number_that_is_not_finite_is_named(value: float, shown: str) -> None:
    table = tables.to_arrow("operator_correlation", pd.DataFrame(
        {"operator_a": ["A", "B"], "operator_b": ["B", "C"], "correlation": [0.5, 0.5],
         "n_pairs": [1, 1]}
    ))  # fmt: skip
    place = table.schema.get_field_index("correlation")
    field = table.schema.field(place)
    values = pa.array([0.5, value], field.type, from_pandas=False)
    with pytest.raises(ContractError, match=f"correlation is {shown} in row 1"):
        tables.check("operator_correlation", table.set_column(place, field, values))
