"""identify: which page of which form a photo shows, registered to its millimetres."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from ocr_pipeline.config import IDENTIFY, LINES, IdentifySettings
from ocr_pipeline.forms import Catalogue, FormPage
from ocr_pipeline.photo.identify.lines import LineFit, cut_pieces, fit_lines, judge, rough_score
from ocr_pipeline.photo.ridges import Pieces
from ocr_pipeline.records import (
    Failure,
    FailureCode,
    IdentifiedPage,
    Page,
    Pose,
    RegistrationEvidence,
    Stage,
)


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """A form page with its best fit."""

    form_page: FormPage
    pose: Pose
    fit: LineFit

    @property
    def sheet(self) -> tuple[str, int]:
        """Form and page number: the variants of one page do not compete as different pages."""
        return self.form_page.form_id, self.form_page.page


def identify(page: Page, catalogue: Catalogue, settings: IdentifySettings = IDENTIFY) -> IdentifiedPage | Failure:
    """Fits every form page that has a pose to the printed lines and takes the one they bear out.

    Args:
        page: a level photo with its poses.
        catalogue: the forms the poses speak of.
        settings: least score and least lead over the next best page.

    Returns:
        The page, registered; or ``UNKNOWN_FORM`` where no form's lines are found, ``AMBIGUOUS_FORM``
        where two forms fit about equally well.
    """
    candidates = _candidates(page, catalogue, settings)
    if not candidates:
        return _unknown(page, None)
    best = max(candidates, key=lambda c: (2 * c.fit.score - 1) * c.fit.length_mm)
    # The sheets share the frame of their marks: would another page's lines be found here as well?
    rivals = [c for c in candidates if c.sheet != best.sheet]
    for form_page in catalogue.pages:
        if (form_page.form_id, form_page.page) != best.sheet:
            fit = judge(page.flat, best.fit.warp, _pieces(form_page), LINES)
            rivals.append(_Candidate(form_page, best.pose, fit))
    runner_up = max(rivals, key=lambda c: c.fit.likeness, default=None)
    tag_missing = best.form_page.tag is not None and not page.tags
    least_score = settings.least_score_without_tag if tag_missing else settings.least_score
    if best.fit.score < least_score or best.fit.box_score < settings.least_box_score:
        return _unknown(page, best)
    if runner_up is not None and best.fit.likeness - runner_up.fit.likeness < settings.least_lead:
        return Failure(
            Stage.IDENTIFY,
            FailureCode.AMBIGUOUS_FORM,
            f"The page could be {best.form_page.title} ({best.fit.score:.0%} of its printed lines found) or "
            f"{runner_up.form_page.title} ({runner_up.fit.score:.0%}). A person must say which.",
            {"score": round(best.fit.score, 3), "runner_up_score": round(runner_up.fit.score, 3)},
        )
    own = best.form_page.tag.ids if best.form_page.tag else ()
    seen = [tag.tag_id for tag in page.tags]
    return IdentifiedPage(
        photo=page.photo,
        form_id=best.form_page.form_id,
        page=best.form_page.page,
        pairs=best.form_page.pairs,
        warp=best.fit.warp.then(page.flat_to_decoded),
        evidence=RegistrationEvidence(
            method=best.pose.method,
            score=best.fit.score,
            residual_mm=best.fit.residual_mm,
            runner_up=None if runner_up is None else runner_up.form_page.title,
            runner_up_score=0.0 if runner_up is None else runner_up.fit.score,
            tag_id=next((t for t in seen if t in own), next(iter(seen), None)),
        ),
    )


def _candidates(page: Page, catalogue: Catalogue, settings: IdentifySettings) -> list[_Candidate]:
    """Fits of the likeliest poses, until one settles the matter.

    Poses are taken in the order of their rank within their form page, so every page gets a chance
    early; those of sheets that carry a tag come later where none was seen. The second half is looked
    at only where the first gave nothing.
    """
    ranks: dict[tuple[str, int, int | None], int] = {}
    ranked: list[tuple[bool, int, int, Pose]] = []
    for order, pose in enumerate(page.poses):
        variant = (pose.form_id, pose.page, pose.pairs)
        ranks[variant] = ranks.get(variant, -1) + 1
        tag_missing = not page.tags and catalogue.page(*variant).tag is not None
        ranked.append((tag_missing, ranks[variant], order, pose))
    queue = [pose for *_, pose in sorted(ranked, key=lambda r: r[:3])]
    candidates: list[_Candidate] = []
    for some in (queue[: settings.first_poses], queue[settings.first_poses : settings.most_poses]):
        waiting: list[tuple[float, int, Pose]] = []
        for order, pose in enumerate(some):
            form_page = catalogue.page(pose.form_id, pose.page, pose.pairs)
            rough = rough_score(page.flat, form_page, _pieces(form_page), pose, LINES)
            if rough < settings.likely_rough:
                waiting.append((-rough, order, pose))
            else:
                candidates.append(_fitted(page, form_page, pose))
                if _settles(candidates[-1], settings):
                    return candidates + _variants(page, catalogue, candidates[-1])
        for _, _, pose in sorted(waiting)[: settings.most_fits]:
            candidates.append(_fitted(page, catalogue.page(pose.form_id, pose.page, pose.pairs), pose))
            if _settles(candidates[-1], settings):
                break
        if any(c.fit.score >= settings.least_score for c in candidates):
            break
    return candidates + [
        v for c in candidates if c.fit.score >= settings.least_score for v in _variants(page, catalogue, c)
    ]


def _settles(candidate: _Candidate, settings: IdentifySettings) -> bool:
    """Whether there is no need to look at further poses."""
    enough = settings.tagged_score if candidate.pose.method.startswith("tag") else LINES.settled_score
    return candidate.fit.score >= enough


def _fitted(page: Page, form_page: FormPage, pose: Pose) -> _Candidate:
    return _Candidate(form_page, pose, fit_lines(page.flat, form_page, _pieces(form_page), pose, LINES))


def _variants(page: Page, catalogue: Catalogue, candidate: _Candidate) -> list[_Candidate]:
    """The same page laid out for other numbers of pairs, under the same registration."""
    return [
        _Candidate(other, candidate.pose, judge(page.flat, candidate.fit.warp, _pieces(other), LINES))
        for other in catalogue.pages
        if (other.form_id, other.page) == candidate.sheet and other.pairs != candidate.form_page.pairs
    ]


@functools.lru_cache(maxsize=64)
def _pieces(form_page: FormPage) -> Pieces:
    return cut_pieces(form_page, LINES)


def _unknown(page: Page, best: _Candidate | None) -> Failure:
    tags = ", ".join(str(tag.tag_id) for tag in page.tags)
    nearest = "" if best is None else f"; nearest is {best.form_page.title} with {best.fit.score:.0%} of its lines"
    return Failure(
        Stage.IDENTIFY,
        FailureCode.UNKNOWN_FORM,
        "No known form page fits the printed lines of this photo"
        + nearest
        + (f"; AprilTag {tags} was seen" if tags else "")
        + ". If a person can read the sheet, take the photo again, flat and whole; a new form needs a catalogue file.",
        {
            "score": 0.0 if best is None else round(best.fit.score, 3),
            "box_score": 0.0 if best is None else round(best.fit.box_score, 3),
            "marks": len(page.marks),
            "tags": len(page.tags),
        },
    )
