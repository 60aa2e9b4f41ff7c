"""Every sentence a flag can say, in English and Indonesian: one table, so that no reason is worded twice.

Sentences are one line without a full stop and carry the numbers they speak of.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, or a part of one, in both languages."""

    english: str
    indonesian: str


def say(key: str, **parts: object) -> Sentence:
    """The sentence of the table with its parts put in; a part that is itself a sentence speaks the same language.

    Raises:
        KeyError: there is no such sentence, or a part it needs is missing.
    """
    template = MESSAGES[key]
    return Sentence(
        template.english.format(**{k: p.english if isinstance(p, Sentence) else p for k, p in parts.items()}),
        template.indonesian.format(**{k: p.indonesian if isinstance(p, Sentence) else p for k, p in parts.items()}),
    )


def listed(sentences: Iterable[Sentence]) -> Sentence:
    """Several parts with commas between them."""
    parts = list(sentences)
    return Sentence(", ".join(p.english for p in parts), ", ".join(p.indonesian for p in parts))


def number_or_none(value: int | None) -> Sentence:
    """A value as it stands in a sentence."""
    return say("no number") if value is None else Sentence(str(value), str(value))


MESSAGES = {
    "sum": Sentence(
        "{terms} = {expected}, the form says {left}: {difference}",
        "{terms} = {expected}, pada formulir tertulis {left}: {difference}",
    ),
    "equal": Sentence(
        "{right_field} is {expected}, {left_field} says {left}: {difference}",
        "{right_field} adalah {expected}, {left_field} tertulis {left}: {difference}",
    ),
    "reserve": Sentence(
        "{right_field} {base} and {share:.3g} % of it as reserve make {expected}, {left_field} says {left}: "
        "{difference}",
        "{right_field} {base} ditambah cadangan {share:.3g} % menjadi {expected}, {left_field} tertulis {left}: "
        "{difference}",
    ),
    "limit": Sentence(
        "{left_field} = {left} is more than the {expected} there can be: {difference}",
        "{left_field} = {left} melebihi batas {expected}: {difference}",
    ),
    "at most": Sentence(
        "{left_field} = {left} is more than {right_field} = {expected}: {difference}",
        "{left_field} = {left} melebihi {right_field} = {expected}: {difference}",
    ),
    "too many": Sentence("{n} too many", "kelebihan {n}"),
    "too few": Sentence("{n} too few", "kekurangan {n}"),
    "low confidence": Sentence(
        "{field} reads {value} with probability {probability:.4f}, {least:g} is needed",
        "{field} terbaca {value} dengan peluang {probability:.4f}, padahal perlu {least:g}",
    ),
    "low confidence, runner-up": Sentence(
        "{field} reads {value} with probability {probability:.4f}, {least:g} is needed; next is {other} with "
        "{other_probability:.4f}",
        "{field} terbaca {value} dengan peluang {probability:.4f}, padahal perlu {least:g}; berikutnya {other} dengan "
        "{other_probability:.4f}",
    ),
    "low confidence, alone": Sentence(
        "{field} fits the sums as {value}, but its boxes alone give it probability {probability:.4f}, {least:g} is "
        "needed",
        "{field} cocok dengan jumlah sebagai {value}, tetapi kotaknya sendiri hanya memberi peluang "
        "{probability:.4f}, padahal perlu {least:g}",
    ),
    "mixed stations": Sentence(
        "page {pages} does not go with the rest, it breaks {rules} though no number looks wrong: are all pages of one "
        "station?",
        "halaman {pages} tidak cocok dengan yang lain, melanggar {rules} padahal tidak ada angka yang tampak salah: "
        "apakah semua halaman dari satu TPS?",
    ),
    "first box": Sentence(
        "{field}: the first box of {value} may be misread; {other} has probability {probability:.4f}",
        "{field}: kotak pertama {value} mungkin salah terbaca; {other} berpeluang {probability:.4f}",
    ),
    "copied": Sentence(
        "{field} = {value} looks like a copy of {other}, not the total",
        "{field} = {value} tampak seperti salinan {other}, bukan jumlahnya",
    ),
    "swapped": Sentence(
        "{field} = {value} and {other} = {other_value} look exchanged on the paper",
        "{field} = {value} dan {other} = {other_value} tampak tertukar pada formulir",
    ),
    "published": Sentence(
        "{field} reads {value}, published is {published}",
        "{field} terbaca {value}, yang diumumkan {published}",
    ),
    "no number": Sentence("no number", "bukan angka"),
    "nothing written": Sentence(
        "{field}: nothing is written in the boxes",
        "{field}: kotak angka kosong",
    ),
    "keyed, no number": Sentence(
        "{field}: people looked and saw no number",
        "{field}: petugas sudah memeriksa dan tidak melihat angka",
    ),
    "not a number": Sentence(
        "{field}: the boxes show {boxes}, which is not read as a number",
        "{field}: kotak berisi {boxes}, yang tidak terbaca sebagai angka",
    ),
    "out of frame": Sentence(
        "{field}: its boxes are not wholly in the picture ({shown:.0%} of the least shown one), so they are not read",
        "{field}: kotaknya tidak seluruhnya ada di foto (kotak terpotong terlihat {shown:.0%}), jadi tidak dibaca",
    ),
    "too small": Sentence(
        "{field}: its boxes are {box_px:.0f} pixels wide in the photo, {least:g} are needed",
        "{field}: kotaknya selebar {box_px:.0f} piksel di foto, padahal perlu {least:g}",
    ),
    "too dark": Sentence(
        "{field}: the photo is too dark or grainy there: print stands out by {clarity:.1f} times the noise, {least:g} "
        "is needed",
        "{field}: foto di situ terlalu gelap atau berbintik: cetakan hanya {clarity:.1f} kali derau, padahal perlu "
        "{least:g}",
    ),
    "glare": Sentence(
        "{field}: glare over {glare:.0%} of a box",
        "{field}: pantulan cahaya menutupi {glare:.0%} sebuah kotak",
    ),
    "box": Sentence(
        "{field}: its boxes were not found where the form prints them (score {score:.2f}, the weakest {least:.2f})",
        "{field}: kotaknya tidak ditemukan di tempat cetaknya pada formulir (skor {score:.2f}, terlemah {least:.2f})",
    ),
    "altered": Sentence(
        "{field}: box {box} of {boxes} holds {excess:.1f} times the ink its digit takes; the number may "
        "have been altered",
        "{field}: kotak {box} dari {boxes} bertinta {excess:.1f} kali kebutuhan angkanya; angka mungkin telah diubah",
    ),
    "witnesses": Sentence("{field}: {readings}", "{field}: {readings}"),
    "witness": Sentence("{witness} say {value}", "{witness} menunjukkan {value}"),
    "digits": Sentence("digits", "angka"),
    "bubbles": Sentence("bubbles", "bulatan"),
    "words": Sentence("words", "huruf"),
    "tally": Sentence("tally", "turus"),
    "readings": Sentence("{field}: {readings}", "{field}: {readings}"),
    "reading": Sentence("photo {photo} shows {value} ({boxes})", "foto {photo} menunjukkan {value} ({boxes})"),
    "duplicate": Sentence("photos {photos} are the same file", "foto {photos} adalah berkas yang sama"),
    "duplicate elsewhere": Sentence(
        "the same file also came in for another station, as {photos}: it can only belong to one",
        "berkas yang sama juga masuk untuk TPS lain, sebagai {photos}: hanya mungkin milik satu TPS",
    ),
    "wrong page": Sentence(
        "photo {photo} is said to be page {claimed} but shows page {found}",
        "foto {photo} disebut halaman {claimed} tetapi menunjukkan halaman {found}",
    ),
    "pairs": Sentence(
        "the photos show sheets for {pairs} pairs: they cannot all be of one contest",
        "foto menunjukkan lembar untuk {pairs} pasangan calon: tidak mungkin semuanya dari satu pemilihan",
    ),
    "provisional": Sentence(
        "photo {photo}: the layout of {form}, page {page}, is inferred and was never checked on a filled sheet",
        "foto {photo}: tata letak {form} halaman {page} hanya perkiraan dan belum diperiksa pada lembar yang terisi",
    ),
    "form not known": Sentence(
        "the form is not in the catalogue: its boxes were found in the picture alone and named by the print beside "
        "them, so a person must look at every number",
        "formulir ini tidak ada dalam katalog: kotaknya ditemukan dari foto saja dan dinamai menurut cetakan di "
        "sampingnya, jadi setiap angka harus diperiksa orang",
    ),
    "other sheet": Sentence(
        "photo {photo} shows another sheet beside this page, and only this one is read: photograph each by itself",
        "foto {photo} memuat lembar lain di samping halaman ini, dan hanya yang ini dibaca: foto tiap lembar sendiri",
    ),
    "other forms": Sentence(
        "pages of other forms came in for this station: {forms}",
        "halaman dari formulir lain masuk untuk TPS ini: {forms}",
    ),
}
"""By name; names in braces are the parts."""
