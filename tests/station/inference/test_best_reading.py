"""The best explanation of a whole station, by a solver that knows nothing of trellises (OR-Tools CP-SAT)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ocr_pipeline.config import INFERENCE, PAPER, PaperSettings
from ocr_pipeline.forms.catalogue import load_catalogue
from ocr_pipeline.records import Evidence
from ocr_pipeline.station.arithmetic import rules_for
from ocr_pipeline.station.inference.graph import Problem, pose
from ocr_pipeline.station.inference.paper import Part, Shape
from ocr_pipeline.station.inference.readings import JointReading, joint_readings
from ocr_pipeline.station.inference.trellis import build

cp_model = pytest.importorskip("ortools.sat.python.cp_model")

SCALE = 100_000
LEAST = 1e-6
"""Values that weigh less are not offered to the solver; the best explanations are far above."""


def solve(problem: Problem, paper: PaperSettings) -> float:
    """Logarithm of the weight of the best combination."""
    model = cp_model.CpModel()
    gain = []

    def option(weight: float) -> object:
        chosen = model.new_bool_var("")
        gain.append(chosen * round(SCALE * math.log(weight)))
        return chosen

    value = {}
    for name, number in problem.numbers.items():
        best = number.meant * np.maximum(number.faithful, 1 - number.faithful)
        offers = [(v, option(best[v])) for v in np.flatnonzero(best >= LEAST).tolist()]
        model.add_exactly_one(chosen for _, chosen in offers)
        value[name] = sum(v * chosen for v, chosen in offers)

    def form(part: Part) -> object:
        terms = [c * value[name] for name, c in part.coefficients.items()]
        if part.share:
            (base,) = (name for name, c in part.coefficients.items() if c < 0)
            reserve = model.new_int_var(0, 999, "")
            up = part.share.denominator * reserve - part.share.numerator * value[base]
            model.add(up >= 0)
            model.add(up < part.share.denominator)
            terms.append(-reserve)
        return sum(terms) + part.constant

    for group in problem.groups:
        ways = []
        for way in group.ways:
            chosen = option(way.prior)
            ways.append(chosen)
            for part in way.parts:
                difference = form(part)
                if part.shape is Shape.ZERO:
                    model.add(difference == 0).only_enforce_if(chosen)
                elif part.shape is Shape.NONZERO:
                    above = model.new_bool_var("")
                    model.add(difference >= 1).only_enforce_if(chosen, above)
                    model.add(difference <= -1).only_enforce_if(chosen, ~above)
                else:
                    # What holds weighs more than what is off by a power, and that more than anything else, so
                    # nothing keeps the solver from a better option where it is true.
                    def weigh(d: int, part: Part = part) -> float:
                        return float(part.weigh(np.array([d], np.int32), paper)[0])

                    offers = [option(weigh(777))]
                    if part.shape is Shape.AT_MOST:
                        offers.append(option(weigh(0)))
                        model.add(difference <= 0).only_enforce_if(offers[-1])
                    else:
                        for d in (0, 1, -1, 10, -10, 100, -100):
                            offers.append(option(weigh(d)))
                            model.add(difference == d).only_enforce_if(offers[-1])
                    model.add(sum(offers) == chosen)
        model.add_exactly_one(ways)
    model.maximize(sum(gain))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = 300  # seconds of the clock: a busy machine
    assert solver.solve(model) == cp_model.OPTIMAL
    return solver.objective_value / SCALE


def station(seed: int) -> dict[str, Evidence]:
    """A station of the PPWP form that adds up, read with doubts, with one number misread for certain."""
    rng = np.random.default_rng(seed)
    value = {f"paslon_{n}": int(rng.integers(1, 90)) for n in (1, 2, 3)}
    value["suara_sah"] = sum(value.values())
    value["suara_tidak_sah"] = int(rng.integers(0, 9))
    for whole in ("suara_total", "ss_digunakan", "pengguna_total_j"):
        value[whole] = value["suara_sah"] + value["suara_tidak_sah"]
    value |= {"pengguna_dptb_l": 1, "pengguna_dptb_p": 0, "pengguna_dpk_l": 2, "pengguna_dpk_p": 1}
    value |= {"disabilitas_l": 1, "disabilitas_p": 1, "disabilitas_j": 2}
    value["pengguna_dpt_l"] = int(rng.integers(1, value["suara_total"] - 6))
    value["pengguna_dpt_p"] = value["suara_total"] - 4 - value["pengguna_dpt_l"]
    value["dpt_l"], value["dpt_p"] = value["pengguna_dpt_l"] + 9, value["pengguna_dpt_p"] + 7
    for row in ("dpt", "pengguna_dpt", "pengguna_dptb", "pengguna_dpk"):
        value[f"{row}_j"] = value[f"{row}_l"] + value[f"{row}_p"]
    for column in "lp":
        rows = ("pengguna_dpt", "pengguna_dptb", "pengguna_dpk")
        value[f"pengguna_total_{column}"] = sum(value[f"{row}_{column}"] for row in rows)
    value["ss_diterima"] = value["dpt_j"] + math.ceil(0.02 * value["dpt_j"])
    value["ss_dikembalikan"] = 1
    value["ss_tidak_digunakan"] = value["ss_diterima"] - value["ss_digunakan"] - 1
    misread = rng.choice(sorted(value))
    evidence = {}
    for name, true in value.items():
        p = np.full(1001, 1e-10)
        for place in range(3):
            for digit in range(10):
                other = true - true // 10**place % 10 * 10**place + digit * 10**place
                p[other] += 10 ** rng.uniform(-5, -2)
        p[true] = 1e-3 if name == misread else 1.0
        evidence[name] = Evidence("all", np.log(p / p.sum()))
    return evidence


def best_of(problem: Problem) -> tuple[float, list[JointReading]]:
    trellis = build(problem, PAPER, INFERENCE)
    readings = list(joint_readings(trellis, 5))
    return math.log(readings[0].probability * (trellis.mass + trellis.left_out)), readings


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 40))])
def test_the_best_explanation_is_that_of_the_solver(seed: int) -> None:
    form = load_catalogue().form("c-hasil-ppwp-2024")
    problem = pose(station(seed), rules_for(form, None), PAPER)
    assert len(problem.numbers) == 28
    found, readings = best_of(problem)
    assert found == pytest.approx(solve(problem, PAPER), abs=40 / SCALE)
    chances = [reading.probability for reading in readings]
    assert chances == sorted(chances, reverse=True) and sum(chances) <= 1
    assert len({(tuple(r.meant.items()), r.miswritten, r.errors) for r in readings}) == len(readings)
