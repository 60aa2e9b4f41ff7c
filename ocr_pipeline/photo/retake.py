"""Tells the uploader to take a photo again, and why: where its quality explains that nothing can be read.

Not a stage: looks at what the stages made of a photo, with its picture at hand.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, replace

from ocr_pipeline.config import LEGIBILITY, LegibilitySettings
from ocr_pipeline.legibility import Fault, PhotoQuality, Quality, field_fault, photo_fault
from ocr_pipeline.photo.quality import photo_quality
from ocr_pipeline.records import Failure, FailureCode, Photo, Stage

_EXPLAINED = {FailureCode.NO_FORM_FOUND, FailureCode.UNKNOWN_FORM, FailureCode.BOXES_NOT_CONFIRMED}
"""Failures that a bad photo may be the reason of; two forms alike are alike on any photo."""
_EDGES = ("left", "upper", "right", "lower")
_OF_PHOTO = {
    Fault.TOO_DARK: "the photo is too dark, its brightest parts have grey level {light:.0f} of 255 where paper should "
    "have {least_light:g}. Take it again in better light.",
    Fault.TOO_SMALL: "the photo is too small, {width_px} x {height_px} pixels where the longer side should have "
    "{least_side_px}. Upload it in its original size, or take it again from nearer.",
    Fault.GRAINY: "the photo is too grainy, its noise is {share:.0%} of the light and should be at most "
    "{most_noise:.0%}. Take it again in better light.",
    Fault.BLURRED: "the photo is blurred, its edges are {edge_px:.1f} pixels wide and should be at most "
    "{most_edge_px:g}. Take it again with a steady hand, in focus.",
}
_OF_FIELDS = {
    Fault.OUT_OF_FRAME: "the {edge} edge is cut off, {missing:.0%} of the sheet is outside the picture. Take it again "
    "with the whole sheet in the frame.",
    Fault.TOO_SMALL: "the photo is too small, its digit boxes are {box_px:.0f} pixels wide and {least_box_px:g} are "
    "needed. Upload it in its original size, or take it again from nearer.",
    Fault.GLARE: "there is glare over the boxes of {names}. Take it again without flash or from another side.",
    Fault.TOO_DARK: "the photo is too dark or grainy, print stands out by {clarity:.1f} times the noise and "
    "{least_clarity:g} are needed. Take it again in better light.",
}


def blame_photo(photo: Photo, failure: Failure) -> Failure:
    """The failure, as ``RETAKE`` where the photo is measurably too bad for anything to be found in it.

    Args:
        photo: the picture.
        failure: how its way ended.
    """
    if failure.code not in _EXPLAINED:
        return failure
    quality = photo_quality(photo)
    reason = _photo_reason(photo, quality, LEGIBILITY)
    if reason is None:
        return failure
    measured = {**failure.measured, **{name: round(value, 2) for name, value in asdict(quality).items()}}
    return replace(failure, code=FailureCode.RETAKE, message=f"No form can be found: {reason}", measured=measured)


def blame_fields(quality: Quality) -> Failure | None:
    """``RETAKE`` where not one number of a page is in the picture and clear enough to be read."""
    faults = [field_fault(field) for field in quality.fields.values()]
    poor = Counter(fault for fault in faults if fault is not None)
    if poor.total() < len(faults):
        return None
    fault = max(poor, key=lambda one: poor[one])
    return Failure(
        Stage.BOXES,
        FailureCode.RETAKE,
        f"No number can be read: {_field_reason(fault, quality, LEGIBILITY)}",
        {
            **{name: round(value, 2) for name, value in asdict(quality.photo).items()},
            "contrast": round(quality.contrast, 3),
            "cover": round(quality.cover, 3),
            **{f"cut_off_{edge}": round(share, 3) for edge, share in zip(_EDGES, quality.cut_off, strict=True)},
        },
    )


def _photo_reason(photo: Photo, quality: PhotoQuality, settings: LegibilitySettings) -> str | None:
    width_px, height_px = photo.width_px, photo.height_px
    fault = photo_fault(quality, max(width_px, height_px), settings)
    if fault is None:
        return None
    share = quality.noise / max(quality.light, 1.0)
    parts = asdict(settings) | asdict(quality) | {"width_px": width_px, "height_px": height_px, "share": share}
    return _OF_PHOTO[fault].format(**parts)


def _field_reason(fault: Fault, quality: Quality, settings: LegibilitySettings) -> str:
    fields = quality.fields.values()
    parts = asdict(settings) | {
        "edge": max(zip(quality.cut_off, _EDGES, strict=True))[1],
        "missing": 1 - quality.cover,
        "box_px": max(field.box_px for field in fields),
        "clarity": max(field.clarity for field in fields),
        "names": ", ".join(name for name, field in quality.fields.items() if field_fault(field) is Fault.GLARE),
    }
    return _OF_FIELDS[fault].format(**parts)
