"""How long a person waits between Enter and the next picture, with 100,000 open questions."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from starlette.testclient import TestClient

from ocr_pipeline.forms import load_catalogue
from ocr_pipeline.review.app import make_app
from ocr_pipeline.review.desk import Desk
from ocr_pipeline.station.assemble import KeySource, StationKey
from ocr_pipeline.store.model import FileStamp, Sighting
from ocr_pipeline.store.review import ReviewRepository
from ocr_pipeline.store.review_model import Kind, NewItem, NewPart, Purpose, User

from .world import FORM, SURE, page_of, resolve

QUESTIONS = 100_000
PHOTOS = 200
ROUNDS = 200


@pytest.mark.slow
def test_the_next_picture_comes_within_200_ms_of_enter(
    repository: ReviewRepository, person: Callable[..., User], tmp_path: Path
) -> None:
    """Photos of 8 megapixels; the browser asks for the next two pictures while a person looks."""
    noise = Image.effect_noise((3264, 2448), 40).convert("RGB")
    contents = []
    for number in range(PHOTOS):
        path = tmp_path / f"{number}.jpg"
        noise.save(path, quality=85) if number == 0 else path.hardlink_to(tmp_path / "0.jpg")
        seen = Sighting(str(path), StationKey(f"S{number}", None, KeySource.MANIFEST), str(path), FileStamp(1, 1))
        page = page_of(str(path), {f"paslon_{row}": (row, SURE) for row in (1, 2, 3)})
        repository.save_outcomes([(seen, page)])
        contents.append(page.sha256)
    for start in range(0, QUESTIONS, 1000):
        new = []
        for number in range(start, start + 1000):
            part = NewPart(f"paslon_{number % 3 + 1}", contents[number * 7 % PHOTOS], "01", "5")
            station = f"31710{number:08d}"
            asked = (Kind.FIELD, Purpose.FLAGGED, station, FORM, "LOW_CONFIDENCE", None, "", "", 1.0, (part,))
            new.append((NewItem(*asked), number / 7))
        repository.add_items(new)
    desk = Desk(repository, load_catalogue(), resolve, {})
    app = make_app(desk)
    client = TestClient(app, headers={"Origin": "http://testserver"}, follow_redirects=False)
    client.cookies.set("review_session", app.state.site.sessions.open(person("ann").user_id))
    path = client.get("/work").headers["location"]
    fetched: set[str] = set()
    waits, weights = [], []
    for _ in range(ROUNDS):
        page = client.get(path).text
        for ahead in re.findall(r'data-ahead="([^"]*)"', page)[0].split():
            if ahead not in fetched:
                assert client.get(ahead).status_code == 200
                fetched.add(ahead)
        began = time.perf_counter()
        path = client.post(path, data={"answer0": "4"}).headers["location"]
        shown = client.get(path)
        crop = f"{path}/crop/0"
        weight = len(shown.content)
        if crop not in fetched:  # else the browser has it
            weight += len(client.get(crop).content)
        waits.append(time.perf_counter() - began)
        weights.append(weight + len(client.get(crop).content))
    waits.sort()
    half, most = (1000 * waits[int(share * ROUNDS)] for share in (0.5, 0.95))
    print(f"p50 {half:.0f} ms, p95 {most:.0f} ms, {max(weights)} bytes")
    assert most < 200
    desk.finish()
