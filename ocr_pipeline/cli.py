"""The command line: parse, call, print, exit code; no logic.

Exit codes are ``errors.ExitCode``; a photo that cannot be read is a result and ends with 0.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click
import cv2
import numpy as np

import ocr_pipeline
from ocr_pipeline.answer import as_json, as_text
from ocr_pipeline.benchmark.labels import LabelledPhoto, load_labels
from ocr_pipeline.benchmark.measure import held_out_tools, measure
from ocr_pipeline.benchmark.report import summary, table
from ocr_pipeline.debug import draw_form
from ocr_pipeline.errors import ExitCode, OcrPipelineError, UsageError
from ocr_pipeline.forms import load_catalogue
from ocr_pipeline.pipeline import Tools, load_tools, read_photo, resolve, resolve_page, versions
from ocr_pipeline.progress import Counts, Phase
from ocr_pipeline.records import FailureCode, PhotoOutcome, Unreadable
from ocr_pipeline.run import RunSummary, WorkerSpec
from ocr_pipeline.run import run as run_photos
from ocr_pipeline.sources import find_photos
from ocr_pipeline.station.assemble import Manifest, load_manifest, station_of
from ocr_pipeline.store.repository import open_repository
from ocr_pipeline.synth.generate import synthesise
from ocr_pipeline.synth.paper import draw_page
from ocr_pipeline.tabulate.export import What, export_rows, save, write_csv, write_json
from ocr_pipeline.warp import Warp

EXISTING = click.Path(path_type=Path)
NEW_FOLDER = click.Path(path_type=Path, file_okay=False)
MODEL = click.option("--model", type=EXISTING, help="Another digit model than the installed one (ONNX).")
MANIFEST = click.option(
    "--manifest", type=EXISTING, help="CSV with columns photo,station[,page]: whose station each photo is."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(ocr_pipeline.__version__, prog_name="ocr-pipeline")
def cli() -> None:
    r"""Reads photos of Indonesian election result forms (C1 / C.HASIL) and says how sure it is.

    \b
    First steps:
      ocr-pipeline read photo.jpg            one photo, for your eyes
      ocr-pipeline run FOLDER --db tps.sqlite  many photos, resumable
      ocr-pipeline export --db tps.sqlite --what flags   what a person must look at

    Exit codes: 0 done (unreadable and flagged photos are results), 2 wrong usage, 3 input missing,
    4 a part of the program is missing, 5 database, 6 some photo hit a bug, 7 benchmark below its
    floor, 130 interrupted.
    """


@cli.command()
@click.argument("photos", nargs=-1, required=True)
@click.option("--json", "as_lines", is_flag=True, help="One JSON object per photo and line, nothing else on stdout.")
@click.option("--debug", type=NEW_FOLDER, help="Write one picture per stage into this folder.")
@MANIFEST
@MODEL
def read(
    photos: tuple[str, ...], as_lines: bool, debug: Path | None, manifest: Path | None, model: Path | None
) -> None:
    """Read PHOTOS (files, folders, zips, PDFs) without a database and print what is on them.

    Every page stands alone: sums that cross pages are checked by "run".
    """
    known = load_manifest(manifest) if manifest else None
    sources = find_photos(photos)
    tools = load_tools(model)
    bugs = count = 0
    for source in sources:
        count += 1
        outcome = source if isinstance(source, Unreadable) else read_photo(source, tools, debug)
        key = station_of(outcome.photo, known)
        result = None if isinstance(outcome, Unreadable) else resolve_page(outcome, key, tools)
        bugs += _is_bug(outcome)
        click.echo(
            json.dumps(as_json(outcome, result, key), ensure_ascii=False) if as_lines else as_text(outcome, result)
        )
    if not count:
        click.echo("No photos in what was given.", err=True)
    sys.exit(ExitCode.BUG if bugs else ExitCode.OK)


def _is_bug(outcome: PhotoOutcome) -> bool:
    return isinstance(outcome, Unreadable) and outcome.failure.code is FailureCode.INTERNAL


@cli.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("--db", default="tps.sqlite", show_default=True, help="SQLite file or database URL; made where new.")
@click.option("--jobs", type=click.IntRange(1), default=None, help="Worker processes.  [default: one per core]")
@MANIFEST
@click.option("--debug", type=NEW_FOLDER, help="Write one picture per photo and stage into this folder.")
@click.option("--retry-failed", is_flag=True, help="Try photos again that hit a bug.")
@click.option("--quiet", is_flag=True, help="No progress.")
@MODEL
def run(
    paths: tuple[str, ...],
    db: str,
    jobs: int | None,
    manifest: Path | None,
    debug: Path | None,
    retry_failed: bool,
    quiet: bool,
    model: Path | None,
) -> None:
    """Read all photos in PATHS (files, folders, zips, PDFs) into a database.

    May be stopped at any moment: the same command goes on where it stopped and reads no photo twice.
    Photos of one station are put together by the 13-digit code in their file or folder name, or by
    a manifest; sums are checked over all its pages.
    """
    known: Manifest | None = load_manifest(manifest) if manifest else None
    spec = WorkerSpec(partial(load_tools, model), partial(read_photo, debug=debug), resolve)
    with open_repository(db) as repository:
        done = run_photos(
            paths,
            repository,
            spec,
            versions(load_tools(model)),
            partial(station_of, manifest=known),
            jobs=jobs or _cores(),
            retry_failed=retry_failed,
            progress=None if quiet else _Bar(),
        )
    click.echo(_told(done, db))
    sys.exit(done.exit_code)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


class _Bar:
    """Progress on standard error: one line that is drawn again on a terminal, a line every 10 s elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._last = 0.0

    def update(self, counts: Counts) -> None:
        """Shows the counts."""
        now = time.monotonic()
        final = counts.total is not None and counts.done >= counts.total
        if not final and now - self._last < (0.2 if self._terminal else 10.0):
            return
        self._last = now
        of = "" if counts.total is None else f"/{counts.total}"
        left = counts.seconds_left
        parts = [f"{counts.phase} {counts.done}{of}", f"{counts.per_second:.1f}/s"]
        if left is not None and not final:
            parts.append(f"{int(left // 60)}:{int(left % 60):02d} left")
        if counts.phase is Phase.PHOTOS:
            parts.append(f"{counts.unreadable} unreadable")
        else:
            parts.append(f"{counts.accepted} numbers accepted, {counts.review} for review")
        text = "  ".join(parts)
        click.echo(f"\r{text:<78}" if self._terminal else text, err=True, nl=not self._terminal or final)


def _told(done: RunSummary, db: str) -> str:
    unreadable = sum(done.unreadable.values())
    lines = [
        "",
        f"Photos      {done.photos:>8}   ({done.known} known from before, {done.seconds:.1f} s)",
        f"  read      {done.read:>8}",
        f"  unreadable{unreadable:>8}",
        *(f"    {code.value:24s}{count:>6}" for code, count in sorted(done.unreadable.items())),
        f"Stations    {done.stations:>8}",
        f"  numbers accepted   {done.accepted:>8}   may be used unseen",
        f"  numbers for review {done.review:>8}   a person must look",
    ]
    if done.bugs:
        lines.append(f"  bugs               {done.bugs:>8}   please report; again with --retry-failed")
    lines += [
        "",
        "Where to look next:",
        f"  ocr-pipeline export --db {db} --what flags      why a person must look, in sentences",
        f"  ocr-pipeline export --db {db} --what readings   every number with its probability",
        f"  ocr-pipeline export --db {db} --what failures   photos that could not be read, and why",
    ]
    return "\n".join(lines)


@cli.command()
@click.option("--db", default="tps.sqlite", show_default=True, help="The database of a run.")
@click.option("--what", type=click.Choice([w.value for w in What]), default=What.READINGS.value, show_default=True)
@click.option("--format", "kind", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A .csv or .jsonl file instead of stdout.")
def export(db: str, what: str, kind: str, out: Path | None) -> None:
    """Write a table of what a run has read: readings, flags or failures (json: a line per row)."""
    with open_repository(db, create=False) as repository:
        if out:
            save(repository, What(what), out)
            return
        stream = sys.stdout.buffer
        rows = export_rows(repository, What(what))
        if kind == "csv":
            write_csv(What(what), rows, stream)
        else:
            write_json(rows, stream)


@cli.group(invoke_without_command=True)
@click.pass_context
def forms(context: click.Context) -> None:
    """List the forms that can be read, and what is not known of them."""
    if context.invoked_subcommand:
        return
    for form in load_catalogue().forms:
        click.echo(f"{form.form_id}: {form.title}, {form.election}")
        for page in form.pages:
            tag = f"tag {', '.join(map(str, page.tag.ids))}" if page.tag else "no tag"
            boxes = sum(len(field.boxes) for field in page.fields)
            pairs = "" if page.pairs is None else f", {page.pairs} pairs"
            click.echo(f"  page {page.page} of {page.pages}{pairs}: {len(page.fields)} numbers, {boxes} boxes, {tag}")
        for sentence in form.not_known:
            click.echo(f"  not known: {sentence}")


@forms.command()
@click.argument("form")
@click.option("--page", type=int, required=True, help="Page number.")
@click.option("--pairs", type=int, default=None, help="Number of candidate pairs, where the page depends on it.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="PNG to write.  [default: FORM-pN.png]")
def draw(form: str, page: int, pairs: int | None, out: Path | None) -> None:
    """Draw one page of FORM with its boxes named."""
    try:
        its_form = load_catalogue().form(form)
        form_page = its_form.find_page(page, pairs or (its_form.pairs[0] if its_form.pairs else None))
    except KeyError as error:
        raise UsageError(f"{error.args[0]}. 'ocr-pipeline forms' lists what there is.") from None
    scale = 2.0
    canvas = cv2.cvtColor(draw_page(form_page, scale), cv2.COLOR_GRAY2BGR).astype(np.uint8, copy=False)
    to_pixels = np.array([[scale, 0, -0.5], [0, scale, -0.5], [0, 0, 1]])
    draw_form(canvas, form_page, Warp(to_pixels, np.zeros((15, 2)), (form_page.width, form_page.height)))
    out = out or Path(f"{form}-p{page}.png")
    if out.suffix.lower() != ".png" or not cv2.imwrite(str(out), canvas):
        raise UsageError(f"{out} cannot be written. Give a name that ends in .png in a folder that is there.")
    click.echo(f"{form_page.title} drawn to {out}")


@cli.command()
@click.option("--form", required=True, help="A form of the catalogue ('ocr-pipeline forms').")
@click.option("--count", type=click.IntRange(1), required=True, help="Number of photos.")
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same bytes.")
@click.option("--severity", type=click.IntRange(0, 4), default=2, show_default=True, help="How hard the photos are.")
@click.option("--pairs", type=int, default=None, help="Candidate pairs, where the form leaves it open.")
@click.option("--page", "pages", type=int, multiple=True, help="Only these pages; may be given several times.")
@click.option("--out", type=NEW_FOLDER, required=True, help="Folder to write.")
def synth(
    form: str, count: int, seed: int, severity: int, pairs: int | None, pages: tuple[int, ...], out: Path
) -> None:
    """Make labelled photos of a form, with labels.jsonl beside them."""
    with click.progressbar(length=count, file=sys.stderr, label="photos") as bar:
        made = synthesise(
            form, count, seed, severity, out, pairs, pages or None, lambda done, of: bar.update(done - bar.pos)
        )
    click.echo(f"{made} photos and labels.jsonl in {out}")


@cli.command()
@click.argument("folders", nargs=-1, required=True, type=EXISTING)
@click.option("--kind", type=click.Choice(["real", "mock", "synthetic", "all"]), default="all", show_default=True)
@click.option("--form", "only", multiple=True, help="Only photos labelled as this form; may be given several times.")
@click.option(
    "--held-out",
    type=EXISTING,
    help="Folder with a model per fold: each photo is read by the one that never saw its sheet.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="JSON file with all figures.")
@click.option("--show-wrong", is_flag=True, help="List every number that is not right.")
@MODEL
def bench(
    folders: tuple[Path, ...],
    kind: str,
    only: tuple[str, ...],
    held_out: Path | None,
    out: Path | None,
    show_wrong: bool,
    model: Path | None,
) -> None:
    """Score the program on labelled FOLDERS (photos with a labels.jsonl).

    One thread; per form the pages identified, numbers right with a 95 % Wilson interval, numbers
    accepted though wrong, box positions, and time against decoding.
    """
    if out and not out.parent.is_dir():
        raise UsageError(f"The folder {out.parent} for the figures is not there. Create it first.")
    cv2.setNumThreads(1)
    labels = [label for folder in folders for label in load_labels(folder)]
    photos = [p for p in labels if kind in ("all", p.kind) and (not only or p.form in only)]
    if not photos:
        kinds = ", ".join(f"{n} {kind}" for kind, n in Counter(f"{p.form} {p.kind}" for p in labels).items())
        raise UsageError(f"No labelled photo is left by --kind and --form; there are: {kinds}.")
    tools = load_tools(model)
    tools_for: Callable[[LabelledPhoto], Tools] = held_out_tools(held_out) if held_out else (lambda _: tools)
    with click.progressbar(measure(photos, tools_for), length=len(photos), file=sys.stderr, label="photos") as bar:
        scored = list(bar)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    click.echo(table(scored, peak_mb))
    figures = summary(scored, peak_mb)
    if show_wrong:
        for photo, field, true, said in figures["not_right"]:
            click.echo(f"  {photo} {field}: is {true}, read {said}")
    if out:
        out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Runs the command line and turns errors into exit codes."""
    try:
        cli(standalone_mode=False)
    except OcrPipelineError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(ExitCode.USAGE)
    except (click.Abort, KeyboardInterrupt) as stop:
        # Click turns the interrupt that says how to go on into an Abort that says nothing.
        click.echo(f"\n{stop.__cause__ or stop or 'Stopped.'}", err=True)
        sys.exit(ExitCode.INTERRUPTED)
