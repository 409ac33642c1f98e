"""A hostile corpus, made by code: what a stranger, a bad disk or a prankster may hand in.

Every case is a few bytes, the door they come in by, and how they must end. Nothing of it is kept
in the repository; the same seed gives the same bytes.
"""

import itertools
from dataclasses import replace

from tests.hostile.archives import archives
from tests.hostile.case import Case
from tests.hostile.damage import damaged_containers, damaged_fixtures, endless, huge
from tests.hostile.documents import xml_and_json
from tests.hostile.maps import layers
from tests.hostile.tables import databases, parquets, workbooks
from tests.hostile.texts import texts, tricks, values


def corpus() -> list[Case]:
    """Every case, in a fixed order, each name once."""
    parts = (
        archives, xml_and_json, texts, values, tricks, workbooks, parquets, databases, layers,
        huge, endless, damaged_fixtures, damaged_containers,
    )  # fmt: skip
    cases = itertools.chain.from_iterable(part() for part in parts)
    return [replace(case, name=f"{n:03d}_{case.name}") for n, case in enumerate(cases)]
