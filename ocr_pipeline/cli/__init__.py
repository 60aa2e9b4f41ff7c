"""The command line: parse, call, print, exit code; no logic. A module per group of commands.

Exit codes are ``errors.ExitCode``; a photo that cannot be read is a result and ends with 0.
"""

from __future__ import annotations

import sys

import click

import ocr_pipeline
from ocr_pipeline.cli.explain import explain
from ocr_pipeline.cli.forms import forms
from ocr_pipeline.cli.label import label
from ocr_pipeline.cli.measure import bench, synth
from ocr_pipeline.cli.new_form import new
from ocr_pipeline.cli.numbers import check, compare
from ocr_pipeline.cli.read import read
from ocr_pipeline.cli.registration import bench_registration
from ocr_pipeline.cli.review import audit, review, users
from ocr_pipeline.cli.run import export, run
from ocr_pipeline.errors import ExitCode, OcrPipelineError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(ocr_pipeline.__version__, prog_name="ocr-pipeline")
def cli() -> None:
    """Reads photos of Indonesian election result forms (C1 / C.HASIL) and says how sure it is.

    \b
    First steps:
      ocr-pipeline read photo.jpg            one photo, for your eyes
      ocr-pipeline run FOLDER --db tps.sqlite  many photos, resumable
      ocr-pipeline export --db tps.sqlite --what flags   what a person must look at
      ocr-pipeline review --db tps.sqlite    people key what must be looked at, in the browser

    Exit codes: 0 done (unreadable and flagged photos are results), 2 wrong usage, 3 input missing,
    4 a part of the program is missing, 5 database, 6 some photo hit a bug, 7 benchmark below its
    floor or audit broken, 130 interrupted.
    """  # noqa: D301 (click wants the character itself)


for command in (
    read,
    run,
    export,
    explain,
    check,
    compare,
    forms,
    synth,
    bench,
    bench_registration,
    label,
    review,
    users,
    audit,
):
    cli.add_command(command)
forms.add_command(new)


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
