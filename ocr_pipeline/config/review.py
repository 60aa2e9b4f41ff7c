"""The review: when a question is closed, who is asked, and how long things last."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """When a question is closed."""

    low_stakes_votes: float = 5.0
    """Votes expected to change, up to which one person who keys what the machine read is enough."""
    claim_s: float = 300.0
    """How long a question stays somebody's who does nothing; renewed while its page is open."""
    undo_s: float = 600.0
    """How long what was typed can be taken back."""
    corner_apart_px: float = 60.0
    """Corners of a sheet marked by two people may lie this far apart."""


@dataclass(frozen=True, slots=True)
class ItemSettings:
    """Which questions there are, and their order."""

    sample_share: float = 0.015
    """Of the numbers accepted unseen, how many are looked at all the same."""
    seed_share: float = 0.2
    """Of the accepted numbers whose truth is known, how many are asked."""
    least_doubt: float = 0.05
    """Of a number with a reason to look, however surely it was read."""
    other_field_weight: float = 0.2
    """What a ballot or voter counts against a vote."""
    unread_votes: float = 50.0
    """Votes at stake where nothing could be read at all."""
    unread_doubt: float = 0.5
    photo_votes: float = 300.0
    """At stake where a whole photo says nothing."""


QUEUE = QueueSettings()
ITEMS = ItemSettings()
