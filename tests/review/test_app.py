"""The review on the web, asked as a browser asks: who may do what, what is sent, what is refused."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ocr_pipeline.config import ACCESS
from ocr_pipeline.forms import load_catalogue
from ocr_pipeline.review.access import RIGHTS, Right, hashed
from ocr_pipeline.review.app import HEADERS, PAGES, make_app
from ocr_pipeline.review.desk import Desk
from ocr_pipeline.review.words import LANGUAGES, WORDS
from ocr_pipeline.store.review import ReviewRepository
from ocr_pipeline.store.review_model import Filter, Role, State, User

from .world import SURE, Clock, fill, resolve, station_code

ORIGIN = {"Origin": "http://testserver", "Accept-Language": "en"}
SECRET = "correct horse battery"
HASH = hashed(SECRET)
MACHINE = "437"
"""The machine's number of every item below: it stands nowhere else."""


@dataclass
class World:
    desk: Desk
    clock: Clock
    app: Starlette
    people: dict[str, User]

    @property
    def repository(self) -> ReviewRepository:
        return self.desk.repository

    def browser(self, name: str | None = None) -> TestClient:
        client = TestClient(self.app, headers=ORIGIN, follow_redirects=False)
        if name is not None:
            client.cookies.set(
                "review_session", self.app.state.site.sessions.open(self.repository.user_named(name).user_id)
            )
        return client

    def items(self) -> list[int]:
        return self.desk.ahead(self.people["reviewer"], Filter(), 50)


@pytest.fixture
def world(repository: ReviewRepository, clock: Clock, tmp_path: Path) -> Iterator[World]:
    folder = tmp_path / "photos <img src=x onerror=alert(1)>"
    folder.mkdir()
    pages = {"paslon_1": (437, 0.6), "paslon_2": (12, SURE), "paslon_3": (3, SURE)}
    stations = {station_code(number): {2: pages} for number in range(1, 5)}
    fill(repository, stations, str(folder))
    for station in stations:
        sheet = Image.new("RGB", (1000, 700), "white")
        ImageDraw.Draw(sheet).text((610, 110), "437", fill="black")
        sheet.save(folder / f"{station}-p2.jpg")
    desk = Desk(repository, load_catalogue(), resolve, {})
    desk.refresh()
    people = {}
    for name, role in [*((role.value, role) for role in Role if role is not Role.LOCAL), ("second", Role.REVIEWER)]:
        repository.add_user(name, role, {"password_hash": HASH}, "test")
        user = repository.user_named(name)
        assert user is not None
        people[name] = user
    yield World(desk, clock, make_app(desk), people)
    desk.finish()


def address(path: str, item: int) -> str:
    return path.replace("{item:int}", str(item)).replace("{place:int}", "0")


# ---- who may do what ---------------------------------------------------------------------------------------------

WHO = (None, Role.REVIEWER, Role.ARBITER, Role.SUPERVISOR, Role.OBSERVER)
MAY: dict[Right, tuple[Role | None, ...]] = {
    Right.PUBLIC: WHO,
    Right.ENTER: WHO[1:],
    Right.KEY: (Role.REVIEWER, Role.ARBITER),
    Right.ARBITRATE: (Role.ARBITER,),
    Right.NUMBERS: (Role.ARBITER, Role.SUPERVISOR, Role.OBSERVER),
    Right.AUDIT: (Role.SUPERVISOR, Role.OBSERVER),
    Right.REOPEN: (Role.SUPERVISOR,),
}
"""The table of rights, written down a second time."""


@pytest.fixture
def sqlite_world(world: World, location: str) -> World:
    if "://" in location:
        pytest.skip("the pages are the same on every database")
    return world


def test_every_route_lets_in_whom_it_should_and_nobody_else(sqlite_world: World) -> None:
    world = sqlite_world
    item = world.items()[0]
    for page, role in itertools.product(PAGES, WHO):
        client = world.browser(role.value if role else None)
        path = address(page.path, item)
        answer = client.request(page.method, path, data={} if page.method == "POST" else None)
        allowed = role in MAY[page.right]
        assert allowed == (page.right in RIGHTS[role])
        if allowed:
            assert answer.status_code != 403 or page.path == "/login", (page, answer.status_code)
            assert answer.status_code < 500
        elif role is None and page.method == "GET":
            assert (answer.status_code, answer.headers["location"]) == (303, "/login"), page
        else:
            assert answer.status_code == 403, page


def test_every_route_is_in_the_table() -> None:
    assert len({(page.method, page.path) for page in PAGES}) == len(PAGES) == 24
    assert set(MAY) == set(Right)
    assert RIGHTS[Role.LOCAL] == frozenset(Right)


def test_other_methods_are_not_known(sqlite_world: World) -> None:
    client = sqlite_world.browser("supervisor")
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "OPTIONS"):
        assert client.request(method, "/numbers").status_code == 405


# ---- nobody is led ----------------------------------------------------------------------------------------------


def test_nothing_sent_before_ones_own_entry_holds_what_the_machine_or_the_other_person_said(world: World) -> None:
    """On the bytes of every answer, headers included, to both people and to an arbiter who has not keyed."""
    first, second, arbiter = (world.browser(name) for name in ("reviewer", "second", "arbiter"))
    sent: list[bytes] = []

    def ask(client: TestClient, method: str, path: str, **data: str) -> str:
        answer = client.request(method, path, data=data or None)
        if answer.headers.get("content-type") != "image/jpeg":
            sent.append(answer.content + repr(sorted(answer.headers.items())).encode())
        return answer.headers.get("location", "")

    def look(client: TestClient, path: str) -> None:
        ask(client, "GET", path)
        item = re.search(r"\d+", path)
        assert item is not None
        for what in ("crop", "page", "photo"):
            ask(client, "GET", f"/items/{item[0]}/{what}/0")
        ask(client, "POST", f"{path}/draft", answer0="4")
        ask(client, "GET", path)

    path = ask(first, "GET", "/work")
    look(first, path)
    assert all(MACHINE.encode() not in one for one in sent)
    ask(first, "POST", path, answer0="446", comment="four four six")
    ask(first, "GET", path)  # keyed before: refused
    sent.clear()  # from here on only what goes to others
    for client in (second, arbiter):
        for known in ("/work", "/", path, "/conflicts", f"/conflicts/{path.rpartition('/')[2]}"):
            ask(client, "GET", known)
        ask(client, "POST", f"{path}/skip")
    ask(arbiter, "GET", "/numbers")
    for page in PAGES:  # and whatever else the second person may ask for
        if page.method == "GET" and page.right in RIGHTS[Role.REVIEWER]:
            ask(second, "GET", address(page.path, int(path.rpartition("/")[2])))
    look(second, path)
    for said in (MACHINE, "446", "four four six"):
        assert all(said.encode() not in one for one in sent)
    ask(second, "POST", path, answer0="456")
    assert world.repository.item(int(path.rpartition("/")[2])).state is State.CONFLICT


def test_seeded_and_sampled_items_look_like_any_other(repository: ReviewRepository, world: World) -> None:
    seeded = Desk(repository, load_catalogue(), resolve, {(f"{station_code(1)}-p2.jpg", "paslon_2"): 12})
    texts = {}
    from ocr_pipeline.config import ITEMS
    from ocr_pipeline.review.items import items_of, priority

    for stored in repository.stations():
        items = items_of(stored, {}, seeded._known, replace(ITEMS, seed_share=1.0, sample_share=1.0))
        repository.add_items([(item, priority(item)) for item in items])
    client = world.browser("reviewer")
    for item_id in world.items():
        item = repository.item(item_id)
        text = client.get(f"/items/{item_id}").text
        text = re.sub(r'data-ahead="[^"]*"|\d+', "", text.replace(item.parts[0].label, "label"))
        texts.setdefault(item.purpose, set()).add(text)
        world.desk.skip(item_id, world.people["reviewer"])
    assert len(texts) == 3
    assert len(set.union(*texts.values())) == 1


# ---- the way of a day -------------------------------------------------------------------------------------------


def test_from_two_entries_to_a_closed_conflict(world: World) -> None:
    first, second, arbiter = (world.browser(name) for name in ("reviewer", "second", "arbiter"))
    path = first.get("/work").headers["location"]
    following = first.post(path, data={"answer0": "446", "since": "0"}).headers["location"]
    assert following != path
    assert second.get(path).status_code == 200
    assert second.post(path, data={"answer0": "437"}).status_code == 303
    page = arbiter.get("/conflicts").text
    where = re.search(r"/conflicts/\d+", page)
    assert where is not None
    shown = arbiter.get(where[0]).text
    assert "446" in shown and shown.count("437") >= 2
    assert "Give the reason." in arbiter.post(where[0], data={"choice": "1", "reason": " "}).text
    assert "Choose one." in arbiter.post(where[0], data={"choice": "9", "reason": "seen"}).text
    assert arbiter.post(where[0], data={"choice": "1", "reason": "seen"}).headers["location"] == "/conflicts"
    story = world.browser("observer").get(f"/items/{where[0].rpartition('/')[2]}/story").text
    assert "arbiter" in story and "seen" in story and "closed" in story


def test_a_wrong_sum_is_asked_back_and_may_be_so_written(repository: ReviewRepository, world: World) -> None:
    votes = {f"paslon_{number}": (10 * number, SURE) for number in (1, 2, 3)}
    fill(repository, {station_code(8): {2: votes, 3: {"suara_sah": (260, SURE)}}}, "gone")
    world.desk.refresh()
    client = world.browser("reviewer")
    path = client.get("/work?reason=SUM_MISMATCH").headers["location"]
    typed = {"answer0": "10", "answer1": "20", "answer2": "x", "answer3": "260"}
    asked = client.post(path, data=typed)
    assert asked.status_code == 422
    assert "10 + 20 + 0 = 30, the form says 260: 230 too many" in asked.text
    assert 'value="x"' in asked.text
    assert "Key a number" in client.post(path, data=typed | {"answer1": ""}).text
    assert client.post(path, data=typed | {"so_written": "yes"}).status_code == 303
    (entry,) = repository.item(int(re.search(r"\d+", path)[0])).entries
    assert (entry.answers, entry.so_written) == (("10", "20", "crossed out", "260"), True)


NONSENSE = [
    ({"answer0": "7a"}, "Digits only"),
    ({"answer0": "1234"}, "More digits than"),
    ({"answer0": "-3"}, "Digits only"),
    ({"answer0": "٣"}, "Digits only"),
    ({"about": "reject"}, "Give the reason"),
    ({"about": "move", "station": "12", "comment": "x"}, "13 digits"),
]


def test_what_makes_no_sense_is_asked_back(sqlite_world: World) -> None:
    client = sqlite_world.browser("reviewer")
    path = client.get("/work").headers["location"]
    for typed, says in NONSENSE:
        answer = client.post(path, data=typed)
        assert (answer.status_code, says in answer.text) == (422, True), typed


def test_what_was_typed_is_there_again_after_undo(sqlite_world: World) -> None:
    client = sqlite_world.browser("reviewer")
    path = client.get("/work").headers["location"]
    client.post(path, data={"answer0": "b"})
    back = client.post("/undo").headers["location"]
    assert back == path
    assert 'name="answer0" value="B"' in client.get(path).text
    sqlite_world.clock.now_s += 10_000
    assert client.get(path).headers["location"] == "/login"  # idle
    client = sqlite_world.browser("reviewer")
    assert client.post("/undo").status_code == 409


def test_a_photo_that_has_gone_is_said_to_have_gone(sqlite_world: World) -> None:
    client = sqlite_world.browser("reviewer")
    item = sqlite_world.items()[0]
    assert client.get(f"/items/{item}/crop/0").headers["content-type"] == "image/jpeg"
    source = sqlite_world.desk.photo(sqlite_world.repository.item(item).parts[0].content)
    Path(source.path).unlink()
    answer = client.get(f"/items/{item}/page/0")
    assert (answer.status_code, "no longer where it was" in answer.text) == (404, True)


def test_pages_are_light(sqlite_world: World) -> None:
    """All that an item needs the first time: page, style, script, icon and picture."""
    client = sqlite_world.browser("reviewer")
    path = client.get("/work").headers["location"]
    needed = [path, f"{path}/crop/0", "/static/style.css", "/static/keys.js", "/static/icon.svg"]
    assert sum(len(client.get(one).content) for one in needed) < 150_000


def test_numbers_and_audit_tell_what_was_done(world: World) -> None:
    client = world.browser("reviewer")
    path = client.get("/work").headers["location"]
    client.post(path, data={"answer0": "437", "comment": "clear"})
    numbers = world.browser("supervisor").get("/numbers").text
    assert "reviewer" in numbers and "needs a second person" in numbers
    audit = world.browser("observer").get("/audit?check=1").text
    assert "The chain holds" in audit and "clear" in audit and "keyed" in audit
    lines = world.browser("observer").get("/audit.jsonl").text.splitlines()
    assert len(lines) == world.repository.audit_head()[0] and '"typed":["437"]' in "".join(lines)
    older = world.browser("observer").get("/audit?before=3").text
    assert older.count("<tr>") == 3


def test_a_supervisor_has_a_closed_item_asked_again(world: World) -> None:
    path = world.browser("reviewer").get("/work").headers["location"]
    world.browser("reviewer").post(path, data={"answer0": "5"})
    supervisor = world.browser("supervisor")
    assert supervisor.post(f"{path}/reopen", data={"reason": "why not"}).status_code == 409
    world.browser("second").get(path)
    world.browser("second").post(path, data={"answer0": "5"})
    assert supervisor.post(f"{path}/reopen", data={"reason": ""}).status_code == 303
    assert supervisor.post(f"{path}/reopen", data={"reason": "a complaint"}).status_code == 303
    assert "reopened" in supervisor.get(f"{path}/story").text


# ---- attacks ----------------------------------------------------------------------------------------------------


def test_every_answer_carries_the_headers_and_no_page_an_inline_script(sqlite_world: World) -> None:
    client = sqlite_world.browser("supervisor")
    for path in ("/login", "/numbers", "/audit", "/nowhere", "/static/keys.js", "/items/1/crop/0"):
        answer = client.get(path)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "unsafe" not in HEADERS["Content-Security-Policy"]
    for template in (Path(__file__).parents[2] / "ocr_pipeline/review/templates").glob("*.html"):
        text = template.read_text()
        assert not re.search(r"\son\w+=|style=|<style|javascript:|\|\s*safe|https?://", text), template.name
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "http://testserver.evil.example"},
    {"Origin": "http://testserver:81"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://testserver"},
    {"Sec-Fetch-Site": "none"},
    {},
]


def test_a_change_asked_for_by_another_site_is_refused(sqlite_world: World) -> None:
    client = sqlite_world.browser("reviewer")
    path = client.get("/work").headers["location"]
    del client.headers["Origin"]
    for page, headers in itertools.product(PAGES, FOREIGN):
        if page.method == "POST":
            answer = client.post(address(page.path, sqlite_world.items()[0]), data={"answer0": "1"}, headers=headers)
            assert answer.status_code == 403, (page, headers)
    assert sqlite_world.repository.item(int(path.rpartition("/")[2])).entries == ()
    assert client.post(path, data={"answer0": "1"}, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303


def test_a_session_brought_along_is_not_taken_over(sqlite_world: World) -> None:
    client = sqlite_world.browser()
    chosen = {"Cookie": "review_session=chosen-by-somebody-else"}
    client.post("/login", data={"name": "reviewer", "secret": SECRET}, headers=chosen)
    mine = client.cookies["review_session"]
    assert "chosen" not in mine
    again = client.post("/login", data={"name": "reviewer", "secret": SECRET})
    renewed = client.cookies["review_session"]
    assert renewed != mine
    header = again.headers["set-cookie"].lower()
    assert all(part in header for part in ("httponly", "samesite=strict", "path=/"))
    old = sqlite_world.browser()
    old.cookies.set("review_session", mine)
    assert old.get("/work").headers["location"] == "/login"
    forged = sqlite_world.browser()
    forged.cookies.set("review_session", renewed[:-1] + ("a" if renewed[-1] != "a" else "b"))
    assert forged.get("/work").headers["location"] == "/login"


def test_log_out_ends_the_session_also_for_who_kept_the_cookie(sqlite_world: World) -> None:
    client = sqlite_world.browser("reviewer")
    kept = client.cookies["review_session"]
    client.post("/logout")
    thief = sqlite_world.browser()
    thief.cookies.set("review_session", kept)
    assert thief.get("/work").headers["location"] == "/login"


def test_who_is_idle_is_logged_out_and_who_works_is_not_until_the_day_is_over(sqlite_world: World) -> None:
    client = sqlite_world.browser("reviewer")
    for _ in range(int(ACCESS.longest_s // (ACCESS.idle_s - 1))):
        sqlite_world.clock.now_s += ACCESS.idle_s - 1
        assert client.get("/work").headers["location"] != "/login"
    sqlite_world.clock.now_s += ACCESS.idle_s - 1
    assert client.get("/work").headers["location"] == "/login"


def test_guessing_passwords_is_slowed_down_and_written_down(sqlite_world: World) -> None:
    client = sqlite_world.browser()
    for _ in range(ACCESS.most_failures):
        assert client.post("/login", data={"name": "reviewer", "secret": "guess"}).status_code == 403
    assert client.post("/login", data={"name": "reviewer", "secret": SECRET}).status_code == 429
    sqlite_world.clock.now_s += ACCESS.failure_wait_s + 1
    assert client.post("/login", data={"name": "reviewer", "secret": SECRET}).status_code == 303
    assert "failed to log in" in sqlite_world.repository.audit_newest(3)[1].text


def test_a_one_time_code_works_once_and_leads_to_a_password(sqlite_world: World) -> None:
    secrets = {"code_hash": hashed("ABCD-EFGH-JKLM"), "code_until_s": sqlite_world.clock.now_s + 10}
    sqlite_world.repository.add_user("new", Role.REVIEWER, secrets, "test")
    client = sqlite_world.browser()
    login = {"name": "new", "secret": "abcd-efgh-jklm"}
    assert client.post("/login", data=login).headers["location"] == "/password"
    assert "at least 10" in client.post("/password", data={"secret": "short"}).text
    assert client.post("/password", data={"secret": SECRET}).headers["location"] == "/"
    assert sqlite_world.browser().post("/login", data=login).status_code == 403
    assert sqlite_world.browser("new").get("/work").status_code == 303
    sqlite_world.repository.add_user("late", Role.REVIEWER, secrets | {"code_until_s": 0.0}, "test")
    assert sqlite_world.browser().post("/login", data=login | {"name": "late"}).status_code == 403


HOSTILE = (
    "/items/../../etc/passwd",
    "/items/1/crop/../../../../etc/passwd",
    "/items/1/crop/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "/items/1/crop/0%00.jpg",
    "/items/-1/crop/0",
    "/items/1/crop/99",
    "/items/99999999/page/0",
    "/items/1%20OR%201=1/crop/0",
    "/static/../app.py",
    "/static/%2e%2e/app.py",
    "/static/..%2fapp.py",
    "/static//etc/passwd",
    "/items/99999999999999999999999999/crop/0",
)


def test_no_address_leads_out_of_the_pictures(sqlite_world: World) -> None:
    client = sqlite_world.browser("reviewer")
    for path in HOSTILE:
        answer = client.get(path)
        assert answer.status_code in (404, 400), path
        assert b"root:" not in answer.content and b"import" not in answer.content


def test_hostile_names_and_comments_are_text(world: World) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>'\"); DROP TABLE users; --"
    client, second = world.browser("reviewer"), world.browser("second")
    path = client.get("/work").headers["location"]
    client.post(path, data={"answer0": "446", "comment": evil})
    second.get(path)
    second.post(path, data={"answer0": "456", "comment": evil})
    item = path.rpartition("/")[2]
    pages = [
        *(world.browser("arbiter").get(one) for one in ("/conflicts", f"/conflicts/{item}")),
        *(world.browser("supervisor").get(one) for one in ("/audit", f"/items/{item}/story", "/numbers")),
    ]
    pages.append(world.browser("supervisor").get("/numbers", params={"region": evil, "reason": evil}))
    pages.append(world.browser().post("/login", data={"name": evil, "secret": "x"}))
    assert any("alert(1)" in page.text for page in pages)
    for page in pages:
        assert "<script>" not in page.text and "<img src=x" not in page.text
        assert page.status_code in (200, 403)
    assert len(world.repository.keyed()) == 2
    assert world.browser("reviewer").get("/work", params={"region": "' OR '1'='1"}).status_code in (200, 303)


def test_a_body_that_is_too_large_or_no_form_is_refused(sqlite_world: World) -> None:
    client = sqlite_world.browser("reviewer")
    path = f"/items/{sqlite_world.items()[0]}"
    assert client.post(path, content=b"a" * (ACCESS.most_body_bytes + 1)).status_code == 413
    chunks = (b"a=" + b"b" * 9_000 for _ in range(20))
    assert client.post(path, content=chunks).status_code == 413
    assert client.post(path, content=b"\xff\xfe").status_code == 400
    assert client.post(path, content=b"&".join(b"a=1" for _ in range(200))).status_code == 400


def test_without_accounts_only_the_machine_itself_is_answered(repository: ReviewRepository, location: str) -> None:
    repository.add_user("local", Role.LOCAL, {}, "test")
    desk = Desk(repository, load_catalogue(), resolve, {})
    app = make_app(desk, repository.user_named("local"))
    client = TestClient(app, base_url="http://127.0.0.1:8000", headers={"Accept-Language": "en"})
    answer = client.get("/work")
    assert answer.status_code == 200 and "open to this computer alone" in answer.text
    rebound = client.get("/work", headers={"Host": "evil.example:8000"})
    assert rebound.status_code == 421
    desk.finish()


# ---- languages --------------------------------------------------------------------------------------------------


def test_pages_speak_the_language_asked_for(sqlite_world: World) -> None:
    client = sqlite_world.browser()
    assert "Password or one-time code" in client.get("/login").text
    assert "Kata sandi" in client.get("/login", headers={"Accept-Language": "fr"}).text
    client.post("/language", data={"language": "id"})
    assert "Kata sandi" in client.get("/login").text


def test_every_sentence_is_there_in_both_languages_with_the_same_parts() -> None:
    assert LANGUAGES == ("id", "en")
    for key, sentences in WORDS.items():
        parts = [set(re.findall(r"{(\w+)}", sentence)) for sentence in sentences]
        assert parts[0] == parts[1] and all(sentences), key
