"""What a deliverable says about the run it came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final

from coverage.errors import InputError

LANGUAGES: Final = ("id", "en")

Sentences = Mapping[str, Mapping[str, str]]
"""Reason code -> language -> sentence."""


@dataclass(frozen=True, kw_only=True)
class RunInfo:
    """The run behind a deliverable; the library reads no clock, so its date is handed in.

    Attributes
    ----------
    survey
        Name of the survey, ``survey.name`` of the config.
    created_at
        When the run was made, zone-aware; written into files instead of the time of writing, so
        that the same run gives the same bytes.
    election_date
        Polling day; None = not given.
    language
        Language of officials' texts, ``id`` or ``en``.
    resolution
        H3 resolution of the cell tables.
    weak_dbm, planning_dbm, upload_critical_dbm, blank_dbm
        RSRP levels of the config (DOMAIN 6). [dBm]
    reasons
        Sentence of each reason code in every language; a code without one is shown as it is.
    attribution
        Sources and licences of the inputs, one line each, in the language of the run.
    attribution_elsewhere
        Language -> the same lines in it, for what is shown in several; without it those above.
    """

    survey: str
    created_at: datetime
    election_date: date | None = None
    language: str = "id"
    resolution: int = 9
    weak_dbm: float = -110.0
    planning_dbm: float = -105.0
    upload_critical_dbm: float = -115.0
    blank_dbm: float = -120.0
    reasons: Sentences = field(default_factory=dict)
    attribution: tuple[str, ...] = ()
    attribution_elsewhere: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check each value once, where it enters."""
        if self.language not in LANGUAGES:
            raise InputError(f"Invalid language {self.language!r}. Must be one of {LANGUAGES}.")
        if self.created_at.utcoffset() is None:
            raise InputError(f"Invalid created_at {self.created_at}. Must have a time zone.")
        if not 0 <= self.resolution <= 15:
            raise InputError(f"Invalid resolution {self.resolution}. Must be in [0, 15].")
        levels = (self.blank_dbm, self.upload_critical_dbm, self.weak_dbm, self.planning_dbm)
        if list(levels) != sorted(set(levels)):
            raise InputError(
                f"Invalid levels {levels} dBm. Must rise from blank over upload-critical and weak "
                "to planning."
            )

    @property
    def created_utc(self) -> datetime:
        """Date of the run in UTC."""
        return self.created_at.astimezone(UTC)


def sources_in(info: RunInfo, language: str) -> tuple[str, ...]:
    """Lines of sources and licences in a language; the run's own where there are none in it."""
    return tuple(info.attribution_elsewhere.get(language, info.attribution))


def source_note(info: RunInfo) -> str:
    """Sources and licences on one line, empty where none are known.

    Examples
    --------
    >>> source_note(RunInfo(survey="x", created_at=datetime(2024, 1, 1, tzinfo=UTC),
    ...                     attribution=("Readings: CC0", "Towers: CC BY-SA 4.0")))
    'Readings: CC0. Towers: CC BY-SA 4.0.'
    """
    return " ".join(f"{line.rstrip('.')}." for line in info.attribution)


def reason_sentence(info: RunInfo, code: str, language: str) -> str:
    """Sentence of one reason code; the code itself where nobody gave a sentence.

    Examples
    --------
    >>> info = RunInfo(survey="x", created_at=datetime(2024, 1, 1, tzinfo=UTC),
    ...                reasons={"R_MODEL_ONLY": {"en": "Only the model says so."}})
    >>> reason_sentence(info, "R_MODEL_ONLY", "en"), reason_sentence(info, "R_NEW", "en")
    ('Only the model says so.', 'R_NEW')
    """
    return info.reasons.get(code, {}).get(language, code)


def reason_sentences(info: RunInfo, codes: str, language: str) -> str:
    """Sentences of reason codes joined by ``|``, in their order, joined by a blank."""
    return " ".join(reason_sentence(info, code, language) for code in codes.split("|") if code)
