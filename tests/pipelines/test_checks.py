"""What a check says of the maps; the rest of it is tested with the command line."""

from pathlib import Path

import numpy as np

from pipelines.checks import Finding, check_survey
from pipelines.config import load_config


def findings_of(survey: Path, line: str) -> list[Finding]:
    path = survey / "survey.toml"
    text = path.read_text()
    path.write_text(text.replace("[inputs]\n", f"[inputs]\n{line}\n"))
    return check_survey(load_config(path))


def write_heights(path: Path, *, west: float = 104.5) -> None:
    """A grid of a tenth of a degree over Banten, its northernmost row unknown."""
    height = np.full((25, 30), 100)
    height[0] = -9999
    rows = "\n".join(" ".join(map(str, row)) for row in height)
    head = f"ncols 30\nnrows 25\nxllcorner {west}\nyllcorner -7.5\ncellsize 0.1\n"
    path.write_text(f"{head}NODATA_value -9999\n{rows}\n")


def test_a_map_is_told_with_its_size_and_how_much_of_it_is_known(fresh: Path) -> None:
    write_heights(fresh / "raw" / "heights.asc")
    found = findings_of(fresh, 'rasters = { elevation = "heights.asc" }')
    told = [one.text for one in found if one.text.startswith("elevation: ")]
    assert len(told) == 1
    assert "pixels of 11120 m" in told[0]
    assert told[0].endswith("known at 100% of grid.box, heights.asc")
    assert not any(one.is_error for one in found)


def test_a_map_of_half_the_survey_says_so(fresh: Path) -> None:
    write_heights(fresh / "raw" / "heights.asc", west=105.9)
    found = findings_of(fresh, 'rasters = { elevation = "heights.asc" }')
    assert any("known at 50% of grid.box" in one.text for one in found)


def test_a_map_of_another_place_is_an_error(fresh: Path) -> None:
    write_heights(fresh / "raw" / "heights.asc", west=10.0)
    found = findings_of(fresh, 'rasters = { elevation = "heights.asc" }')
    assert any(one.is_error and "heights.asc" in one.text for one in found)


def test_without_maps_the_check_says_what_is_missing(fresh: Path) -> None:
    found = check_survey(load_config(fresh / "survey.toml"))
    assert any(one.text.startswith("no maps of the ground") for one in found)


def test_refused_rows_of_the_list_are_told_one_by_one(fresh: Path) -> None:
    path = fresh / "raw" / "sites" / "tps_banten.csv"
    head, first, *rest = path.read_text().splitlines()
    path.write_text("\n".join([head, first.replace("36", "3", 1), *rest]))
    found = check_survey(load_config(fresh / "survey.toml"))
    told = "sites/tps_banten.csv, row 2: refused, tps_code_not_13_digits"
    assert [one.text.split(" (")[0] for one in found if "row 2" in one.text] == [told]


def test_logs_outside_of_a_phones_folder_are_told(fresh: Path) -> None:
    assert not any("folder of their phone" in one.text for one in checked(fresh))
    for day, log in enumerate(
        sorted((fresh / "raw" / "readings" / "drive" / "ioh").rglob("ioh_log.txt"))
    ):
        log.rename(fresh / "raw" / "readings" / f"log_{day}.txt")
    (told,) = (one for one in checked(fresh) if "folder of their phone" in one.text)
    assert told.text.startswith("2 logs lie in no folder")
    assert not told.is_error


def checked(survey: Path) -> list[Finding]:
    return check_survey(load_config(survey / "survey.toml"))
