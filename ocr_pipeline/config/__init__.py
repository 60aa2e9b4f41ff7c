"""Every threshold and default, once. A stage takes its group as an argument with the default below.

Scores are made in the stages; the numbers here are what decisions compare them with.
"""

from ocr_pipeline.config.ladder import LADDER, PEERS, LadderSettings, PeerSettings
from ocr_pipeline.config.measure import BENCHMARK, SYNTH, BenchmarkSettings, SynthSettings
from ocr_pipeline.config.photo import (
    BOXES,
    CAPTURE,
    DESKEW,
    IDENTIFY,
    LINES,
    MARKS,
    POSES,
    RECTIFY,
    BoxSettings,
    CaptureSettings,
    DeskewSettings,
    IdentifySettings,
    LineSettings,
    MarkSettings,
    PoseSettings,
    RectifySettings,
    RidgeSettings,
)
from ocr_pipeline.config.reading import BUBBLES, DIGITS, INK, BubbleSettings, DigitSettings, InkSettings
from ocr_pipeline.config.rows import ROWS, RowSettings
from ocr_pipeline.config.station import STATION, VERDICT, StationSettings, VerdictSettings
from ocr_pipeline.config.work import RUN, STORE, RunSettings, StoreSettings

__all__ = [
    "BENCHMARK",
    "BOXES",
    "BUBBLES",
    "CAPTURE",
    "DESKEW",
    "DIGITS",
    "IDENTIFY",
    "INK",
    "LADDER",
    "LINES",
    "MARKS",
    "PEERS",
    "POSES",
    "RECTIFY",
    "ROWS",
    "RUN",
    "STATION",
    "STORE",
    "SYNTH",
    "VERDICT",
    "BenchmarkSettings",
    "BoxSettings",
    "BubbleSettings",
    "CaptureSettings",
    "DeskewSettings",
    "DigitSettings",
    "IdentifySettings",
    "InkSettings",
    "LadderSettings",
    "LineSettings",
    "MarkSettings",
    "PeerSettings",
    "PoseSettings",
    "RectifySettings",
    "RidgeSettings",
    "RowSettings",
    "RunSettings",
    "StationSettings",
    "StoreSettings",
    "SynthSettings",
    "VerdictSettings",
]
