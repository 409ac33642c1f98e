import pandas as pd
import pytest

from coverage.deliverables.site_change import SITE_CHANGE_COLUMNS, site_change


def ranking(*codes: str, **changes: object) -> pd.DataFrame:
    table = pd.DataFrame(
        {"tps_code": codes, "rank": range(1, len(codes) + 1), "tps_name": "TPS 001",
         "village": "Desa", "district": "Kecamatan", "evidence": "ok", "remedy": "OK",
         "p_upload_fail": 0.1}
    )  # fmt: skip
    return table.assign(**changes)


def test_a_site_said_the_same_of_is_not_listed() -> None:
    rows, n_new = site_change(ranking("a", "b"), ranking("a", "b"))
    assert rows.empty
    assert tuple(rows.columns) == SITE_CHANGE_COLUMNS
    assert n_new == 0


@pytest.mark.parametrize("change", [{"evidence": "confirmed_weak"}, {"remedy": "SIM_SWITCH"}])
def test_another_evidence_or_remedy_is_listed_with_both(change: dict[str, str]) -> None:
    rows, _ = site_change(ranking("a"), ranking("a", **change))
    ((name, value),) = change.items()
    assert rows[f"{name}_old"].tolist() == [ranking("a")[name][0]]
    assert rows[name].tolist() == [value]


def test_a_chance_the_model_did_not_stand_by_is_not_told() -> None:
    rows, _ = site_change(ranking("a", evidence="survey_first"), ranking("a"))
    assert rows["p_upload_fail_old"].isna().all()
    assert rows["p_upload_fail"].tolist() == [0.1]


def test_of_a_new_site_nothing_is_said_but_it_is_counted() -> None:
    rows, n_new = site_change(ranking("a"), ranking("a", "b", remedy="SIM_SWITCH"))
    assert rows["tps_code"].tolist() == ["a"]
    assert n_new == 1
