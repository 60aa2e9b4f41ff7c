"""The benchmark's tables, for the terminal and as JSON."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from PIL import Image

from ocr_pipeline.benchmark.figures import trust_figures
from ocr_pipeline.benchmark.pages import by_page, page_table, page_tally
from ocr_pipeline.benchmark.score import Scored, percentile, tally, wilson, wrong_numbers
from ocr_pipeline.benchmark.unknown import unknown_table, unknown_tally
from ocr_pipeline.config import BENCHMARK


def groups(scored: Sequence[Scored]) -> dict[str, list[Scored]]:
    """The photos by form and kind, in order of first appearance."""
    found: dict[str, list[Scored]] = {}
    for one in scored:
        found.setdefault(f"{one.label.form} {one.label.kind}", []).append(one)
    return found


def summary(scored: Sequence[Scored], peak_mb: float) -> dict[str, Any]:
    """All figures, for machines."""
    return {
        "groups": {name: asdict(tally(some)) for name, some in groups(scored).items()},
        "all": asdict(tally(scored)),
        "unknown": {name: asdict(unknown_tally(some)) for name, some in groups(scored).items()},
        "pages": {name: asdict(page_tally(some)) for name, some in [*by_page(scored).items(), ("all", scored)]},
        "time": _times(scored),
        "peak_mb": round(peak_mb),
        "not_right": [list(row) for row in wrong_numbers(scored)],
    } | trust_figures(scored)


def _times(scored: Sequence[Scored]) -> dict[str, Any]:
    """Milliseconds per stage, and the whole against decoding, over the large photos and over all."""
    result: dict[str, Any] = {}
    pictures = [one for one in scored if not math.isnan(one.decode_ms)]
    large = [one for one in pictures if _megapixels(one) >= BENCHMARK.large_megapixels]
    for name, some in (("large", large), ("all", pictures)):
        totals = [sum(one.outcome.milliseconds.values()) for one in some]
        if not totals:
            continue
        ratios = [total / one.decode_ms for total, one in zip(totals, some, strict=True)]
        stages = sorted({stage for one in some for stage in one.outcome.milliseconds})
        result[name] = {
            "photos": len(some),
            "median_ms": round(statistics.median(totals)),
            "p95_ms": round(percentile(totals, 0.95)),
            "decode_median_ms": round(statistics.median(one.decode_ms for one in some), 1),
            "ratio_median": round(statistics.median(ratios), 1),
            "ratio_p95": round(percentile(ratios, 0.95), 1),
            "stages_median_ms": {
                stage: round(statistics.median(one.outcome.milliseconds.get(stage, 0.0) for one in some), 1)
                for stage in stages
            },
        }
    return result


def _megapixels(one: Scored) -> float:
    with Image.open(one.label.path) as picture:
        return picture.width * picture.height / 1e6


def table(scored: Sequence[Scored], peak_mb: float) -> str:
    """The figures for people."""
    head = (
        f"{'':34s}{'photos':>7s}{'page':>6s}{'rejct':>6s}{'unkn.':>6s}{'wrong':>6s} |{'numbers':>8s}{'right':>7s}"
        f"{'share':>8s}{'95 % interval':>16s}{'wrong acc.':>11s}{'flagged':>8s}{'not read':>9s}{'accepted':>9s}"
    )
    lines = [head]
    for name, some in [*groups(scored).items(), ("all", list(scored))]:
        t = tally(some)
        low, high = wilson(t.right, t.numbers)
        share = t.right / t.numbers if t.numbers else float("nan")
        lines.append(
            f"{name:34s}{t.photos:7d}{t.page_right:6d}{t.rejected:6d}{t.page_unknown:6d}{t.page_wrong:6d} |"
            f"{t.numbers:8d}{t.right:7d}"
            f"{share:8.2%}{f'{low:.1%} - {high:.1%}':>16s}{t.wrong_accepted:11d}{t.wrong_flagged:8d}{t.not_read:9d}"
            f"{t.accepted:9d}"
        )
    t = tally(scored)
    low, high = wilson(t.false_first_digits, t.fillers)
    lines.append("")
    lines.append(
        f"boxes right {t.boxes_right} of {t.boxes}; false first digits {t.false_first_digits} of {t.fillers} fillers "
        f"({low:.2%} - {high:.2%}); pages with every number accepted {t.pages_straight_through} of {t.photos}"
    )
    lines += ["", page_table(scored), ""]
    if unknown := unknown_table({**groups(scored), "all": list(scored)}):
        lines += [unknown, ""]
    for name, t_ in _times(scored).items():
        lines.append(
            f"time, {name} {t_['photos']} photos: median {t_['median_ms']} ms, p95 {t_['p95_ms']} ms; decoding "
            f"{t_['decode_median_ms']} ms; ratio median {t_['ratio_median']}, p95 {t_['ratio_p95']}; stages "
            + ", ".join(f"{stage} {ms}" for stage, ms in t_["stages_median_ms"].items())
        )
    lines.append(f"peak memory {peak_mb:.0f} MB")
    return "\n".join(lines)
