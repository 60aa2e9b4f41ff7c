"""The truth behind a synthetic station: numbers that obey the form's rules, or break one as papers do."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ocr_pipeline.errors import UsageError
from ocr_pipeline.forms import Form, Rule, RuleKind


class PaperError(enum.StrEnum):
    """What the officials got wrong on the paper itself."""

    WRONG_SUM = "wrong-sum"
    """The valid votes are not the sum of the pairs."""
    SWAPPED_LP = "swapped-lp"
    """Men and women changed places in one row (the most frequent error reported by officials)."""
    WORDS = "words"
    """A number in words is another than in digits."""


@dataclass(frozen=True, slots=True)
class Place:
    """A village with its 10-digit code."""

    code: str
    provinsi: str
    kabupaten_kota: str
    kecamatan: str
    kelurahan_desa: str


@dataclass(frozen=True, slots=True)
class StationTruth:
    """All that is written on the sheets of one invented station."""

    code: str
    """13 digits: village and number of the station."""
    header: Mapping[str, str]
    values: Mapping[str, int]
    """Every number of every page, as written."""
    pairs: int | None
    broken_rules: tuple[str, ...]
    """Ids of the hard rules that the paper breaks; empty on a correct paper."""
    words: Mapping[str, int]
    """Numbers whose words say another number, and which."""


_TANAH_LAUT = ("KALIMANTAN SELATAN", "TANAH LAUT", "BATI BATI")
_SELATAN = ("BANTEN", "TANGERANG SELATAN", "CIPUTAT")
_BANDUNG = ("JAWA BARAT", "KOTA BANDUNG", "SUKASARI")
_MAKASSAR = ("SULAWESI SELATAN", "KOTA MAKASSAR", "MARISO")
PLACES: dict[str, tuple[Place, ...]] = {
    "c-hasil-kwk-2024": (
        Place("6301052001", *_TANAH_LAUT, "BENUA RAYA"),
        Place("6301052002", *_TANAH_LAUT, "BATI-BATI"),
        Place("6301052003", *_TANAH_LAUT, "UJUNG"),
        Place("6301052004", *_TANAH_LAUT, "LIANG ANGGANG"),
    ),
    "c-hasil-kwk-2020": (
        Place("3674041001", *_SELATAN, "SAWAH BARU"),
        Place("3674041002", *_SELATAN, "SERUA"),
        Place("3674041003", *_SELATAN, "CIPUTAT"),
        Place("3674041004", *_SELATAN, "SAWAH"),
    ),
    "c-hasil-ppwp-2024": (
        Place("3273011001", *_BANDUNG, "SUKARASA"),
        Place("3273011002", *_BANDUNG, "GEGERKALONG"),
        Place("7371011001", *_MAKASSAR, "BONTORANNU"),
        Place("7371011002", *_MAKASSAR, "MATTOANGIN"),
    ),
}
"""Villages that exist, for the head of the sheet; the numbers written there are invented."""
STATIONS_PER_PLACE = 999
VOTING_DAYS = {
    "c-hasil-kwk-2020": (9, 12, 2020),
    "c-hasil-kwk-2024": (27, 11, 2024),
    "c-hasil-ppwp-2024": (14, 2, 2024),
    "c-hasil-salinan-ppwp-2024": (14, 2, 2024),
    "c1-plano-ppwp-2019": (17, 4, 2019),
    "c1-ppwp-2019": (17, 4, 2019),
}


def invent_station(
    form: Form, rng: np.random.Generator, index: int = 0, pairs: int | None = None, error: PaperError | None = None
) -> StationTruth:
    """Numbers of one station of that form; every hard and semi-hard rule holds unless ``error`` is given.

    Args:
        form: the form.
        rng: where the numbers come from.
        index: which station of a set; it decides the village and the station's number.
        pairs: candidate pairs, where the form leaves it open.
        error: what is wrong on the paper.

    Raises:
        UsageError: the form has no layout for so many pairs or only an inferred one, the error cannot be made on it,
            or the index lies beyond the stations there are names for.
    """
    if form.pairs:
        pairs = form.pairs[0] if pairs is None else pairs
        if pairs not in form.pairs:
            known = " or ".join(str(n) for n in form.pairs)
            raise UsageError(f"{form.form_id} is known for {known} pairs, not for {pairs}. Choose one of these.")
    pages = [page for page in form.pages if page.pairs in (None, pairs) and not page.provisional]
    if not pages:
        raise UsageError(f"No page of {form.form_id} with {pairs} pairs is known well enough to be drawn.")
    names = {field.name for page in pages for field in page.fields}
    values = _numbers(form, rng, names)
    words: dict[str, int] = {}
    if error is PaperError.WRONG_SUM:
        _spoil_sum(values, rng)
    elif error is PaperError.SWAPPED_LP:
        if "pengguna_total_l" not in names:
            raise UsageError(f"{form.form_id} does not count men and women apart. Choose another paper error.")
        while not (rows := _uneven_rows(values)):  # as many men as women in every row
            values = _numbers(form, rng, names)
        row = rows[int(rng.integers(len(rows)))]
        values[f"{row}_l"], values[f"{row}_p"] = values[f"{row}_p"], values[f"{row}_l"]
    elif error is PaperError.WORDS:
        written = sorted({field.name for page in pages for field in page.fields if field.words is not None})
        if not written:
            raise UsageError(f"{form.form_id} has no numbers in words. Choose another paper error.")
        name = written[int(rng.integers(len(written)))]
        words[name] = _miswritten(values[name], rng)
    return StationTruth(
        code=_code(form.form_id, index),
        header=_header(form.form_id, index),
        values=values,
        pairs=pairs,
        broken_rules=broken_rules(form, values),
        words=words,
    )


def broken_rules(
    form: Form, values: Mapping[str, int], kinds: tuple[RuleKind, ...] = (RuleKind.HARD,)
) -> tuple[str, ...]:
    """Ids of the rules of these kinds that the numbers break; rules on absent pairs and pages are left out."""
    return tuple(rule.rule_id for rule in form.rules if rule.kind in kinds and not _holds(rule, values))


def _holds(rule: Rule, values: Mapping[str, int]) -> bool:
    if rule.left not in values or (rule.right and values.keys().isdisjoint(rule.right)):
        return True
    left = values[rule.left]
    right = sum(values.get(name, 0) for name in rule.right)
    if rule.relation == "sum":
        return left == right
    if rule.relation == "at_most":
        return left <= (rule.limit if rule.limit is not None else right)
    return left == right + math.ceil((rule.share or 0.0) * right)


def _voters(form: Form, rng: np.random.Generator) -> dict[str, int]:
    """The administration page: registered, voted, ballots."""
    values: dict[str, int] = {}
    listed = int(rng.integers(round(0.5 * form.station_cap), round(0.97 * form.station_cap)))
    men = round(listed * float(rng.normal(0.495, 0.02)))
    turnout = float(rng.uniform(0.55, 0.85))
    for key, count in (("l", men), ("p", listed - men)):
        values[f"dpt_{key}"] = count
        values[f"pengguna_dpt_{key}"] = int(rng.binomial(count, turnout))
        values[f"pengguna_dptb_{key}"] = int(rng.poisson(0.8))
        values[f"pengguna_dpk_{key}"] = int(rng.poisson(1.5))
        used = sum(values[f"pengguna_{kind}_{key}"] for kind in ("dpt", "dptb", "dpk"))
        values[f"pengguna_total_{key}"] = used
        values[f"disabilitas_{key}"] = min(used, int(rng.poisson(0.9)))
        # The forms of 2019 also count who was listed: here all of them came, except of the first list.
        values[f"dptb_{key}"], values[f"dpk_{key}"] = values[f"pengguna_dptb_{key}"], values[f"pengguna_dpk_{key}"]
        values[f"pemilih_total_{key}"] = sum(values[f"{kind}_{key}"] for kind in ("dpt", "dptb", "dpk"))
        values[f"disab_pengguna_{key}"] = values[f"disabilitas_{key}"]
    for row in {name.removesuffix("_l") for name in values if name.endswith("_l")}:
        values[f"{row}_j"] = values[f"{row}_l"] + values[f"{row}_p"]
    received = listed + math.ceil(0.02 * listed)
    used = values["pengguna_total_j"]
    values["ss_diterima"], values["ss_digunakan"] = received, used
    values["ss_dikembalikan"] = min(received - used, int(rng.poisson(0.4)))
    values["ss_tidak_digunakan"] = received - used - values["ss_dikembalikan"]
    return values


def _numbers(form: Form, rng: np.random.Generator, names: set[str]) -> dict[str, int]:
    """A number for each of the names, with every rule kept."""
    candidates = sorted(name for name in names if name.startswith("paslon_"))
    every = _voters(form, rng)
    cap = form.station_cap
    total = int(rng.integers(round(0.35 * cap), round(0.85 * cap)))
    if "pengguna_total_j" in names:
        total = every["pengguna_total_j"]
    every |= _split(total, rng, candidates)
    every |= dict(zip(("tanggal", "bulan", "tahun"), VOTING_DAYS.get(form.form_id, (1, 1, form.year)), strict=True))
    return {name: every[name] for name in sorted(names)}


def _split(total: int, rng: np.random.Generator, candidates: list[str]) -> dict[str, int]:
    """Votes in the urn, dealt out: some invalid, the rest by uneven shares."""
    invalid = int(rng.binomial(total, float(rng.uniform(0.005, 0.06))))
    shares = rng.dirichlet([1.4] * len(candidates))
    dealt = rng.multinomial(total - invalid, shares)
    votes = {name: int(count) for name, count in zip(candidates, dealt, strict=True)}
    sums = {"suara_sah": total - invalid, "suara_tidak_sah": invalid}
    return votes | sums | {f"ringkasan_{name}": count for name, count in sums.items()} | {"suara_total": total}


def possible_errors(form: Form) -> tuple[PaperError, ...]:
    """The faults that a paper of this form can have."""
    fields = [field for page in form.pages for field in page.fields if not page.provisional]
    names = {field.name for field in fields}
    possible = {
        PaperError.WRONG_SUM: "suara_sah" in names,
        PaperError.SWAPPED_LP: "pengguna_total_l" in names,
        PaperError.WORDS: any(field.words is not None for field in fields),
    }
    return tuple(error for error, can_be in possible.items() if can_be)


def _miswritten(value: int, rng: np.random.Generator) -> int:
    """The number with one digit changed."""
    digits = list(str(value))
    place = int(rng.integers(len(digits)))
    choices = [digit for digit in "123456789" if digit != digits[place]]
    digits[place] = choices[int(rng.integers(len(choices)))]
    return int("".join(digits))


def _spoil_sum(values: dict[str, int], rng: np.random.Generator) -> None:
    off = int(rng.choice([-10, -2, -1, 1, 2, 9, 10]))
    values["suara_sah"] += off if values["suara_sah"] + off > 0 else 1
    if "ringkasan_suara_sah" in values:  # the wrong sum is carried on
        values["ringkasan_suara_sah"] = values["suara_sah"]
    if "suara_total" in values:
        values["suara_total"] = values["suara_sah"] + values["suara_tidak_sah"]


def _uneven_rows(values: Mapping[str, int]) -> list[str]:
    """Rows of voters in which men and women are not equally many, so that swapping them changes the paper."""
    rows = ("pengguna_dpt", "pengguna_dptb", "pengguna_dpk")
    return [row for row in rows if values[f"{row}_l"] != values[f"{row}_p"]]


def _place(form_id: str, index: int) -> tuple[Place, int]:
    places = PLACES.get(form_id, PLACES["c-hasil-ppwp-2024"])
    limit = len(places) * STATIONS_PER_PLACE
    if not 0 <= index < limit:
        raise UsageError(
            f"{form_id}: station {index} asked for, but there are names for {limit}. Ask for fewer photos."
        )
    return places[index // STATIONS_PER_PLACE], index % STATIONS_PER_PLACE + 1


def _code(form_id: str, index: int) -> str:
    place, number = _place(form_id, index)
    return f"{place.code}{number:03d}"


def _header(form_id: str, index: int) -> dict[str, str]:
    place, number = _place(form_id, index)
    return {
        "provinsi": place.provinsi,
        "kabupaten_kota": place.kabupaten_kota,
        "kecamatan": place.kecamatan,
        "kelurahan_desa": place.kelurahan_desa,
        "nomor_tps": f"{number:03d}",
        "ditetapkan_di": place.kelurahan_desa,
    }
