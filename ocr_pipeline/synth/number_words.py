"""Numbers in Indonesian words, as officials write them beside the digits."""

from __future__ import annotations

_ONES = ("NOL", "SATU", "DUA", "TIGA", "EMPAT", "LIMA", "ENAM", "TUJUH", "DELAPAN", "SEMBILAN")


def number_words(value: int) -> str:
    """A number in Indonesian capitals, as written on the form: 235 is ``DUA RATUS TIGA PULUH LIMA``.

    Raises:
        ValueError: the number is not within 0..999.
    """
    if not 0 <= value <= 999:
        raise ValueError(f"numbers from 0 to 999 have words here, got {value}")
    if value < 10:
        return _ONES[value]
    words: list[str] = []
    hundreds, rest = divmod(value, 100)
    if hundreds:
        words.append("SERATUS" if hundreds == 1 else f"{_ONES[hundreds]} RATUS")
    tens, ones = divmod(rest, 10)
    if rest == 10:
        words.append("SEPULUH")
    elif rest == 11:
        words.append("SEBELAS")
    elif tens == 1:
        words.append(f"{_ONES[ones]} BELAS")
    else:
        if tens:
            words.append(f"{_ONES[tens]} PULUH")
        if ones:
            words.append(_ONES[ones])
    return " ".join(words)
