"""All forms the program knows: every ``*.json`` in this folder is one, and in a folder of one's own."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ocr_pipeline.errors import InputMissing, PartMissing
from ocr_pipeline.forms.model import Form, FormPage
from ocr_pipeline.forms.reader import load_form
from ocr_pipeline.forms.unknown import UNKNOWN

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All forms the program knows."""

    forms: tuple[Form, ...]

    def without(self, form_ids: Iterable[str]) -> Catalogue:
        """The catalogue as if these forms were not known.

        Raises:
            KeyError: one of them is not; the message lists the ids there are.
        """
        gone = {self.form(form_id).form_id for form_id in form_ids}
        return Catalogue(tuple(form for form in self.forms if form.form_id not in gone))

    @property
    def pages(self) -> tuple[FormPage, ...]:
        """Every page of every form in every variant."""
        return tuple(page for form in self.forms for page in form.pages)

    def form(self, form_id: str) -> Form:
        """The form of that id; ``unknown`` stands for all that are not in the catalogue.

        Raises:
            KeyError: there is none; the message lists the ids there are.
        """
        for form in (*self.forms, UNKNOWN):
            if form.form_id == form_id:
                return form
        known = ", ".join(form.form_id for form in self.forms)
        raise KeyError(f"no form {form_id!r}; known: {known}")

    def page(self, form_id: str, page: int, pairs: int | None) -> FormPage:
        """One page of one form, for that many pairs.

        Raises:
            KeyError: the form, page or variant is not known.
        """
        return self.form(form_id).find_page(page, pairs)

    def pages_with_tag(self, tag_id: int) -> tuple[FormPage, ...]:
        """The pages on which an AprilTag of that id has been seen."""
        return tuple(p for p in self.pages if p.tag is not None and tag_id in p.tag.ids)

    def pages_for(self, tag_ids: Iterable[int]) -> tuple[FormPage, ...]:
        """The pages that a photo showing these AprilTags may be of.

        Sheets of sister forms may differ in nothing but their tag. A page whose own tag was never seen comes
        into question only beside a tag that no page is known to carry; beside such a tag, no page does whose
        tags are all known.
        """
        seen = frozenset(tag_ids)
        strange = any(not self.pages_with_tag(tag_id) for tag_id in seen)

        def may_be(page: FormPage) -> bool:
            if page.tag is None or not seen.isdisjoint(page.tag.ids):
                return True
            return not page.tag.complete if strange else bool(page.tag.ids)

        return tuple(page for page in self.pages if may_be(page))


@functools.cache
def load_catalogue(folder: Path = FOLDER, more: Path | None = None) -> Catalogue:
    """Reads and checks every form file of a folder.

    Args:
        folder: the forms that ship with the program.
        more: a folder with form files of one's own, read in addition.

    Raises:
        InputMissing: there is no form file in ``more``.
        PartMissing: no form file is there, one is damaged, or two are of one form; the message
            names file and field.
    """
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise PartMissing(f"No form file in {folder}. Install the program again.")
    if more is not None:
        further = sorted(more.glob("*.json"))
        if not further:
            raise InputMissing(f"No form file (*.json) in {more}. 'ocr-pipeline forms new' writes one.")
        paths += further
    owners: dict[str, str] = {}
    forms: list[Form] = []
    for path in paths:
        form = load_form(path)
        if form.form_id in owners:
            raise PartMissing(f"{path.name}: form: {form.form_id!r} stands in {owners[form.form_id]} already")
        owners[form.form_id] = path.name
        forms.append(form)
    return Catalogue(tuple(forms))
