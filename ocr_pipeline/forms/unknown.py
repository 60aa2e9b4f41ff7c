"""The form nobody described: what stands for it where a form is asked for."""

from __future__ import annotations

from ocr_pipeline.forms.model import Form, FormPage

UNKNOWN = Form(
    form_id="unknown",
    title="A form that is not in the catalogue",
    election="not known",
    year=0,
    pairs=(),
    station_cap=0,
    rules=(),
    pages=(),
    source="the photo alone",
    not_known=("everything but where its rows of digit boxes stand and what is printed beside them",),
)
"""Has no pages to be looked for and no rules; no number of it is used unseen."""


def unknown_page(width: float, height: float) -> FormPage:
    """A page of it: nothing is known but the area its rows of boxes take up."""
    return FormPage(
        form_id=UNKNOWN.form_id,
        page=0,
        pages=0,
        pairs=None,
        width=width,
        height=height,
        tag=None,
        marks=(),
        lines=(),
        fields=(),
        header=(),
        elastic_rows=False,
        provisional=True,
    )
