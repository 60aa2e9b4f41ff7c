"""Layout by example: what stands on a blank form, found in its picture and proposed as a form of the catalogue.

PDF page or picture -open_sheet-> Sheet -propose_form-> Form, to be checked by a person
"""

from ocr_pipeline.layout.propose import About, is_unnamed, propose_form
from ocr_pipeline.layout.sheet import Sheet, open_sheet

__all__ = ["About", "Sheet", "is_unnamed", "open_sheet", "propose_form"]
