"""The queue as a machine driven at random, against a model of what must hold whatever people do."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ocr_pipeline.config import QUEUE, STORE
from ocr_pipeline.forms import load_catalogue
from ocr_pipeline.records import Versions
from ocr_pipeline.review.desk import Desk
from ocr_pipeline.review.queue import Event, Refused, move
from ocr_pipeline.store.database import open_engine
from ocr_pipeline.store.review import ReviewRepository
from ocr_pipeline.store.review_model import KEYING, Filter, How, Role, State, Typed, User

from .world import DOUBTFUL, Clock, fill, resolve

NAMES = ("ann", "ben", "cas", "dan")
ARBITER = "eve"


class Queue(RuleBasedStateMachine):
    """Four people who key, an arbiter and a supervisor before three items."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock()
        engine = open_engine(str(Path(self.folder.name) / "q.sqlite"), True, STORE)
        self.repository = ReviewRepository(engine, STORE, self.clock)
        self.repository.use(Versions("c", "f", "m"))
        fill(self.repository, DOUBTFUL, "photos")
        self.desk = Desk(self.repository, load_catalogue(), resolve, {})
        self.desk.refresh()
        self.users: dict[str, User] = {}
        for name in (*NAMES, ARBITER):
            self.repository.add_user(name, Role.ARBITER if name == ARBITER else Role.REVIEWER, {}, "test")
            user = self.repository.user_named(name)
            assert user is not None
            self.users[name] = user
        self.items = self.desk.ahead(self.users["ann"], Filter(), 99)
        self.keyed: dict[int, list[tuple[str, tuple[str, ...]]]] = {item: [] for item in self.items}
        self.ever: dict[int, set[str]] = {item: set() for item in self.items}
        self.drafts: dict[tuple[int, str], str] = {}

    def teardown(self) -> None:
        assert self.repository.audit_broken() is None
        self.repository.__exit__()
        self.folder.cleanup()

    def answers(self, item_id: int, which: int) -> tuple[str, ...]:
        """The machine's answer, or one of two others; ``blank`` where the machine has none."""
        item = self.repository.item(item_id)
        assert item is not None
        if which == 0:
            return tuple(part.machine or "blank" for part in item.parts)
        return tuple(str(which) for _ in item.parts)

    people = st.sampled_from(NAMES)
    places = st.integers(0, 2)

    @rule(name=people)
    def takes_the_next(self, name: str) -> None:
        item_id = self.desk.claim_next(self.users[name], Filter())
        if item_id is not None:
            assert name not in self.ever[item_id]
            item = self.repository.item(item_id)
            assert item is not None and item.claimed_by == self.users[name].user_id

    @rule(name=people, place=places, typed=st.text("0123456789", max_size=3))
    def types(self, name: str, place: int, typed: str) -> None:
        item_id = self.items[place]
        self.desk.keep(item_id, self.users[name], {"0": typed})
        self.drafts[item_id, name] = typed

    @rule(name=people, place=places, which=st.integers(0, 2))
    def keys(self, name: str, place: int, which: int) -> None:
        item_id = self.items[place]
        answers = self.answers(item_id, which)
        before = self.repository.item(item_id)
        try:
            after = self.desk.key(item_id, self.users[name], Typed(answers))
        except Refused:
            assert before is not None
            may = before.state in KEYING or before.claimed_by == self.users[name].user_id
            assert not may or name in self.ever[item_id]
            return
        assert name not in self.ever[item_id]
        self.ever[item_id].add(name)
        self.keyed[item_id].append((name, answers))
        self.drafts.pop((item_id, name), None)
        if len(self.keyed[item_id]) == 2:
            (_, one), (_, other) = self.keyed[item_id]
            assert after.state is (State.CLOSED if one == other else State.CONFLICT)
            if one == other:
                assert after.decision is not None and after.decision.how is How.TWO_PEOPLE

    @rule(name=people)
    def takes_back(self, name: str) -> None:
        with contextlib.suppress(Refused):
            item_id = self.desk.undo(self.users[name])
            assert self.keyed[item_id].pop()[0] == name
            self.ever[item_id].discard(name)
            self.drafts.pop((item_id, name), None)

    @rule(name=people, place=places)
    def skips(self, name: str, place: int) -> None:
        with contextlib.suppress(Refused):
            self.desk.skip(self.items[place], self.users[name])

    @rule(place=places, which=st.integers(0, 2))
    def is_arbitrated(self, place: int, which: int) -> None:
        item_id = self.items[place]
        answers = self.answers(item_id, which)
        if self.desk.hold_conflict(item_id, self.users[ARBITER]) is None:
            return
        after = self.desk.arbitrate(item_id, self.users[ARBITER], answers, "seen")
        assert after.state is State.CLOSED
        assert after.decision is not None and after.decision.answers == answers

    @rule(place=places)
    def is_asked_again(self, place: int) -> None:
        with contextlib.suppress(Refused):
            self.desk.reopen(self.items[place], self.users[ARBITER], "again")
            self.keyed[self.items[place]] = []

    @rule(seconds=st.sampled_from([1.0, QUEUE.claim_s / 2, QUEUE.claim_s + 1, QUEUE.undo_s + 1]))
    def time_goes_by(self, seconds: float) -> None:
        self.clock.now_s += seconds

    @precondition(lambda self: any(self.keyed.values()))
    @rule(place=places)
    def the_station_is_resolved_again(self, place: int) -> None:
        item = self.repository.item(self.items[place])
        assert item is not None
        self.desk.resolve_again(item.station)

    @invariant()
    def no_item_is_lost(self) -> None:
        assert sum(self.repository.states().values()) >= len(self.items)
        for item_id in self.items:
            item = self.repository.item(item_id)
            assert item is not None
            assert (item.claimed_by is None) == (item.state is not State.CLAIMED)
            assert item.state in (*KEYING, State.CLAIMED, State.CONFLICT, State.CLOSED)

    @invariant()
    def entries_are_those_that_were_handed_in(self) -> None:
        for item_id in self.items:
            item = self.repository.item(item_id)
            assert item is not None
            assert [(entry.user, entry.answers) for entry in item.entries] == self.keyed[item_id]
            assert len({entry.user_id for entry in item.entries}) == len(item.entries) <= 2
            assert item.keyed_by == {self.users[name].user_id for name in self.ever[item_id]}

    @invariant()
    def a_closed_item_has_a_decision_with_a_ground(self) -> None:
        for item_id in self.items:
            item = self.repository.item(item_id)
            assert item is not None
            decision = item.decision
            if item.state is not State.CLOSED:
                assert decision is None or decision.how is How.WITHDRAWN
                continue
            assert decision is not None
            said = [answers for _, answers in self.keyed[item_id]]
            if decision.how is How.TWO_PEOPLE:
                assert said == [decision.answers] * 2
            elif decision.how is How.MACHINE_AND_PERSON:
                machine = tuple(part.machine for part in item.parts)
                assert said == [decision.answers] == [machine] and item.effect <= QUEUE.low_stakes_votes
            elif decision.how is How.ARBITER:
                assert len(said) == 2 and said[0] != said[1]
            else:
                assert decision.how is How.LAPSED and not said

    @invariant()
    def nothing_typed_is_lost(self) -> None:
        for (item_id, name), typed in self.drafts.items():
            assert self.repository.draft(item_id, self.users[name]) == {"0": typed}


Queue.TestCase.settings = settings(
    max_examples=8, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestQueue = Queue.TestCase


def test_every_state_can_be_left_and_none_is_reached_out_of_turn() -> None:
    reached = {}
    for state in State:
        for rest in State:
            for event in Event:
                with contextlib.suppress(Refused):
                    reached.setdefault(state, set()).add((event, move(state, event, rest)))
    assert set(reached) == set(State)
    assert reached[State.CLOSED] == {(Event.REOPEN, State.REOPENED), (Event.WITHDRAW, State.CLAIMED)}
    assert reached[State.AGREED] == reached[State.ARBITRATED] == {(Event.CLOSE, State.CLOSED)}
    assert {state for state in State if (Event.KEY, State.KEYED_ONCE) in reached[state]} == {State.CLAIMED}
    assert {state for state, ways in reached.items() if (Event.LAPSE, State.CLOSED) in ways} == {State.OPEN}
