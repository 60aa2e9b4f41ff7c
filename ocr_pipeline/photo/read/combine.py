"""From the boxes of one number to a distribution over its values.

How a row of boxes is valued (``forms.md`` 3.1 says how people fill them in: a number under 100
begins with X, with 0 or with an empty box, and a zero result is written ``XXX``, ``---`` or ``000``):

* leading places may hold ``0``, ``X``, ``-`` or blank, in any mixture: ``X61``, ``061``, ``_61``,
  ``-61``, ``0X5``, ``X_5`` and ``_X5`` are 61, 61, 61, 61, 5, 5 and 5;
* from the first digit 1-9 on every box must hold a digit: ``1X5``, ``12_`` and ``5__`` are no numbers;
* without a digit 1-9 the number is zero when its last box holds a 0 (``000``, ``XX0``, ``__0``), or
  when that box holds X or a dash and no box is blank (``XXX``, ``---``, ``X-X``, ``00X``);
* a blank last box is never a number (``___``, ``XX_``): blank is not zero. Nor is X or a dash at the
  end of a row that has a blank in it (``__X``, ``_0-``): the row may as well be half crossed out.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ocr_pipeline.records import BOX_CLASSES, ILLEGIBLE, Evidence

WITNESS = "digits"
_CROSSED = [BOX_CLASSES.index("X"), BOX_CLASSES.index("-")]
_BLANK = BOX_CLASSES.index("_")


def number_evidence(box_log_probabilities: npt.NDArray[np.floating]) -> Evidence:
    """Exact distribution over the values of one number, its boxes taken as independent.

    Args:
        box_log_probabilities: (n_boxes, 13) calibrated log-probabilities in the order of
            ``records.BOX_CLASSES``, leftmost box first. Rows are normalised here, so rounding in
            the model's output does no harm; -inf is allowed.

    Returns:
        Witness ``digits`` with (10**n_boxes + 1,) log-probabilities: values 0 to 10**n_boxes - 1,
        last "no number". They sum to 1; an impossible value has -inf.

    Raises:
        ValueError: another shape, NaN, or a box without any possible class (a bug of the caller).
    """
    p = _probabilities(box_log_probabilities)
    boxes, last = len(p), len(p) - 1
    zero, crossed, blank = p[:, 0], p[:, _CROSSED].sum(axis=1), p[:, _BLANK]
    digit, no_digit = p[:, :10].sum(axis=1), crossed + blank

    # A walk over the boxes from the left. In front of each box: the rows without a digit 1-9 so far,
    # without and with a blank among them; the rows that are a number so far; those that no longer are.
    filled, gapped, number, broken = 1.0, 0.0, 0.0, 0.0
    leading = np.empty(boxes)
    for i in range(last):
        leading[i] = filled + gapped
        broken += number * no_digit[i]
        number = number * digit[i] + leading[i] * p[i, 1:10].sum()
        gapped = gapped * (zero[i] + no_digit[i]) + filled * blank[i]
        filled *= zero[i] + crossed[i]
    leading[last] = filled + gapped

    probabilities = np.empty(10**boxes + 1)
    digits = np.ones(1)
    for length in range(1, boxes + 1):
        place = boxes - length
        digits = np.outer(p[place, :10], digits).ravel()
        first = 10 ** (length - 1)
        probabilities[first : 10**length] = leading[place] * digits[first:]
    probabilities[0] = leading[last] * zero[last] + filled * crossed[last]
    probabilities[-1] = broken + number * no_digit[last] + leading[last] * blank[last] + gapped * crossed[last]
    with np.errstate(divide="ignore"):
        return Evidence(WITNESS, np.log(probabilities))


def no_number(boxes: int) -> Evidence:
    """What the digits say of a number whose boxes are not to be seen: that none can be read."""
    return Evidence(WITNESS, np.append(np.full(10**boxes, -np.inf), 0.0))


def printed_boxes(
    box_log_probabilities: npt.NDArray[np.floating], illegible_probability: float
) -> tuple[str, tuple[float, ...]]:
    """What stands in each box, for people.

    Args:
        box_log_probabilities: (n_boxes, 13), as for :func:`number_evidence`.
        illegible_probability: a box whose best class is less probable is shown as ``?``
            (``config.VerdictSettings.illegible_probability``).

    Returns:
        One character per box, and the probability of each box's best class (also where ``?`` is shown).

    Raises:
        ValueError: as for :func:`number_evidence`.
    """
    p = _probabilities(box_log_probabilities)
    best = p.argmax(axis=1)
    confidences = tuple(float(v) for v in p.max(axis=1))
    text = "".join(
        BOX_CLASSES[k] if confidence >= illegible_probability else ILLEGIBLE
        for k, confidence in zip(best, confidences, strict=True)
    )
    return text, confidences


def _probabilities(box_log_probabilities: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """(n_boxes, 13) probabilities, every row summing to 1."""
    logs = np.asarray(box_log_probabilities, dtype=np.float64)
    if logs.ndim != 2 or logs.shape[0] == 0 or logs.shape[1] != len(BOX_CLASSES):
        raise ValueError(f"boxes must have shape (n_boxes, {len(BOX_CLASSES)}), found {logs.shape}")
    top = logs.max(axis=1, keepdims=True)
    if not np.isfinite(top).all():  # NaN, +inf, or nothing possible
        raise ValueError("a box has NaN or no possible class among its log-probabilities")
    p = np.exp(logs - top)
    return np.asarray(p / p.sum(axis=1, keepdims=True))
