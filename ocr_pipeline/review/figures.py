"""Figures about the review: who agrees, who is right where the truth is known, what is left among the accepted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from ocr_pipeline.benchmark.score import wilson
from ocr_pipeline.station.keyed import value_of
from ocr_pipeline.store.review_model import Purpose
from ocr_pipeline.store.review_numbers import KeyedItem


@dataclass(frozen=True, slots=True)
class Share:
    """A count out of others, with its 95 % interval (Wilson)."""

    count: int
    of: int

    @property
    def low(self) -> float:
        """Lower end of the interval."""
        return wilson(self.count, self.of)[0] if self.of else 0.0

    @property
    def high(self) -> float:
        """Upper end of the interval."""
        return wilson(self.count, self.of)[1] if self.of else 1.0


@dataclass(frozen=True, slots=True)
class Reviewer:
    """One person's work."""

    name: str
    keyed: int
    median_s: float
    agreed: Share
    """Of the items decided, those where it was decided as they keyed."""
    seeds_right: Share
    """Of the items whose answer is known."""


def reviewers(entries: Sequence[KeyedItem]) -> list[Reviewer]:
    """The work of each person who keyed, by name."""
    found = []
    for name in sorted({entry.user for entry in entries}):
        own = [entry for entry in entries if entry.user == name]
        decided = [entry for entry in own if entry.decided is not None]
        seeds = [entry for entry in own if entry.purpose is Purpose.SEED]
        found.append(
            Reviewer(
                name=name,
                keyed=len(own),
                median_s=median(entry.seconds for entry in own),
                agreed=Share(sum(entry.answers == entry.decided for entry in decided), len(decided)),
                seeds_right=Share(sum(_is_right(entry) for entry in seeds), len(seeds)),
            )
        )
    return found


def wrong_among_accepted(samples: Iterable[tuple[str, str | None]]) -> Share:
    """Of the random sample of accepted numbers, those that people decided otherwise."""
    pairs = list(samples)
    return Share(sum(decided != machine for decided, machine in pairs), len(pairs))


def per_hour(entries: Iterable[KeyedItem], now_s: float) -> int:
    """Entries of the last hour."""
    return sum(now_s - entry.at_s <= 3600 for entry in entries)


def _is_right(entry: KeyedItem) -> bool:
    """As numbers: a zero may be crossed out on the paper."""
    try:
        return [value_of(answer) for answer in entry.answers] == [int(known) for known in entry.known]
    except ValueError:  # what they said of the photo
        return False
