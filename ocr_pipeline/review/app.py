"""The review on the web: routes with the right each asks for, and what holds for every request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ocr_pipeline.config import ACCESS, AccessSettings
from ocr_pipeline.review import arbiter, entrance, keying, oversight, showing
from ocr_pipeline.review.access import Right, same_origin
from ocr_pipeline.review.desk import Desk
from ocr_pipeline.review.site import COOKIE, HERE, LANGUAGE_COOKIE, Page, Site, Visit, to
from ocr_pipeline.review.words import LANGUAGES
from ocr_pipeline.store.review_model import User

PAGES = (
    Page("GET", "/", Right.ENTER, entrance.home),
    Page("GET", "/login", Right.PUBLIC, entrance.login),
    Page("POST", "/login", Right.PUBLIC, entrance.log_in),
    Page("POST", "/logout", Right.ENTER, entrance.log_out),
    Page("GET", "/password", Right.ENTER, entrance.password),
    Page("POST", "/password", Right.ENTER, entrance.set_password),
    Page("POST", "/language", Right.PUBLIC, entrance.language),
    Page("GET", "/work", Right.KEY, keying.work),
    Page("GET", "/items/{item:int}", Right.KEY, keying.show),
    Page("POST", "/items/{item:int}", Right.KEY, keying.hand_in),
    Page("POST", "/items/{item:int}/draft", Right.KEY, keying.keep),
    Page("POST", "/items/{item:int}/skip", Right.KEY, keying.skip),
    Page("POST", "/undo", Right.KEY, keying.undo),
    Page("GET", "/items/{item:int}/crop/{place:int}", Right.ENTER, showing.crop),
    Page("GET", "/items/{item:int}/page/{place:int}", Right.ENTER, showing.page),
    Page("GET", "/items/{item:int}/photo/{place:int}", Right.ENTER, showing.photo),
    Page("GET", "/conflicts", Right.ARBITRATE, arbiter.conflicts),
    Page("GET", "/conflicts/{item:int}", Right.ARBITRATE, arbiter.show),
    Page("POST", "/conflicts/{item:int}", Right.ARBITRATE, arbiter.decide),
    Page("GET", "/numbers", Right.NUMBERS, oversight.numbers),
    Page("GET", "/audit", Right.AUDIT, oversight.audit),
    Page("GET", "/audit.jsonl", Right.AUDIT, oversight.audit_file),
    Page("GET", "/items/{item:int}/story", Right.AUDIT, oversight.story),
    Page("POST", "/items/{item:int}/reopen", Right.REOPEN, oversight.reopen),
)
"""Every route but the style sheet and the scripts, which are public."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
"""On every answer."""
_LARGEST = 2**31 - 1
"""No item has a greater number: the databases' integers end there."""
LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")


class _Refusal(Exception):
    """Ends a request that breaks a rule of the house."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.response = PlainTextResponse(message, status)


def make_app(desk: Desk, local: User | None = None, settings: AccessSettings = ACCESS) -> Starlette:
    """The application.

    Args:
        desk: the queue at work.
        local: who everybody is where there are no accounts; such an application answers to the machine itself alone.
        settings: limits.
    """
    site = Site(desk, local, settings)
    routes = [Route(page.path, _endpoint(site, page), methods=[page.method]) for page in PAGES]
    static = Mount("/static", StaticFiles(directory=HERE / "static"))
    middleware = [Middleware(_House, hosts=LOOPBACK if local is not None else None)]
    app = Starlette(routes=[*routes, static], middleware=middleware)
    app.state.site = site
    return app


class _House:
    """What holds for every answer: headers, and nothing kept by browsers or proxies but pictures.

    Without accounts a page of another site must not reach it under a name of its own that leads here, so only the
    machine's own names are answered to.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str] | None) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host = Headers(scope=scope).get("host", "")
        if self._hosts is not None and _name_of(host) not in self._hosts:
            await PlainTextResponse("Open the review under 127.0.0.1.", 421)(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, with_headers)


def _name_of(host: str) -> str:
    """A host without its port."""
    return host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host


def _endpoint(site: Site, page: Page) -> Callable[[Request], Awaitable[Response]]:
    """A route's way: who is it, may they, do they come from our own page; only then the page's own work."""

    async def answer(request: Request) -> Response:
        if any(number > _LARGEST for number in request.path_params.values()):
            return PlainTextResponse("Not Found", 404)
        try:
            form = await _form(request, site.settings) if page.method == "POST" else {}
        except _Refusal as refusal:
            return refusal.response
        visit = await run_in_threadpool(_visit, site, request, form)
        if not visit.may(page.right):
            if visit.user is None and page.method == "GET":
                return to("/login")
            return await run_in_threadpool(site.page, "refused", visit, 403)
        return await run_in_threadpool(page.handler, site, visit)

    return answer


def _visit(site: Site, request: Request, form: Mapping[str, str]) -> Visit:
    cookie = request.cookies.get(COOKIE)
    user_id = site.sessions.find(cookie)
    user = site.local
    if user is None and user_id is not None:
        user = site.desk.repository.user(user_id)
    return Visit(
        user=user,
        language=_language(request),
        params={key: str(value) for key, value in request.path_params.items()},
        query=dict(request.query_params),
        form=form,
        address=request.client.host if request.client else "",
        secure=request.url.scheme == "https",
        cookie=cookie,
    )


def _language(request: Request) -> str:
    """As chosen, else as the browser prefers, else Indonesian."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    wanted = request.headers.get("accept-language", "").split(",")[0].strip()[:2].lower()
    return wanted if wanted in LANGUAGES else LANGUAGES[0]


async def _form(request: Request, settings: AccessSettings) -> dict[str, str]:
    """The fields of a form that one of our own pages sent.

    Raises:
        _Refusal: it comes from elsewhere, is too large, or is no form.
    """
    if not same_origin(request.headers, request.url.scheme):
        raise _Refusal(403, "This request does not come from a page of the review.")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > settings.most_body_bytes:
            raise _Refusal(413, "This is more than the review takes.")
    try:
        fields = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=100, strict_parsing=bool(body))
    except ValueError:
        raise _Refusal(400, "This is no form.") from None
    return dict(fields)
