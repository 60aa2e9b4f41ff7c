"""``ocr-pipeline run`` and ``export``: many photos into a database, and the tables of what was read."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import click

from ocr_pipeline.cli.options import FORMS, JOBS, MANIFEST, MODEL, NEW_FOLDER
from ocr_pipeline.cli.progress import Bar, cores
from ocr_pipeline.pipeline import load_tools, read_photo, resolve, versions
from ocr_pipeline.run import RunSummary, WorkerSpec
from ocr_pipeline.run import run as run_photos
from ocr_pipeline.station.assemble import Manifest, load_manifest, station_of
from ocr_pipeline.store.repository import open_repository
from ocr_pipeline.tabulate.export import COLUMNS, What, export_rows, save, write_csv, write_json


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("--db", default="tps.sqlite", show_default=True, help="SQLite file or database URL; made where new.")
@JOBS
@MANIFEST
@click.option("--debug", type=NEW_FOLDER, help="Write one picture per photo and stage into this folder.")
@click.option("--retry-failed", is_flag=True, help="Try photos again that hit a bug.")
@click.option("--quiet", is_flag=True, help="No progress.")
@FORMS
@MODEL
def run(
    paths: tuple[str, ...],
    db: str,
    jobs: int | None,
    manifest: Path | None,
    debug: Path | None,
    retry_failed: bool,
    quiet: bool,
    forms: Path | None,
    model: Path | None,
) -> None:
    """Read all photos in PATHS (files, folders, zips, PDFs) into a database.

    May be stopped at any moment: the same command goes on where it stopped and reads no photo twice.
    Photos of one station are put together by the 13-digit code in their file or folder name, or by
    a manifest; sums are checked over all its pages.
    """
    known: Manifest | None = load_manifest(manifest) if manifest else None
    spec = WorkerSpec(partial(load_tools, model, forms), partial(read_photo, debug=debug), resolve)
    with open_repository(db) as repository:
        done = run_photos(
            paths,
            repository,
            spec,
            versions(load_tools(model, forms)),
            partial(station_of, manifest=known),
            jobs=jobs or cores(),
            retry_failed=retry_failed,
            progress=None if quiet else Bar(),
        )
    click.echo(_told(done, db))
    sys.exit(done.exit_code)


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
        f"  ocr-pipeline review --db {db}                   people key what must be looked at, blind",
    ]
    return "\n".join(lines)


@click.command()
@click.option("--db", default="tps.sqlite", show_default=True, help="The database of a run.")
@click.option("--what", type=click.Choice([w.value for w in What]), default=What.READINGS.value, show_default=True)
@click.option("--format", "kind", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A .csv or .jsonl file instead of stdout.")
def export(db: str, what: str, kind: str, out: Path | None) -> None:
    """Write a table of what a run has read: readings, flags, failures or decisions (json: a line per row)."""
    with open_repository(db, create=False) as repository:
        if out:
            save(repository, What(what), out)
            return
        stream = sys.stdout.buffer
        rows = export_rows(repository, What(what))
        if kind == "csv":
            write_csv(COLUMNS[What(what)], rows, stream)
        else:
            write_json(rows, stream)
