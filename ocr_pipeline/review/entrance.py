"""Coming and going: log-in, one-time codes, passwords, language, log-out."""

from __future__ import annotations

from starlette.responses import Response

from ocr_pipeline.review import access
from ocr_pipeline.review.access import Right
from ocr_pipeline.review.site import COOKIE, LANGUAGE_COOKIE, Site, Visit, to
from ocr_pipeline.review.words import LANGUAGES

_LONGEST_NAME = 80
_LONGEST_SECRET = 200


def home(site: Site, visit: Visit) -> Response:
    """The page somebody works on."""
    return to("/work" if visit.may(Right.KEY) else "/numbers")


def login(site: Site, visit: Visit) -> Response:
    """Asks for name and password."""
    return to("/") if visit.user is not None else site.page("login", visit, problem="", name="")


def log_in(site: Site, visit: Visit) -> Response:
    """Lets somebody in, in a new session, or says no without saying why."""
    name = visit.form.get("name", "").strip()[:_LONGEST_NAME]
    who = (f"name {name}", f"address {visit.address}")
    wait = site.limit.wait_s(*who)
    if wait > 0:
        problem = visit.say("wait", seconds=round(wait))
        return site.page("login", visit, 429, problem=problem, name=name)
    found = access.log_in(site.desk.repository, name, visit.form.get("secret", "")[:_LONGEST_SECRET])
    if found is None:
        site.limit.failed(*who)
        site.desk.repository.note(name or "?", "failed to log in", {"address": visit.address})
        return site.page("login", visit, 403, problem=visit.say("wrong password"), name=name)
    user, by_code = found
    site.limit.succeeded(*who)
    site.sessions.close(visit.cookie)
    site.desk.repository.note(user.name, "logged in", {"by": "code" if by_code else "password"})
    response = to("/password" if by_code else "/")
    cookie = site.sessions.open(user.user_id)
    response.set_cookie(COOKIE, cookie, httponly=True, samesite="strict", secure=visit.secure, path="/")
    return response


def log_out(site: Site, visit: Visit) -> Response:
    """Ends the session."""
    site.sessions.close(visit.cookie)
    response = to("/login")
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict", secure=visit.secure)
    return response


def password(site: Site, visit: Visit) -> Response:
    """Asks for a new password."""
    return site.page("password", visit, problem="", least=site.settings.least_password)


def set_password(site: Site, visit: Visit) -> Response:
    """Gives the account a password."""
    secret = visit.form.get("secret", "")
    if len(secret) < site.settings.least_password or len(secret) > _LONGEST_SECRET:
        problem = visit.say("password too short", least=site.settings.least_password)
        return site.page("password", visit, 422, problem=problem, least=site.settings.least_password)
    user = visit.person
    if site.local is None:
        secrets = {"password_hash": access.hashed(secret)}
        site.desk.repository.add_user(user.name, user.role, secrets, user.name)
    return to("/")


def language(site: Site, visit: Visit) -> Response:
    """Changes the language of the pages."""
    chosen = visit.form.get("language", "")
    response = to("/")
    if chosen in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, chosen, httponly=True, samesite="strict", secure=visit.secure, path="/")
    return response
