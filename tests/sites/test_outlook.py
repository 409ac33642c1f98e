import numpy as np
import pandas as pd
import pytest

from coverage.errors import InputError
from coverage.sites.outlook import PerOperator

CODES = pd.Series(["3602062001001", "3602062001002"])


def signal(*rows: tuple[str, str, float, bool]) -> pd.DataFrame:
    names = ["tps_code", "operator", "p_upload_fail", "is_applicable"]
    return pd.DataFrame(rows, columns=names).assign(p_weak=0.5)


def lay(*rows: tuple[str, str, float, bool]) -> PerOperator:
    return PerOperator.of(CODES, ("A", "B"), signal(*rows))


def test_every_predicted_operator_is_counted() -> None:
    found = lay((CODES[0], "A", 0.1, False), (CODES[0], "B", 0.4, True), (CODES[1], "A", 0.2, True))
    assert found.counted.tolist() == [[True, True], [True, False]]


def test_what_is_not_predicted_is_not_known() -> None:
    found = lay((CODES[0], "A", 0.1, True), (CODES[1], "B", 0.2, True))
    assert np.isnan(found.p_fail).tolist() == [[False, True], [True, False]]


def test_an_unknown_site_or_operator_is_refused() -> None:
    with pytest.raises(InputError, match=r"Invalid site_signal, a site or operator not in"):
        lay((CODES[0], "C", 0.1, True))


def test_a_site_left_out_is_refused() -> None:
    with pytest.raises(InputError, match=r"no row of 3602062001002\. Must cover every site\."):
        lay((CODES[0], "A", 0.1, True))
