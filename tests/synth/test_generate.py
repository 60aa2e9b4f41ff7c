import json

import cv2
import numpy as np
import pytest

from ocr_pipeline.errors import UsageError
from ocr_pipeline.forms import load_catalogue
from ocr_pipeline.synth.generate import generate
from ocr_pipeline.synth.hands import Hand
from ocr_pipeline.synth.number_words import number_words
from ocr_pipeline.synth.station import PaperError

PAGES = [page for page in load_catalogue().pages if not page.provisional]


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    first, again, other = (generate("c-hasil-kwk-2020", 2, seed=seed, severity=2) for seed in (5, 5, 6))
    assert first.jpeg == again.jpeg
    assert first.label == again.label
    assert first.jpeg != other.jpeg


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_the_label_names_every_field_and_agrees_with_itself(page) -> None:  # type: ignore[no-untyped-def]
    photo = generate(page.form_id, page.page, page.pairs, seed=1, severity=1)
    label = photo.label
    assert (label["form"], label["page"], label["photo"]) == (page.form_id, page.page, photo.name)
    assert list(label["fields"]) == [field.name for field in page.fields]
    for field in page.fields:
        entry = label["fields"][field.name]
        assert len(entry["boxes"]) == len(field.boxes)
        assert int(entry["boxes"].lstrip("X-_") or 0) == entry["value"]
        if field.words is not None:
            assert entry["words"] == number_words(entry["value"])
        if field.name in label["bubbles"]:
            assert field.bubbles is not None and int(label["bubbles"][field.name]) == entry["value"]
    json.dumps(label)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_ink_lies_in_the_boxes_the_label_says_and_in_no_blank_one(page) -> None:  # type: ignore[no-untyped-def]
    photo = generate(page.form_id, page.page, page.pairs, seed=2, severity=0, filler="_")
    grey = cv2.cvtColor(photo.image, cv2.COLOR_BGR2GRAY)
    spilled = 0
    for name, quads in photo.quads_px.items():
        for char, quad in zip(photo.label["fields"][name]["boxes"], quads, strict=True):
            flat = np.array([[0, 0], [40, 0], [40, 40], [0, 40]], np.float32)
            box = cv2.warpPerspective(grey, cv2.getPerspectiveTransform(np.array(quad, np.float32), flat), (40, 40))
            inside = box[6:34, 6:34].astype(int)
            guide = 70  # the dotted guide is light; ink is not
            inked = (np.median(inside) - inside).max() > guide
            assert inked or char == "_"
            spilled += inked and char == "_"
    assert spilled <= 1, "a digit may leave its box for an empty one beside it, but hardly any does"


def test_pages_of_one_seed_are_of_one_station() -> None:
    votes, totals = (generate("c-hasil-kwk-2024", page, 3, seed=9).label for page in (2, 3))
    assert votes["station"]["code"] == totals["station"]["code"]
    pairs = sum(votes["fields"][f"paslon_{n}"]["value"] for n in (1, 2, 3))
    assert pairs == totals["fields"]["suara_sah"]["value"]
    assert votes["pairs"] == 3


def test_the_camera_does_not_change_the_numbers() -> None:
    easy, hard = (generate("c-hasil-ppwp-2024", 1, seed=4, severity=severity).label for severity in (0, 4))
    assert easy["fields"] == hard["fields"]


def test_a_paper_error_is_named_in_the_label() -> None:
    label = generate("c-hasil-kwk-2020", 2, seed=4, error=PaperError.WRONG_SUM).label
    values = {name: entry["value"] for name, entry in label["fields"].items()}
    assert label["broken_rules"] == ["R3"]
    assert values["paslon_1"] + values["paslon_2"] + values["paslon_3"] != values["suara_sah"]


def test_words_that_disagree_are_named_in_the_label_and_written_so() -> None:
    labels = [generate("c-hasil-ppwp-2024", page, seed=4, error=PaperError.WORDS).label for page in (1, 2, 3)]
    ((label, name),) = [(label, name) for label in labels for name in label.get("words_disagree", [])]
    entry = label["fields"][name]
    assert entry["words"] != number_words(entry["value"])
    assert label["broken_rules"] == []


def test_hands_write_the_digits_and_are_named() -> None:
    way = np.array([[0.0, 0.0], [0.5, 1.0]])
    hand = Hand("somebody", {digit: ((way,),) for digit in "0123456789"})
    drawn = generate("c-hasil-kwk-2020", 2, seed=4, severity=0)
    written = generate("c-hasil-kwk-2020", 2, seed=4, severity=0, hands=[hand])
    assert written.label["writer"] == "somebody" and "writer" not in drawn.label
    assert written.label["fields"] == drawn.label["fields"]
    assert written.jpeg != drawn.jpeg


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("c-hasil-kwk-2031", 2), "known: c-hasil-kwk-2020"),
        (("c-hasil-kwk-2020", 7), "no page 7"),
        (("c-hasil-kwk-2024", 2, 6), "no page 2 for 6 pairs"),
        (("c-hasil-kwk-2024", 3, 6), "not for 6"),
        (("c-hasil-kwk-2024", 1, 2), "The layout of c-hasil-kwk-2024 p.1 is inferred"),
        (("c-hasil-kwk-2020", 2, None, 1, 5), "Severity goes from 0 to 4"),
    ],
)
def test_nonsense_is_refused_with_a_remedy(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        generate(*arguments)  # type: ignore[arg-type]
