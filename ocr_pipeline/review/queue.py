"""The rules of the queue, without web and without database: what may become of an item, and who may do it.

    OPEN -> CLAIMED -> KEYED_ONCE -> AGREED -> CLOSED            a person keyed what the machine read, low stakes
                                  -> NEEDS_SECOND -> CLAIMED -> AGREED -> CLOSED     two people, blind
                                                             -> CONFLICT -> CLAIMED -> ARBITRATED -> CLOSED
    CLOSED -> REOPENED -> CLAIMED ...                              two people again, new ones

Every function takes an item as it is and gives the change to be made, or refuses; the store applies a change in
the transaction in which it has locked the item. People asked to correct a suggestion let more wrong ones pass
than people who key what they see, so nothing here ever shows what anybody else said before one's own entry.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

from ocr_pipeline.config import QUEUE, QueueSettings
from ocr_pipeline.review.answers import about_photo, same
from ocr_pipeline.station.keyed import ILLEGIBLE
from ocr_pipeline.store.review_model import KEYING, Answers, Change, How, Item, Kind, Ruling, State, Typed


class Event(enum.StrEnum):
    """What can happen to an item."""

    CLAIM = "claim"
    RELEASE = "release"
    """Given back, or the claim ran out."""
    KEY = "key"
    """By the first person of this round."""
    MATCH = "match"
    """What was keyed first is what the machine read, and little is at stake."""
    DOUBT = "doubt"
    """It is not, or much is."""
    AGREE = "agree"
    """The second person keyed the same."""
    DIFFER = "differ"
    ARBITRATE = "arbitrate"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    """The last entry is taken back by whom it is from."""
    REOPEN = "reopen"
    LAPSE = "lapse"
    """The reason to ask went away."""


_MOVES: Mapping[tuple[State, Event], State] = {
    **{(state, Event.CLAIM): State.CLAIMED for state in (*KEYING, State.CONFLICT)},
    (State.CLAIMED, Event.KEY): State.KEYED_ONCE,
    (State.KEYED_ONCE, Event.MATCH): State.AGREED,
    (State.KEYED_ONCE, Event.DOUBT): State.NEEDS_SECOND,
    (State.CLAIMED, Event.AGREE): State.AGREED,
    (State.CLAIMED, Event.DIFFER): State.CONFLICT,
    (State.CLAIMED, Event.ARBITRATE): State.ARBITRATED,
    (State.AGREED, Event.CLOSE): State.CLOSED,
    (State.ARBITRATED, Event.CLOSE): State.CLOSED,
    **{(state, Event.WITHDRAW): State.CLAIMED for state in (State.NEEDS_SECOND, State.CONFLICT, State.CLOSED)},
    (State.CLOSED, Event.REOPEN): State.REOPENED,
    (State.OPEN, Event.LAPSE): State.CLOSED,
}
_FROM_REST: Mapping[Event, tuple[State, ...]] = {
    Event.KEY: (State.OPEN, State.REOPENED),
    Event.AGREE: (State.NEEDS_SECOND,),
    Event.DIFFER: (State.NEEDS_SECOND,),
    Event.ARBITRATE: (State.CONFLICT,),
}
"""What a claimed item must have been claimed from."""


class Refused(Exception):
    """The item, or the person, is not where that can be done; ``code`` names the sentence that says so."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def move(state: State, event: Event, rest: State) -> State:
    """The state after an event: the one place where states change.

    Args:
        state: as it is.
        event: what happens.
        rest: the state a claimed item was claimed from.

    Raises:
        Refused: that cannot happen to an item in this state.
    """
    if state is State.CLAIMED and event is Event.RELEASE and rest is not State.CLAIMED:
        return rest
    if state is State.CLAIMED and rest not in _FROM_REST.get(event, ()):
        raise Refused("not now")
    if (state, event) not in _MOVES:
        raise Refused("not now")
    return _MOVES[state, event]


def key(item: Item, user_id: int, typed: Typed, settings: QueueSettings = QUEUE) -> Change:
    """A person hands in what they see, having seen neither the machine's answer nor anybody else's.

    Raises:
        Refused: they keyed this item before, or do not hold it and somebody else does.
    """
    states = _held(item, user_id, KEYING)
    if item.entries:
        agreed = same(item.kind, item.entries[0].answers, typed.answers, settings)
        states.append(move(State.CLAIMED, Event.AGREE if agreed else Event.DIFFER, item.rest))
        if not agreed:
            return Change(tuple(states), State.CONFLICT, typed=typed)
        return _closed(states, Ruling(item.entries[0].answers, How.TWO_PEOPLE, _sum_told(item, typed)), typed)
    states.append(move(State.CLAIMED, Event.KEY, item.rest))
    if item.rest is State.OPEN and _is_machines(item, typed.answers, settings):
        states.append(move(State.KEYED_ONCE, Event.MATCH, item.rest))
        return _closed(states, Ruling(typed.answers, How.MACHINE_AND_PERSON, _sum_told(item, typed)), typed)
    states.append(move(State.KEYED_ONCE, Event.DOUBT, item.rest))
    return Change(tuple(states), State.NEEDS_SECOND, typed=typed)


def arbitrate(item: Item, user_id: int, answers: Answers, reason: str) -> Change:
    """An arbiter decides between two entries.

    Raises:
        Refused: they keyed the item themselves, or somebody else holds it.
    """
    states = _held(item, user_id, (State.CONFLICT,))
    states.append(move(State.CLAIMED, Event.ARBITRATE, item.rest))
    return _closed(states, Ruling(answers, How.ARBITER, reason))


def withdraw(item: Item, user_id: int, now_s: float, settings: QueueSettings = QUEUE) -> Change:
    """Takes back the last entry and gives the item to its author again, who then loses the short way to close it.

    Raises:
        Refused: it is not theirs, too long ago, or others have acted since.
    """
    entry = item.entries[-1] if item.entries else None
    if entry is None or entry.user_id != user_id:
        raise Refused("not yours")
    decided = item.decision if item.state is State.CLOSED else None
    if now_s - entry.at_s > settings.undo_s or (decided is not None and decided.how is How.ARBITER):
        raise Refused("too late")
    state = move(item.state, Event.WITHDRAW, item.rest)
    closed_before = item.decision is not None
    rest = State.NEEDS_SECOND if len(item.entries) > 1 else State.REOPENED if closed_before else State.OPEN
    ruling = Ruling((), How.WITHDRAWN) if decided is not None else None
    return Change((state,), rest, claimant=user_id, withdrawn=entry.entry_id, ruling=ruling)


def release(item: Item, user_id: int) -> Change:
    """Gives a claimed item back.

    Raises:
        Refused: somebody else holds it, or nobody.
    """
    if item.claimed_by != user_id:
        raise Refused("not yours")
    state = move(item.state, Event.RELEASE, item.rest)
    return Change((state,), state)


def reopen(item: Item, reason: str) -> Change:
    """Asks again, of new people, and of two of them.

    Raises:
        Refused: it is not closed.
    """
    state = move(item.state, Event.REOPEN, item.rest)
    return Change((state,), state, ruling=Ruling((), How.WITHDRAWN, reason), new_round=True)


def lapse(item: Item) -> Change:
    """Closes an item that nobody has touched, because the reason to ask went away.

    Raises:
        Refused: somebody is at it, or was.
    """
    state = move(item.state, Event.LAPSE, item.rest)
    return Change((state,), state, ruling=Ruling((), How.LAPSED))


def _held(item: Item, user_id: int, wanted: tuple[State, ...]) -> list[State]:
    """The way to a claim of one's own; a claim that ran out is taken again where the item is still free."""
    if user_id in item.keyed_by:
        raise Refused("keyed before")
    if item.state is State.CLAIMED:
        if item.claimed_by != user_id:
            raise Refused("taken")
        if item.rest not in wanted:
            raise Refused("not now")
        return []
    if item.state not in wanted:
        raise Refused("not now")
    return [move(item.state, Event.CLAIM, item.rest)]


def _closed(states: list[State], ruling: Ruling, typed: Typed | None = None) -> Change:
    states.append(move(states[-1], Event.CLOSE, states[-1]))
    return Change(tuple(states), states[-1], typed=typed, ruling=ruling)


def _is_machines(item: Item, answers: Answers, settings: QueueSettings) -> bool:
    """Whether the first person and the machine are two witnesses of the same numbers, and that is enough."""
    machine = tuple(part.machine or "" for part in item.parts)
    low_stakes = item.effect <= settings.low_stakes_votes and item.kind in (Kind.FIELD, Kind.SUM, Kind.PHOTOS)
    return low_stakes and answers == machine and ILLEGIBLE not in answers and not about_photo(answers)


def _sum_told(item: Item, typed: Typed) -> str:
    said = typed.so_written or any(entry.so_written for entry in item.entries)
    return SO_WRITTEN if said else ""


SO_WRITTEN = "so written on the paper"
"""The reason of a decision that leaves a sum wrong."""
