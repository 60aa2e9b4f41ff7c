"""The pictures' addresses: an item's number and a part's place, never a path."""

from __future__ import annotations

import functools
from collections.abc import Callable

from starlette.responses import Response

from ocr_pipeline.config import PICTURES
from ocr_pipeline.records import PhotoSource, Quad
from ocr_pipeline.review import pictures
from ocr_pipeline.review.pictures import NoPicture
from ocr_pipeline.review.site import Site, Visit
from ocr_pipeline.store.review_model import Item

Draw = Callable[[PhotoSource, tuple[Quad, ...]], bytes]
_FRESH = {"Cache-Control": "private, max-age=3600"}


def crop(site: Site, visit: Visit) -> Response:
    """The boxes of one number."""
    item, place = _asked(site, visit)
    if item is None or not item.parts[place].quads:
        return _none(visit, "no picture")
    return _sent(visit, _crop, _source(site, item, place), item.parts[place].quads)


def page(site: Site, visit: Visit) -> Response:
    """The whole page, with the boxes of this photo's numbers outlined."""
    item, place = _asked(site, visit)
    if item is None:
        return _none(visit, "no picture")
    return _sent(visit, _page, _source(site, item, place), _outlined(item, place))


def photo(site: Site, visit: Visit) -> Response:
    """The photo itself, as large as it is; decoded and encoded again, so that nothing but a picture comes through."""
    item, place = _asked(site, visit)
    if item is None:
        return _none(visit, "no picture")
    return _sent(visit, _whole, _source(site, item, place), ())


def _outlined(item: Item, place: int) -> tuple[Quad, ...]:
    content = item.parts[place].content
    return tuple(quad for part in item.parts if part.content == content for quad in part.quads)


def _asked(site: Site, visit: Visit) -> tuple[Item | None, int]:
    item, place = site.desk.repository.item(int(visit.params["item"])), int(visit.params["place"])
    return (item if item is not None and place < len(item.parts) else None), place


def _source(site: Site, item: Item, place: int) -> PhotoSource | None:
    return site.desk.photo(item.parts[place].content)


def _sent(visit: Visit, draw: Draw, source: PhotoSource | None, quads: tuple[Quad, ...]) -> Response:
    if source is None:
        return _none(visit, "photo gone")
    try:
        return Response(draw(source, quads), media_type="image/jpeg", headers=_FRESH)
    except NoPicture as problem:
        return _none(visit, f"photo {problem}")


def _none(visit: Visit, why: str) -> Response:
    """Says in words, where a picture should be, that there is none."""
    return Response(visit.say(why), 404, media_type="text/plain; charset=utf-8")


@functools.lru_cache(maxsize=PICTURES.kept)
def _crop(source: PhotoSource, quads: tuple[Quad, ...]) -> bytes:
    return pictures.crop(source, quads)


@functools.lru_cache(maxsize=PICTURES.pages_kept)
def _page(source: PhotoSource, quads: tuple[Quad, ...]) -> bytes:
    return pictures.page(source, quads, PICTURES.page_side_px)


def _whole(source: PhotoSource, quads: tuple[Quad, ...]) -> bytes:
    return pictures.page(source, quads, PICTURES.photo_side_px)
