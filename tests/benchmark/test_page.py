from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.benchmark.page import draw_page, per_mille, percent
from ocr_pipeline.benchmark.plots import Axis, Mark, Series, chart, nines, stacked, whisker
from ocr_pipeline.benchmark.report import summary
from ocr_pipeline.benchmark.score import Scored
from ocr_pipeline.benchmark.worst import worst_numbers, worst_photos
from ocr_pipeline.config import BENCHMARK

ABOUT = {"code": "c", "forms": "f", "model": "m", "jobs": 1, "command": "bench <samples>"}


@pytest.fixture(scope="module")
def wrong(samples: list[Scored]) -> list[Scored]:
    """The samples with one number that is wrong and accepted, and with one page taken for another."""
    place = next(i for i, one in enumerate(samples) if one.label.form == "c-hasil-ppwp-2024")
    label = samples[place].label
    silent = replace(samples[place], label=replace(label, values=dict(label.values) | {"dpt_l": 1}))
    other = replace(samples[0], label=replace(samples[0].label, page=3))
    return [other, *samples[1:place], silent, *samples[place + 1 :]]


@pytest.fixture(scope="module")
def page(wrong: list[Scored]) -> str:
    return draw_page(summary(wrong, 99.0) | {"about": ABOUT}, worst_numbers(wrong), worst_photos(wrong))


class Links(HTMLParser):
    """What a page asks for from elsewhere, and its tags that are never closed."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.asked += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]
        if tag not in ("meta", "img", "br", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_needs_nothing_else_and_is_well_formed(page: str) -> None:
    links = Links()
    links.feed(page)
    assert links.open == []
    assert links.asked and all(link.startswith("data:image/jpeg;base64,") for link in links.asked)
    assert "<script" not in page and "@import" not in page and "url(" not in page
    assert "bench &lt;samples&gt;" in page


def drawings(page: str) -> Iterator[ElementTree.Element]:
    for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        yield ElementTree.fromstring(svg)


def test_every_drawing_is_valid_and_stays_in_its_frame(page: str) -> None:
    drawn = list(drawings(page))
    assert len(drawn) > 10
    for svg in drawn:
        left, top, width, height = map(float, svg.attrib["viewBox"].split())
        for circle in svg.iter("circle"):
            assert left <= float(circle.attrib["cx"]) <= left + width
            assert top <= float(circle.attrib["cy"]) <= top + height


def test_silent_errors_come_first_and_stand_out(wrong: list[Scored], page: str) -> None:
    first, *_ = worst_numbers(wrong)
    assert (first.number.field, first.number.accepted) == ("dpt_l", True)
    assert first.picture is not None
    assert page.count('class="card case silent"') == 1


def test_a_page_taken_for_another_comes_before_refusals(wrong: list[Scored]) -> None:
    first, second = worst_photos(wrong)
    assert first.said == "read as c-hasil-kwk-2024 p.2"
    assert second.said.startswith("RETAKE: ")


def test_no_more_cases_than_asked_for(wrong: list[Scored]) -> None:
    few = replace(BENCHMARK, worst_numbers=0, worst_photos=1)
    assert worst_numbers(wrong, few) == ()
    assert len(worst_photos(wrong, few)) == 1


def test_a_benchmark_of_nothing_readable_still_has_a_page(samples: list[Scored]) -> None:
    ruined = [one for one in samples if one.failure]
    assert "None." in draw_page(summary(ruined, 1.0) | {"about": ABOUT}, worst_numbers(ruined), worst_photos(ruined))


@given(value=st.floats(-5, 5), low=st.floats(0, 0.4), high=st.floats(0.6, 1))
def test_an_axis_keeps_order_and_ends(value: float, low: float, high: float) -> None:
    axis = Axis("", low, high, (), str, nines)
    assert axis.share(low) == 0 and axis.share(high) == pytest.approx(1)
    assert 0 <= axis.share(value) <= 1
    assert axis.share(value) <= axis.share(value + 0.1)


def test_nines_are_evenly_spaced() -> None:
    steps = [nines(1 - 10.0**-k) for k in range(5)]
    assert [b - a for a, b in pairwise(steps)] == pytest.approx([1] * 4)


def test_text_of_a_plot_is_escaped() -> None:
    axis = Axis("<x>", 0, 1, (0.0,), lambda _: "<&>")
    svg = chart(axis, axis, [Series("<s>", (Mark(0.5, 0.5, "<n>"),))])
    assert "<x>" not in svg and "<n>" not in svg
    ElementTree.fromstring(svg)
    ElementTree.fromstring(stacked([("<a>", 1.0)], 2.0))
    ElementTree.fromstring(whisker(None, 0, 1))


def test_shares_for_people() -> None:
    assert (percent(None), percent(0.12345), percent(1, 0)) == ("–", "12.3 %", "100 %")
    assert (per_mille(None), per_mille(0.0012)) == ("–", "1.2")
