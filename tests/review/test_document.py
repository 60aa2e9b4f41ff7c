"""What the page about the review says of routes, headers and limits is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ocr_pipeline.config import ACCESS, ITEMS, QUEUE
from ocr_pipeline.review.access import RIGHTS
from ocr_pipeline.review.app import HEADERS, PAGES
from ocr_pipeline.store.review_model import Kind, Role

TEXT = (Path(__file__).parents[2] / "docs" / "review.md").read_text(encoding="utf-8")
ROLES = (None, Role.REVIEWER, Role.ARBITER, Role.SUPERVISOR, Role.OBSERVER)


def test_the_table_of_routes_and_roles_is_that_of_the_program() -> None:
    told = re.findall(r"^\| `(\w+) (/\S*)` \| (.*) \|$", TEXT, re.MULTILINE)
    real = []
    for page in PAGES:
        may = ("yes" if page.right in RIGHTS[role] else "–" for role in ROLES)
        real.append((page.method, page.path.replace(":int", ""), " | ".join(may)))
    assert told == real


@pytest.mark.parametrize("word", [*HEADERS, *(f"`{kind.value}`" for kind in Kind)])
def test_every_header_and_kind_is_named(word: str) -> None:
    assert word in TEXT


def test_the_numbers_are_those_of_the_settings() -> None:
    assert f"{100 * ITEMS.sample_share:g} % of the numbers" in TEXT
    assert f"no more than {QUEUE.low_stakes_votes:g} votes" in TEXT
    assert f"{ACCESS.idle_s / 60:g} idle minutes, {ACCESS.longest_s / 3600:g}\nhours" in TEXT
    assert f"Bodies end at {ACCESS.most_body_bytes / 1024:g} KiB" in TEXT
