"""Sixteen people at once over the web, and every byte they are sent: nothing in it tells what anybody else read."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence

import httpx
import pytest
from starlette.applications import Starlette

from ocr_pipeline.forms import load_catalogue
from ocr_pipeline.review.app import make_app
from ocr_pipeline.review.desk import Desk
from ocr_pipeline.store.review import ReviewRepository
from ocr_pipeline.store.review_model import Kind, NewItem, NewPart, Purpose, State, User

from .world import FORM, resolve, sha_of

PEOPLE = 16
TOKEN = re.compile(rb"999\d{9}")
"""What every number of this test looks like, the machine's and those people key, and nothing else does."""


def token(number: int, variant: int) -> str:
    return f"999{number:06d}{variant:03d}"


async def work(client: httpx.AsyncClient, seed: int, leaks: list[str], keyed: list[tuple[int, int]]) -> None:
    """Keys until nothing is left, rightly or not, and looks at every byte that comes back."""
    chance = random.Random(seed)

    async def ask(method: str, path: str, **data: str) -> str:
        answer = await client.request(method, path, data=data or None)
        sent = answer.content + repr(answer.headers.items()).encode()
        if TOKEN.search(sent) or answer.status_code >= 500:
            leaks.append(f"{method} {path}: {answer.status_code}")
        return answer.headers.get("location", "")

    path = await ask("GET", "/work")
    while "/items/" in path:
        item = int(path.rpartition("/")[2])
        await ask("GET", path)
        if chance.random() < 0.1:  # also what they were not given
            for other in (f"/items/{item}/story", f"/conflicts/{item}", f"/items/{item + 1}", "/audit.jsonl"):
                await ask("GET", other)
        variant = 0 if chance.random() < 0.9 else seed
        path = await ask("POST", path, answer0=token(item, variant))
        keyed.append((seed, item))
        if "/items/" not in path:
            path = await ask("GET", "/work")


async def all_work(app: Starlette, users: Sequence[User], leaks: list[str], keyed: list[tuple[int, int]]) -> None:
    """All at once; then those who left early look again for what others left to them."""
    async with contextlib.AsyncExitStack() as stack:
        clients = []
        for user in users:
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(app),
                base_url="http://testserver",
                headers={"Origin": "http://testserver"},
                cookies={"review_session": app.state.site.sessions.open(user.user_id)},
                timeout=60.0,
            )
            clients.append(await stack.enter_async_context(client))
        await asyncio.gather(*(work(client, seed, leaks, keyed) for seed, client in enumerate(clients, 1)))
        for seed, client in enumerate(clients, 1):
            await work(client, seed, leaks, keyed)


@pytest.mark.parametrize("count", [48, pytest.param(2000, marks=pytest.mark.slow)])
def test_no_byte_sent_tells_what_the_machine_or_anybody_else_read(
    repository: ReviewRepository, person: Callable[..., User], count: int
) -> None:
    for number in range(1, count + 1):
        part = NewPart("paslon_1", sha_of(f"photo {number}"), "01", token(number, 0))
        asked = (Kind.FIELD, Purpose.FLAGGED, f"S{number}", FORM, "LOW_CONFIDENCE", None)
        effect = 1.0 if number % 2 else 50.0
        item = NewItem(*asked, f"read as {token(number, 0)}", f"terbaca {token(number, 0)}", effect, (part,))
        repository.add_items([(item, float(number))])
    desk = Desk(repository, load_catalogue(), resolve, {})
    app = make_app(desk)
    leaks: list[str] = []
    keyed: list[tuple[int, int]] = []
    users = [person(f"p{number}") for number in range(PEOPLE)]
    asyncio.run(all_work(app, users, leaks, keyed))
    desk.finish()
    assert leaks == []
    assert max(Counter(keyed).values()) == 1
    states = repository.states()
    assert set(states) <= {State.CLOSED, State.CONFLICT} and sum(states.values()) == count
    assert len(repository.keyed()) == len(keyed)
    assert repository.audit_broken() is None
