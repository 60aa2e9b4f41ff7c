"""Numbers, audit and the story of an item: for those who key nothing, or not before they have keyed."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator

from starlette.responses import Response, StreamingResponse

from ocr_pipeline.review import figures
from ocr_pipeline.review.keying import station_in_words
from ocr_pipeline.review.queue import Refused
from ocr_pipeline.review.site import Site, Visit, to
from ocr_pipeline.store.review_model import KEYING, State

_LONGEST = 500


def numbers(site: Site, visit: Visit) -> Response:
    """How the queue stands, who does what, and what is left among the accepted."""
    repository = site.desk.repository
    now = repository.now_s()
    entries = repository.keyed()
    states = repository.states()
    return site.page(
        "numbers",
        visit,
        states=states,
        remaining=sum(count for state, count in states.items() if state is not State.CLOSED),
        closed_hour=repository.closed_since(now - 3600),
        keyed_hour=figures.per_hour(entries, now),
        regions=repository.waiting("region"),
        reasons=repository.waiting("reason"),
        now=now,
        reviewers=figures.reviewers(entries),
        wrong=figures.wrong_among_accepted(repository.samples()),
        pressing=repository.listed(KEYING, visit.wanted, site.settings.list_length),
        in_words=station_in_words,
        wanted=visit.wanted,
    )


def audit(site: Site, visit: Visit) -> Response:
    """The newest lines of the audit; checks its chain where that is asked for."""
    before = visit.query.get("before", "")
    newest = site.desk.repository.audit_newest(site.settings.list_length, int(before) if before.isdigit() else None)
    lines = [json.loads(record.text) for record in newest]
    return site.page(
        "audit",
        visit,
        lines=lines,
        checked="check" in visit.query,
        broken=site.desk.repository.audit_broken() if "check" in visit.query else None,
        head=site.desk.repository.audit_head(),
        oldest=lines[-1]["seq"] if lines else 1,
        in_words=station_in_words,
        moment=_moment,
    )


def _moment(at_s: float) -> str:
    return datetime.datetime.fromtimestamp(at_s, datetime.UTC).strftime("%Y-%m-%d %H:%M:%S")


def audit_file(site: Site, visit: Visit) -> Response:
    """All of it, a JSON object per line."""

    def lines() -> Iterator[str]:
        for record in site.desk.repository.audit_records():
            yield record.text + "\n"

    headers = {"Content-Disposition": 'attachment; filename="audit.jsonl"'}
    return StreamingResponse(lines(), media_type="application/x-ndjson", headers=headers)


def story(site: Site, visit: Visit) -> Response:
    """All that became of one item."""
    item = site.desk.repository.item(int(visit.params["item"]))
    if item is None:
        return site.page("taken", visit, 404, wanted=visit.wanted)
    sentence = item.message if visit.language == "en" else item.message_indonesian
    return site.page("story", visit, item=item, sentence=sentence, station=station_in_words(item.station))


def reopen(site: Site, visit: Visit) -> Response:
    """Asks a closed item again."""
    item_id, reason = int(visit.params["item"]), visit.form.get("reason", "").strip()[:_LONGEST]
    try:
        if reason:
            site.desk.settle_later(site.desk.reopen(item_id, visit.person, reason))
    except (Refused, KeyError):
        return site.page("taken", visit, 409, wanted=visit.wanted)
    return to(f"/items/{item_id}/story")
