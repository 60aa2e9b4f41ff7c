"""The paper as data: one JSON per form and year, loaded into frozen records."""

from ocr_pipeline.forms.catalogue import Catalogue, load_catalogue
from ocr_pipeline.forms.model import (
    Box,
    Bubbles,
    DigitField,
    Form,
    FormPage,
    HeaderLine,
    PrintedLine,
    PrintedMark,
    PrintedTag,
    Rule,
    RuleKind,
    Tally,
)

__all__ = [
    "Box",
    "Bubbles",
    "Catalogue",
    "DigitField",
    "Form",
    "FormPage",
    "HeaderLine",
    "PrintedLine",
    "PrintedMark",
    "PrintedTag",
    "Rule",
    "RuleKind",
    "Tally",
    "load_catalogue",
]
