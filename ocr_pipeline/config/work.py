"""Limits of the database and of a run over many photos."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """How the database is used."""

    busy_timeout_ms: int = 30_000
    """How long a writer waits for another one."""
    log_probability_floor: float = -16.0
    """Values less probable than 1e-7 are kept as one common mean: a paper whose sums are wrong is
    a thousand times likelier, so they decide nothing."""
    connections: int = 40
    """Open at a time: one for each request that a web server works on."""
    export_stations: int = 400
    """Stations fetched at a time for an export; SQLite takes 32,766 parameters."""


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How many photos are worked through."""

    chunk_photos: int = 8
    """Photos handed to a worker, and written, at a time; a killed run loses no more per worker."""
    chunk_stations: int = 4
    """Stations likewise; the evidence of one is about 2 MB on the way to its worker."""
    lookup: int = 400
    """Photos looked up in the database at a time."""
    count_s: float = 20.0
    """How long photos are counted before the start, to tell the time left; more are not counted."""
    chunks_per_worker: int = 2
    """One at work and one waiting, so that no worker idles while the parent writes."""
    photo_limit_s: float = 120.0
    """A photo (or station) that takes longer is given up; reading is a matter of seconds."""
    stop_grace_s: float = 10.0
    """A worker that does not even notice the limit (it hangs in a library) is ended this much later."""
    poll_s: float = 0.25
    """How often a waiting run looks whether it has been told to stop."""


@dataclass(frozen=True, slots=True)
class StripSettings:
    """Pictures of single numbers."""

    height_px: int = 96
    """Of a number's boxes."""
    margin: float = 0.4
    """Around them, in heights of a box; what was struck out often stands beside."""


STORE = StoreSettings()
RUN = RunSettings()
STRIP = StripSettings()
