"""The benchmark's page: one HTML file that needs nothing else, drawn from the figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ocr_pipeline.benchmark.breakdown import FIGURES
from ocr_pipeline.benchmark.plots import Axis, Mark, Series, chart, nines, stacked, whisker
from ocr_pipeline.benchmark.worst import WorstNumber, WorstPhoto
from ocr_pipeline.records import BOX_CLASSES, ILLEGIBLE

PER_MILLE_TOPS = (5.0, 10.0, 20.0, 50.0, 100.0, 200.0)
"""Upper ends of the scale of risk; a curve that goes higher than the last runs along the edge."""

LEAST_ACCEPTED = 0.5
"""Where the scale of what is accepted begins; thresholds that accept less are of no use."""


def draw_page(figures: Mapping[str, Any], numbers: Sequence[WorstNumber], photos: Sequence[WorstPhoto]) -> str:
    """The page as HTML.

    Args:
        figures: from ``report.summary``.
        numbers: with pictures, from ``worst``.
        photos: likewise.
    """
    environment = Environment(
        loader=PackageLoader("ocr_pipeline.benchmark"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"percent": percent, "per_mille": per_mille, "whisker": _whisker}
    return environment.get_template("page.html.j2").render(
        figures=figures,
        whole=figures["breakdown"][0],
        names=FIGURES,
        risk=Markup(_risk(figures)),
        coverage=Markup(_coverage(figures)),
        reliability=Markup(_reliability(figures)),
        classes=BOX_CLASSES,
        said_classes=BOX_CLASSES + ILLEGIBLE,
        times=_times(figures),
        numbers=numbers,
        photos=photos,
    )


def percent(value: float | None, digits: int = 1) -> str:
    """A share for people; a dash where there is none."""
    return "–" if value is None else f"{100 * value:.{digits}f} %"


def per_mille(value: float | None) -> str:
    """Wrong ones in a thousand."""
    return "–" if value is None else f"{1000 * value:.1f}"


def _whisker(share: Mapping[str, Any]) -> Markup:
    return Markup(whisker(share["share"], share["low"], share["high"]))


def _threshold_axis() -> Axis:
    return Axis("least probability of an accepted number", 0.5, 0.9999, (0.5, 0.9, 0.99, 0.999, 0.9999), str, nines)


def _per_mille_axis(values: Iterable[float]) -> Axis:
    most = max(values, default=0.0)
    top = next((top for top in PER_MILLE_TOPS if most <= top), PER_MILLE_TOPS[-1])
    return Axis("wrong per 1,000 accepted", 0, top, tuple(top * i / 5 for i in range(6)), lambda value: f"{value:g}")


def _note(point: Mapping[str, Any]) -> str:
    return f"threshold {point['threshold']:g}: {point['wrong']['hits']} wrong of {point['wrong']['n']} accepted"


def _risk(figures: Mapping[str, Any]) -> str:
    """Wrong numbers per 1,000 accepted over the threshold, as shipped, with its interval."""
    points = [point for point in figures["ablation"][-1]["curve"] if point["accepted"]["hits"]]
    marks = tuple(
        Mark(
            point["threshold"],
            1000 * point["wrong"]["share"],
            _note(point),
            1000 * point["wrong"]["low"],
            1000 * point["wrong"]["high"],
            strong=point["threshold"] == figures["threshold"],
        )
        for point in points
    )
    return chart(
        _threshold_axis(), _per_mille_axis(mark.high or 0.0 for mark in marks), [Series("with all steps", marks)]
    )


def _coverage(figures: Mapping[str, Any]) -> str:
    """Risk against how much is accepted, a curve per step: further down and right is better."""
    series = []
    for added in figures["ablation"]:
        marks = tuple(
            Mark(
                point["accepted"]["share"],
                1000 * point["wrong"]["share"],
                _note(point),
                strong=point["threshold"] == figures["threshold"],
            )
            for point in added["curve"]
            if point["accepted"]["hits"] and point["accepted"]["share"] >= LEAST_ACCEPTED
        )
        series.append(Series(added["step"], marks))
    ticks = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    x = Axis("share of the numbers accepted", LEAST_ACCEPTED, 1, ticks, lambda value: percent(value, 0))
    return chart(x, _per_mille_axis(mark.y for one in series for mark in one.marks), series)


def _reliability(figures: Mapping[str, Any]) -> str:
    ticks = (0.0, 0.5, 0.9, 0.99, 0.999, 1.0)
    labels = {0.0: "0", 0.5: "0.5", 0.9: "0.9", 0.99: "0.99", 0.999: "0.999", 1.0: "1"}

    def scale(value: float) -> float:
        return nines(min(value, 0.9998))

    x = Axis("probability that the program says", 0, 1, ticks, labels.__getitem__, scale)
    y = Axis("share of these numbers that is right", 0, 1, ticks, labels.__getitem__, scale)
    marks = tuple(
        Mark(
            one["said"],
            one["right"]["share"],
            f"said {one['said']:.4f}, right {one['right']['hits']} of {one['right']['n']}",
            one["right"]["low"],
            one["right"]["high"],
            size=2.5 + min(6.0, one["right"]["n"] ** 0.5 / 6),
        )
        for one in figures["reliability"]
        if one["said"] is not None
    )
    return chart(x, y, [Series("numbers", marks, line=False)], diagonal=True)


def _times(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    order = ("capture", "deskew", "identify", "boxes", "read")
    longest = max((sum(time["stages_median_ms"].values()) for time in figures["time"].values()), default=0.0)
    return [
        time
        | {
            "name": name,
            "bar": Markup(
                stacked([(stage, ms) for stage in order if (ms := time["stages_median_ms"].get(stage))], longest)
            ),
        }
        for name, time in figures["time"].items()
    ]
