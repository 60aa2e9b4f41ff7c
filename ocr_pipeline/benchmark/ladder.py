"""The ladder: synthetic pages of every form on which one fault rises while the others stay as on ordinary photos."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ocr_pipeline.config import LADDER, SYNTH, LadderSettings
from ocr_pipeline.forms import Catalogue, FormPage, load_catalogue
from ocr_pipeline.synth.generate import SyntheticPhoto, generate
from ocr_pipeline.synth.shot import Shot, invent_shot


class Fault(enum.StrEnum):
    """What rises on the ladder."""

    VIEW = "view"
    TURN = "turn"
    CURL = "curl"
    DARK = "dark"
    BLUR = "blur"
    CUT = "cut"
    SIZE = "size"
    TOGETHER = "together"
    """All faults of a severity of ``synth`` at once."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One fault at one step."""

    fault: Fault
    level: int
    value: float
    """In the unit of ``LadderSettings``; the severity where all faults come together."""


@dataclass(frozen=True, slots=True)
class Task:
    """One page to be made and measured; the same index and pages give the same photo."""

    index: int
    rung: Rung
    form: str
    page: int
    pairs: int | None


def rungs(settings: LadderSettings = LADDER) -> tuple[Rung, ...]:
    """All faults with all their steps."""
    values: dict[Fault, Sequence[float]] = {
        Fault.VIEW: settings.view_deg,
        Fault.TURN: settings.turn_deg,
        Fault.CURL: settings.curl_share,
        Fault.DARK: settings.exposure,
        Fault.BLUR: settings.blur_px,
        Fault.CUT: settings.cut_share,
        Fault.SIZE: settings.width_px,
        Fault.TOGETHER: range(SYNTH.severities),
    }
    return tuple(Rung(fault, level, value) for fault in Fault for level, value in enumerate(values[fault]))


def pages_of(catalogue: Catalogue, forms: Sequence[str] = ()) -> tuple[FormPage, ...]:
    """The pages of these forms, or of all, that photos can be made of: an inferred layout would measure itself."""
    return tuple(page for page in catalogue.pages if not page.provisional and (not forms or page.form_id in forms))


def task(index: int, pages: Sequence[FormPage], settings: LadderSettings = LADDER) -> Task:
    """The page of that number: the rungs take turns, and on each of them the pages do."""
    steps = rungs(settings)
    turn, place = divmod(index, len(steps))
    page = pages[(turn + place) % len(pages)]
    return Task(index, steps[place], page.form_id, page.page, page.pairs)


def make_photo(one: Task, settings: LadderSettings = LADDER) -> SyntheticPhoto:
    """The photo of a task, with its truth."""
    width_mm = load_catalogue().page(one.form, one.page, one.pairs).width
    shot, long_side_px = _shot(one.rung, width_mm, np.random.default_rng([one.index]), settings)
    return generate(one.form, one.page, one.pairs, one.index, shot=shot, long_side_px=long_side_px)


def _shot(rung: Rung, width_mm: float, rng: np.random.Generator, settings: LadderSettings) -> tuple[Shot, int]:
    """How the photo of a rung is taken, and its long side in pixels before it is cut."""
    value, length = rung.value, settings.long_side_px
    if rung.fault is Fault.TOGETHER:
        return invent_shot(rung.level, rng), length
    shot = invent_shot(settings.base_severity, rng)
    match rung.fault:
        case Fault.VIEW:
            towards = rng.uniform(0, 2 * np.pi)
            shot = replace(shot, pitch_deg=value * np.cos(towards), yaw_deg=value * np.sin(towards))
        case Fault.TURN:
            quarters = round(value / 90)
            shot = replace(shot, roll_deg=value - 90 * quarters, quarter_turns=quarters % 4)
        case Fault.CURL:
            shot = replace(shot, bend_mm=rng.uniform(-1, 1, shot.bend_mm.shape) * value * width_mm / 2)
        case Fault.DARK:
            shot = replace(shot, exposure=(value, value), noise=settings.dark_noise)
        case Fault.BLUR:
            shot = replace(shot, blur_px=(value, value))
        case Fault.CUT:
            left, top, right, bottom = np.roll([value, 0.0, 0.0, 0.0], rng.integers(4))
            shot = replace(shot, cut_share=(left, top, right, bottom))
        case Fault.SIZE:
            shot = replace(shot, aspect=settings.width_aspect)
            length = round(value / settings.width_aspect)
    return shot, length
