"""``ocr-pipeline forms``: the catalogue, listed and drawn."""

from __future__ import annotations

from pathlib import Path

import click
import cv2
import numpy as np

from ocr_pipeline.debug import draw_form
from ocr_pipeline.errors import UsageError
from ocr_pipeline.forms import load_catalogue
from ocr_pipeline.synth.paper import draw_page
from ocr_pipeline.warp import Warp


@click.group(invoke_without_command=True)
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
