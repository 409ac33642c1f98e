"""The few figures of the model card that a briefing repeats: how far off, how honest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

_SPLIT: Final = "blocked"
_MODEL: Final = "blankspot"


@dataclass(frozen=True, kw_only=True)
class CardFacts:
    """How good the model was where it had not looked: blocks of land left out.

    Attributes
    ----------
    rmse_db
        Root mean square error of the level; None = not judged. [dB]
    interval
        Share that its intervals claim to hold. [0-1]
    coverage
        Share that they held; None = not judged. [0-1]
    calibration
        Bins ``p_mean, frequency, n``.
    """

    rmse_db: float | None = None
    interval: float = 0.9
    coverage: float | None = None
    calibration: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


def card_facts(card: Mapping[str, Any]) -> CardFacts:
    """Read them from the card's JSON; a card without the blocked split says nothing.

    Parameters
    ----------
    card
        ``model/card.json``.

    Examples
    --------
    >>> card_facts({}).rmse_db is None
    True
    """
    split = card.get("splits", {}).get(_SPLIT)
    if split is None:
        return CardFacts()
    own = [row for row in split["methods"] if row["method"] == _MODEL]
    rows = [row for row in split["by_operator"] if row["coverage"] is not None]
    n = sum(row["n"] - row["n_no_service"] for row in rows)
    held = sum(row["coverage"] * (row["n"] - row["n_no_service"]) for row in rows)
    return CardFacts(
        rmse_db=own[0]["rmse_db"]["value"] if own and own[0]["rmse_db"] else None,
        interval=card["validation"]["interval"],
        coverage=held / n if n else None,
        calibration=tuple(split["calibration"]),
    )
