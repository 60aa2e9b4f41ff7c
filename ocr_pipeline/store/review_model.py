"""The records of the review: items, what people typed, what was decided, who they are.

An *answer* is one short text per part of an item, as a person reads it: ``61``, ``blank``, ``crossed out``,
``illegible``, or what is to become of the part's photo (``review.answers`` makes and reads them).
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from ocr_pipeline.records import Quad

Answers = tuple[str, ...]
REJECTED = "photo rejected"
"""Answer about the photo of a part: it is not to be used."""
_BELONGS_TO = "photo belongs to "


def belongs_to(station: str) -> str:
    """The answer that a part's photo is another station's."""
    return _BELONGS_TO + station


def moved_to(answer: str) -> str | None:
    """The station in such an answer; None where it is another one."""
    return answer.removeprefix(_BELONGS_TO) if answer.startswith(_BELONGS_TO) else None


class Kind(enum.StrEnum):
    """What an item asks."""

    FIELD = "field"
    """One number."""
    SUM = "sum"
    """All numbers of a rule that fails, in one strip."""
    PHOTOS = "photos"
    """One number on every photo that shows it, because they disagree."""
    PAGE = "page"
    """Which form and page a photo shows, and where its corners are."""
    STATION = "station"
    """Whose a photo is."""


class Purpose(enum.StrEnum):
    """Why an item is there; people who key never see it."""

    FLAGGED = "flagged"
    SAMPLE = "sample"
    """Drawn from the numbers that were accepted unseen, to measure what is wrong among them."""
    SEED = "seed"
    """Its answer is known, to measure the people."""


class State(enum.StrEnum):
    """Where an item stands; ``review.queue.move`` is the only way from one to another."""

    OPEN = "OPEN"
    CLAIMED = "CLAIMED"
    KEYED_ONCE = "KEYED_ONCE"
    AGREED = "AGREED"
    NEEDS_SECOND = "NEEDS_SECOND"
    CONFLICT = "CONFLICT"
    ARBITRATED = "ARBITRATED"
    CLOSED = "CLOSED"
    REOPENED = "REOPENED"


KEYING = (State.OPEN, State.REOPENED, State.NEEDS_SECOND)
"""States in which an item waits for somebody to key it."""


class How(enum.StrEnum):
    """By whom a decision was made."""

    MACHINE_AND_PERSON = "machine and person"
    TWO_PEOPLE = "two people"
    ARBITER = "arbiter"
    WITHDRAWN = "withdrawn"
    """What was decided no longer holds, and nothing stands in its place yet."""
    LAPSED = "lapsed"
    """Nobody had to: the reason went away when other numbers of the station were decided."""


class Role(enum.StrEnum):
    """What an account may do; see ``review.access``."""

    REVIEWER = "reviewer"
    ARBITER = "arbiter"
    SUPERVISOR = "supervisor"
    OBSERVER = "observer"
    LOCAL = "local"
    """The one person before the machine itself, where there are no accounts."""


@dataclass(frozen=True, slots=True)
class NewPart:
    """One thing to be looked at, before the store has found its boxes."""

    field: str
    """Empty where a whole photo is asked about."""
    content: str
    """Of the photo."""
    label: str
    machine: str | None
    """The machine's best answer, never shown before somebody keyed; None where it has none."""
    known: str | None = None
    """The true answer, where it is known."""


@dataclass(frozen=True, slots=True)
class NewItem:
    """One question for the queue."""

    kind: Kind
    purpose: Purpose
    station: str
    form: str
    reason: str
    """The flag or failure code it comes from."""
    rule: str | None
    message: str
    """The reason in a sentence; it holds the machine's numbers, so it is not shown before somebody keyed."""
    message_indonesian: str
    effect: float
    """Votes that are expected to change: votes at stake times doubt."""
    parts: tuple[NewPart, ...]

    @property
    def key(self) -> str:
        """The same question has the same key, so that it is asked once."""
        asked = (f"{part.field}@{part.content}" for part in self.parts)
        return hashlib.sha256(
            "|".join((self.kind, self.station, self.form, self.rule or "", *asked)).encode()
        ).hexdigest()


@dataclass(frozen=True, slots=True)
class Part(NewPart):
    """One thing to be looked at, with its boxes in pixels of the original photo."""

    quads: tuple[Quad, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """What one person typed, once."""

    entry_id: int
    user_id: int
    user: str
    answers: Answers
    so_written: bool
    """Whether the person says that the sum is wrong on the paper itself."""
    comment: str
    seconds: float
    at_s: float


@dataclass(frozen=True, slots=True)
class Decision:
    """What holds for an item until another decision supersedes it."""

    decision_id: int
    answers: Answers
    how: How
    user: str | None
    """Of the arbiter."""
    reason: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Item:
    """One question with all that became of it."""

    item_id: int
    kind: Kind
    purpose: Purpose
    station: str
    form: str
    reason: str
    rule: str | None
    message: str
    message_indonesian: str
    effect: float
    parts: tuple[Part, ...]
    state: State
    rest: State
    """Where it goes back to when its claim ends; the state itself where nobody holds it."""
    claimed_by: int | None
    claim_until_s: float
    entries: tuple[Entry, ...]
    """Those not taken back, in order."""
    decision: Decision | None
    """The one that holds."""
    keyed_by: frozenset[int]
    """Everybody who ever keyed it and did not take it back, in this or an earlier round."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person hands in."""

    answers: Answers
    so_written: bool = False
    comment: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision to be written."""

    answers: Answers
    how: How
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What a rule of the queue makes of an item; the store writes it in one transaction."""

    states: tuple[State, ...]
    """Passed through, the last one stays."""
    rest: State
    """The last state, or where a claim would go back to."""
    claimant: int | None = None
    """Who holds it afterwards; None where nobody does."""
    typed: Typed | None = None
    """An entry to be appended."""
    withdrawn: int | None = None
    """An entry that is taken back."""
    ruling: Ruling | None = None
    """A decision to be appended; it supersedes the one that holds."""
    new_round: bool = False
    """Whether entries so far no longer count towards closing."""


@dataclass(frozen=True, slots=True)
class User:
    """An account."""

    user_id: int
    name: str
    role: Role
    password_hash: str | None
    code_hash: str | None
    """Of a one-time code."""
    code_until_s: float


@dataclass(frozen=True, slots=True)
class Filter:
    """Which items a person wants to see."""

    region: str = ""
    """First digits of the station's code."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item in a list, with nothing of what the machine or a person said."""

    item_id: int
    kind: Kind
    station: str
    form: str
    reason: str
    state: State
    effect: float
    created_s: float


@dataclass(frozen=True, slots=True)
class Settled:
    """What people decided of one part."""

    station: str
    form: str
    field: str
    content: str
    answer: str
    how: How
    people: tuple[str, ...]
    """Who keyed it and, last, who decided."""
    reason: str
    at_s: float

    @property
    def is_number(self) -> bool:
        """Whether it says what stands in the boxes, and not what is to become of the photo."""
        return bool(self.field) and self.answer != REJECTED and moved_to(self.answer) is None


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the audit."""

    seq: int
    text: str
    """Canonical JSON: who, when, what."""
    hash: str


Shown = Mapping[str, object]
"""What an audit record tells beside who, when and what: only what JSON can hold."""
