"""Every code of the program has words, in both languages, and every template finds the words it asks for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ocr_pipeline.review.answers import KEYS
from ocr_pipeline.review.items import REASONS
from ocr_pipeline.review.words import WORDS
from ocr_pipeline.store.review_model import REJECTED, How, Kind, State

TEMPLATES = Path(__file__).parents[2] / "ocr_pipeline" / "review" / "templates"


@pytest.mark.parametrize("codes", [REASONS, State, How, KEYS.values(), [REJECTED]], ids=str)
def test_every_code_has_words(codes) -> None:
    assert [code for code in codes if str(code) not in WORDS] == []


def test_every_kind_of_question_is_asked_in_words() -> None:
    assert all(f"question {kind.value}" in WORDS for kind in Kind)


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.stem)
def test_every_template_finds_its_words(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    asked = set(re.findall(r'say\("([^"]+)"\s*[,)]', text)) | set(re.findall(r'key\("[^"]+", "([^"]+)"\)', text))
    assert asked and sorted(asked - set(WORDS)) == []
