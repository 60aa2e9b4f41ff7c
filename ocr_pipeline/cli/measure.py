"""``ocr-pipeline synth`` and ``bench``: labelled photos made, and the program scored on such."""

from __future__ import annotations

import json
import shlex
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import click
import cv2

from ocr_pipeline.benchmark.against import against_table, against_tesseract
from ocr_pipeline.benchmark.figures import against_figures
from ocr_pipeline.benchmark.floors import falls, floor_of, load_floor
from ocr_pipeline.benchmark.labels import load_labels
from ocr_pipeline.benchmark.measure import ToolChoice, measure, peak_mb
from ocr_pipeline.benchmark.page import draw_page
from ocr_pipeline.benchmark.report import summary, table
from ocr_pipeline.benchmark.worst import worst_numbers, worst_photos
from ocr_pipeline.cli.options import EXISTING, FORMS, JOBS, MODEL, NEW_FOLDER
from ocr_pipeline.cli.progress import Bar, cores
from ocr_pipeline.errors import BenchmarkBelowFloor, UsageError
from ocr_pipeline.pipeline import versions
from ocr_pipeline.synth.folder import Order, synthesise
from ocr_pipeline.synth.hands import Part, load_hands


@click.command()
@click.option("--form", required=True, help="A form of the catalogue ('ocr-pipeline forms').")
@click.option("--count", type=click.IntRange(1), required=True, help="Number of photos.")
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same bytes.")
@click.option("--severity", type=click.IntRange(0, 4), default=2, show_default=True, help="How hard the photos are.")
@click.option("--pairs", type=int, default=None, help="Candidate pairs, where the form leaves it open.")
@click.option("--page", "pages", type=int, multiple=True, help="Only these pages; may be given several times.")
@click.option("--handwriting", type=EXISTING, help="Folder with pen strokes of people (.npz), to write with.")
@click.option(
    "--writers",
    type=click.Choice([part.value for part in Part]),
    default=Part.HELD_OUT.value,
    show_default=True,
    help="Whose: of those the digit models were trained on, or those held apart.",
)
@click.option(
    "--paper-errors",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Share of stations whose paper is wrong: a sum, men and women swapped, words that disagree.",
)
@JOBS
@click.option("--out", type=NEW_FOLDER, required=True, help="Folder to write.")
def synth(
    form: str,
    count: int,
    seed: int,
    severity: int,
    pairs: int | None,
    pages: tuple[int, ...],
    handwriting: Path | None,
    writers: str,
    paper_errors: float,
    jobs: int | None,
    out: Path,
) -> None:
    """Make labelled photos of a form, with labels.jsonl beside them."""
    hands = load_hands(handwriting, Part(writers)) if handwriting else ()
    order = Order(form, count, seed, severity, pairs, pages, paper_errors)
    made = synthesise(order, out, hands, jobs or cores(), Bar())
    if made < count:
        raise KeyboardInterrupt(f"Stopped after {made} of {count} photos; those that are there have their labels.")
    click.echo(f"{made} photos and labels.jsonl in {out}")


@click.command()
@click.argument("folders", nargs=-1, required=True, type=EXISTING)
@click.option("--kind", type=click.Choice(["real", "mock", "synthetic", "all"]), default="all", show_default=True)
@click.option("--form", "only", multiple=True, help="Only photos labelled as this form; may be given several times.")
@click.option(
    "--held-out",
    type=EXISTING,
    help="Folder with a model per fold: each photo is read by the one that never saw its sheet.",
)
@click.option("--without", multiple=True, metavar="FORM", help="Read as if this form were not in the catalogue.")
@click.option("--boxes", type=EXISTING, help="Further true box positions (JSON lines); else box_quads.jsonl alone.")
@click.option("--out", type=NEW_FOLDER, help="Folder for index.html (a page to look at) and figures.json.")
@click.option("--show-wrong", is_flag=True, help="List every number that is not right.")
@click.option(
    "--jobs", type=click.IntRange(1), default=1, show_default=True, help="Worker processes; times are then under load."
)
@click.option("--against", type=click.Choice(["tesseract"]), help="Let this read the same boxes as well; takes long.")
@click.option("--floor", type=EXISTING, help="Figures it must not fall below (JSON); else it ends with code 7.")
@click.option("--write-floor", type=click.Path(path_type=Path, dir_okay=False), help="Write such a file.")
@FORMS
@MODEL
def bench(
    folders: tuple[Path, ...],
    kind: str,
    only: tuple[str, ...],
    held_out: Path | None,
    without: tuple[str, ...],
    boxes: Path | None,
    out: Path | None,
    show_wrong: bool,
    jobs: int,
    against: str | None,
    floor: Path | None,
    write_floor: Path | None,
    forms: Path | None,
    model: Path | None,
) -> None:
    """Score the program on labelled FOLDERS (photos with a labels.jsonl).

    Photos whose labels name a station are weighed together with its other pages. Per form the numbers right
    with a 95 % Wilson interval and those accepted though wrong; per page how often it is found and how far
    its boxes are off; time against decoding.
    """
    cv2.setNumThreads(1)
    bounds = load_floor(floor) if floor else None
    labels = [label for folder in folders for label in load_labels(folder, boxes)]
    photos = [p for p in labels if kind in ("all", p.kind) and (not only or p.form in only)]
    if not photos:
        kinds = ", ".join(f"{n} {kind}" for kind, n in Counter(f"{p.form} {p.kind}" for p in labels).items())
        raise UsageError(f"No labelled photo is left by --kind and --form; there are: {kinds}.")
    choice = ToolChoice(model, forms, held_out, without)
    scored = measure(photos, choice, jobs, Bar())
    if len(scored) < len(photos):
        raise KeyboardInterrupt(f"Stopped after {len(scored)} of {len(photos)} photos; nothing is written.")
    figures = summary(scored, peak_mb())
    command = f"ocr-pipeline {shlex.join(sys.argv[1:])}"
    click.echo(table(scored, figures["peak_mb"]))
    if against:
        standings = against_tesseract(scored, Bar())
        click.echo(f"\n{against_table(standings)}")
        figures["against"] = against_figures(standings)
    if show_wrong:
        for photo, field, true, said in figures["not_right"]:
            click.echo(f"  {photo} {field}: is {true}, read {said}")
    if out:
        figures["about"] = asdict(versions(choice(photos[0]))) | {"jobs": jobs, "command": command}
        out.mkdir(parents=True, exist_ok=True)
        (out / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        page = draw_page(figures, worst_numbers(scored), worst_photos(scored))
        (out / "index.html").write_text(page, encoding="utf-8")
    if write_floor:
        write_floor.parent.mkdir(parents=True, exist_ok=True)
        write_floor.write_text(json.dumps(floor_of(figures), indent=1) + "\n", encoding="utf-8")
    if bounds and (fallen := falls(figures, bounds)):
        lines = "\n  ".join(fallen)
        raise BenchmarkBelowFloor(f"Below the floor of {floor}. Find what changed, or write a new floor.\n  {lines}")
