"""``ocr-pipeline check`` and ``compare``: numbers from elsewhere under the rules, and beside our own."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ocr_pipeline.answer import flag_as_json
from ocr_pipeline.cli.options import EXISTING, FORMS, NEW_FOLDER
from ocr_pipeline.errors import UsageError
from ocr_pipeline.forms import Form, load_catalogue
from ocr_pipeline.records import Quad
from ocr_pipeline.sources import source_of
from ocr_pipeline.station.check import Checked, RuleCounts, check_numbers, rules_of
from ocr_pipeline.store.repository import Repository, open_repository
from ocr_pipeline.strips import file_name, save_strip
from ocr_pipeline.tabulate.compare import DIFFERENCES, Comparison, Cut
from ocr_pipeline.tabulate.compare import compare as compare_results
from ocr_pipeline.tabulate.export import write_csv, write_json
from ocr_pipeline.tabulate.published import Published, load_published


@click.command()
@click.argument("file", type=EXISTING)
@click.option("--form", "form_id", required=True, help="The form whose rules count ('ocr-pipeline forms').")
@click.option("--rule", "only", multiple=True, help="Only this rule, by its id; may be given several times.")
@click.option(
    "--suggestions", type=click.IntRange(0), default=3, show_default=True, help="At most so many per station."
)
@FORMS
def check(file: Path, form_id: str, only: tuple[str, ...], suggestions: int, forms: Path | None) -> None:
    r"""Apply a form's rules to the numbers in FILE (JSON lines or CSV, .gz too), without photos.

    \b
    JSON lines: {"station": "…", "fields": {"paslon_1": 61, …}}, or a station as Sirekap publishes it
    CSV:        station,paslon_1,… or station,field,value

    One JSON line per station goes to standard output, with its broken rules and suggestions; at the
    end a count per rule to standard error. A missing number decides nothing and is not zero.
    """
    form = _form(form_id, forms)
    known = {rule.rule_id for rule in form.rules}
    if unknown := sorted(set(only) - known):
        raise UsageError(f"{form_id} has no rule {', '.join(unknown)}. It has: {', '.join(sorted(known))}.")
    counts = RuleCounts()
    for published in load_published(file):
        rules = [rule for rule in rules_of(form, published.values) if not only or rule.rule_id in only]
        checked = check_numbers(published.values, rules, suggestions)
        counts.add(checked.rules)
        click.echo(json.dumps(_line(published, form, checked), ensure_ascii=False))
    click.echo(_told(counts), err=True)


@click.command()
@click.option("--with", "file", type=EXISTING, required=True, help="Published numbers: JSON lines or CSV, .gz too.")
@click.option("--db", default="tps.sqlite", show_default=True, help="The database of a run.")
@click.option("--form", "form_id", help="Only results of this form, where stations have several contests.")
@click.option("--format", "kind", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
@click.option("--crops", type=NEW_FOLDER, help="Write a picture of each differing number's boxes into this folder.")
@click.option("--flag", is_flag=True, help="Make differences flags of the stations: the numbers go to review.")
def compare(file: Path, db: str, form_id: str | None, kind: str, crops: Path | None, flag: bool) -> None:
    """Set our results beside published ones and list the differences, with photo and boxes.

    Shapes and names of the file are those of "check"; the table that "export" writes will do. Counts go to
    standard error.
    """
    counts = Comparison()
    with open_repository(db, create=False) as repository:
        rows = compare_results(
            repository, load_published(file), counts, form_id, _cutter(repository, crops) if crops else None, flag
        )
        if kind == "csv":
            write_csv(DIFFERENCES, rows, sys.stdout.buffer)
        else:
            write_json(rows, sys.stdout.buffer)
    click.echo(
        f"{counts.stations} stations on both sides, {counts.only_ours} only ours, {counts.only_published} only "
        f"published\n{counts.equal} numbers equal, {counts.differ} different ({counts.accepted_and_differ} of them "
        f"accepted by us), {counts.not_read} published that we did not read",
        err=True,
    )


def _cutter(repository: Repository, folder: Path) -> Cut:
    """Puts the boxes of a number into a file of a folder."""
    folder.mkdir(parents=True, exist_ok=True)

    def cut(station: str, field: str, photo: str, sha256: str, quads: Sequence[Quad]) -> str | None:
        paths = dict(repository.paths_of([sha256]))
        out = folder / f"{file_name(station)}-{field}.png"
        return str(out) if photo in paths and save_strip(source_of(photo, paths[photo]), quads, out) else None

    return cut


def _form(form_id: str, forms: Path | None) -> Form:
    try:
        return load_catalogue(more=forms).form(form_id)
    except KeyError as error:
        raise UsageError(f"{error.args[0]}. 'ocr-pipeline forms' lists what there is.") from None


def _line(published: Published, form: Form, checked: Checked) -> dict[str, Any]:
    return {
        "station": published.station,
        "form": form.form_id,
        "decided": sum(rule.holds is not None for rule in checked.rules),
        "broken": [flag_as_json(flag) for flag in checked.broken],
        "suggestions": [
            {"probability": round(one.probability, 4), "changes": dict(one.changes), "errors": list(one.errors)}
            for one in checked.suggestions
        ],
    }


def _told(counts: RuleCounts) -> str:
    lines = [f"{'rule':22s} {'broken':>8s} {'decided':>8s}"]
    lines += [f"{rule:22s} {broken:8d} {decided:8d}" for rule, broken, decided in counts.by_rule()]
    broken, complete = counts.complete()
    lines.append(f"{counts.stations} stations; {broken} of {complete} with all of these numbers break a rule")
    return "\n".join(lines)
