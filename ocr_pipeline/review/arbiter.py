"""The conflict desk: both entries and the machine's side by side, for who did not key the item."""

from __future__ import annotations

from starlette.responses import Response

from ocr_pipeline.review import answers
from ocr_pipeline.review.answers import NotAnAnswer
from ocr_pipeline.review.keying import station_in_words
from ocr_pipeline.review.queue import Refused
from ocr_pipeline.review.site import Site, Visit, to
from ocr_pipeline.store.review_model import REJECTED, Answers, Item, Kind, State

_LONGEST = 500


def conflicts(site: Site, visit: Visit) -> Response:
    """All conflicts this person may decide."""
    lines = site.desk.repository.listed((State.CONFLICT,), visit.wanted, site.settings.list_length, visit.person)
    return site.page("conflicts", visit, lines=lines, wanted=visit.wanted, in_words=station_in_words)


def show(site: Site, visit: Visit) -> Response:
    """One conflict."""
    item = site.desk.hold_conflict(int(visit.params["item"]), visit.person)
    if item is None:
        return site.page("taken", visit, 409, wanted=visit.wanted)
    return _page(site, visit, item, {})


def decide(site: Site, visit: Visit) -> Response:
    """Takes an arbiter's decision and goes on to the next conflict."""
    item = site.desk.hold_conflict(int(visit.params["item"]), visit.person)
    if item is None:
        return site.page("taken", visit, 409, wanted=visit.wanted)
    typed = {key: visit.form.get(key, "") for key in ("choice", "reason", *_names(item))}
    reason = typed["reason"].strip()[:_LONGEST]
    if not reason:
        return _page(site, visit, item, typed, "a reason is needed")
    try:
        done = site.desk.arbitrate(item.item_id, visit.person, _chosen(item, typed), reason)
    except NotAnAnswer as problem:
        return _page(site, visit, item, typed, problem.code)
    except Refused:
        return site.page("taken", visit, 409, wanted=visit.wanted)
    site.desk.settle_later(done)
    return to("/conflicts")


def _page(site: Site, visit: Visit, item: Item, typed: dict[str, str], problem: str = "") -> Response:
    sentence = item.message if visit.language == "en" else item.message_indonesian
    return site.page(
        "conflict",
        visit,
        422 if problem else 200,
        item=item,
        typed=typed,
        problem=problem,
        sentence=sentence,
        machine=tuple(part.machine or "" for part in item.parts),
        station=station_in_words(item.station),
    )


def _names(item: Item) -> list[str]:
    return [f"answer{place}" for place in range(len(item.parts))]


def _chosen(item: Item, typed: dict[str, str]) -> Answers:
    """One of the entries, or what the arbiter typed.

    Raises:
        NotAnAnswer: nothing was chosen, or what was typed makes no sense.
    """
    choice = typed["choice"]
    if choice in ("0", "1") and int(choice) < len(item.entries):
        return item.entries[int(choice)].answers
    if choice == "reject":
        return tuple(REJECTED for _ in item.parts)
    if choice != "own":
        raise NotAnAnswer("nothing chosen")
    if item.kind is Kind.STATION:
        return tuple(answers.station(typed["answer0"]) for _ in item.parts)
    if item.kind is Kind.PAGE:
        raise NotAnAnswer("choose an entry")
    return tuple(answers.number(typed[f"answer{place}"], len(part.quads)) for place, part in enumerate(item.parts))
