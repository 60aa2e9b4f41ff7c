"""What every page of the review has in common: who visits, in which language, and how answers are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ocr_pipeline.config import ACCESS, AccessSettings
from ocr_pipeline.review.access import RIGHTS, LoginLimit, Right, Sessions
from ocr_pipeline.review.desk import Desk
from ocr_pipeline.review.words import LANGUAGES, WORDS
from ocr_pipeline.store.review_model import Filter, Role, User

HERE = Path(__file__).parent
COOKIE = "review_session"
LANGUAGE_COOKIE = "review_language"


@dataclass(frozen=True, slots=True)
class Visit:
    """One request, with nothing of the web but what pages need."""

    user: User | None
    language: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    address: str
    """Of the browser."""
    secure: bool
    """Whether it came over HTTPS."""
    cookie: str | None

    @property
    def person(self) -> User:
        """Who visits, on pages that ask for a right."""
        assert self.user is not None
        return self.user

    @property
    def role(self) -> Role | None:
        """Of who visits; None for a stranger."""
        return None if self.user is None else self.user.role

    @property
    def wanted(self) -> Filter:
        """Which items they want to see."""
        return Filter(self.query.get("region", "")[:13], self.query.get("reason", "")[:40])

    def may(self, right: Right) -> bool:
        """Whether they have a right."""
        return right in RIGHTS[self.role]

    def say(self, key: str, **parts: object) -> str:
        """A sentence of the interface in their language."""
        return WORDS[key][LANGUAGES.index(self.language)].format(**parts)


class Site:
    """The parts all pages share."""

    def __init__(self, desk: Desk, local: User | None, settings: AccessSettings = ACCESS) -> None:
        self.desk = desk
        self.local = local
        self.settings = settings
        self.sessions = Sessions(desk.repository.now_s, settings)
        self.limit = LoginLimit(desk.repository.now_s, settings)
        loader = jinja2.FileSystemLoader(HERE / "templates")
        self._templates = jinja2.Environment(
            loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )

    def page(self, template: str, visit: Visit, status: int = 200, /, **parts: Any) -> Response:
        """A page from its template."""
        drawn = self._templates.get_template(f"{template}.html")
        text = drawn.render(visit=visit, say=visit.say, Right=Right, local=self.local is not None, **parts)
        return HTMLResponse(text, status)


Handler = Callable[[Site, Visit], Response]


@dataclass(frozen=True, slots=True)
class Page:
    """One route."""

    method: str
    path: str
    right: Right
    handler: Handler


def to(path: str) -> Response:
    """Sends the browser on, as after everything that changes something."""
    return RedirectResponse(path, 303)
