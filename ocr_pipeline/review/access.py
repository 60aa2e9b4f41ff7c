"""Who may do what: roles and rights, passwords and one-time codes, sessions, limits. Without HTTP.

A reviewer sees neither the audit nor the conflict desk before their own entry, so that nothing of the machine's
or of anybody else's can lead them; a supervisor sees everything, and therefore keys nothing.
"""

from __future__ import annotations

import enum
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import itsdangerous
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ocr_pipeline.config import ACCESS, AccessSettings
from ocr_pipeline.store.review import ReviewRepository
from ocr_pipeline.store.review_model import Role, User


class Right(enum.StrEnum):
    """What a route asks for."""

    PUBLIC = "public"
    """Also without logging in."""
    ENTER = "enter"
    """Any account."""
    KEY = "key"
    ARBITRATE = "arbitrate"
    NUMBERS = "numbers"
    AUDIT = "audit"
    REOPEN = "reopen"


RIGHTS: Mapping[Role | None, frozenset[Right]] = {
    None: frozenset({Right.PUBLIC}),
    Role.REVIEWER: frozenset({Right.PUBLIC, Right.ENTER, Right.KEY}),
    Role.ARBITER: frozenset({Right.PUBLIC, Right.ENTER, Right.KEY, Right.ARBITRATE, Right.NUMBERS}),
    Role.SUPERVISOR: frozenset({Right.PUBLIC, Right.ENTER, Right.NUMBERS, Right.AUDIT, Right.REOPEN}),
    Role.OBSERVER: frozenset({Right.PUBLIC, Right.ENTER, Right.NUMBERS, Right.AUDIT}),
    Role.LOCAL: frozenset(Right),
}
"""By role; None for who has not logged in."""

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Of codes: nothing in it looks like something else."""
_CODE_LENGTH = 12
_HASHER = PasswordHasher()


def new_code() -> str:
    """A one-time code of 60 bits, in groups that can be read out."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
    return "-".join(letters[start : start + 4] for start in range(0, _CODE_LENGTH, 4))


def hashed(secret: str) -> str:
    """The argon2id hash of a password or code."""
    return _HASHER.hash(secret)


def _matches(hash_: str | None, secret: str) -> bool:
    try:
        return _HASHER.verify(hash_ or _NOBODYS, secret) and hash_ is not None
    except (VerificationError, InvalidHashError):
        return False


_NOBODYS = hashed(secrets.token_hex())
"""Checked where there is no such account or secret, so that this takes as long as a wrong password."""


def log_in(repository: ReviewRepository, name: str, secret: str) -> tuple[User, bool] | None:
    """The account, and whether a one-time code was spent; None where name or secret is wrong."""
    user = repository.user_named(name)
    if user is not None and user.role is Role.LOCAL:
        user = None
    by_code = user is not None and user.code_hash is not None
    hash_ = None if user is None else user.code_hash if by_code else user.password_hash
    if not _matches(hash_, secret.strip().upper() if by_code else secret) or user is None:
        return None
    if not by_code:
        return user, False
    return (user, True) if user.code_until_s >= repository.now_s() and repository.spend_code(user) else None


@dataclass(slots=True)
class _Session:
    user_id: int
    began_s: float
    used_s: float


class Sessions:
    """Who is logged in: random names, signed, forgotten after idleness, at log-out and when the server stops."""

    def __init__(self, now: Callable[[], float], settings: AccessSettings = ACCESS) -> None:
        self._signer = itsdangerous.Signer(secrets.token_bytes(32), salt="review session")
        self._now = now
        self._settings = settings
        self._open: dict[str, _Session] = {}
        self._lock = threading.Lock()

    def open(self, user_id: int) -> str:
        """A new session; the cookie's value. It never takes over a name that a browser brought."""
        name = secrets.token_urlsafe(32)
        now = self._now()
        with self._lock:
            self._open = {key: one for key, one in self._open.items() if self._alive(one, now)}
            self._open[name] = _Session(user_id, now, now)
        return self._signer.sign(name).decode()

    def find(self, cookie: str | None) -> int | None:
        """Whose session it is; None where the cookie is forged, or the session has ended."""
        name = self._name(cookie)
        now = self._now()
        with self._lock:
            session = self._open.get(name)
            if session is None or not self._alive(session, now):
                self._open.pop(name, None)
                return None
            session.used_s = now
            return session.user_id

    def close(self, cookie: str | None) -> None:
        """Ends a session."""
        with self._lock:
            self._open.pop(self._name(cookie), None)

    def _alive(self, session: _Session, now: float) -> bool:
        idle, age = now - session.used_s, now - session.began_s
        return idle <= self._settings.idle_s and age <= self._settings.longest_s

    def _name(self, cookie: str | None) -> str:
        try:
            return self._signer.unsign(cookie or "").decode()
        except (itsdangerous.BadSignature, UnicodeDecodeError):
            return ""


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last_s: float = 0.0


@dataclass(slots=True)
class LoginLimit:
    """Makes those wait who keep giving wrong passwords: an account by its name, a browser by its address."""

    now: Callable[[], float]
    settings: AccessSettings = ACCESS
    _failures: dict[str, _Failures] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait_s(self, *who: str) -> float:
        """How long these must wait before the next attempt; 0 where they need not."""
        now = self.now()
        with self._lock:
            waits = [
                found.last_s + self.settings.failure_wait_s - now
                for key in who
                if (found := self._failures.get(key)) is not None and found.count >= self.settings.most_failures
            ]
        return max([0.0, *waits])

    def failed(self, *who: str) -> None:
        """Counts a wrong attempt; what lies back longer than the wait no longer counts."""
        now = self.now()
        with self._lock:
            recent = now - self.settings.failure_wait_s
            self._failures = {key: one for key, one in self._failures.items() if one.last_s >= recent}
            for key in who:
                found = self._failures.setdefault(key, _Failures())
                found.count, found.last_s = found.count + 1, now

    def succeeded(self, *who: str) -> None:
        """Forgets the wrong attempts."""
        with self._lock:
            for key in who:
                self._failures.pop(key, None)


def same_origin(headers: Mapping[str, str], scheme: str) -> bool:
    """Whether a request that changes something comes from a page of ours, by what the browser itself says."""
    site = headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    origin = headers.get("origin")
    if origin is None:
        return site is not None
    return origin == f"{scheme}://{headers.get('host', '')}"
