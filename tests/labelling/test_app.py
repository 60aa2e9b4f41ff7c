from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from starlette.testclient import TestClient

from ocr_pipeline.forms import load_catalogue
from ocr_pipeline.labelling.app import make_app
from ocr_pipeline.labelling.truth import Labelling
from ocr_pipeline.pipeline import find_boxes

PHOTO = "6301052001001-p2.jpg"
SAMPLE = Path(__file__).parents[2] / "samples" / PHOTO


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(SAMPLE, tmp_path)
    return tmp_path


@pytest.fixture
def client(folder: Path) -> TestClient:
    catalogue = load_catalogue()
    labelling = Labelling(folder, catalogue, partial(find_boxes, catalogue=catalogue))
    return TestClient(make_app(labelling, folder), base_url="http://127.0.0.1:8765")


def test_a_person_writes_down_both_numbers_and_takes_one_back(client: TestClient, folder: Path) -> None:
    page = client.get("/").text
    assert "paslon_1" in page and PHOTO in page and "photo 1 of 1" in page
    assert "221" not in page, "nothing the program reads is shown"
    picture = cv2.imdecode(np.frombuffer(client.get("/strip.png").content, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None and picture.shape[1] > picture.shape[0] > 50
    assert "paslon_2" in client.post("/", data={"photo": PHOTO, "field": "paslon_1", "boxes": "221"}).text
    assert "All is written down" in client.post("/", data={"photo": PHOTO, "field": "paslon_2", "all": "???"}).text
    assert client.get("/strip.png").status_code == 404
    (row,) = map(json.loads, (folder / "labels.jsonl").read_text().splitlines())
    assert row["fields"]["paslon_2"] == {"boxes": "???", "value": None}
    assert "paslon_2" in client.post("/", data={"do": "undo"}).text
    assert "All is written down" in client.post("/", data={"photo": PHOTO, "field": "paslon_2", "do": "skip"}).text


def test_a_wrong_entry_is_shown_again_with_the_reason(client: TestClient, folder: Path) -> None:
    answer = client.post("/", data={"photo": PHOTO, "field": "paslon_1", "boxes": '2"'})
    assert answer.status_code == 422
    assert "stands for nothing" in answer.text and 'value="2&#34;"' in answer.text
    assert not (folder / "labels.jsonl").exists()


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://elsewhere.example"},
        {"Origin": "null"},
    ],
)
def test_a_form_of_another_page_is_refused(client: TestClient, folder: Path, headers: dict[str, str]) -> None:
    data = {"photo": PHOTO, "field": "paslon_1", "boxes": "221"}
    assert client.post("/", data=data, headers=headers).status_code == 403
    assert not (folder / "labels.jsonl").exists()
    assert client.post("/", data=data, headers={"Origin": "http://127.0.0.1:8765"}).status_code == 200


def test_another_name_for_this_machine_is_refused(client: TestClient) -> None:
    assert client.get("/", headers={"Host": "elsewhere.example"}).status_code == 400


def test_the_page_loads_nothing_from_elsewhere(client: TestClient) -> None:
    answer = client.get("/")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "http" not in answer.text
