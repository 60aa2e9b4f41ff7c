"""A day of the review in a real browser, by keyboard alone: from ``run`` on the samples to every flag worked.

Two people key what they see, one of them misreads a number, an arbiter decides; then the export tells who and why.
Needs Playwright and Debian's Chromium; screenshots go to ``OCR_PIPELINE_SCREENSHOTS`` where that names a folder.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ocr_pipeline.cli import cli
from ocr_pipeline.review.access import hashed
from ocr_pipeline.store.review import ReviewRepository, open_review
from ocr_pipeline.store.review_model import Item, Kind, Role, State
from ocr_pipeline.tabulate.export import What, export_rows

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Debian's Chromium is not installed")

SHOTS = os.environ.get("OCR_PIPELINE_SCREENSHOTS")
ROOT = Path(__file__).parents[2]
SECRET = "correct horse battery"
PEOPLE = {"ani": Role.REVIEWER, "budi": Role.REVIEWER, "citra": Role.ARBITER, "dewi": Role.SUPERVISOR}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The samples, read, with four accounts."""
    path = tmp_path_factory.mktemp("walk") / "samples.sqlite"
    done = CliRunner().invoke(cli, ["run", str(ROOT / "samples"), "--db", str(path), "--jobs", "1", "--quiet"])
    assert done.exit_code in (0, None), done.output
    with open_review(str(path)) as repository:
        password = hashed(SECRET)
        for name, role in PEOPLE.items():
            repository.add_user(name, role, {"password_hash": password}, "test")
    return path


@pytest.fixture(scope="module")
def address(database: Path) -> Iterator[str]:
    """Of a running server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "ocr_pipeline", "review", "--db", str(database), "--port", str(port)]
    command += ["--seeds", str(ROOT / "samples" / "labels.jsonl")]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as server:
        for _ in range(100):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/login", timeout=1)
                break
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
        server.terminate()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Person:
    """Somebody before a browser who touches nothing but the keyboard."""

    page: Any
    address: str

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def send(self, key: str = "Enter") -> None:
        """Presses a key that leads to another page."""
        with self.page.expect_navigation(wait_until="load"):
            self.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def log_in(self, name: str) -> None:
        self.page.goto(self.address)
        self.tab_to("#name")
        self.type(name)
        self.press("Tab")
        self.type(SECRET)
        self.send()

    def tab_to(self, selector: str, back: bool = False) -> None:
        """Moves the focus with the tabulator until it stands on an element."""
        for _ in range(40):
            if self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
            self.press("Shift+Tab" if back else "Tab")
        raise AssertionError(f"{selector} cannot be reached by keyboard")

    def item(self) -> int | None:
        last = self.page.url.partition("?")[0].rpartition("/")[2]
        return int(last) if last.isdigit() else None

    def shot(self, name: str) -> None:
        if SHOTS is None:
            return
        self.page.wait_for_load_state("networkidle")
        self.page.screenshot(path=Path(SHOTS) / f"{name}.png")


@pytest.fixture
def person(chromium: Any, address: str) -> Iterator[Callable[..., Person]]:
    contexts = []
    complaints: list[str] = []

    def make(name: str, **options: Any) -> Person:
        contexts.append(chromium.new_context(locale="en-GB", viewport={"width": 1180, "height": 760}, **options))
        page = contexts[-1].new_page()
        page.set_default_timeout(8000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        made = Person(page, address)
        made.log_in(name)
        return made

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def truth() -> dict[tuple[str, str], int]:
    """What is written on the samples, by photo and field."""
    lines = [json.loads(line) for line in (ROOT / "samples" / "labels.jsonl").read_text().splitlines()]
    return {
        (line["photo"], name): told["value"]
        for line in lines
        for name, told in line["fields"].items()
        if told.get("value") is not None
    }


def written(repository: ReviewRepository, item: Item, truth: dict[tuple[str, str], int]) -> list[str]:
    """What a person sees in the boxes of an item."""
    seen = []
    for part in item.parts:
        found = repository.photo_of(part.content)
        assert found is not None
        seen.append(str(truth[Path(found[0]).name, part.field]))
    return seen


def key_one(who: Person, repository: ReviewRepository, truth: dict[tuple[str, str], int], misread: bool) -> bool:
    """Works the item on the screen; whether it was one with a number to be misread."""
    item_id = who.item()
    assert item_id is not None
    item = repository.item(item_id)
    assert item is not None
    if item.kind is Kind.PAGE:
        who.press("p", "ArrowDown", "Tab", "Tab")
        who.type("too dark to be read")
        who.send()
        assert who.item() != item_id, who.page.locator(".problem").inner_text()
        return False
    seen = written(repository, item, truth)
    misread = misread and item.kind is Kind.FIELD
    for place, number in enumerate(seen):
        who.type("9" if misread else number)
        if place < len(seen) - 1:
            who.press("Enter")
    who.send()
    if who.item() == item_id:  # the sum does not hold: so written, or a misreading that is meant
        who.send("w")
    assert who.item() != item_id, who.page.locator(".problem").inner_text()
    return misread


def test_two_people_and_an_arbiter_by_keyboard_alone(
    person: Callable[..., Person], database: Path, truth: dict[tuple[str, str], int]
) -> None:
    with open_review(str(database)) as repository:
        ani, budi = person("ani"), person("budi")
        looked = False
        for who, misreads in ((ani, True), (budi, False)):
            left = misreads
            while who.item() is not None:
                item = repository.item(who.item())
                if item.kind is Kind.SUM and who is ani:
                    ani.shot("sum")
                if item.kind is Kind.FIELD and not looked:
                    looked = look_around(ani)
                if key_one(who, repository, truth, left):
                    left = False
            assert "nothing for you to do" in who.page.content()
        assert repository.states().get(State.CONFLICT) == 1
        assert set(repository.states()) == {State.CONFLICT, State.CLOSED}

        citra = person("citra")
        citra.tab_to('a[href="/conflicts"]', back=True)
        citra.send()
        citra.tab_to(".list a")
        citra.send()
        citra.press("2")
        citra.type("the second reading is what is written")
        citra.shot("conflict")
        citra.send()
        assert "There are no conflicts" in citra.page.content()
        assert set(repository.states()) == {State.CLOSED}

        dewi = person("dewi")
        dewi.shot("numbers")
        dewi.tab_to('a[href="/audit"]')
        dewi.send()
        dewi.shot("audit")
        assert repository.audit_broken() is None

        wait_for(lambda: not repository.due_stations())
        rows = list(export_rows(repository, What.READINGS))
        assert all(row["verdict"] == "accept" for row in rows)
        decided = [row for row in rows if row["decided"] is not None]
        assert {row["decided_why"] for row in decided} >= {"machine and person"}
        (by_arbiter,) = [row for row in decided if "arbiter: the second reading" in row["decided_why"]][:1]
        assert by_arbiter["decided_by"] == ("ani", "budi", "citra")
        for row in decided:
            assert row["value"] == truth[Path(row["photos"][0]).name, row["field"]]
        rejected = [row for row in export_rows(repository, What.DECISIONS) if row["answer"] == "photo rejected"]
        assert [(row["how"], row["people"]) for row in rejected] == [("two people", ("ani", "budi"))]


def look_around(who: Person) -> bool:
    """The page with the boxes outlined, enlarged, turned and with more contrast; the list of keys."""
    who.shot("item")
    who.press(" ")
    who.page.locator("#sheet-picture").evaluate("picture => picture.decode()")
    who.shot("page")
    who.press("+", "r", "c", "Escape", "?")
    who.shot("keys")
    who.press("?")
    assert who.page.locator("#help").is_hidden() and who.page.locator("#sheet").is_hidden()
    return True


def wait_for(holds: Callable[[], bool]) -> None:
    for _ in range(100):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come to pass within ten seconds")


def test_no_screen_is_wider_than_a_phone(person: Callable[..., Person]) -> None:
    """Nothing is to be scrolled sideways but tables within their frame; in light and dark."""
    dewi = person("dewi")
    for width, scheme in itertools.product((360, 1180), ("light", "dark")):
        dewi.page.set_viewport_size({"width": width, "height": 740})
        dewi.page.emulate_media(color_scheme=scheme)
        for path in ("/numbers", "/audit", "/items/1/story", "/password", "/work"):
            dewi.page.goto(dewi.address + path)
            dewi.shot(f"{scheme}-{width}-{path.strip('/').replace('/', '-')}")
            assert dewi.page.evaluate("document.documentElement.scrollWidth") <= width, path
