"""Stations misread and papers made wrong, with this reader's own confusions: what the arithmetic makes of them.

    python models/digits/stations.py --shared ../shared --form c-hasil-ppwp-2024 --count 10000

The numbers are published stations of Jakarta (``../shared/data``) under which every rule holds. Each box gets a
reading of a real box that shows the same, by the fold model that never saw its sheet: plainly cut and moved
about, and for more misreadings the answer boxes of NSYSU, which no model saw. Unused boxes are crossed, zero or
blank as often as on the sheets of 2020. Then

* ``one``: one box is misread, whichever and as some real box of its class was;
* ``two``: two boxes are;
* ``paper``: the paper is wrong as people make it: a total copied, columns of a row exchanged, one digit another,
  a total off by one, ten or a hundred;
* ``natural``: boxes are misread as often as they are, and 3 in 100 papers are wrong: for calibration.

Nothing of this measures registration, alteration marks or a second witness.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from crops import load_real_crops
from evaluate import plain_view, read_held_out
from testsets import public_sets

from ocr_pipeline.config import VERDICT
from ocr_pipeline.forms import load_catalogue
from ocr_pipeline.forms.model import Rule
from ocr_pipeline.photo.read.combine import number_evidence
from ocr_pipeline.photo.read.digits import load_digit_reader
from ocr_pipeline.records import BOX_CLASSES, Evidence
from ocr_pipeline.station.arithmetic import check_rules, rules_for
from ocr_pipeline.station.inference import StationPosterior, infer
from ocr_pipeline.tabulate.published import load_published

HERE = Path(__file__).resolve().parent
BOXES = 3
FILLERS = {"X": 881, "0": 356, "_": 22}
"""What stands in an unused box, of 1,259 numbers of 2020 (``forms.md`` 2.6)."""
WRONG_PAPERS = 0.03
BINS = (0.0, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0)

Floats = npt.NDArray[np.float64]
Numbers = Mapping[str, int]


@dataclass(frozen=True)
class Bank:
    """Readings of real boxes by class: log-probabilities (n, 13)."""

    any: Mapping[str, Floats]
    """As they come."""
    right: Mapping[str, Floats]
    wrong: Mapping[str, Floats]
    """Where the most probable class is another."""


def bank_of(shared: Path) -> Bank:
    """Reads every real crop with the model that never saw it."""
    real = load_real_crops(shared, None)
    p = read_held_out(plain_view(real.images), real.folds)
    labels = np.array(list(BOX_CLASSES))[real.labels]
    reader = load_digit_reader(HERE / "digits.onnx")
    (nsysu,) = [(crops, digits) for name, _, crops, digits in public_sets(shared) if name.startswith("nsysu")]
    more, more_labels = reader.log_probabilities(list(nsysu[0])), np.array(list(BOX_CLASSES))[nsysu[1]]
    every, right, wrong = {}, {}, {}
    for place, name in enumerate(BOX_CLASSES):
        own, others = p[labels == name], more[more_labels == name]
        every[name] = own
        right[name] = own[own.argmax(axis=1) == place]
        wrong[name] = np.concatenate([own[own.argmax(axis=1) != place], others[others.argmax(axis=1) != place]])
    return Bank(every, right, wrong)


def written(value: int, rng: np.random.Generator) -> str:
    """A number as it stands in three boxes."""
    filler = rng.choice(list(FILLERS), p=np.array(list(FILLERS.values())) / sum(FILLERS.values()))
    text = str(value)
    if value == 0 and filler == "X" and rng.random() < 0.5:
        return "X" * BOXES
    return filler * (BOXES - len(text)) + text


def read(boxes: str, bank: Bank, rng: np.random.Generator, misread: Collection[int], natural: bool) -> Evidence:
    """A reading of each box; at the places ``misread`` a wrong one."""
    rows = []
    for place, name in enumerate(boxes):
        source = bank.wrong if place in misread else bank.any if natural else bank.right
        pool = source[name]
        rows.append(pool[rng.integers(len(pool))])
    return number_evidence(np.array(rows))


def wrong_paper(numbers: Numbers, rules: list[Rule], rng: np.random.Generator) -> tuple[Numbers, str] | None:
    """The numbers with one thing wrong; None where that leaves every rule kept."""
    sums = [rule for rule in rules if rule.relation == "sum" and {rule.left, *rule.right} <= numbers.keys()]
    kind = rng.choice(["copied", "swapped", "digit", "power"])
    changed = dict(numbers)
    if kind == "copied":
        rule = rng.choice([rule for rule in sums if len(rule.right) > 1])
        changed[rule.left] = numbers[rng.choice(rule.right)]
    elif kind == "swapped":
        row = rng.choice([name[:-2] for name in numbers if name.endswith("_l")])
        changed[f"{row}_l"], changed[f"{row}_p"] = numbers[f"{row}_p"], numbers[f"{row}_l"]
    elif kind == "digit":
        name = rng.choice(sorted(numbers))
        power = 10 ** int(rng.integers(len(str(numbers[name]))))
        changed[name] += (int(rng.integers(10)) - numbers[name] // power % 10) * power
    else:
        rule = rng.choice(sums)
        changed[rule.left] += int(rng.choice([-1, 1])) * 10 ** int(rng.integers(BOXES))
    within = all(0 <= value < 10**BOXES for value in changed.values())
    broken = any(check.holds is False for check in check_rules(changed, rules))
    return (changed, str(kind)) if within and broken else None


@dataclass
class Outcome:
    """Counts of one experiment."""

    stations: int = 0
    numbers: int = 0
    accepted: int = 0
    accepted_wrong: int = 0
    flagged: int = 0
    """Stations with something for a person to look at."""
    whole: int = 0
    """Stations of which every number may be used unseen."""
    misread: int = 0
    """Stations in which some number was read as another, or as none."""
    misread_unflagged: int = 0
    restored: int = 0
    """Of the misread ones: the rules make the right numbers the most probable."""
    restorable: int = 0
    """Misread stations that one change of one digit, and no other, makes go together."""
    restorable_restored: int = 0
    wrong_papers: int = 0
    mended: int = 0
    """Wrong papers on which some accepted number is not what stands there."""
    suggested: int = 0
    """Wrong papers on which something else than stands there is suggested."""
    seconds: list[float] = field(default_factory=list)
    chances: list[tuple[float, bool]] = field(default_factory=list)
    """Probability of each value as written, and whether it is right."""

    def count(self, truth: Numbers, evidence: Mapping[str, Evidence], rules: list[Rule], wrong_paper: bool) -> None:
        """Weighs one station and compares with what stands on its paper."""
        began = time.process_time()
        found = infer(evidence, rules)
        self.seconds.append(time.process_time() - began)
        values = {name: own.best for name, own in evidence.items()}
        checks = check_rules(values, rules)
        broken = {
            name
            for rule, check in zip(rules, checks, strict=True)
            if check.holds is False
            for name in (rule.left, *rule.right)
        }
        accepted = {name for name in truth if name not in broken and self._sure(name, values, found)}
        wrong = {name for name in truth if values[name] != truth[name]}
        self.stations += 1
        self.numbers += len(truth)
        self.accepted += len(accepted)
        self.accepted_wrong += len(accepted & wrong)
        self.whole += len(accepted) == len(truth)
        self.flagged += len(accepted) < len(truth)
        best = {name: int(np.argmax(belief.written)) for name, belief in found.beliefs.items()}
        if wrong:
            self.misread += 1
            self.misread_unflagged += len(accepted) == len(truth)
            restored = all(best[name] == truth[name] for name in truth)
            self.restored += restored
            if not wrong_paper and one_change_mends(values, rules):
                self.restorable += 1
                self.restorable_restored += restored
        if wrong_paper:
            self.wrong_papers += 1
            self.mended += bool(accepted & wrong)
            self.suggested += any(best[name] != truth[name] for name in truth if values[name] == truth[name])
        for name, value in values.items():
            if value is not None:
                self.chances.append((float(found.beliefs[name].written[value]), value == truth[name]))

    @staticmethod
    def _sure(name: str, values: Mapping[str, int | None], found: StationPosterior) -> bool:
        value, belief = values[name], found.beliefs[name]
        return (
            value is not None
            and float(belief.written[value]) >= VERDICT.accept_probability
            and float(belief.seen[value]) >= VERDICT.least_own_probability
        )


def one_change_mends(values: Mapping[str, int | None], rules: list[Rule]) -> bool:
    """Whether exactly one change of one digit of one number makes every rule hold."""
    if None in values.values():
        return False
    ways = 0
    for name, value in values.items():
        for power in (1, 10, 100):
            for digit in range(10):
                other = value + (digit - value // power % 10) * power
                if other != value and all(c.holds is not False for c in check_rules({**values, name: other}, rules)):
                    ways += 1
    return ways == 1


def measure(shared: Path, form_id: str, count: int, seed: int) -> dict[str, Outcome]:
    """All four experiments on ``count`` stations each."""
    form = load_catalogue().form(form_id)
    rules = list(rules_for(form, None))
    stations = []
    for published in load_published(shared / "data" / "sirekap_dki_2024-02-20.jsonl.gz"):
        checks = check_rules(published.values, rules)
        complete = len(published.values) == 21 and published.values["dpt_j"] > 0
        if complete and all(check.holds is not False for check in checks):
            stations.append(published.values)
    rng = np.random.default_rng(seed)
    bank = bank_of(shared)
    outcomes = {name: Outcome() for name in ("one", "two", "paper", "natural")}
    draw: Callable[[], Numbers] = lambda: stations[rng.integers(len(stations))]  # noqa: E731
    for _ in range(count):
        for name, misread in (("one", 1), ("two", 2)):
            truth = draw()
            outcomes[name].count(truth, _evidence(truth, bank, rng, misread), rules, False)
        changed = None
        while changed is None:
            changed = wrong_paper(draw(), rules, rng)
        outcomes["paper"].count(changed[0], _evidence(changed[0], bank, rng, 0), rules, True)
        truth = draw()
        changed = wrong_paper(truth, rules, rng) if rng.random() < WRONG_PAPERS else None
        paper = truth if changed is None else changed[0]
        outcomes["natural"].count(paper, _evidence(paper, bank, rng, None), rules, changed is not None)
    return outcomes


def _evidence(truth: Numbers, bank: Bank, rng: np.random.Generator, misread: int | None) -> dict[str, Evidence]:
    """Evidence for all numbers, so many boxes misread; None: as often as boxes are."""
    boxes = {name: written(value, rng) for name, value in truth.items()}
    places = [(name, place) for name, text in boxes.items() for place in range(BOXES) if len(bank.wrong[text[place]])]
    chosen = rng.choice(len(places), misread or 0, replace=False)
    wrong = {places[index] for index in chosen}
    return {
        name: read(text, bank, rng, {place for other, place in wrong if other == name}, misread is None)
        for name, text in boxes.items()
    }


def calibration(chances: list[tuple[float, bool]]) -> tuple[float, list[dict[str, float]]]:
    """Expected calibration error over BINS, and the table behind it."""
    p, right = np.array([c for c, _ in chances]), np.array([r for _, r in chances])
    table, error = [], 0.0
    for low, high in itertools.pairwise(BINS):
        mine = (p >= low) & ((p < high) | (high == BINS[-1]))
        if mine.any():
            error += float(abs(p[mine].mean() - right[mine].mean()) * mine.mean())
            row = {"from": low, "n": int(mine.sum()), "said": float(p[mine].mean()), "right": float(right[mine].mean())}
            table.append(row)
    return error, table


def main() -> None:
    """Parses the command line, measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--form", default="c-hasil-ppwp-2024")
    parser.add_argument("--count", type=int, default=1000, help="stations per experiment")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    for name, outcome in measure(args.shared, args.form, args.count, args.seed).items():
        figures = {key: value for key, value in vars(outcome).items() if isinstance(value, int)}
        error, table = calibration(outcome.chances)
        times = 1000 * np.array(outcome.seconds)
        figures |= {"calibration_error": round(error, 6), "reliability": table}
        figures |= {"ms": {str(q): round(float(np.percentile(times, q)), 1) for q in (50, 95, 99, 100)}}
        figures["ms"]["mean"] = round(float(times.mean()), 1)
        print(name, json.dumps(figures))


if __name__ == "__main__":
    main()
