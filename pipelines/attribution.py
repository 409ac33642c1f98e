"""Sources of a survey and their licences, as deliverables name them."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from coverage.deliverables.texts import catalogue
from pipelines import inputs
from pipelines.config import Config
from pipelines.store import Store

_LISTED: Final = (
    "towers", "sites", "villages", "hazards", "holds", "islands", "foot_areas", "assets",
    "wifi_points", "land",
)  # fmt: skip
_RASTERS: Final = ("elevation", "land_cover", "population")


def attribution(config: Config, store: Store, language: str) -> tuple[str, ...]:
    """One line a licence, with the kinds of input that have it; last those of which none is stated.

    Parameters
    ----------
    config
        The survey; ``deliver.licences`` states them.
    store
        Its tables: the parts of the readings.
    language
        ``id`` or ``en``.

    Returns
    -------
    tuple of str
        Lines, kinds of input that the survey does not use left out.
    """
    texts = catalogue(language)
    stated = config.deliver.licences
    kinds = [(str(getattr(stated, kind)), texts[f"source.{kind}"]) for kind in _used(config, store)]
    by_licence = groupby(sorted(kinds, key=lambda kind: (kind[0] == "", kind[0])), lambda k: k[0])
    return tuple(
        f"{', '.join(label for _, label in named)}: {licence or texts['source.not_stated']}"
        for licence, named in by_licence
    )


def readings_attribution(stated: Sequence[tuple[str, str]], language: str) -> tuple[str, ...]:
    """Licences of the readings of several surveys, for what is made from readings alone.

    Parameters
    ----------
    stated
        Name of each survey, two may have the same, and the licence of its readings; empty = not
        stated.
    language
        ``id`` or ``en``.

    Returns
    -------
    tuple of str
        One line a survey; one line for all where they have the same.
    """
    texts = catalogue(language)
    label, unknown = texts["source.readings"], texts["source.not_stated"]
    licences = {licence for _, licence in stated}
    if len(licences) == 1:
        return (f"{label}: {licences.pop() or unknown}",)
    return tuple(f"{label} ({name}): {licence or unknown}" for name, licence in stated)


def _used(config: Config, store: Store) -> list[str]:
    """Kinds of input that the survey uses, readings first."""
    used = ["readings"] if store.parts("readings") else []
    for kind in (*_LISTED, *_RASTERS):
        holder = config.inputs.rasters if kind in _RASTERS else config.inputs
        named = getattr(holder, kind)
        patterns = [named] if isinstance(named, str) else named
        if inputs.find(config.raw, patterns, store):
            used.append(kind)
    return used
