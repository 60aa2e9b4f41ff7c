"""Labelled photos of any catalogue form, from a seed."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ocr_pipeline.config import SYNTH
from ocr_pipeline.errors import UsageError
from ocr_pipeline.forms import Form, FormPage, load_catalogue
from ocr_pipeline.records import Quad
from ocr_pipeline.synth.camera import View, encode, frame, take_photo
from ocr_pipeline.synth.filling import Entry, FilledPage, fill_page
from ocr_pipeline.synth.hands import Hand
from ocr_pipeline.synth.handwriting import Writer, invent_writer
from ocr_pipeline.synth.paper import at_plano_size, draw_page
from ocr_pipeline.synth.shot import Shot, invent_shot
from ocr_pipeline.synth.station import PaperError, StationTruth, invent_station
from ocr_pipeline.warp import Image

_STATION, _WRITER, _INK, _CAMERA, ERROR, _HAND = range(6)
"""Separate streams of chance, so that the camera may change while the numbers stay."""


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticPhoto:
    """A made photo with its truth."""

    name: str
    """File name: the station's 13-digit code and the page."""
    image: Image
    """Colour, (height, width, 3), before compression."""
    jpeg: bytes
    label: Mapping[str, Any]
    """A line of ``labels.jsonl``."""
    quads_px: Mapping[str, tuple[Quad, ...]]
    """Per field, where the centre-lines of its boxes lie in the photo."""
    view: View
    truth: StationTruth


def generate(
    form_id: str,
    page: int,
    pairs: int | None = None,
    seed: int = 0,
    severity: int = 1,
    *,
    shot: Shot | None = None,
    station_index: int = 0,
    error: PaperError | None = None,
    filler: str | None = None,
    segment: bool | None = None,
    hands: Sequence[Hand] = (),
    long_side_px: int = SYNTH.long_side_px,
) -> SyntheticPhoto:
    """One photo. The same arguments give the same bytes; pages of one seed and index are of one station.

    Args:
        form_id: a form of the catalogue.
        page: page number.
        pairs: candidate pairs, where the form leaves it open; None takes the form's first.
        seed: of all chance.
        severity: 0 a flat sheet in good light ... 4 hardly readable to a person.
        shot: how the photo is taken; None draws it for the severity.
        station_index: which station of the seed.
        error: a fault of the paper itself.
        filler: what stands in unused leading boxes: ``X``, ``0``, ``_``, ``-``; None leaves it to the writer.
        segment: whether digits follow a seven-segment shape; None leaves it to the writer.
        hands: people whose pen strokes are written with; none: those drawn for this project.
        long_side_px: of the photo.

    Raises:
        UsageError: no such form, page, number of pairs or severity, or the page's layout is only inferred.
    """
    form, known = find_page(form_id, page, pairs)
    paper = at_plano_size(known)  # print, pens and curl are those of a plano
    if not 0 <= severity < SYNTH.severities:
        raise UsageError(f"Severity goes from 0 to {SYNTH.severities - 1}, got {severity}.")
    station = chance(seed, station_index, _STATION)
    truth = invent_station(form, station, station_index, pairs, error)
    guided = any(field.guide_dots for field in known.fields)
    writer = invent_writer(chance(seed, station_index, _WRITER), filler, segment, guided)
    if hands:
        who = int(chance(seed, station_index, _HAND).integers(len(hands)))
        writer = replace(writer, hand=hands[who])
    camera = chance(seed, station_index, _CAMERA, page)
    given, shot = shot, shot or invent_shot(severity, camera)
    view = frame(shot, (paper.width, paper.height), long_side_px)
    px_per_mm = max(1.5, round(view.px_per_mm * SYNTH.sheet_oversampling * 2) / 2)
    printed_head = tuple((line.name, truth.header.get(line.name, "")) for line in paper.header if not line.handwritten)
    filled = fill_page(paper, truth, writer, chance(seed, station_index, _INK, page), px_per_mm)
    printed = _with_fluid(_blank(paper, px_per_mm, printed_head), filled, px_per_mm)
    image = take_photo(printed, filled.ink, filled.colour, view, px_per_mm, shot, camera)
    name = f"{truth.code}-p{page}.jpg"
    view = view.of_smaller(paper.width / known.width)
    made = {"seed": seed, "severity": None if given else severity}
    return SyntheticPhoto(
        name=name,
        image=image,
        jpeg=encode(image, int(camera.integers(*shot.jpeg_quality))),
        label=_label(name, paper, truth, filled.entries, writer) | made,
        quads_px=_quads(known, view),
        view=view,
        truth=truth,
    )


def find_page(form_id: str, page: int | None, pairs: int | None) -> tuple[Form, FormPage]:
    """A form and a page of it that can be drawn; without a number, the first.

    Raises:
        UsageError: there is none, or its layout is only inferred.
    """
    try:
        form = load_catalogue().form(form_id)
    except KeyError as error:
        raise UsageError(f"{error.args[0]}.") from None
    wanted = next((p.page for p in form.pages if not p.provisional), 1) if page is None else page
    if pairs is None and form.pairs:
        pairs = form.pairs[0]
    try:
        paper = form.find_page(wanted, pairs)
    except KeyError as error:
        raise UsageError(f"{error.args[0]}.") from None
    if paper.provisional:
        raise UsageError(
            f"The layout of {paper.title} is inferred; photos made of it would show nothing. Choose a page."
        )
    return form, paper


def chance(*key: int) -> np.random.Generator:
    """A stream of chance of its own for each key."""
    return np.random.default_rng([abs(part) for part in key])


@functools.lru_cache(maxsize=8)
def _blank(page: FormPage, px_per_mm: float, head: tuple[tuple[str, str], ...]) -> Image:
    return draw_page(page, px_per_mm, dict(head))


def _with_fluid(printed: Image, filled: FilledPage, px_per_mm: float) -> Image:
    """The sheet with patches of correction fluid, whiter than the print they hide."""
    if not filled.fluid:
        return printed
    covered = printed.copy()
    for box in filled.fluid:
        rows = slice(round(box.y * px_per_mm), round((box.y + box.h) * px_per_mm))
        columns = slice(round(box.x * px_per_mm), round((box.x + box.w) * px_per_mm))
        covered[rows, columns] = np.maximum(covered[rows, columns], 244)
    return covered


def _quads(page: FormPage, view: View) -> dict[str, tuple[Quad, ...]]:
    quads: dict[str, tuple[Quad, ...]] = {}
    for field in page.fields:
        corners = view.project(np.array([corner for box in field.boxes for corner in box.corners]))
        rounded = [(round(float(x), 2), round(float(y), 2)) for x, y in corners]
        boxes = [rounded[i : i + 4] for i in range(0, len(rounded), 4)]
        quads[field.name] = tuple((a, b, c, d) for a, b, c, d in boxes)
    return quads


def _label(
    name: str, page: FormPage, truth: StationTruth, entries: Mapping[str, Entry], writer: Writer
) -> dict[str, Any]:
    fields: dict[str, dict[str, Any]] = {}
    for field, entry in entries.items():
        fields[field] = {"boxes": entry.boxes, "value": entry.value}
        if entry.words is not None:
            fields[field]["words"] = entry.words
    shown = [line.name for line in page.header]
    label: dict[str, Any] = {"photo": name, "form": page.form_id, "page": page.page, "kind": "synthetic"}
    label |= {"fields": fields, "station": {"code": truth.code} | {key: truth.header[key] for key in shown}}
    if page.pairs is not None:
        label["pairs"] = page.pairs
    bubbles = {field: entry.bubbles for field, entry in entries.items() if entry.bubbles is not None}
    totals = {field: list(entry.row_totals) for field, entry in entries.items() if entry.row_totals is not None}
    label |= {"bubbles": bubbles, "row_totals": totals, "broken_rules": list(truth.broken_rules)}
    if changed := {field: entry.changed for field, entry in entries.items() if entry.changed is not None}:
        label["changed"] = changed
    if disagree := [field for field in entries if field in truth.words]:
        label["words_disagree"] = disagree
    if writer.hand is not None:
        label["writer"] = writer.hand.name
    return label
