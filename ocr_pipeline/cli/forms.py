"""``ocr-pipeline forms``: the catalogue, listed and drawn."""

from __future__ import annotations

from pathlib import Path

import click
import cv2

from ocr_pipeline.cli.options import FORMS
from ocr_pipeline.debug import Canvas, drawn_over
from ocr_pipeline.errors import UsageError
from ocr_pipeline.forms import load_catalogue
from ocr_pipeline.synth.paper import draw_page


@click.group(invoke_without_command=True)
@FORMS
@click.pass_context
def forms(context: click.Context, forms: Path | None) -> None:
    """List the forms that can be read, and what is not known of them."""
    if context.invoked_subcommand:
        return
    for form in load_catalogue(more=forms).forms:
        click.echo(f"{form.form_id}: {form.title}, {form.election}")
        for page in form.pages:
            tag = f"tag {', '.join(map(str, page.tag.ids)) or 'of an id not known'}" if page.tag else "no tag"
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
@FORMS
def draw(form: str, page: int, pairs: int | None, out: Path | None, forms: Path | None) -> None:
    """Draw one page of FORM with its boxes named."""
    try:
        its_form = load_catalogue(more=forms).form(form)
        form_page = its_form.find_page(page, pairs or (its_form.pairs[0] if its_form.pairs else None))
    except KeyError as error:
        raise UsageError(f"{error.args[0]}. 'ocr-pipeline forms' lists what there is.") from None
    out = out or Path(f"{form}-p{page}.png")
    write_png(drawn_over(draw_page(form_page, _DRAWN_PX_PER_MM), form_page), out)
    click.echo(f"{form_page.title} drawn to {out}")


_DRAWN_PX_PER_MM = 2.0


def write_png(canvas: Canvas, out: Path) -> None:
    """Writes a drawing.

    Raises:
        UsageError: the name does not end in .png, or its folder is not there.
    """
    if out.suffix.lower() != ".png" or not cv2.imwrite(str(out), canvas):
        raise UsageError(f"{out} cannot be written. Give a name that ends in .png in a folder that is there.")
