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
from ocr_pipeline.forms.unknown import UNKNOWN, unknown_page

__all__ = [
    "UNKNOWN",
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
    "unknown_page",
]
