"""``ocr-pipeline bench-registration``: how surely pages are registered, on synthetic pages of rising difficulty."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
import cv2

from ocr_pipeline.benchmark.ladder import pages_of
from ocr_pipeline.benchmark.ladder_report import figures, not_right, text
from ocr_pipeline.benchmark.registration import climb, write_photos
from ocr_pipeline.cli.options import JOBS, NEW_FOLDER
from ocr_pipeline.cli.progress import Bar, cores
from ocr_pipeline.errors import ExitCode, UsageError
from ocr_pipeline.forms import load_catalogue
from ocr_pipeline.pipeline import load_tools, versions


@click.command("bench-registration")
@click.option("--count", type=click.IntRange(1), required=True, help="Number of pages over all faults and steps.")
@click.option("--out", type=NEW_FOLDER, required=True, help="Folder for the figures; a stopped measurement goes on.")
@JOBS
@click.option("--form", "only", multiple=True, help="Only this form; may be given several times.")
@click.option("--peers/--no-peers", default=True, show_default=True, help="AKAZE and SIFT on the same pages.")
@click.option("--photos", is_flag=True, help="Write the photos of pages that were refused or wrong to OUT/photos.")
@click.option("--quiet", is_flag=True, help="No progress.")
def bench_registration(
    count: int, out: Path, jobs: int | None, only: tuple[str, ...], peers: bool, photos: bool, quiet: bool
) -> None:
    """Measure on synthetic pages how surely a page is found: angle, turn, curl, darkness, blur, cut edges, size.

    One fault rises at a time, at last all together. A page counts as wrong that is passed on as another
    page or with a box half a box width or more away from its place. The first pages of the ladder are the
    same whatever the count; one that broke is a bug and ends with code 6.
    """
    cv2.setNumThreads(1)
    catalogue = load_catalogue()
    unknown = [form for form in only if form not in {known.form_id for known in catalogue.forms}]
    if unknown:
        raise UsageError(f"No form {unknown[0]!r}. 'ocr-pipeline forms' lists what there is.")
    pages = pages_of(catalogue, only)
    if not pages:
        raise UsageError(f"No page of {', '.join(only)} is known well enough for photos to be made of it.")
    version = versions(load_tools())
    measured = climb(
        out,
        count,
        pages,
        f"{version.code} {version.forms}",
        peers=peers,
        jobs=jobs or cores(),
        progress=None if quiet else Bar(),
    )
    table = text(measured)
    click.echo(table)
    (out / "registration.txt").write_text(table + "\n", encoding="utf-8")
    (out / "registration.json").write_text(json.dumps(figures(measured), indent=1) + "\n", encoding="utf-8")
    if photos:
        write_photos(out / "photos", not_right(measured))
    if len(measured) < count:
        raise KeyboardInterrupt(f"Stopped after {len(measured)} pages: the same command goes on from here.")
    sys.exit(ExitCode.BUG if any(one.broken for one in measured) else ExitCode.OK)
