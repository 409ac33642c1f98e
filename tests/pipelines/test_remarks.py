"""What libraries say of a stranger's file reaches the notes of a stage, and no terminal."""

import warnings

import pytest

from pipelines.remarks import gathered, remarks_of


def test_a_warning_becomes_a_remark_about_its_file() -> None:
    with gathered() as heard, remarks_of("a.gpkg"):
        warnings.warn("Ring 0 is not closed", RuntimeWarning, stacklevel=1)
    assert heard == ["a.gpkg: Ring 0 is not closed"]


def test_the_same_remark_is_kept_once() -> None:
    with gathered() as heard:
        for _ in range(3):
            with remarks_of("a.gpkg"):
                warnings.warn("Ring 0 is not closed", RuntimeWarning, stacklevel=1)
    assert len(heard) == 1


def test_a_remark_commands_no_terminal() -> None:
    with gathered() as heard, remarks_of("a\x1b[2J.gpkg"):
        warnings.warn("field \x1b[31m" + "x" * 5_000, UserWarning, stacklevel=1)
    assert heard[0].isprintable()
    assert len(heard[0]) < 400


def test_where_nobody_gathers_remarks_are_silent(capsys: pytest.CaptureFixture[str]) -> None:
    with remarks_of("a.gpkg"):
        warnings.warn("Ring 0 is not closed", RuntimeWarning, stacklevel=1)
    assert capsys.readouterr() == ("", "")


def test_other_warnings_stay_warnings() -> None:
    with pytest.raises(DeprecationWarning), remarks_of("a.gpkg"):
        warnings.warn("old", DeprecationWarning, stacklevel=1)


def warn_and_fail() -> None:
    warnings.warn("Ring 0 is not closed", RuntimeWarning, stacklevel=1)
    raise ValueError("cut")


def test_what_is_raised_is_raised_and_the_remark_kept() -> None:
    with gathered() as heard, pytest.raises(ValueError, match="cut"), remarks_of("a.gpkg"):
        warn_and_fail()
    assert heard == ["a.gpkg: Ring 0 is not closed"]
