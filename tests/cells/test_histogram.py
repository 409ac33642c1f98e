import math
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage import hexgrid, tables
from coverage.cells.evidence import EvidenceParams
from coverage.cells.histogram import (
    COUNT_TABLES,
    Counts,
    finish,
    merge,
    partial,
    roll_up,
)
from coverage.cells.runs import SpillParams
from coverage.cells.selection import CountParams
from coverage.errors import InputError

ReadingsMaker = Callable[..., pa.Table]
RandomReadings = Callable[[int, int], pa.Table]
Key = tuple[int, str, str]
DAY_US = 86_400_000_000
PARAMS = CountParams()


def same(a: Counts, b: Counts) -> bool:
    return all(getattr(a, name).equals(getattr(b, name)) for name in COUNT_TABLES)


def used_rows(readings: pa.Table) -> list[dict[str, Any]]:
    """The rows that count, by the rules of the module written out again, row by row."""
    rows = []
    for r in readings.to_pylist():
        is_limited = r["service_state"] == "limited"
        r["blank"] = r["service_state"] == "no_service" or (is_limited and not r["dq_roaming"])
        r["level"] = None if r["blank"] else r["signal_dbm"]
        counts = (
            r["is_route_value"] and r["is_serving"] is not False and not r["dq_stale"]
            and (r["gps_accuracy_m"] is None or r["gps_accuracy_m"] <= 50)
            and (r["blank"] or (not is_limited and r["level"] is not None and r["rat"] is not None))
        )  # fmt: skip
        if counts:
            at = (r["latitude_deg"], r["longitude_deg"])
            r["h3_cell"], r["child"] = (int(hexgrid.cells_of(*at, res)) for res in (9, 10))
            r["key"] = (r["h3_cell"], r["operator"], r["rat"] or "LTE")
            rows.append(r)
    return rows


def rank(values: list[Any], tenths: int) -> Any:
    return sorted(values)[math.floor((len(values) - 1) * Fraction(tenths, 10))]


def half_up(value: float, scale: int) -> int:
    return math.floor(float(np.float32(value) * np.float32(scale)) + 0.5)


def expected_cells(readings: pa.Table) -> dict[Key, dict[str, Any]]:
    """Cells by brute force."""
    groups: dict[Key, list[dict[str, Any]]] = defaultdict(list)
    for row in used_rows(readings):
        groups[row["key"]].append(row)
    cells = {}
    for key, rows in groups.items():
        bins = [-999 if r["level"] is None else half_up(r["level"], 1) for r in rows]
        n, n_blank = len(rows), bins.count(-999)
        quality = [
            half_up(r["quality_db"], 10)
            for r in rows
            if r["quality_db"] is not None and not r["blank"]
        ]
        identified = [
            (-level, r["cell_identity"]) for level, r in zip(bins, rows, strict=True)
            if r["cell_identity"] is not None and level != -999
        ]  # fmt: skip
        children = {
            r["child"] for r in rows if int(hexgrid.parents_of(r["child"], 9)) == r["h3_cell"]
        }
        days, times = {r["time"].date() for r in rows}, [r["time"] for r in rows]
        devices = {r["device_id"] for r in rows}
        good = (
            len(children) >= 4
            and ((max(times) - min(times)).total_seconds() >= 4 * 3600 or len(days) > 1)
            and n >= 5
            and len(devices) >= 2
        )
        weak = rank(bins, 5) < -110 or 2 * n_blank >= n
        quantiles = {
            f"signal_p{q}0_dbm": None if rank(bins, q) == -999 else float(rank(bins, q))
            for q in (1, 5, 9)
        }
        cells[key] = quantiles | {
            "n_readings": n, "n_devices": len(devices), "n_days": len(days),
            "n_no_service": n_blank, "weak_share": np.float32(sum(b < -110 for b in bins) / n),
            "no_service_share": np.float32(n_blank / n), "geo_ok": len(children) >= 4,
            "first_time": min(times), "last_time": max(times),
            "quality_p50_db": np.float32(rank(quality, 5) / 10) if quality else None,
            "strongest_cell_identity": min(identified)[1] if identified else None,
            "evidence": ("confirmed_weak" if good else "indicated_weak") if weak else "ok",
        }  # fmt: skip
    return dict(sorted(cells.items()))


@settings(max_examples=15, deadline=None)
@given(n=st.integers(1, 400), seed=st.integers(0, 2**32))
def test_cells_equal_brute_force(random_readings: RandomReadings, n: int, seed: int) -> None:
    readings = random_readings(n, seed)
    cells = finish(partial(readings, PARAMS), EvidenceParams())
    expected = expected_cells(readings)
    found = {(r["h3_cell"], r["operator"], r["rat"]): r for r in cells.to_pylist()}
    assert list(found) == list(expected)
    for key, columns in expected.items():
        assert {name: found[key][name] for name in columns} == columns


def test_counts_equal_brute_force(random_readings: RandomReadings) -> None:
    readings = random_readings(1500, 3)
    counts = partial(readings, PARAMS)
    rows = used_rows(readings)
    levels = Counter(
        (*r["key"], None if r["level"] is None else half_up(r["level"], 1)) for r in rows
    )
    assert {tuple(r.values())[:4]: r["n"] for r in counts.cell_counts.to_pylist()} == levels
    visits = Counter((*r["key"], r["device_id"], r["time"].date()) for r in rows)
    assert {tuple(r.values())[:5]: r["n"] for r in counts.cell_devices.to_pylist()} == visits
    values = Counter(
        (*r["key"], name, half_up(r[column], scale))
        for r in rows
        for name, column, scale in (
            ("quality", "quality_db", 10), ("sinr", "sinr_db", 10), ("uplink", "uplink_kbps", 1)
        )
        if r[column] is not None and not r["blank"]
    )  # fmt: skip
    assert {tuple(r.values())[:5]: r["n"] for r in counts.cell_values.to_pylist()} == values


def test_tables_hold_to_their_contracts(random_readings: RandomReadings) -> None:
    counts = partial(random_readings(300, 1), PARAMS)
    for name, table in counts.to_tables().items():
        tables.check(name, table)
    tables.check("cells", finish(counts, EvidenceParams()))


@pytest.mark.parametrize("name", [*COUNT_TABLES, "cells"])
def test_tables_are_sorted_by_key_no_service_first(
    random_readings: RandomReadings, name: str
) -> None:
    counts = partial(random_readings(500, 2), PARAMS)
    table = finish(counts, EvidenceParams()) if name == "cells" else counts.to_tables()[name]
    columns = (table.column(c).to_pylist() for c in tables.TABLES[name].key)
    keys = [tuple(-999 if v is None else v for v in key) for key in zip(*columns, strict=True)]
    assert keys == sorted(keys)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32), cuts=st.lists(st.integers(0, 300), min_size=2, max_size=2))
def test_merge_is_associative_commutative_and_equals_counting_at_once(
    random_readings: RandomReadings, seed: int, cuts: list[int]
) -> None:
    readings = random_readings(300, seed)
    first, second = sorted(cuts)
    a, b, c = (
        partial(part, PARAMS)
        for part in (readings[:first], readings[first:second], readings[second:])
    )
    whole = partial(readings, PARAMS)
    assert same(merge([a, b, c]), whole)
    assert same(merge([c, merge([b, a])]), whole)
    assert same(merge([merge([a, c]), b]), whole)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_row_order_does_not_matter(random_readings: RandomReadings, seed: int) -> None:
    readings = random_readings(200, seed)
    shuffled = readings.take(pa.array(np.random.default_rng(seed).permutation(200)))
    assert same(partial(readings, PARAMS), partial(shuffled, PARAMS))


def test_an_input_is_taken_away_by_merging_the_others(random_readings: RandomReadings) -> None:
    parts = [partial(random_readings(100, seed), PARAMS) for seed in range(3)]
    assert not same(merge(parts), merge([parts[0], parts[2]]))
    both = pa.concat_tables([random_readings(100, 0), random_readings(100, 2)])
    assert same(merge([parts[0], parts[2]]), partial(both, PARAMS))


def test_every_reading_is_in_the_tally(random_readings: RandomReadings) -> None:
    readings = random_readings(700, 5)
    counts = partial(readings, PARAMS)
    tally = dict(zip(*(counts.cell_tally[c].to_pylist() for c in ("reason", "n")), strict=True))
    assert sum(tally.values()) == 700
    assert tally["counted"] == len(used_rows(readings)) == sum(counts.cell_counts["n"].to_pylist())


def test_spilling_changes_nothing(random_readings: RandomReadings, tmp_path: Path) -> None:
    parts = [partial(random_readings(300, seed), PARAMS) for seed in range(4)]
    spilled = merge(parts, SpillParams(memory_mb=0, directory=tmp_path))
    assert same(spilled, merge(parts))


@pytest.mark.parametrize("resolution", [8, 7, 0])
def test_roll_up_adds_along_parents(random_readings: RandomReadings, resolution: int) -> None:
    counts = partial(random_readings(600, 8), PARAMS)
    coarse = roll_up(counts, resolution)
    expected: Counter[tuple[Any, ...]] = Counter()
    for row in counts.cell_counts.to_pylist():
        parent = int(hexgrid.parents_of(row["h3_cell"], resolution))
        expected[parent, row["operator"], row["rat"], row["signal_bin_dbm"]] += row["n"]
    assert {tuple(r.values())[:4]: r["n"] for r in coarse.cell_counts.to_pylist()} == expected


def test_rolled_up_children_are_the_cells_one_finer(random_readings: RandomReadings) -> None:
    counts = partial(random_readings(600, 8), PARAMS)
    children: dict[Any, set[int]] = defaultdict(set)
    for row in counts.cell_spans.to_pylist():
        parent = int(hexgrid.parents_of(row["h3_cell"], 7))
        children[parent, row["operator"], row["rat"]].add(
            int(hexgrid.parents_of(row["h3_cell"], 8))
        )
    for row in roll_up(counts, 7).cell_spans.to_pylist():
        seen = children[row["h3_cell"], row["operator"], row["rat"]]
        assert row["children_seen"].bit_count() == len(seen)


def test_roll_up_in_steps_equals_at_once(random_readings: RandomReadings) -> None:
    counts = partial(random_readings(600, 8), PARAMS)
    assert same(roll_up(roll_up(counts, 8), 7), roll_up(counts, 7))


def test_roll_up_commutes_with_merge(random_readings: RandomReadings) -> None:
    a, b = (partial(random_readings(200, seed), PARAMS) for seed in (1, 2))
    assert same(roll_up(merge([a, b]), 8), merge([roll_up(a, 8), roll_up(b, 8)]))


def test_roll_up_to_the_same_resolution_is_the_same(random_readings: RandomReadings) -> None:
    counts = partial(random_readings(50, 1), PARAMS)
    assert roll_up(counts, 9) is counts


@pytest.mark.parametrize("resolution", [10, -1])
def test_roll_up_cannot_refine(random_readings: RandomReadings, resolution: int) -> None:
    with pytest.raises(InputError, match=r"Invalid resolution .* Must be in \[0, 9\]"):
        roll_up(partial(random_readings(5, 1), PARAMS), resolution)


def test_reading_exactly_at_the_weak_level_is_not_weak(make_readings: ReadingsMaker) -> None:
    readings = make_readings(signal_dbm=[-110.0, -110.4, -110.5, -110.6, -111.0])
    cells = finish(partial(readings, PARAMS), EvidenceParams())
    assert cells["weak_share"][0].as_py() == pytest.approx(2 / 5)


def test_no_service_is_below_every_level(make_readings: ReadingsMaker) -> None:
    readings = make_readings(
        signal_dbm=[None, None, -140.0], service_state=["no_service", "no_service", "in_service"]
    )
    row = finish(partial(readings, PARAMS), EvidenceParams()).to_pylist()[0]
    assert row["signal_p50_dbm"] is None
    assert row["signal_p90_dbm"] is None
    assert (row["n_no_service"], row["weak_share"], row["evidence"]) == (2, 1.0, "indicated_weak")


def test_values_left_over_from_before_losing_service_are_not_counted(
    make_readings: ReadingsMaker,
) -> None:
    readings = make_readings(
        service_state="no_service", quality_db=-9.0, sinr_db=5.0, cell_identity=7
    )
    row = finish(partial(readings, PARAMS), EvidenceParams()).to_pylist()[0]
    assert (row["quality_p50_db"], row["sinr_p50_db"], row["strongest_cell_identity"]) == (
        None,
    ) * 3


def test_no_service_without_a_rat_counts_once_under_lte(make_readings: ReadingsMaker) -> None:
    readings = make_readings(service_state="no_service", signal_dbm=None, rat=None)
    assert finish(partial(readings, PARAMS), EvidenceParams())["rat"].to_pylist() == ["LTE"]


def test_all_no_service_at_one_place_is_confirmed_when_well_measured(
    make_readings: ReadingsMaker,
) -> None:
    cell = int(hexgrid.cells_of(-6.1754, 106.8272, 9))
    latitude, longitude = hexgrid.centres_of(hexgrid.children_of(cell, 10))
    readings = make_readings(
        latitude_deg=latitude.tolist(), longitude_deg=longitude.tolist(), signal_dbm=None,
        service_state="no_service", device_id=["a", "b"] * 3 + ["a"],
        time=[1_707_900_000_000_000 + k * DAY_US for k in range(7)],
    )  # fmt: skip
    row = finish(partial(readings, PARAMS), EvidenceParams()).to_pylist()[0]
    assert (row["geo_ok"], row["time_ok"], row["n_ok"]) == (True, True, True)
    assert (row["evidence"], row["no_service_share"]) == ("confirmed_weak", 1.0)


def test_level_outside_the_contract_is_refused(make_readings: ReadingsMaker) -> None:
    with pytest.raises(InputError, match=r"Invalid signal_dbm .* Must be in \[-156, -24\]"):
        partial(make_readings(signal_dbm=[-95.0, -157.0]), PARAMS)


@pytest.mark.parametrize("signal_dbm", [-156.0, -24.0])
def test_level_at_the_edge_of_the_contract_is_counted(
    make_readings: ReadingsMaker, signal_dbm: float
) -> None:
    counts = partial(make_readings(signal_dbm=signal_dbm), PARAMS)
    assert counts.cell_counts["signal_bin_dbm"].to_pylist() == [signal_dbm]


@pytest.mark.parametrize(
    ("column", "value"), [("quality_db", 300.0), ("uplink_kbps", 2.0**25), ("cell_identity", 2**60)]
)
def test_value_that_does_not_fit_is_refused(
    make_readings: ReadingsMaker, column: str, value: float
) -> None:
    with pytest.raises(InputError, match=f"Invalid {column}"):
        partial(make_readings(**{column: value}), PARAMS)


def test_time_in_another_unit_is_refused(make_readings: ReadingsMaker) -> None:
    readings = make_readings()
    wrong = readings["time"].cast(pa.timestamp("ms", tz="UTC"))
    with pytest.raises(InputError, match=r"Invalid type .* of time"):
        partial(readings.set_column(0, "time", wrong), PARAMS)


@pytest.mark.parametrize("column", ["operator", "device_id", "time"])
def test_unknown_key_is_refused(make_readings: ReadingsMaker, column: str) -> None:
    readings = make_readings()
    place = readings.schema.get_field_index(column)
    nothing = pa.nulls(1, readings.schema.field(column).type)
    with pytest.raises(InputError, match=f"Invalid {column}: not known"):
        partial(readings.set_column(place, column, nothing), PARAMS)


def test_dictionary_encoded_text_gives_the_same_counts(random_readings: RandomReadings) -> None:
    readings = random_readings(300, 4)
    encoded = readings
    for name in ("device_id", "operator", "rat", "service_state"):
        place = readings.schema.get_field_index(name)
        encoded = encoded.set_column(place, name, readings[name].dictionary_encode())
    assert same(partial(encoded, PARAMS), partial(readings, PARAMS))


def test_counting_from_threads_gives_the_same(random_readings: RandomReadings) -> None:
    readings = [random_readings(400, seed) for seed in range(8)]
    expected = [partial(each, PARAMS) for each in readings]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda each: partial(each, PARAMS), readings))
    assert all(same(a, b) for a, b in zip(found, expected, strict=True))


def test_no_readings_give_empty_tables(make_readings: ReadingsMaker) -> None:
    counts = partial(make_readings()[:0], PARAMS)
    assert all(table.num_rows == 0 for table in counts.to_tables().values())
    assert tables.check("cells", finish(counts, EvidenceParams())).num_rows == 0


def test_readings_that_do_not_count_give_only_a_tally(make_readings: ReadingsMaker) -> None:
    counts = partial(make_readings(is_serving=[False, False]), PARAMS)
    assert counts.cell_counts.num_rows == 0
    assert counts.cell_tally.to_pylist() == [{"reason": "neighbour", "n": 2}]


def test_merge_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="Must be at least one"):
        merge([])


def test_merge_of_coarser_counts_is_refused(random_readings: RandomReadings) -> None:
    counts = partial(random_readings(5, 1), PARAMS)
    with pytest.raises(InputError, match="Must be 9 or finer"):
        merge([counts, roll_up(counts, 8)])


def test_merge_of_finer_counts_is_refused(random_readings: RandomReadings) -> None:
    counts = partial(random_readings(5, 1), PARAMS)
    with pytest.raises(InputError, match="Must be 8, that of the first"):
        merge([roll_up(counts, 8), counts])


def test_counts_survive_storage(random_readings: RandomReadings) -> None:
    counts = partial(random_readings(200, 1), PARAMS)
    assert same(Counts.from_tables(counts.to_tables(), resolution=9), counts)


def test_stored_counts_of_another_resolution_are_refused(random_readings: RandomReadings) -> None:
    stored = partial(random_readings(20, 1), PARAMS).to_tables()
    with pytest.raises(InputError, match="Must be of resolution 8"):
        Counts.from_tables(stored, resolution=8)


@pytest.mark.parametrize("resolution", [5, 12, 14])
def test_counts_at_other_resolutions(make_readings: ReadingsMaker, resolution: int) -> None:
    readings = make_readings(latitude_deg=[-6.1, -6.2], longitude_deg=[106.1, 107.0])
    counts = partial(readings, CountParams(resolution=resolution))
    cells = hexgrid.cells_of([-6.1, -6.2], [106.1, 107.0], resolution)
    assert counts.cell_spans["h3_cell"].to_pylist() == sorted(cells.tolist())
