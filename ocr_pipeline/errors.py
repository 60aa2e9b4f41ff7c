"""Errors an operator can act on, and the exit code of each.

    OcrPipelineError
    |-- UsageError            2   wrong options or a manifest that makes no sense
    |-- InputMissing          3   a path that is not there
    |-- PartMissing           4   Tesseract, the model or a form file is missing or damaged
    |-- DatabaseError         5   the database cannot be opened, or is of another version
    |-- BenchmarkBelowFloor   7   a benchmark fell below its floor
    `-- AuditBroken           7   the audit of the review is not what was written

A photo that cannot be read is not an error but a result (``records.Failure``). An exception that is
none of these is a bug: the run goes on with the next photo and ends with code 6.
"""

from __future__ import annotations

import enum


class ExitCode(enum.IntEnum):
    """What the process returns."""

    OK = 0
    """Everything was read; unreadable and flagged photos are results, so they count as read."""
    USAGE = 2
    INPUT_MISSING = 3
    PART_MISSING = 4
    DATABASE = 5
    BUG = 6
    """Some photo hit a bug in this program; the others were read."""
    BELOW_FLOOR = 7
    INTERRUPTED = 130


class OcrPipelineError(Exception):
    """Base of all errors with a remedy; the message is cause plus remedy, in a sentence each."""

    exit_code = ExitCode.USAGE


class UsageError(OcrPipelineError):
    """Wrong options, or a manifest that makes no sense."""

    exit_code = ExitCode.USAGE


class InputMissing(OcrPipelineError):
    """A path the operator gave is not there."""

    exit_code = ExitCode.INPUT_MISSING


class PartMissing(OcrPipelineError):
    """A part the program needs is missing or damaged: Tesseract, the model, a form file."""

    exit_code = ExitCode.PART_MISSING


class DatabaseError(OcrPipelineError):
    """The database cannot be opened, written, or is of another version."""

    exit_code = ExitCode.DATABASE


class BenchmarkBelowFloor(OcrPipelineError):
    """A benchmark fell below its committed floor."""

    exit_code = ExitCode.BELOW_FLOOR


class AuditBroken(OcrPipelineError):
    """The audit of the review is not as it was written."""

    exit_code = ExitCode.BELOW_FLOOR
