import pytest

from ocr_pipeline.synth.number_words import number_words

ONES = ["NOL", "SATU", "DUA", "TIGA", "EMPAT", "LIMA", "ENAM", "TUJUH", "DELAPAN", "SEMBILAN"]


def value_of(words: str) -> int:
    """Reads the words from left to right, as a person does."""
    total = last = 0
    for word in (
        words.replace("SE", "SATU ", 1).split()
        if words.startswith(("SERATUS", "SEPULUH", "SEBELAS"))
        else words.split()
    ):
        if word in ONES:
            total += last
            last = ONES.index(word)
        elif word in ("RATUS", "PULUH"):
            total, last = total + last * {"RATUS": 100, "PULUH": 10}[word], 0
        elif word == "BELAS":
            total, last = total + last + 10, 0
        elif word == "SEPULUH":
            total += 10
        elif word == "SEBELAS":
            total += 11
        else:
            raise AssertionError(word)
    return total + last


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "NOL"),
        (7, "TUJUH"),
        (10, "SEPULUH"),
        (11, "SEBELAS"),
        (12, "DUA BELAS"),
        (19, "SEMBILAN BELAS"),
        (20, "DUA PULUH"),
        (42, "EMPAT PULUH DUA"),
        (100, "SERATUS"),
        (101, "SERATUS SATU"),
        (111, "SERATUS SEBELAS"),
        (210, "DUA RATUS SEPULUH"),
        (235, "DUA RATUS TIGA PULUH LIMA"),
        (999, "SEMBILAN RATUS SEMBILAN PULUH SEMBILAN"),
    ],
)
def test_known_numbers(value: int, words: str) -> None:
    assert number_words(value) == words


def test_words_of_every_number_read_back_as_that_number() -> None:
    assert [value_of(number_words(value)) for value in range(1000)] == list(range(1000))


@pytest.mark.parametrize("value", [-1, 1000])
def test_numbers_without_words_are_refused(value: int) -> None:
    with pytest.raises(ValueError, match="0 to 999"):
        number_words(value)
