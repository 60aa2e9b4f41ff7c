"""identify: which page of which form a photo shows, registered to its millimetres."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ocr_pipeline.config import HEADING, IDENTIFY, LINES, RULING, IdentifySettings
from ocr_pipeline.forms import Catalogue, FormPage
from ocr_pipeline.landmarks import Ground, Pose
from ocr_pipeline.photo.identify.heading import read_heading
from ocr_pipeline.photo.identify.lines import LineFit, cut_pieces, fit_lines, judge, rough_score, units_per_mm
from ocr_pipeline.photo.ridges import Pieces
from ocr_pipeline.photo.ruled import beside, explained
from ocr_pipeline.records import Failure, FailureCode, IdentifiedPage, Page, RegistrationEvidence, Stage
from ocr_pipeline.warp import Points, Warp


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """A form page with its best fit."""

    form_page: FormPage
    pose: Pose
    fit: LineFit
    explained: float
    """Share of the ruled lines seen on the sheet that the page prints."""

    @property
    def likeness(self) -> float:
        """Harmonic mean of what is seen of the printed lines and what is printed of the seen ones.

        A bent warp finds lines of a like table, but not its boxes; and a page with fewer lines than the
        sheet leaves some unexplained.
        """
        seen = self.fit.seen
        return 2 * seen * self.explained / max(seen + self.explained, 1e-9)

    @property
    def sheet(self) -> tuple[str, int]:
        """Form and page number: the variants of one page do not compete as different pages."""
        return self.form_page.form_id, self.form_page.page


def identify(
    page: Page, catalogue: Catalogue, *, thorough: bool = False, settings: IdentifySettings = IDENTIFY
) -> IdentifiedPage | Failure:
    """Fits every form page that has a pose to the printed lines and takes the one they bear out.

    Args:
        page: a level photo with its poses.
        catalogue: the forms the poses speak of.
        thorough: where the lines leave a doubt, look at the marks of the page and read its head.
        settings: least score and least lead over the next best page.

    Returns:
        The page, registered; or ``UNKNOWN_FORM`` where no form's lines are found, ``AMBIGUOUS_FORM``
        where two forms fit about equally well, ``NO_FORM_FOUND`` where there is nothing to fit.
    """
    candidates = _candidates(page, catalogue, settings)
    if not candidates:
        return _nothing(page)
    best = max(candidates, key=lambda c: (_sound(c, settings), c.likeness))
    rivals = [c for c in candidates if c.sheet != best.sheet] + _rivals(page, catalogue, best)
    runner_up = max(rivals, key=lambda c: c.likeness, default=None)
    if not _sound(best, settings):
        return _unknown(page, best)
    own = best.form_page.tag.ids if best.form_page.tag else ()
    tag = next((tag.tag_id for tag in page.tags if tag.tag_id in own), None)
    doubtful = tag is None and best.likeness < settings.clear_likeness
    if doubtful and not (thorough and _borne_out(page, catalogue, best, settings)):
        return _unknown(page, best)
    if runner_up is not None and best.likeness - runner_up.likeness < settings.least_lead:
        return Failure(
            Stage.IDENTIFY,
            FailureCode.AMBIGUOUS_FORM,
            f"The page could be {best.form_page.title} ({best.fit.score:.0%} of its printed lines found) or "
            f"{runner_up.form_page.title} ({runner_up.fit.score:.0%}). A person must say which.",
            {"score": round(best.fit.score, 3), "runner_up_score": round(runner_up.fit.score, 3)},
        )
    factor = units_per_mm(best.form_page, LINES)
    return IdentifiedPage(
        photo=page.photo,
        form_id=best.form_page.form_id,
        page=best.form_page.page,
        pairs=best.form_page.pairs,
        warp=best.fit.warp.in_units(factor).then(page.flat_to_decoded),
        evidence=RegistrationEvidence(
            method=best.pose.method,
            score=best.fit.score,
            residual_mm=best.fit.residual_mm / factor,
            runner_up=None if runner_up is None else runner_up.form_page.title,
            runner_up_score=0.0 if runner_up is None else runner_up.fit.score,
            tag_id=tag if tag is not None else next((other.tag_id for other in page.tags), None),
            explained=best.explained,
        ),
        beside=beside(page.ruled, best.fit.warp, RULING),
    )


def _candidates(page: Page, catalogue: Catalogue, settings: IdentifySettings) -> list[_Candidate]:
    """Fits of the likeliest poses, until one settles the matter.

    A tag is the surest ground, then the ruled lines, then marks by themselves; a ground is left for the next
    where it gave no page.
    """
    candidates: list[_Candidate] = []
    for ground in Ground:
        poses = [pose for pose in page.poses if pose.ground is ground]
        candidates += _fit_some(page, catalogue, poses, settings)
        if any(_sound(c, settings) and c.likeness >= settings.clear_likeness for c in candidates):
            break
    return candidates + [
        v for c in candidates if c.fit.score >= settings.least_score for v in _variants(page, catalogue, c)
    ]


def _fit_some(page: Page, catalogue: Catalogue, poses: Sequence[Pose], settings: IdentifySettings) -> list[_Candidate]:
    """Fits poses that rest on the same kind of evidence, likeliest first, until one settles the matter.

    A pose that is about as likely as the one that settled it is fitted too: a tally grid laid one column
    aside, or a sister form.
    """
    if poses and poses[0].ground is not Ground.RULING:
        rough = [replace(pose, score=_rough(page, catalogue, pose)) for pose in poses[: settings.most_poses]]
        poses = sorted(rough, key=lambda pose: -pose.score)
    fitted: list[_Candidate] = []
    tried: Counter[tuple[str, int, int | None]] = Counter()
    close = 0.0
    for pose in poses:
        if len(fitted) == settings.most_fits or pose.score < close:
            break
        variant = (pose.form_id, pose.page, pose.pairs)
        tried[variant] += 1
        if tried[variant] <= settings.most_fits_of_one:
            fitted.append(_fitted(page, catalogue.page(*variant), pose))
            if _settles(fitted[-1], settings):
                close = max(close, settings.close_score * pose.score)
    return fitted


def _rough(page: Page, catalogue: Catalogue, pose: Pose) -> float:
    form_page = catalogue.page(pose.form_id, pose.page, pose.pairs)
    return rough_score(page.flat, form_page, _pieces(form_page), pose, LINES)


def _rivals(page: Page, catalogue: Catalogue, best: _Candidate) -> list[_Candidate]:
    """Sheets of the same design share frame and marks: each of them under the best one's registration."""
    design = _design(best.form_page)
    return [
        _judged(page, other, best.pose, best.fit.warp)
        for other in catalogue.pages_for(tag.tag_id for tag in page.tags)
        if (other.form_id, other.page) != best.sheet and other.marks and _design(other) == design
    ]


def _design(form_page: FormPage) -> tuple[bool, float]:
    return bool(form_page.marks), round(form_page.height / form_page.width, 1)


def _settles(candidate: _Candidate, settings: IdentifySettings) -> bool:
    """Whether only poses about as likely are still worth a look."""
    enough = settings.tagged_score if candidate.pose.ground is Ground.TAG else settings.settled_score
    return candidate.fit.score >= enough and _sound(candidate, settings)


def _sound(candidate: _Candidate, settings: IdentifySettings) -> bool:
    """Whether enough of the page is shown, and its lines and boxes are found in every part of it."""
    fit = candidate.fit
    return (
        fit.score >= settings.least_score
        and fit.box_score >= settings.least_box_score
        and fit.shown >= settings.least_shown
        and (fit.weakest >= settings.least_weakest or candidate.pose.ground is Ground.TAG)
    )


def _borne_out(page: Page, catalogue: Catalogue, best: _Candidate, settings: IdentifySettings) -> bool:
    """Whether a page that lines alone leave in doubt carries its own marks, or its form's name in its head."""
    if best.likeness < settings.least_likeness:
        return False
    warp = best.fit.warp.in_units(units_per_mm(best.form_page, LINES))
    printed = best.form_page.marks
    if printed:
        at = warp.to_px(np.array([(mark.x, mark.y) for mark in printed]))
        aside = warp.to_px(np.array([(mark.x + settings.mark_reach_mm, mark.y) for mark in printed]))
        reach = np.hypot(*(aside - at).T)
        seen = np.array([(mark.x, mark.y) for mark in page.marks]).reshape(-1, 2)
        away = np.hypot(*(at[:, None] - seen[None]).transpose(2, 0, 1)).min(axis=1, initial=np.inf)
        if (away < reach).sum() >= settings.least_marks:
            return True
    heading = read_heading(page.photo.grey, warp.then(page.flat_to_decoded), HEADING)
    own = heading.speaks_for(catalogue.form(best.form_page.form_id), HEADING)
    return own > 0 and own >= max(heading.speaks_for(form, HEADING) for form in catalogue.forms)


def _fitted(page: Page, form_page: FormPage, pose: Pose) -> _Candidate:
    fit = fit_lines(page.flat, form_page, _pieces(form_page), pose, LINES)
    return _Candidate(form_page, pose, fit, explained(page.ruled, _printed_lines(form_page), fit.warp, RULING))


def _judged(page: Page, form_page: FormPage, pose: Pose, warp: Warp) -> _Candidate:
    fit = judge(page.flat, warp, _pieces(form_page), LINES)
    return _Candidate(form_page, pose, fit, explained(page.ruled, _printed_lines(form_page), warp, RULING))


def _variants(page: Page, catalogue: Catalogue, candidate: _Candidate) -> list[_Candidate]:
    """The same page laid out for other numbers of pairs, under the same registration."""
    return [
        _judged(page, other, candidate.pose, candidate.fit.warp)
        for other in catalogue.pages
        if (other.form_id, other.page) == candidate.sheet and other.pairs != candidate.form_page.pairs
    ]


@functools.lru_cache(maxsize=64)
def _pieces(form_page: FormPage) -> Pieces:
    return cut_pieces(form_page, LINES)


def _nothing(page: Page) -> Failure:
    return Failure(
        Stage.IDENTIFY,
        FailureCode.NO_FORM_FOUND,
        f"No form page found: {len(page.marks)} registration marks and {len(page.tags)} tags seen, and no ruled lines "
        "that belong together. Take the photo again with the whole sheet in the frame and in even light.",
        {"marks": len(page.marks), "tags": len(page.tags)},
    )


@functools.lru_cache(maxsize=64)
def _printed_lines(form_page: FormPage) -> Points:
    """(n, 2, 2) ends of everything ruled on the page, in the units of ``lines``."""
    printed = (*form_page.lines, *form_page.box_lines, *form_page.grid_lines)
    ends = np.array([((line.x1, line.y1), (line.x2, line.y2)) for line in printed])
    return ends * units_per_mm(form_page, LINES)


def _unknown(page: Page, best: _Candidate) -> Failure:
    tags = ", ".join(str(tag.tag_id) for tag in page.tags)
    nearest = f"; nearest is {best.form_page.title} with {best.fit.score:.0%} of its lines"
    return Failure(
        Stage.IDENTIFY,
        FailureCode.UNKNOWN_FORM,
        "No known form page fits the printed lines of this photo"
        + nearest
        + (f"; AprilTag {tags} was seen" if tags else "")
        + ". If a person can read the sheet, take the photo again, flat and whole; a new form needs a catalogue file.",
        {
            "score": round(best.fit.score, 3),
            "box_score": round(best.fit.box_score, 3),
            "explained": round(best.explained, 3),
            "weakest_third": round(best.fit.weakest, 3),
            "shown": round(best.fit.shown, 3),
            "marks": len(page.marks),
            "tags": len(page.tags),
        },
    )
