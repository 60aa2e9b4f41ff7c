"""``ocr-pipeline label``: a page on which a person writes down what stands on own photos."""

from __future__ import annotations

import functools
import socket
from pathlib import Path

import click
import uvicorn

from ocr_pipeline.cli.options import EXISTING, FORMS
from ocr_pipeline.errors import UsageError
from ocr_pipeline.forms import load_catalogue
from ocr_pipeline.labelling.app import make_app
from ocr_pipeline.labelling.truth import Labelling
from ocr_pipeline.pipeline import find_boxes


@click.command()
@click.argument("folder", type=EXISTING)
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 takes any free one.")
@FORMS
def label(folder: Path, port: int, forms: Path | None) -> None:
    """Make labels.jsonl for the photos in FOLDER, on a page in your browser.

    Number by number you see the boxes and type what stands in them; nothing the program reads is shown. Every
    answer is written at once, so you can stop at any time and go on later. Then: ocr-pipeline bench FOLDER.
    """
    catalogue = load_catalogue(more=forms)
    labelling = Labelling(folder, catalogue, functools.partial(find_boxes, catalogue=catalogue))
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", port))
            listening.listen()
        except OSError as error:
            raise UsageError(f"Port {port} cannot be had ({error}). Give another one by --port.") from error
        click.echo(f"Open http://127.0.0.1:{listening.getsockname()[1]}/ in your browser; Ctrl-C ends.", err=True)
        uvicorn.Server(uvicorn.Config(make_app(labelling, folder), log_level="warning")).run([listening])
