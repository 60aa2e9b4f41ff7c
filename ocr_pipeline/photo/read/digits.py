"""What stands in a digit box: log-probabilities over the 13 classes, by a small convolutional net.

The model and its papers (data, figures, limits) lie in ``models/digits``; ``normalise`` is shared
with the training so that both see the same pictures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from ocr_pipeline.config import DIGITS, DigitSettings
from ocr_pipeline.errors import PartMissing
from ocr_pipeline.records import BOX_CLASSES
from ocr_pipeline.warp import Image

_PACKAGE = Path(__file__).resolve().parents[2]
_PLACES = (
    _PACKAGE / "models" / "digits" / "digits.onnx",  # in an installed wheel
    _PACKAGE.parent / "models" / "digits" / "digits.onnx",  # in the repository
)
_REMEDY = "Reinstall the package, or train it again with models/digits/train.py."


def normalise(images: Sequence[Image] | Image, settings: DigitSettings = DIGITS) -> npt.NDArray[np.float32]:
    """Turn crops into the net's input: 0 is paper, 1 the darkest print or ink.

    Paper and ink levels are percentiles of the crop itself, so the result does not change when a
    photo is darker, flatter or tinted (any affine change of grey). The printed border is in every
    crop and gives even a blank box its full contrast; where there is no contrast at all a floor
    keeps noise from being blown up.

    Args:
        images: n crops, each (48, 48) uint8, or one array (n, 48, 48).
        settings: percentiles, floor and clipping.

    Returns:
        (n, 1, 48, 48) float32 in ``[-overshoot, 1 + overshoot]``.
    """
    side = settings.side_px
    stack = np.asarray(images, dtype=np.float32).reshape(-1, side * side)
    last = side * side - 1
    paper_at = round(last * settings.paper_percentile / 100)
    ink_at = round(last * settings.ink_percentile / 100)
    levels = np.partition(stack, (ink_at, paper_at), axis=1)
    paper, ink = levels[:, paper_at, None], levels[:, ink_at, None]
    darkness = (paper - stack) / np.maximum(paper - ink, settings.min_contrast)
    np.clip(darkness, -settings.overshoot, 1.0 + settings.overshoot, out=darkness)
    result: npt.NDArray[np.float32] = darkness.reshape(-1, 1, side, side)
    return result


class DigitReader:
    """Reads digit boxes with an ONNX model on one CPU thread."""

    version: str
    """First 12 hex digits of the model file's SHA-256."""
    temperature: float
    """What the net's outputs are divided by, so that probabilities mean what they say."""

    def __init__(self, model: bytes, name: str) -> None:
        """Load a model.

        Args:
            model: the bytes of an ONNX file.
            name: how to call it in an error message.

        Raises:
            PartMissing: the bytes are not a digit model.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
            temperature = float(session.get_modelmeta().custom_metadata_map["temperature"])
            classes = session.get_modelmeta().custom_metadata_map["classes"]
            (entry,), (exit_,) = session.get_inputs(), session.get_outputs()
        except Exception as error:  # onnxruntime's errors have no common base
            raise PartMissing(f"The digit model {name} is damaged ({len(model)} bytes). {_REMEDY}") from error
        if classes != BOX_CLASSES or entry.shape[1:] != [1, DIGITS.side_px, DIGITS.side_px] or not temperature > 0:
            raise PartMissing(
                f"The digit model {name} reads classes {classes!r} from {entry.shape} at temperature {temperature}, "
                f"not {BOX_CLASSES!r} from {DIGITS.side_px} px boxes. {_REMEDY}"
            )
        self.version = hashlib.sha256(model).hexdigest()[:12]
        self.temperature = temperature
        self._session = session
        self._input = entry.name
        self._output = exit_.name

    def log_probabilities(self, images: Sequence[Image]) -> npt.NDArray[np.float64]:
        """Read any number of boxes, all in one batch.

        Args:
            images: crops as in ``BoxCrop.image``, each (48, 48).

        Returns:
            (n, 13): calibrated log-probabilities in the order of ``records.BOX_CLASSES``.
        """
        if len(images) == 0:
            return np.zeros((0, len(BOX_CLASSES)))
        (logits,) = self._session.run([self._output], {self._input: normalise(images)})
        scaled = logits.astype(np.float64) / self.temperature
        scaled -= scaled.max(axis=1, keepdims=True)
        result: npt.NDArray[np.float64] = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
        return result


def load_digit_reader(path: Path | None = None) -> DigitReader:
    """Load the digit model: the given file, else the wheel's, else the repository's.

    Raises:
        PartMissing: no model there, or it is damaged or reads other classes.
    """
    places = _PLACES if path is None else (path,)
    for place in places:
        if place.is_file():
            return DigitReader(place.read_bytes(), str(place))
    raise PartMissing(f"No digit model at {' or '.join(map(str, places))}. {_REMEDY}")
