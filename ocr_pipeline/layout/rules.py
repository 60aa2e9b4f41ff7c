"""Rules proposed from the names of a form's fields, as the catalogue's forms have them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from ocr_pipeline.config import PROPOSAL, ProposalSettings
from ocr_pipeline.forms import Rule, RuleKind

COLUMNS = ("l", "p", "j")
"""Men (laki-laki), women (perempuan), both (jumlah)."""

_SUMS: tuple[tuple[str, RuleKind, str, tuple[str, ...]], ...] = (
    *(
        (f"R2.{c}", RuleKind.HARD, f"pengguna_total_{c}", tuple(f"pengguna_{g}_{c}" for g in ("dpt", "dptb", "dpk")))
        for c in COLUMNS
    ),
    ("R4", RuleKind.HARD, "suara_total", ("suara_sah", "suara_tidak_sah")),
    ("R8.ss", RuleKind.SEMI_HARD, "suara_total", ("ss_digunakan",)),
    ("R8.pengguna", RuleKind.SEMI_HARD, "suara_total", ("pengguna_total_j",)),
    ("R9", RuleKind.SEMI_HARD, "ss_diterima", ("ss_digunakan", "ss_dikembalikan", "ss_tidak_digunakan")),
    ("ringkasan.sah", RuleKind.HARD, "ringkasan_suara_sah", ("suara_sah",)),
    ("ringkasan.tidak_sah", RuleKind.HARD, "ringkasan_suara_tidak_sah", ("suara_tidak_sah",)),
)
"""Id, kind, left, right: proposed where a form has all of the fields."""

_PARTS = (
    *((f"R11.{c}", f"pengguna_dpt_{c}", f"dpt_{c}") for c in COLUMNS),
    *((f"R12.{c}", f"disabilitas_{c}", f"pengguna_total_{c}") for c in COLUMNS),
)
"""Id, part and whole."""

_DATE = {"tanggal": 31, "bulan": 12}
"""Day and month of the count, and the last there is."""

_CAPPED = ("suara_sah", "suara_tidak_sah", "suara_total", "pengguna_total_j", "ss_diterima")


def propose_rules(names: Iterable[str], station_cap: int, settings: ProposalSettings = PROPOSAL) -> tuple[Rule, ...]:
    """The rules that forms with such fields have.

    Args:
        names: field names of all pages, as in the design's contract.
        station_cap: most voters a station may have by law.
        settings: the reserve of ballot papers above it.
    """
    known = list(dict.fromkeys(names))
    return (*_columns(known), *_sums(known), *_parts(known), *_caps(known, station_cap, settings))


def _columns(names: Sequence[str]) -> Iterator[Rule]:
    """Men and women make the sum of every row that has all three."""
    for name in names:
        row, _, column = name.rpartition("_")
        parts = tuple(f"{row}_{part}" for part in COLUMNS[:2])
        if row and column == COLUMNS[2] and set(parts) <= set(names):
            yield Rule(f"R1.{row}", "sum", RuleKind.HARD, name, parts)


def _sums(names: Sequence[str]) -> Iterator[Rule]:
    pairs = tuple(name for name in names if name.startswith("paslon_"))
    sums = (("R3", RuleKind.HARD, "suara_sah", pairs), *_SUMS)
    for rule_id, kind, left, right in sums:
        if right and {left, *right} <= set(names):
            yield Rule(rule_id, "sum", kind, left, right)


def _parts(names: Sequence[str]) -> Iterator[Rule]:
    for rule_id, part, whole in _PARTS:
        if {part, whole} <= set(names):
            yield Rule(rule_id, "at_most", RuleKind.SOFT, part, (whole,))


def _caps(names: Sequence[str], station_cap: int, settings: ProposalSettings) -> Iterator[Rule]:
    """No more votes than a station has ballot papers, no more voters than it may have, and a day of the calendar."""
    papers = station_cap + math.ceil(settings.reserve_share * station_cap)
    for name in names:
        if name in _CAPPED or name.startswith("paslon_"):
            yield Rule(f"R13.{name}", "at_most", RuleKind.SOFT, name, (), papers)
        elif name == "dpt_j":
            yield Rule(f"R13.{name}", "at_most", RuleKind.SOFT, name, (), station_cap)
        elif name in _DATE:
            yield Rule(f"R13.{name}", "at_most", RuleKind.SOFT, name, (), _DATE[name])
