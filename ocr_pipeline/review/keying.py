"""The pages of people who key: an item, its answer, what was typed so far, skipping and taking back.

Nothing here hands out what the machine read or what anybody else keyed.
"""

from __future__ import annotations

import contextlib
import time
from urllib.parse import urlencode

from starlette.responses import Response

from ocr_pipeline.forms.model import FormPage
from ocr_pipeline.review import answers, pictures
from ocr_pipeline.review.answers import NotAnAnswer
from ocr_pipeline.review.items import REASONS
from ocr_pipeline.review.queue import Refused
from ocr_pipeline.review.site import Site, Visit, to
from ocr_pipeline.store.review_model import REJECTED, Answers, Filter, Item, Kind, Part, Typed

_LONGEST = 500
"""Characters of a comment."""
_LETTERS = {answer: letter.upper() for letter, answer in answers.KEYS.items()}


def work(site: Site, visit: Visit) -> Response:
    """Takes the next item."""
    item_id = site.desk.claim_next(visit.person, visit.wanted)
    if item_id is None:
        return site.page("nothing", visit, wanted=visit.wanted, reasons=REASONS)
    return to(_item_path(item_id, visit.wanted))


def show(site: Site, visit: Visit) -> Response:
    """One item, held while its page is open."""
    item = site.desk.hold(_id(visit), visit.person)
    if item is None:
        return site.page("taken", visit, 409, wanted=visit.wanted)
    typed = site.desk.repository.draft(item.item_id, visit.person)
    return _item_page(site, visit, item, {str(key): str(value) for key, value in typed.items()})


def hand_in(site: Site, visit: Visit) -> Response:
    """Takes the answer and goes on to the next item; asks back where it makes no sense or the sum does not hold."""
    item_id = _id(visit)
    item = site.desk.repository.item(item_id)
    if item is None:
        return site.page("taken", visit, 404, wanted=visit.wanted)
    typed = {str(place): visit.form.get(f"answer{place}", "") for place in range(len(item.parts))}
    typed |= {name: visit.form.get(name, "") for name in ("comment", "form", "corners", "about", "station")}
    try:
        given = _answers(site, item, typed)
    except NotAnAnswer as problem:
        return _ask_back(site, visit, item, typed, problem.code)
    so_written = visit.form.get("so_written") == "yes"
    broken = site.desk.broken_sum(item, given)
    if broken is not None and not so_written:
        sentence = broken.english if visit.language == "en" else broken.indonesian
        return _ask_back(site, visit, item, typed, "sum does not hold", sentence)
    comment = typed["comment"].strip()[:_LONGEST]
    if answers.about_photo(given) and not comment:
        return _ask_back(site, visit, item, typed, "a reason is needed")
    handed_in = Typed(given, so_written and broken is not None, comment, _seconds(visit.form.get("since", "")))
    try:
        done = site.desk.key(item_id, visit.person, handed_in)
    except Refused:
        site.desk.keep(item_id, visit.person, typed)
        return site.page("taken", visit, 409, wanted=visit.wanted)
    following = site.desk.claim_next(visit.person, visit.wanted)
    site.desk.settle_later(done)
    return to(_work_path(visit.wanted) if following is None else _item_path(following, visit.wanted))


def keep(site: Site, visit: Visit) -> Response:
    """Keeps what is typed while it is typed, and the claim."""
    typed = {key: value[:_LONGEST] for key, value in visit.form.items() if key.isalnum() and len(key) < 20}
    typed = {key.removeprefix("answer"): value for key, value in typed.items()}
    return Response(status_code=204 if site.desk.keep(_id(visit), visit.person, typed) else 409)


def skip(site: Site, visit: Visit) -> Response:
    """Leaves an item to others; a key pressed twice does it once."""
    with contextlib.suppress(Refused, KeyError):
        site.desk.skip(_id(visit), visit.person)
    return to(_work_path(visit.wanted))


def undo(site: Site, visit: Visit) -> Response:
    """Takes back what was keyed last."""
    try:
        taken_back = site.desk.undo(visit.person)
    except Refused:
        return site.page("taken", visit, 409, wanted=visit.wanted)
    site.desk.settle_later(site.desk.repository.item(taken_back))
    return to(_item_path(taken_back, visit.wanted))


def _ask_back(
    site: Site, visit: Visit, item: Item, typed: dict[str, str], problem: str, sentence: str = ""
) -> Response:
    held = site.desk.hold(item.item_id, visit.person)
    site.desk.keep(item.item_id, visit.person, typed)
    if held is None:
        return site.page("taken", visit, 409, wanted=visit.wanted)
    return _item_page(site, visit, held, typed, problem, sentence)


def _item_page(
    site: Site, visit: Visit, item: Item, typed: dict[str, str], problem: str = "", sentence: str = ""
) -> Response:
    return site.page(
        "item",
        visit,
        200 if not problem else 422,
        item=item,
        parts=item.parts,
        places=[_place(item, part) for part in item.parts],
        typed={name: _LETTERS.get(value, value) for name, value in typed.items()},
        problem=problem,
        sentence=sentence,
        ahead=_ahead(site, visit, item),
        forms=_form_pages(site) if item.kind is Kind.PAGE else (),
        since=round(time.time(), 1),
        query=_query(visit.wanted),
        wanted=visit.wanted,
        reasons=REASONS,
        station=station_in_words(item.station),
    )


def _ahead(site: Site, visit: Visit, item: Item) -> list[str]:
    """Addresses of the pictures of the next items."""
    following = site.desk.ahead(visit.person, visit.wanted, site.settings.ahead)
    items = (site.desk.repository.item(one) for one in following)
    return [
        f"/items/{one.item_id}/{'crop' if part.quads else 'page'}/{place}"
        for one in items
        if one is not None
        for place, part in enumerate(one.parts)
    ]


def _answers(site: Site, item: Item, typed: dict[str, str]) -> Answers:
    """What was typed as answers, one per part.

    Raises:
        NotAnAnswer: something in it makes no sense.
    """
    if typed["about"] == "reject":
        return tuple(REJECTED for _ in item.parts)
    if typed["about"] == "move" or item.kind is Kind.STATION:
        return tuple(answers.station(typed["station"]) for _ in item.parts)
    if item.kind is Kind.PAGE:
        return (_page_answer(typed, _size(site, item)),)
    return tuple(answers.number(typed[str(place)], len(part.quads)) for place, part in enumerate(item.parts))


def _size(site: Site, item: Item) -> tuple[int, int]:
    source = site.desk.photo(item.parts[0].content)
    try:
        return pictures.size_of(source) if source is not None else (1, 1)
    except pictures.NoPicture as problem:
        raise NotAnAnswer(f"photo {problem}") from problem


def _page_answer(typed: dict[str, str], size: tuple[int, int]) -> str:
    """The page chosen, and its corners, which come as shares of the picture's sides."""
    if typed["form"] == answers.NO_FORM:
        return answers.NO_FORM
    try:
        form_id, page, pairs = typed["form"].split("/")
        shares = [corner.split(",") for corner in typed["corners"].split()]
        corners = [(float(x) * size[0], float(y) * size[1]) for x, y in shares]
        return answers.page(form_id, int(page), None if pairs == "-" else int(pairs), corners)
    except NotAnAnswer:
        raise
    except ValueError as error:
        raise NotAnAnswer("not four corners" if typed["form"] else "no form chosen") from error


def _form_pages(site: Site) -> list[tuple[str, str]]:
    """Value and name of every page that can be chosen."""

    def value(page: FormPage) -> str:
        return f"{page.form_id}/{page.page}/{'-' if page.pairs is None else page.pairs}"

    return [(value(page), page.title) for page in site.desk.catalogue.pages]


def _place(item: Item, part: Part) -> str:
    """What the form prints beside a number, or what a photo of several is called."""
    if item.kind is Kind.PHOTOS:
        return f"{part.label} ({item.parts.index(part) + 1})"
    return part.label


def _seconds(since: str) -> float:
    try:
        return min(max(time.time() - float(since), 0.0), 86_400.0)
    except ValueError:
        return 0.0


def station_in_words(station: str) -> str:
    """A station's code in the groups in which it is read: province, regency, district, village, TPS."""
    if len(station) != 13 or not station.isdigit():
        return station
    parts = (station[:2], station[2:4], station[4:6], station[6:10])
    return f"{'.'.join(parts)} · TPS {station[10:]}"


def _id(visit: Visit) -> int:
    return int(visit.params["item"])


def _query(wanted: Filter) -> str:
    chosen = {key: value for key, value in (("region", wanted.region), ("reason", wanted.reason)) if value}
    return f"?{urlencode(chosen)}" if chosen else ""


def _item_path(item_id: int, wanted: Filter) -> str:
    return f"/items/{item_id}{_query(wanted)}"


def _work_path(wanted: Filter) -> str:
    return f"/work{_query(wanted)}"
