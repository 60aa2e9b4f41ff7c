"""Codes of the program in words: states, reasons, kinds, answers; Indonesian and English."""

from __future__ import annotations

CODES: dict[str, tuple[str, str]] = {
    # ---- states
    "OPEN": ("terbuka", "open"),
    "CLAIMED": ("sedang dikerjakan", "claimed"),
    "KEYED_ONCE": ("diisi sekali", "keyed once"),
    "AGREED": ("sepakat", "agreed"),
    "NEEDS_SECOND": ("perlu orang kedua", "needs a second person"),
    "CONFLICT": ("berbeda", "conflict"),
    "ARBITRATED": ("diputuskan", "arbitrated"),
    "CLOSED": ("selesai", "closed"),
    "REOPENED": ("dibuka lagi", "reopened"),
    # ---- answers
    "blank": ("kosong", "blank"),
    "crossed out": ("dicoret", "crossed out"),
    "illegible": ("tidak terbaca", "illegible"),
    "photo rejected": ("foto ditolak", "photo rejected"),
    "so written on the paper": ("memang tertulis begitu di kertas", "so written on the paper"),
    # ---- how
    "machine and person": ("mesin dan satu orang", "machine and one person"),
    "two people": ("dua orang", "two people"),
    "arbiter": ("penengah", "arbiter"),
    "withdrawn": ("ditarik kembali", "withdrawn"),
    "lapsed": ("tidak perlu lagi", "no longer needed"),
    # ---- reasons
    "SUM_MISMATCH": ("jumlah tidak cocok", "sum does not hold"),
    "BOUND_EXCEEDED": ("melebihi batas", "bound exceeded"),
    "LOW_CONFIDENCE": ("kurang yakin", "not read surely"),
    "NOTHING_WRITTEN": ("kotak kosong", "nothing written"),
    "NOT_A_NUMBER": ("bukan angka", "not a number"),
    "FIELD_OUT_OF_FRAME": ("di luar foto", "outside the photo"),
    "POOR_PICTURE": ("foto buruk", "poor picture"),
    "BOX_NOT_CONFIRMED": ("kotak tidak ditemukan", "box not found"),
    "ALTERED": ("mungkin diubah", "perhaps altered"),
    "WITNESSES_DISAGREE": ("angka dan bulatan berbeda", "witnesses disagree"),
    "READINGS_DISAGREE": ("dua foto berbeda", "photos disagree"),
    "DUPLICATE_PHOTO": ("foto ganda", "duplicate photo"),
    "WRONG_PAGE": ("halaman salah", "wrong page"),
    "MIXED_FORMS": ("formulir campuran", "mixed forms"),
    "MIXED_STATIONS": ("TPS campuran", "mixed stations"),
    "FIRST_BOX": ("kotak pertama", "first box"),
    "VALUES_COPIED": ("angka tersalin", "values copied"),
    "COLUMNS_SWAPPED": ("kolom tertukar", "columns swapped"),
    "PUBLISHED_DIFFERS": ("berbeda dari yang diumumkan", "published differs"),
    "PROVISIONAL_LAYOUT": ("tata letak perkiraan", "provisional layout"),
    "FORM_NOT_KNOWN": ("formulir tidak dikenal", "form not known"),
    "OTHER_SHEET": ("ada lembar lain", "another sheet"),
    "STATION_NOT_KNOWN": ("TPS belum diketahui", "station not known"),
    "NO_FORM_FOUND": ("formulir tidak ditemukan", "no form found"),
    "UNKNOWN_FORM": ("formulir asing", "unknown form"),
    "AMBIGUOUS_FORM": ("formulir meragukan", "ambiguous form"),
    "BOXES_NOT_CONFIRMED": ("kotak tidak pasti", "boxes not confirmed"),
    "RETAKE": ("perlu difoto ulang", "to be taken again"),
}
"""By code; a test compares them with the closed lists they come from."""
