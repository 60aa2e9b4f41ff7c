"""``ocr-pipeline explain``: the whole reasoning for one station."""

from __future__ import annotations

from pathlib import Path

import click

from ocr_pipeline.cli.options import FORMS
from ocr_pipeline.errors import InputMissing
from ocr_pipeline.forms import load_catalogue
from ocr_pipeline.station.assemble import assemble
from ocr_pipeline.station.explain import explain_station
from ocr_pipeline.store.repository import open_repository


@click.command()
@click.argument("station")
@click.option("--db", default="tps.sqlite", show_default=True, help="The database of a run.")
@FORMS
def explain(station: str, db: str, forms: Path | None) -> None:
    """Print the whole reasoning for STATION (as in "export"): witnesses, rules, what changed and why."""
    catalogue = load_catalogue(more=forms)
    with open_repository(db, create=False) as repository:
        readings = repository.readings_of_station(station)
    if not readings.pages:
        raise InputMissing(
            f"{db} has no photo of station {station!r} that was read. 'ocr-pipeline export' lists the stations."
        )
    texts = [
        explain_station(found, catalogue.form(found.form_id), readings.elsewhere) for found in assemble(readings.pages)
    ]
    click.echo("\n\n".join(texts))
