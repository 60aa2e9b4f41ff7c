"""Reads labelled photos, station by station, and keeps what came of each."""

from __future__ import annotations

import functools
import math
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from ocr_pipeline.attempt import Broken
from ocr_pipeline.benchmark.labels import LabelledPhoto
from ocr_pipeline.benchmark.score import Scored
from ocr_pipeline.config import VERDICT, VerdictSettings
from ocr_pipeline.errors import InputMissing, UsageError
from ocr_pipeline.forms import Catalogue
from ocr_pipeline.intake import batches
from ocr_pipeline.pipeline import Tools, load_tools, read_photo
from ocr_pipeline.progress import Meter, NoProgress, Phase, Progress
from ocr_pipeline.records import (
    Failure,
    FailureCode,
    PageReading,
    PhotoOutcome,
    PhotoSource,
    Stage,
    StationResult,
    Unreadable,
)
from ocr_pipeline.run import stop_on_signals
from ocr_pipeline.station.arithmetic import check_rules, rules_for
from ocr_pipeline.station.assemble import KeySource, StationKey, assemble
from ocr_pipeline.station.resolve import resolve_station
from ocr_pipeline.workers import open_workers

ToolsFor = Callable[[LabelledPhoto], Tools]
"""Which tools read a photo."""


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """Which tools read a photo, by the options of the command; each set is loaded once per process."""

    model: Path | None = None
    forms: Path | None = None
    held_out: Path | None = None
    """Folder with ``photos.csv`` (``photo,fold``: the photo's file stem) and ``fold{k}.onnx``: each photo is read
    by the model that was trained without its sheet. One that is not listed was never trained on."""
    without: tuple[str, ...] = ()
    """Forms taken out of the catalogue: what becomes of a form nobody described."""

    def __call__(self, label: LabelledPhoto) -> Tools:
        """The tools for a photo.

        Raises:
            InputMissing: the folder of held-out models holds no ``photos.csv``.
            UsageError: a form to be left out is not in the catalogue.
        """
        fold = _folds(self.held_out).get(label.path.stem) if self.held_out else None
        model = self.held_out / f"fold{fold}.onnx" if self.held_out and fold else self.model
        return tools_without(_loaded(model, self.forms), self.without)


def tools_without(tools: Tools, forms: Sequence[str]) -> Tools:
    """The same tools with some forms taken out of the catalogue.

    Raises:
        UsageError: one of the forms is not there.
    """
    if not forms:
        return tools
    try:
        return replace(tools, catalogue=tools.catalogue.without(forms))
    except KeyError as error:
        raise UsageError(f"--without: {error.args[0]}") from None


@functools.cache
def _loaded(model: Path | None, forms: Path | None) -> Tools:
    return load_tools(model, forms)


@functools.cache
def _folds(folder: Path) -> Mapping[str, str]:
    table = folder / "photos.csv"
    if not table.is_file():
        raise InputMissing(f"{table} is not there. It is written by models/digits/train.py with the folds' models.")
    return dict(line.split(",") for line in table.read_text(encoding="utf-8").split()[1:])


def measure(
    photos: Sequence[LabelledPhoto],
    tools_for: ToolsFor,
    jobs: int = 1,
    progress: Progress | None = None,
    verdict: VerdictSettings = VERDICT,
) -> list[Scored]:
    """Reads the photos and weighs those of one station together; a photo without station stands alone.

    Args:
        photos: from ``load_labels``.
        tools_for: which tools to use; picklable where there are several jobs.
        jobs: worker processes; with more than one, times are those of a machine under load.
        progress: is told after each chunk.
        verdict: thresholds of acceptance.

    Returns:
        One record per photo, in the order of the photos; fewer where it was told to stop.
    """
    stations: dict[str, list[LabelledPhoto]] = {}
    for label in photos:
        stations.setdefault(label.station or str(label.path), []).append(label)
    meter = Meter(progress or NoProgress())
    meter.begin(Phase.PHOTOS, len(photos))
    found: dict[Path, Scored] = {}
    work = functools.partial(measure_station, verdict=verdict)
    with stop_on_signals() as stopped, open_workers(functools.partial(_itself, tools_for), jobs) as workers:
        for chunk in workers.map(work, batches(stations.values(), 1), stopped):
            for labels, scored in chunk:
                some = [_broken(label, scored) for label in labels] if isinstance(scored, Broken) else scored
                found |= {one.label.path: one for one in some}
                refused = sum(isinstance(one.outcome, Unreadable) for one in some)
                meter.step(len(some), len(some), unreadable=refused)
    return [found[label.path] for label in photos if label.path in found]


def measure_station(
    tools_for: ToolsFor, labels: Sequence[LabelledPhoto], verdict: VerdictSettings = VERDICT
) -> list[Scored]:
    """Reads the photos of one station and resolves each of the forms found among them."""
    outcomes = [read_photo(PhotoSource(str(label.path)), tools_for(label)) for label in labels]
    catalogue = tools_for(labels[0]).catalogue
    results = _results(labels, outcomes, catalogue, verdict)
    papers = {form: _paper(labels, form, catalogue) for form in {label.form for label in labels}}
    return [
        Scored(
            label=label,
            outcome=_without_evidence(outcome),
            result=results.get(outcome.form_id) if isinstance(outcome, PageReading) else None,
            decode_ms=_decode_ms(label.path),
            digits=_digits(outcome),
            paper=papers[label.form],
        )
        for label, outcome in zip(labels, outcomes, strict=True)
    ]


def _results(
    labels: Sequence[LabelledPhoto], outcomes: Sequence[PhotoOutcome], catalogue: Catalogue, verdict: VerdictSettings
) -> dict[str, StationResult]:
    """By form, what the pages of one station come to."""
    readings = [
        (outcome, StationKey(label.station or label.name, None, KeySource.PHOTO_ALONE))
        for label, outcome in zip(labels, outcomes, strict=True)
        if isinstance(outcome, PageReading)
    ]
    return {
        station.form_id: resolve_station(station, catalogue.form(station.form_id), verdict)
        for station in assemble(readings)
    }


def _paper(labels: Sequence[LabelledPhoto], form_id: str, catalogue: Catalogue) -> dict[str, bool]:
    """Which rules the paper keeps, by what a person read on it; rules on numbers nobody read are left out."""
    if all(form.form_id != form_id for form in catalogue.forms):
        return {}
    form = catalogue.form(form_id)
    values = {name: value for label in labels if label.form == form_id for name, value in label.values.items()}
    pairs = max((label.pairs for label in labels if label.form == form_id and label.pairs), default=None)
    checks = check_rules(values, rules_for(form, pairs))
    return {check.rule: check.holds for check in checks if check.holds is not None}


def _digits(outcome: PhotoOutcome) -> dict[str, float]:
    """By field, how sure the digits are by themselves of what they say."""
    if isinstance(outcome, Unreadable):
        return {}
    return {
        field.field: float(np.exp(evidence.log_probabilities.max()))
        for field in outcome.fields
        for evidence in field.evidence
        if evidence.witness == "digits"
    }


def _without_evidence(outcome: PhotoOutcome) -> PhotoOutcome:
    """Distributions over a thousand values a number would fill the memory with a few thousand photos."""
    if isinstance(outcome, Unreadable):
        return outcome
    return replace(outcome, fields=tuple(replace(field, evidence=()) for field in outcome.fields))


def _broken(label: LabelledPhoto, broken: Broken) -> Scored:
    failure = Failure(Stage.STATION, FailureCode.INTERNAL, f"Bug in this program: {broken.message}")
    return Scored(label, Unreadable(label.name, None, failure, {}), None, math.nan, {}, {})


def peak_mb() -> float:
    """Most memory that this process, or any of its workers, has held so far."""
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024


def _itself(tools_for: ToolsFor) -> ToolsFor:
    return tools_for


def _decode_ms(path: Path) -> float:
    """Best of three full decodings in grey: what a photo costs before anything is read; nan for no picture."""
    data = np.fromfile(path, np.uint8)
    times: list[float] = []
    for _ in range(3):
        began = time.perf_counter()
        if not len(data) or cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) is None:
            return math.nan
        times.append(1000 * (time.perf_counter() - began))
    return min(times)
