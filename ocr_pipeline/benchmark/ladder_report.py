"""The ladder's tables: per fault and step, per form, and over all; for the terminal and as JSON."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ocr_pipeline.benchmark.ladder import Fault
from ocr_pipeline.benchmark.peers import METHODS
from ocr_pipeline.benchmark.registration import OURS, Attempt, Measured
from ocr_pipeline.benchmark.score import percentile, wilson
from ocr_pipeline.config import LADDER, PEERS, LadderSettings, PeerSettings


@dataclass(frozen=True, slots=True)
class Standing:
    """How one method did on some pages."""

    pages: int
    right: int
    """Passed on, the right page, every box centre within ``LadderSettings.wrong_widths``."""
    inexact: int
    """Of these, with a box centre further off than ``LadderSettings.off_widths``."""
    wrong: int
    """Passed on although it is another page or a box centre is further off."""
    refused: int
    wrong_most: float
    """Upper end of the 95 % interval of the share of pages that are wrong and passed on."""
    median_widths: float | None
    """Box centre error over the pages that are right; None for none."""
    p99_widths: float | None
    median_ms: float | None


def standing(attempts: Sequence[Attempt], settings: LadderSettings = LADDER, least_inliers: int = 0) -> Standing:
    """Counts the attempts of one method.

    Args:
        attempts: one per page.
        settings: from which error on a box is wrong.
        least_inliers: of a peer, below which its homography is taken for refused.
    """
    passed = [a for a in attempts if a.passed and (a.inliers is None or a.inliers >= least_inliers)]
    right = [a for a in passed if a.right_page and max(a.errors, default=0.0) <= settings.wrong_widths]
    errors = [error for attempt in right for error in attempt.errors]
    wrong = len(passed) - len(right)
    return Standing(
        pages=len(attempts),
        right=len(right),
        inexact=sum(max(a.errors, default=0.0) > settings.off_widths for a in right),
        wrong=wrong,
        refused=len(attempts) - len(passed),
        wrong_most=wilson(wrong, len(attempts))[1],
        median_widths=round(percentile(errors, 0.5), 4) if errors else None,
        p99_widths=round(percentile(errors, 0.99), 4) if errors else None,
        median_ms=round(statistics.median(a.milliseconds for a in attempts), 1) if attempts else None,
    )


def standings(measured: Sequence[Measured], peers: PeerSettings = PEERS) -> dict[str, Standing]:
    """Every method on the same pages; each peer by its bare name as it is, and with the usual refusal."""
    found = {OURS: standing([one.attempts[OURS] for one in measured])}
    for method in METHODS:
        attempts = [one.attempts[method] for one in measured if method in one.attempts]
        if attempts:
            found[method] = standing(attempts)
            found[f"{method}, {peers.least_inliers} inliers"] = standing(attempts, least_inliers=peers.least_inliers)
    return found


def groups(measured: Iterable[Measured]) -> dict[str, list[Measured]]:
    """The pages by fault and step, then by form page, then all together."""
    whole = [one for one in measured if one.broken is None]
    found: dict[str, list[Measured]] = {}
    order = list(Fault)
    by_step = sorted(whole, key=lambda one: (order.index(one.task.rung.fault), one.task.rung.level))
    by_title = sorted(whole, key=_title)
    for name, some in ((_step, by_step), (_title, by_title)):
        for one in some:
            found.setdefault(name(one), []).append(one)
    return found | {"all": whole}


def _step(one: Measured) -> str:
    return f"{one.task.rung.fault} {one.task.rung.value:g}"


def _title(one: Measured) -> str:
    pairs = "" if one.task.pairs is None else f" ({one.task.pairs} pairs)"
    return f"{one.task.form} p.{one.task.page}{pairs}"


def not_right(measured: Iterable[Measured]) -> list[Measured]:
    """The pages that this program refused or passed on wrongly."""
    return [one for one in measured if one.broken is None and not standing([one.attempts[OURS]]).right]


def figures(measured: Sequence[Measured]) -> dict[str, Any]:
    """All counts, for machines, with every page that was passed on wrongly and every one that broke."""
    lost = not_right(measured)
    return {
        "groups": {
            name: {method: asdict(its) for method, its in standings(some).items()}
            for name, some in groups(measured).items()
        },
        "wrong": [_row(one) for one in lost if one.attempts[OURS].passed],
        "refused": [
            _row(one) | {"failure": one.attempts[OURS].failure} for one in lost if not one.attempts[OURS].passed
        ],
        "broken": [_row(one) | {"message": one.broken} for one in measured if one.broken is not None],
    }


def _row(one: Measured) -> dict[str, Any]:
    row: dict[str, Any] = {"index": one.task.index, "page": _title(one), "step": _step(one)}
    if one.broken is None and one.attempts[OURS].passed:
        ours = one.attempts[OURS]
        row |= {"right_page": ours.right_page, "worst_widths": round(max(ours.errors, default=0.0), 3)}
    return row


def text(measured: Sequence[Measured]) -> str:
    """The tables for people: a line per group, this program first, each peer beside it."""
    found = {name: standings(some) for name, some in groups(measured).items()}
    beside = [method for method in found["all"] if method != OURS and method not in METHODS]
    lines = [
        f"{'':38s} | {OURS:^43s}" + "".join(f" | {method:^28s}" for method in beside),
        f"{'':32s}{'pages':>6s} | {'right':>6s}{'inexact':>8s}{'refused':>8s}{'WRONG':>6s}{'p99 err':>8s}{'ms':>7s}"
        + f" | {'right':>6s}{'refused':>8s}{'WRONG':>6s}{'p99 err':>8s}" * len(beside),
    ]
    for name, its in found.items():
        ours = its[OURS]
        line = (
            f"{name:32s}{ours.pages:6d} | {ours.right:6d}{ours.inexact:8d}{ours.refused:8d}{ours.wrong:6d}"
            f"{_number(ours.p99_widths, 3):>8s}{_number(ours.median_ms, 0):>7s}"
        )
        for peer in (its[method] for method in beside if method in its):
            line += f" | {peer.right:6d}{peer.refused:8d}{peer.wrong:6d}{_number(peer.p99_widths, 3):>8s}"
        lines.append(line)
    everything = found["all"]
    lines.append("")
    for method, its_all in everything.items():
        lines.append(
            f"{method}: wrong and passed on {its_all.wrong} of {its_all.pages} (at most {its_all.wrong_most:.2%}), "
            f"box centres median {_number(its_all.median_widths, 3)}, p99 {_number(its_all.p99_widths, 3)} box widths, "
            f"{_number(its_all.median_ms, 0)} ms a page"
        )
    shown = figures(measured)
    lines += [
        f"  wrong: page {row['index']}, {row['page']}, {row['step']}: "
        + (f"a box centre {row['worst_widths']} widths off" if row["right_page"] else "taken for another page")
        for row in shown["wrong"]
    ]
    lines += [f"  bug: page {row['index']}, {row['page']}, {row['step']}: {row['message']}" for row in shown["broken"]]
    return "\n".join(lines)


def _number(value: float | None, decimals: int) -> str:
    return "-" if value is None else f"{value:.{decimals}f}"
