"""What people do, on a real store: claims, closing, conflicts, undo, and stations resolved again at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ocr_pipeline.config import QUEUE
from ocr_pipeline.records import Failure, FailureCode, FlagCode, Severity, Stage, Unreadable, Verdict
from ocr_pipeline.review import answers
from ocr_pipeline.review.desk import Desk
from ocr_pipeline.review.queue import Refused
from ocr_pipeline.station.assemble import KeySource, StationKey
from ocr_pipeline.store.model import FileStamp, Sighting
from ocr_pipeline.store.review import ReviewRepository
from ocr_pipeline.store.review_model import Filter, How, Item, Kind, Role, State, Typed, User
from ocr_pipeline.tabulate.export import What, export_rows

from .world import SURE, Clock, page_of, sha_of, station_code

Person = Callable[..., User]
ANY = Filter()


def of_station(desk: Desk, user: User, number: int) -> Item:
    """Claims the one item of a station."""
    item_id = desk.claim_next(user, Filter(region=station_code(number)))
    assert item_id is not None
    item = desk.hold(item_id, user)
    assert item is not None
    return item


def result_of(desk: Desk, number: int):
    (stored,) = desk.repository.stations(station_code(number))
    return stored.result


def test_each_reason_is_one_item_and_the_weightiest_comes_first(desk: Desk, person: Person) -> None:
    ann = person("ann")
    items = [desk.repository.item(i) for i in desk.ahead(ann, ANY, 10)]
    assert [(item.kind, item.station[-3:], [p.field for p in item.parts]) for item in items] == [
        (Kind.SUM, "002", ["paslon_1", "paslon_2", "paslon_3", "suara_sah"]),
        (Kind.FIELD, "003", ["paslon_1"]),
        (Kind.FIELD, "001", ["paslon_3"]),
    ]
    assert desk.refresh() == 0


def test_one_person_and_the_machine_close_a_low_stakes_item(desk: Desk, person: Person) -> None:
    ann = person("ann")
    item = of_station(desk, ann, 1)
    done = desk.key(item.item_id, ann, Typed(("33",), seconds=2.5))
    assert (done.state, done.decision.how, done.decision.answers) == (State.CLOSED, How.MACHINE_AND_PERSON, ("33",))
    desk.resolve_again(item.station)
    third = {f.field: f for f in result_of(desk, 1).fields}["paslon_3"]
    assert (third.value, third.verdict) == (33, Verdict.ACCEPT)
    assert result_of(desk, 1).flags == ()


def test_where_much_is_at_stake_a_second_person_is_asked_and_the_first_is_not_asked_again(
    desk: Desk, person: Person
) -> None:
    ann, ben = person("ann"), person("ben")
    item = of_station(desk, ann, 3)
    assert desk.key(item.item_id, ann, Typed(("141",))).state is State.NEEDS_SECOND
    assert item.item_id not in desk.ahead(ann, ANY, 10)
    assert desk.hold(item.item_id, ann) is None
    second = of_station(desk, ben, 3)
    done = desk.key(second.item_id, ben, Typed(("141",)))
    assert (done.state, done.decision.how) == (State.CLOSED, How.TWO_PEOPLE)
    desk.resolve_again(item.station)
    assert {f.field: f.value for f in result_of(desk, 3).fields}["paslon_1"] == 141


def test_two_who_differ_go_to_an_arbiter_who_is_neither(desk: Desk, person: Person) -> None:
    ann, ben, cas = person("ann"), person("ben", Role.ARBITER), person("cas", Role.ARBITER)
    item_id = of_station(desk, ann, 3).item_id
    desk.key(item_id, ann, Typed(("141",)))
    of_station(desk, ben, 3)
    assert desk.key(item_id, ben, Typed(("147",))).state is State.CONFLICT
    assert desk.hold_conflict(item_id, ben) is None
    with pytest.raises(Refused, match="keyed before"):
        desk.arbitrate(item_id, ben, ("147",), "")
    item = desk.hold_conflict(item_id, cas)
    assert [entry.answers for entry in item.entries] == [("141",), ("147",)]
    done = desk.arbitrate(item_id, cas, ("147",), "the last digit has a bar")
    assert (done.state, done.decision.how, done.decision.user) == (State.CLOSED, How.ARBITER, "cas")
    (settled,) = [one for one in desk.repository.settled() if one.station == station_code(3)]
    assert (settled.answer, settled.people) == ("147", ("ann", "ben", "cas"))


def test_a_sum_that_is_wrong_on_the_paper_stays_and_is_said(desk: Desk, person: Person) -> None:
    ann, ben = person("ann"), person("ben")
    item = of_station(desk, ann, 2)
    answers = ("10", "20", "30", "260")
    assert desk.broken_sum(item, answers).english == "10 + 20 + 30 = 60, the form says 260: 200 too many"
    assert desk.broken_sum(item, ("10", "20", "30", "60")) is None
    desk.key(item.item_id, ann, Typed(answers, so_written=True))
    of_station(desk, ben, 2)
    done = desk.key(item.item_id, ben, Typed(answers, so_written=True))
    assert done.decision.reason == "so written on the paper"
    desk.resolve_again(item.station)
    result = result_of(desk, 2)
    assert {field.verdict for field in result.fields} == {Verdict.ACCEPT}
    (flag,) = result.flags
    assert (flag.code, flag.severity) == (FlagCode.SUM_MISMATCH, Severity.NOTE)
    assert desk.refresh() == 0


def test_a_corrected_number_lets_the_other_questions_of_its_sum_lapse(desk: Desk, person: Person) -> None:
    """The sum fails; a second question about one of its numbers goes away once it holds."""
    ann, ben = person("ann"), person("ben")
    item = of_station(desk, ann, 2)
    for user in (ann, ben):
        desk.hold(item.item_id, user)
        desk.key(item.item_id, user, Typed(("10", "20", "30", "60")))
    desk.resolve_again(item.station)
    assert result_of(desk, 2).flags == ()
    assert desk.repository.untouched_items(station_code(2)) == {}


@pytest.mark.parametrize(("answer", "value"), [("blank", None), ("illegible", None), ("crossed out", 0), ("0", 0)])
def test_blank_zero_crossed_out_and_illegible_are_four_answers(
    desk: Desk, person: Person, answer: str, value: int | None
) -> None:
    ann, ben = person("ann"), person("ben")
    item_id = of_station(desk, ann, 3).item_id
    desk.key(item_id, ann, Typed((answer,)))
    of_station(desk, ben, 3)
    done = desk.key(item_id, ben, Typed((answer,)))
    assert done.decision.answers == (answer,)
    desk.resolve_again(station_code(3))
    field = {f.field: f for f in result_of(desk, 3).fields}["paslon_1"]
    assert field.value == value
    assert field.verdict is (Verdict.REVIEW if value is None else Verdict.ACCEPT)


def test_undo_gives_the_item_back_with_what_was_typed(desk: Desk, person: Person, clock: Clock) -> None:
    ann = person("ann")
    item_id = of_station(desk, ann, 1).item_id
    desk.key(item_id, ann, Typed(("33",), comment="sure"))
    assert desk.undo(ann) == item_id
    item = desk.repository.item(item_id)
    assert (item.state, item.claimed_by, item.entries, item.decision.how) == (
        *(State.CLAIMED, ann.user_id, ()),
        How.WITHDRAWN,
    )
    assert desk.repository.draft(item_id, ann) == {"0": "33", "comment": "sure"}
    assert desk.key(item_id, ann, Typed(("33",))).state is State.NEEDS_SECOND  # the short way is lost
    clock.now_s += QUEUE.undo_s + 1
    with pytest.raises(Refused, match="too late"):
        desk.undo(ann)


def test_nothing_can_be_taken_back_once_others_have_acted(desk: Desk, person: Person) -> None:
    ann, ben = person("ann"), person("ben")
    with pytest.raises(Refused, match="not yours"):
        desk.undo(ann)
    item_id = of_station(desk, ann, 3).item_id
    desk.key(item_id, ann, Typed(("1",)))
    of_station(desk, ben, 3)
    with pytest.raises(Refused, match="not now"):
        desk.undo(ann)
    desk.key(item_id, ben, Typed(("2",)))
    with pytest.raises(Refused, match="not yours"):
        desk.undo(ann)


def test_a_claim_runs_out_is_renewed_and_never_loses_what_was_typed(desk: Desk, person: Person, clock: Clock) -> None:
    ann, ben = person("ann"), person("ben")
    item_id = of_station(desk, ann, 3).item_id
    clock.now_s += QUEUE.claim_s - 1
    assert desk.keep(item_id, ann, {"0": "14"})
    clock.now_s += QUEUE.claim_s - 1
    assert desk.hold(item_id, ben) is None
    clock.now_s += 2
    assert desk.hold(item_id, ben) is not None
    assert desk.keep(item_id, ann, {"0": "141"}) is False
    with pytest.raises(Refused, match="taken"):
        desk.key(item_id, ann, Typed(("141",)))
    desk.key(item_id, ben, Typed(("141",)))
    assert desk.repository.draft(item_id, ann) == {"0": "141"}
    assert desk.hold(item_id, ann) is not None
    assert desk.key(item_id, ann, Typed(("141",))).state is State.CLOSED
    assert desk.repository.draft(item_id, ann) == {}


def test_a_claim_that_ran_out_may_be_handed_in_while_nobody_else_took_it(
    desk: Desk, person: Person, clock: Clock
) -> None:
    ann = person("ann")
    item_id = of_station(desk, ann, 1).item_id
    clock.now_s += 10 * QUEUE.claim_s
    desk.repository.claim_next(person("ben"), (State.CONFLICT,), ANY, 1.0)  # ends claims
    assert desk.repository.item(item_id).state is State.OPEN
    assert desk.key(item_id, ann, Typed(("33",))).state is State.CLOSED


def test_who_has_an_item_is_given_it_again_and_skipped_ones_come_last(desk: Desk, person: Person) -> None:
    ann = person("ann")
    first = desk.claim_next(ann, ANY)
    assert desk.claim_next(ann, ANY) == first
    desk.skip(first, ann)
    rest = [desk.claim_next(ann, ANY)]
    desk.skip(rest[0], ann)
    rest.append(desk.claim_next(ann, ANY))
    desk.skip(rest[1], ann)
    assert len({first, *rest}) == 3
    assert desk.claim_next(ann, ANY) == first
    with pytest.raises(Refused, match="not yours"):
        desk.skip(first, person("ben"))


def test_a_closed_item_is_asked_again_of_new_people(desk: Desk, person: Person) -> None:
    ann, ben, cas, sue = person("ann"), person("ben"), person("cas"), person("sue", Role.SUPERVISOR)
    item_id = of_station(desk, ann, 1).item_id
    with pytest.raises(Refused, match="not now"):
        desk.reopen(item_id, sue, "")
    desk.key(item_id, ann, Typed(("33",)))
    assert desk.reopen(item_id, sue, "a complaint").state is State.REOPENED
    assert desk.repository.settled() == []
    assert desk.hold(item_id, ann) is None
    desk.hold(item_id, ben)
    assert desk.key(item_id, ben, Typed(("33",))).state is State.NEEDS_SECOND
    desk.hold(item_id, cas)
    assert desk.key(item_id, cas, Typed(("33",))).decision.how is How.TWO_PEOPLE


def test_the_queue_is_filtered_by_region_and_reason(desk: Desk, person: Person) -> None:
    ann = person("ann")
    assert desk.ahead(ann, Filter(region="32"), 9) == []
    assert len(desk.ahead(ann, Filter(region="317101"), 9)) == 3
    (only,) = desk.ahead(ann, Filter(reason="SUM_MISMATCH"), 9)
    assert desk.repository.item(only).kind is Kind.SUM
    assert desk.ahead(ann, Filter(region="%"), 9) == []


def test_a_rejected_photo_counts_no_longer(desk: Desk, person: Person) -> None:
    ann, ben = person("ann"), person("ben")
    item_id = of_station(desk, ann, 3).item_id
    for user in (ann, ben):
        desk.hold(item_id, user)
        desk.key(item_id, user, Typed(("photo rejected",), comment="another sheet lies on it"))
    desk.resolve_again(station_code(3))
    assert list(desk.repository.stations(station_code(3))) == []
    assert desk.repository.readings_of_station(station_code(3)).pages == ()


def test_a_moved_photo_counts_for_its_station_and_stays_there(desk: Desk, person: Person) -> None:
    ann, ben = person("ann"), person("ben")
    item_id = of_station(desk, ann, 3).item_id
    for user in (ann, ben):
        desk.hold(item_id, user)
        desk.key(item_id, user, Typed((f"photo belongs to {station_code(9)}",)))
    desk.refresh()
    ((page, key),) = desk.repository.readings_of_station(station_code(9)).pages
    assert (key.station, key.source) == (station_code(9), "person")
    (known,) = desk.repository.known([page.photo]).values()
    back = replace(known.sighting, key=replace(key, station=station_code(3), source=KeySource.FILE_NAME))
    desk.repository.save_sightings([(back, page.sha256)])  # the next run finds the file by its old name
    assert len(desk.repository.readings_of_station(station_code(9)).pages) == 1


def test_every_step_is_in_the_audit_and_any_change_to_it_is_found(
    desk: Desk, person: Person, repository: ReviewRepository
) -> None:
    ann = person("ann")
    item_id = of_station(desk, ann, 1).item_id
    desk.key(item_id, ann, Typed(("33",), seconds=3.25, comment="clear"))
    text = repository.audit_newest(1)[0].text
    for told in ('"actor":"ann"', '"typed":["33"]', '"seconds":3.2', '"model":"model 1"', '"action":"keyed"'):
        assert told in text
    assert repository.audit_broken() is None


def unreadable(repository: ReviewRepository) -> str:
    """A photo that no form was found on; its content."""
    failure = Failure(Stage.IDENTIFY, FailureCode.NO_FORM_FOUND, "No form can be found.", {})
    content = sha_of("dark.jpg")
    key = StationKey(station_code(5), None, KeySource.FILE_NAME)
    seen = Sighting("dark.jpg", key, "dark.jpg", FileStamp(1, 1))
    repository.save_outcomes([(seen, Unreadable("dark.jpg", content, failure, {}))])
    return content


def test_a_page_named_and_marked_by_two_people_has_its_numbers_asked(desk: Desk, person: Person) -> None:
    content = unreadable(desk.repository)
    assert desk.refresh() == 1
    ann, ben = person("ann"), person("ben")
    corners = [(100.0, 50.0), (900.0, 60.0), (890.0, 1190.0), (95.0, 1200.0)]
    first = answers.page("c-hasil-kwk-2020", 2, 3, corners)
    second = answers.page("c-hasil-kwk-2020", 2, 3, [(x + 20, y - 20) for x, y in corners])
    item = of_station(desk, ann, 5)
    assert (item.kind, item.reason) == (Kind.PAGE, "NO_FORM_FOUND")
    desk.key(item.item_id, ann, Typed((first,)))
    of_station(desk, ben, 5)
    done = desk.key(item.item_id, ben, Typed((second,)))
    assert (done.state, done.decision.answers) == (State.CLOSED, (first,))
    desk.settle_later(done)
    desk.finish()
    ((page, _),) = desk.repository.readings_of_station(station_code(5)).pages
    assert (page.sha256, page.registration.method) == (content, "by hand")
    asked = [desk.repository.item(one) for one in desk.ahead(ann, Filter(region=station_code(5)), 9)]
    assert {one.parts[0].field for one in asked} >= {"paslon_1", "paslon_2", "paslon_3"}
    assert all(one.parts[0].machine is None and len(one.parts[0].quads) == 3 for one in asked)
    assert all(90 < x < 900 and 50 < y < 1200 for one in asked for quad in one.parts[0].quads for x, y in quad)
    third = next(one for one in asked if one.parts[0].field == "paslon_3")
    for user in (ann, ben):
        desk.hold(third.item_id, user)
        desk.key(third.item_id, user, Typed(("41",)))
    desk.resolve_again(station_code(5))
    assert {f.field: f.value for f in result_of(desk, 5).fields}["paslon_3"] == 41


def test_a_photo_without_a_station_is_named_by_two_people(desk: Desk, person: Person) -> None:
    key = StationKey("IMG_1.jpg", None, KeySource.PHOTO_ALONE)
    seen = Sighting("IMG_1.jpg", key, "IMG_1.jpg", FileStamp(1, 1))
    desk.repository.save_outcomes([(seen, page_of("IMG_1.jpg", {"paslon_1": (3, SURE)}))])
    desk.refresh()
    ann, ben = person("ann"), person("ben")
    item_id = desk.claim_next(ann, Filter(region="IMG"))
    assert desk.repository.item(item_id).kind is Kind.STATION
    said = answers.station("31.71.01.1001 004")
    for user in (ann, ben):
        desk.hold(item_id, user)
        done = desk.key(item_id, user, Typed((said,)))
    desk.settle_later(done)
    desk.finish()
    assert [f.field for f in result_of(desk, 4).fields] == ["paslon_1"]


def test_two_photos_that_disagree_are_one_item_with_a_number_for_each(desk: Desk, person: Person) -> None:
    for number, value in enumerate((14, 19)):
        name = f"again{number}/{station_code(6)}-p2.jpg"
        seen = Sighting(name, StationKey(station_code(6), None, KeySource.FILE_NAME), name, FileStamp(1, 1))
        desk.repository.save_outcomes([(seen, page_of(name, {"paslon_1": (value, SURE)}))])
    desk.refresh()
    item = of_station(desk, person("ann"), 6)
    assert (item.kind, len(item.parts)) == (Kind.PHOTOS, 2)
    assert len({part.content for part in item.parts}) == 2
    for user in (person("ann"), person("ben")):
        desk.hold(item.item_id, user)
        desk.key(item.item_id, user, Typed(("19", "19")))
    desk.resolve_again(station_code(6))
    (field,) = result_of(desk, 6).fields
    assert (field.value, field.verdict) == (19, Verdict.ACCEPT)


def test_two_photos_that_people_read_differently_stay_in_doubt(desk: Desk, person: Person) -> None:
    for number, value in enumerate((14, 19)):
        name = f"again{number}/{station_code(6)}-p2.jpg"
        seen = Sighting(name, StationKey(station_code(6), None, KeySource.FILE_NAME), name, FileStamp(1, 1))
        desk.repository.save_outcomes([(seen, page_of(name, {"paslon_1": (value, SURE)}))])
    desk.refresh()
    for user in (person("ann"), person("ben")):
        desk.key(of_station(desk, user, 6).item_id, user, Typed(("14", "19")))
    desk.resolve_again(station_code(6))
    result = result_of(desk, 6)
    assert [flag.code for flag in result.flags] == [FlagCode.READINGS_DISAGREE]
    assert result.fields[0].verdict is Verdict.REVIEW


def test_decided_numbers_are_exported_with_who_and_why(desk: Desk, person: Person) -> None:
    ann = person("ann")
    item = of_station(desk, ann, 1)
    desk.key(item.item_id, ann, Typed(("33",)))
    desk.resolve_again(item.station)
    rows = {row["field"]: row for row in export_rows(desk.repository, What.READINGS) if row["station"] == item.station}
    told = [rows["paslon_3"][name] for name in ("value", "decided", "decided_by", "decided_why")]
    assert told == [33, "33", ("ann",), "machine and person"]
    assert rows["paslon_1"]["decided"] is None
    (row,) = export_rows(desk.repository, What.DECISIONS)
    assert (row["field"], row["answer"], row["value"], row["people"]) == ("paslon_3", "33", 33, ("ann",))
