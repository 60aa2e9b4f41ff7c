"""``ocr-pipeline forms new``: a form file proposed from blank sheets, for a person to check."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import click
import cv2
import numpy as np

from ocr_pipeline.cli.forms import write_png
from ocr_pipeline.cli.options import FORMS
from ocr_pipeline.debug import drawn_over
from ocr_pipeline.errors import UsageError
from ocr_pipeline.forms import Form, load_catalogue
from ocr_pipeline.forms.writer import form_text
from ocr_pipeline.layout import About, Sheet, is_unnamed, open_sheet, propose_form
from ocr_pipeline.photo.labels import vocabulary_of
from ocr_pipeline.records import PhotoSource, Unreadable
from ocr_pipeline.sources import find_photos
from ocr_pipeline.warp import Image


@click.command()
@click.argument("blanks", nargs=-1, required=True)
@click.option(
    "--name", required=True, help="Id of the new form: small letters, digits and dashes, such as c-hasil-2029."
)
@click.option(
    "--page",
    "numbers",
    type=click.IntRange(1),
    multiple=True,
    help="Of a PDF, only this page; of a picture, the page it shows. May be repeated.  [default: 1, 2, 3 ...]",
)
@click.option("--pages", type=click.IntRange(1), help="Pages of the whole form.  [default: as many as are given]")
@click.option(
    "--width-mm",
    type=click.FloatRange(10),
    help="Width of the paper.  [default: the PDF's; 210 for a picture with the sides of A4, 600 for one of 2 : 3]",
)
@click.option("--title", help="What the form is called.  [default: its id]")
@click.option("--election", default="not stated", show_default=True, help="Which election it is for.")
@click.option(
    "--year",
    type=int,
    help="Year of the election.  [default: the number in the id that looks like one, else this year]",
)
@click.option(
    "--station-cap",
    type=click.IntRange(1),
    default=600,
    show_default=True,
    help="Most voters a polling station may have by law.",
)
@click.option("--rules/--no-rules", default=True, show_default=True, help="Propose the sums that such fields obey.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Form file to write.  [default: NAME.json in --forms, or here]",
)
@click.option(
    "--overlay",
    type=click.Path(path_type=Path, dir_okay=False),
    help="PNG to check it by; -p2.png and so on for further pages.  [default: beside the form file]",
)
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
@FORMS
def new(
    blanks: tuple[str, ...],
    name: str,
    numbers: tuple[int, ...],
    pages: int | None,
    width_mm: float | None,
    title: str | None,
    election: str,
    year: int | None,
    station_cap: int,
    rules: bool,
    out: Path | None,
    overlay: Path | None,
    force: bool,
    forms: Path | None,
) -> None:
    """Propose a form file from BLANKS: a PDF of the blank form, or a picture of each whole sheet.

    Finds the digit boxes and names them by their printed labels, with bubbles, tally grids, marks,
    tag, ruled lines and the lines of the head. Nothing is taken for right: a person looks at the
    drawn overlay, corrects names in the file, and takes "provisional" away; until then every number
    read by it goes to review.

    \b
      ocr-pipeline forms new C.HASIL.pdf --name c-hasil-2029 --out my-forms/c-hasil-2029.json
      ocr-pipeline forms draw c-hasil-2029 --page 1 --forms my-forms
      ocr-pipeline read photo.jpg --forms my-forms

    A picture must show one sheet, flat and sharp; a PDF is better, as it says its size.
    """  # noqa: D301 (click wants the character itself)
    own = forms if forms and any(forms.glob("*.json")) else None  # the first form of one's own makes the folder
    known = load_catalogue(more=own)
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise UsageError(f"--name {name!r}: small letters, digits and dashes make an id, such as c-hasil-2029.")
    if name in {form.form_id for form in known.forms}:
        raise UsageError(f"The catalogue has a form {name!r}. Give another --name, or take its file away first.")
    out = out or (forms or Path()) / f"{name}.json"
    sheets = _open_sheets(blanks, numbers, width_mm)
    overlays = {number: _numbered(overlay or out.with_suffix(".png"), number, len(sheets)) for number in sheets}
    _refuse_overwriting([out, *overlays.values()], force)
    year = year or next((int(part) for part in name.split("-") if re.fullmatch(r"(19|20)\d\d", part)), None)
    about = About(
        form_id=name,
        title=title or name,
        election=election,
        year=year or datetime.date.today().year,
        station_cap=station_cap,
        pages=pages or max(sheets),
        source=f"proposed from {', '.join(Path(blank).name for blank in blanks)}",
    )
    form = propose_form(sheets, about, vocabulary_of(known), with_rules=rules)
    try:
        if forms:
            forms.mkdir(parents=True, exist_ok=True)
        out.write_text(form_text(form), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}. Give --out in a folder that is there.") from None
    for page in form.pages:
        write_png(drawn_over(_paled(sheets[page.page].grey), page), overlays[page.page])
    click.echo(_told_of(form, out, overlays))
    for tag_id in (tag_id for page in form.pages if page.tag for tag_id in page.tag.ids):
        for other in known.pages_with_tag(tag_id):
            click.echo(f"Tag {tag_id} is also that of {other.title}: photos that fit both are refused.")


_DRAWN_SIDE_PX = 1800


def _paled(grey: Image) -> Image:
    """The sheet as a background to draw on, at a size that a screen shows."""
    factor = min(1.0, _DRAWN_SIDE_PX / max(grey.shape))
    small = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return (small // 2 + 127).astype(np.uint8)


def _open_sheets(blanks: tuple[str, ...], numbers: tuple[int, ...], width_mm: float | None) -> dict[int, Sheet]:
    """The sheets by page number; of a PDF only the pages asked for."""
    sources: list[PhotoSource] = []
    for found in find_photos(blanks):
        if isinstance(found, Unreadable):
            raise UsageError(f"{found.photo}: {found.failure.message}")
        sources.append(found)
    of_pdf = [source for source in sources if source.page_number is not None]
    if of_pdf and len(of_pdf) < len(sources):
        raise UsageError("Give either one document with all pages, or a picture of each page.")
    if of_pdf and numbers:
        if missing := set(numbers) - {source.page_number for source in of_pdf}:
            raise UsageError(f"--page {min(missing)}: {blanks[0]} has {len(of_pdf)} pages.")
        sources = [source for source in of_pdf if source.page_number in numbers]
        return {source.page_number or 1: open_sheet(source, width_mm) for source in sources}
    if numbers and len(numbers) != len(sources):
        raise UsageError(
            f"{len(sources)} pictures and {len(numbers)} times --page: say of each picture which page it shows."
        )
    return {
        number: open_sheet(source, width_mm)
        for number, source in zip(numbers or range(1, len(sources) + 1), sources, strict=True)
    }


def _numbered(overlay: Path, number: int, count: int) -> Path:
    return overlay if count == 1 else overlay.with_name(f"{overlay.stem}-p{number}{overlay.suffix}")


def _refuse_overwriting(paths: list[Path], force: bool) -> None:
    if not force and (there := [str(path) for path in paths if path.exists()]):
        raise UsageError(f"{', '.join(there)}: there already. Give another name, or --force to overwrite.")


def _told_of(form: Form, out: Path, overlays: dict[int, Path]) -> str:
    lines = []
    for page in form.pages:
        named = [field for field in page.fields if not is_unnamed(field.name)]
        parts = {
            "digit boxes": sum(len(field.boxes) for field in page.fields),
            "numbers named": len(named),
            "numbers not named": len(page.fields) - len(named),
            "bubbles": sum(10 * len(field.bubbles.column_x) for field in page.fields if field.bubbles),
            "tally grids": sum(field.tally is not None for field in page.fields),
            "ruled lines": len(page.lines),
            "header lines": len(page.header),
            "marks": len(page.marks),
            "tag": 0 if page.tag is None else page.tag.ids[0],
        }
        size = f"{page.width:g} x {page.height:g} mm"
        counts = ", ".join(f"{what} {count}" for what, count in parts.items() if count)
        lines.append(f"page {page.page} of {page.pages} ({size}): {counts}")
    lines += ["", "To check:", *(f"  {sentence}" for sentence in form.not_known), "", f"Written: {out}"]
    return "\n".join([*lines, *(f"Drawn:   {path}" for path in overlays.values())])
