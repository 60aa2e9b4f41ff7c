"""``ocr-pipeline read``: photos without a database."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from ocr_pipeline.answer import as_json, as_text
from ocr_pipeline.cli.options import FORMS, MANIFEST, MODEL, NEW_FOLDER
from ocr_pipeline.errors import ExitCode
from ocr_pipeline.pipeline import load_tools, read_photo, resolve_page
from ocr_pipeline.records import FailureCode, PhotoOutcome, Unreadable
from ocr_pipeline.sources import find_photos
from ocr_pipeline.station.assemble import load_manifest, station_of


@click.command()
@click.argument("photos", nargs=-1, required=True)
@click.option("--json", "as_lines", is_flag=True, help="One JSON object per photo and line, nothing else on stdout.")
@click.option("--debug", type=NEW_FOLDER, help="Write one picture per stage into this folder.")
@MANIFEST
@FORMS
@MODEL
def read(
    photos: tuple[str, ...],
    as_lines: bool,
    debug: Path | None,
    manifest: Path | None,
    forms: Path | None,
    model: Path | None,
) -> None:
    """Read PHOTOS (files, folders, zips, PDFs) without a database and print what is on them.

    Every page stands alone: sums that cross pages are checked by "run".
    """
    known = load_manifest(manifest) if manifest else None
    sources = find_photos(photos)
    tools = load_tools(model, forms)
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
