"""Floors under a benchmark: what it must not fall below, written once from a measurement and committed.

Chance has a say in every share, so the floor of a good share is the lower end of its 95 % interval when it was
written, and the ceiling of a bad one the upper end. A wrong number that is accepted has no such room: each one more
than was known is a fall. Fewer photos than the floor was written from are a fall as well, else a benchmark
would pass by measuring less. Shares of very few get no floor.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ocr_pipeline.config import FLOOR, FloorSettings
from ocr_pipeline.errors import InputMissing, UsageError

AT_LEAST = ("pages_right", "straight_through", "numbers_right", "numbers_accepted", "digits_right")
AT_MOST = ("false_first_digits",)
NO_MORE = ("wrong_accepted",)
"""Counts, not shares."""


def floor_of(figures: Mapping[str, Any], settings: FloorSettings = FLOOR) -> dict[str, Any]:
    """The floor that figures from ``report.summary`` set for the next measurement."""
    rows = {row["title"]: _row_floor(row, settings) for row in figures["breakdown"] if row["group"] is None}
    rules = figures["flags"]["broken_rules"]
    whole: dict[str, dict[str, float]] = {
        "broken rules found": {"least": rules["found"]},
        "broken rules said of sound papers": {"most": rules["false"]},
    }
    if figures["calibration_error"] is not None:
        whole["calibration error"] = {"most": round(figures["calibration_error"] + settings.calibration_room, 5)}
    if figures["expected_wrong"] is not None:
        most = settings.risk_factor * figures["expected_wrong"] + settings.risk_room
        whole["risk taken"] = {"most": round(most, 6)}
    return {"rows": rows, "whole": whole}


def load_floor(path: Path) -> dict[str, Any]:
    """Reads a floor.

    Raises:
        InputMissing: there is no such file.
        UsageError: it is not a floor.
    """
    if not path.is_file():
        raise InputMissing(f"{path} is not there. Give a floor that --write-floor wrote, or leave --floor out.")
    try:
        floor = json.loads(path.read_text(encoding="utf-8"))
        bounds = [*floor["rows"].values(), {"whole": floor["whole"]}]
        for figures in bounds:
            for bound in figures.values():
                if not isinstance(bound, dict | int):
                    raise TypeError(f"{bound!r} is no bound")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{path}: not a floor ({type(error).__name__}: {error}). Write it with --write-floor."
        ) from error
    loaded: dict[str, Any] = floor
    return loaded


def falls(figures: Mapping[str, Any], floor: Mapping[str, Any]) -> tuple[str, ...]:
    """What fell below its floor, in sentences; none where all is well."""
    rows = {row["title"]: row for row in figures["breakdown"]}
    rules = figures["flags"]["broken_rules"]
    said = {
        "broken rules found": rules["found"],
        "broken rules said of sound papers": rules["false"],
        "calibration error": figures["calibration_error"],
        "risk taken": figures["expected_wrong"],
    }
    found = [fall for name, bound in floor["whole"].items() for fall in _falls(name, said.get(name), bound)]
    for title, bounds in floor["rows"].items():
        if title not in rows:
            found.append(f"{title}: was not measured")
            continue
        found += _row_falls(title, rows[title], bounds)
    return tuple(found)


def _row_floor(row: Mapping[str, Any], settings: FloorSettings) -> dict[str, Any]:
    bounded = [name for name in (*AT_LEAST, *AT_MOST) if row[name]["n"] >= settings.least_n]
    shares = {name: row[name] for name in (*bounded, *NO_MORE)}
    floor: dict[str, Any] = {"photos": row["photos"]}
    for name, share in shares.items():
        bound = {"least": share["low"]} if name in AT_LEAST else {"most": share["high"]}
        floor[name] = {"most_hits": share["hits"]} if name in NO_MORE else bound
        floor[name]["was"] = f"{share['hits']} of {share['n']}"
    return floor


def _row_falls(title: str, row: Mapping[str, Any], bounds: Mapping[str, Any]) -> Iterator[str]:
    if row["photos"] < bounds["photos"]:
        yield f"{title}: {row['photos']} photos measured, the floor was written from {bounds['photos']}"
    for name, bound in bounds.items():
        if name == "photos":
            continue
        share = row[name]
        if "most_hits" in bound:
            yield from _falls(f"{title}: {name}", share["hits"], {"most": bound["most_hits"]})
        else:
            yield from _falls(f"{title}: {name} ({share['hits']} of {share['n']})", share["share"], bound)


def _falls(name: str, value: float | None, bound: Mapping[str, float]) -> Iterator[str]:
    if value is None:
        yield f"{name}: could not be measured"
    elif "least" in bound and value < bound["least"]:
        yield f"{name}: {value:.5g} is below the floor of {bound['least']:.5g}"
    elif "most" in bound and value > bound["most"]:
        yield f"{name}: {value:.5g} is above the most of {bound['most']:.5g}"
