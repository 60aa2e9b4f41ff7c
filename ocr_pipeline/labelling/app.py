"""The truth tool as a page for one person on this machine: a crop, a line to type in, the next one."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import parse_qs

import cv2
import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from ocr_pipeline.labelling.truth import Labelling, NotALabel
from ocr_pipeline.records import Failure, PhotoSource
from ocr_pipeline.strips import cut_strip

HOSTS = ("127.0.0.1", "localhost")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


def make_app(labelling: Labelling, folder: Path) -> Starlette:
    """The application; requests are dealt with one at a time.

    Args:
        labelling: the sitting.
        folder: where its photos lie.
    """
    page = Environment(loader=PackageLoader("ocr_pipeline.labelling"), autoescape=True, undefined=StrictUndefined)
    template = page.get_template("label.html.j2")
    lock = threading.Lock()

    def draw(typed: str = "", remark: str = "", status: int = 200) -> HTMLResponse:
        text = template.render(
            question=labelling.question, standing=labelling.standing, typed=typed, remark=remark, folder=folder
        )
        return HTMLResponse(text, status, _HEADERS)

    def show(_: Request) -> Response:
        with lock:
            return draw()

    def strip(_: Request) -> Response:
        """The boxes in their surroundings, as they lie in the photo."""
        with lock:
            question = labelling.question
        if question is None:
            return PlainTextResponse("nothing is asked", 404)
        picture = cut_strip(PhotoSource(str(folder / question.photo)), question.quads_px)
        if isinstance(picture, Failure):
            picture = np.hstack(question.crops)
        return Response(cv2.imencode(".png", picture)[1].tobytes(), media_type="image/png", headers=_HEADERS)

    async def act(request: Request) -> Response:
        said = {name: values[-1] for name, values in parse_qs((await request.body()).decode(), True).items()}
        key = said.get("photo", ""), said.get("field", "")
        typed = said.get("boxes", "")
        with lock:
            try:
                if said.get("do") == "undo":
                    labelling.undo()
                elif said.get("do") == "skip":
                    labelling.skip(key)
                else:
                    labelling.answer(key, said.get("all") or typed)
            except NotALabel as error:
                return draw(typed, str(error), 422)
        return RedirectResponse("/", 303)

    return Starlette(
        routes=[Route("/", show), Route("/", act, methods=["POST"]), Route("/strip.png", strip)],
        middleware=[
            # A page elsewhere must not reach this one by a name of its own that leads to this machine ...
            Middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS)),
            Middleware(BaseHTTPMiddleware, dispatch=_own_pages_only),
        ],
    )


async def _own_pages_only(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """... nor send a form here: browsers say where a form comes from."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    own = origin in (None, f"{request.url.scheme}://{request.url.netloc}")
    if request.method == "POST" and not (site in ("same-origin", "none") or (site is None and own)):
        return PlainTextResponse("This form belongs to another page.", 403)
    return await call_next(request)
