"""What is printed on the sheets besides the measured geometry: titles, headings, minor lines, grey tones.

The catalogue holds what the reading leans on. A real sheet carries more, and the registration must
not be led astray by it, so the drawn sheet carries it too. Lengths are mm on the sheet, A4 copies being
enlarged to the width of a plano.
"""

from __future__ import annotations

from ocr_pipeline.forms import FormPage
from ocr_pipeline.synth.look import Caption, Look, three_columns
from ocr_pipeline.synth.wording_before_2020 import LOOKS_BEFORE_2020

HEADER_LABELS = {
    "provinsi": "Provinsi",
    "kabupaten_kota": "Kabupaten / Kota",
    "kecamatan": "Kecamatan",
    "kelurahan_desa": "Kelurahan / Desa *)",
    "nomor_tps": "Nomor TPS",
    "ditetapkan_di": "DITETAPKAN DI",
}

SPECIMEN = "CONTOH BUATAN PROGRAM - BUKAN HASIL PEMUNGUTAN SUARA"
"""Printed at the foot of every drawn sheet, so that none can pass for a real one."""

_VOTE_HEAD_2024 = (
    Caption(127.0, 164.3, 5.2, "NOMOR DAN NAMA"),
    Caption(127.0, 171.3, 5.2, "PASANGAN CALON"),
    Caption(298.5, 164.3, 5.6, "RINCIAN PEROLEHAN SUARA SAH"),
    Caption(433.0, 164.3, 4.8, "JUMLAH"),
    Caption(433.0, 170.8, 4.8, "TIAP BARIS"),
    Caption(488.5, 168.0, 5.2, "JUMLAH SUARA SAH"),
)

LOOKS = {
    "c-hasil-kwk-2020": Look(
        model=("MODEL", "C.HASIL-KWK"),
        model_box=(499.0, 79.5, 44.5, 20.0),
        name_cell=(55.0, 147.0),
        grid_grey=150,
        box_stroke_mm=0.42,
        columns_on_every_block=False,
        header_indent=(95.0, 68.0),
        bars={
            2: tuple((x, 172.2, width, 3.2) for x, width in ((152.0, 14.5), (174.0, 7.0), (446.0, 7.0), (461.0, 14.5)))
        },
        captions={
            2: (
                Caption(56.0, 121.0, 6.0, "IV.    DATA SUARA SAH DAN TIDAK SAH", "l"),
                Caption(
                    56.0, 131.0, 6.0, "A. DATA PEROLEHAN SUARA PASANGAN CALON WALI KOTA DAN WAKIL WALI KOTA *)", "l"
                ),
                Caption(101.0, 145.5, 5.0, "NOMOR DAN NAMA"),
                Caption(101.0, 151.7, 5.0, "PASANGAN CALON"),
                Caption(299.0, 144.5, 5.0, "RINCIAN PEROLEHAN SUARA SAH"),
                Caption(465.5, 142.0, 4.4, "JUMLAH"),
                Caption(465.5, 148.3, 4.4, "TIAP"),
                Caption(465.5, 154.6, 4.4, "BARIS"),
                Caption(512.5, 148.5, 4.8, "SUARA SAH"),
                Caption(56.0, 630.0, 5.6, "B. JUMLAH SUARA SAH", "l"),
            )
        },
        minor_lines={
            2: (
                (147.0, 136.85, 147.0, 160.22),
                (451.0, 136.85, 451.0, 160.22),
                (480.2, 136.85, 480.2, 160.22),
                (147.0, 153.0, 451.0, 153.0),
            )
        },
    ),
    "c-hasil-kwk-2024": Look(
        model=("MODEL", "C.HASIL-KWK-", "BUPATI"),
        model_box=(466.0, 69.0, 61.0, 27.0),
        name_cell=(73.0, 181.0),
        grid_grey=150,
        box_stroke_mm=0.8,
        columns_on_every_block=True,
        header_indent=(52.0, 66.0),
        row_bars=True,
        captions={
            2: (
                Caption(
                    73.0,
                    164.5,
                    7.0,
                    "IV.    DATA RINCIAN PEROLEHAN SUARA SAH PASANGAN CALON BUPATI DAN WAKIL BUPATI",
                    "l",
                ),
                Caption(127.0, 187.0, 5.2, "NOMOR DAN NAMA"),
                Caption(127.0, 194.0, 5.2, "PASANGAN CALON"),
                Caption(298.5, 190.0, 5.6, "RINCIAN PEROLEHAN SUARA SAH"),
                Caption(433.0, 186.5, 4.8, "JUMLAH"),
                Caption(433.0, 193.2, 4.8, "TIAP BARIS"),
                Caption(488.5, 190.0, 5.2, "JUMLAH SUARA SAH"),
            ),
            3: (
                Caption(73.0, 148.0, 7.0, "V.    DATA SUARA SAH DAN SUARA TIDAK SAH", "l"),
                Caption(298.5, 229.0, 5.6, "RINCIAN PEROLEHAN SUARA TIDAK SAH"),
                Caption(433.0, 227.0, 4.8, "JUMLAH"),
                Caption(433.0, 234.0, 4.8, "TIAP BARIS"),
                Caption(488.5, 232.0, 5.0, "JUMLAH SUARA TIDAK SAH"),
            ),
        },
        minor_lines={
            2: (
                (73.0, 180.0, 73.0, 200.0),
                (527.0, 180.0, 527.0, 200.0),
                (181.0, 180.0, 181.0, 200.0),
                (416.0, 180.0, 416.0, 207.0),
                (450.0, 180.0, 450.0, 200.0),
            ),
            3: ((416.0, 222.0, 416.0, 242.0), (450.0, 222.0, 450.0, 242.0), (181.0, 235.0, 416.0, 235.0)),
        },
    ),
    "c-hasil-ppwp-2024": Look(
        model=("MODEL", "C.HASIL-PPWP"),
        model_box=(483.0, 78.0, 44.0, 20.0),
        name_cell=(73.0, 181.0),
        grid_grey=201,
        box_stroke_mm=1.06,
        columns_on_every_block=False,
        header_indent=(55.8, 73.5),
        captions={
            1: (
                Caption(300.0, 93.8, 8.0, "BERITA ACARA, SERTIFIKAT DAN CATATAN HASIL PENGHITUNGAN PEROLEHAN SUARA"),
                Caption(300.0, 102.5, 8.0, "DI TEMPAT PEMUNGUTAN SUARA DALAM PEMILIHAN UMUM"),
                Caption(300.0, 112.0, 9.5, "PRESIDEN DAN WAKIL PRESIDEN"),
                Caption(300.0, 122.0, 9.0, "REPUBLIK INDONESIA"),
                Caption(300.0, 131.3, 7.5, "TAHUN 2024"),
                Caption(
                    73.0,
                    164.5,
                    5.4,
                    "Pada hari ini ................ tanggal ................ bulan ................",
                    "l",
                ),
                Caption(
                    73.0, 177.0, 5.4, "KPPS mengadakan rapat pemungutan dan penghitungan suara yang dihadiri oleh", "l"
                ),
                Caption(73.0, 188.5, 5.4, "saksi dan pengawas TPS, bertempat di:", "l"),
                Caption(
                    73.0,
                    254.5,
                    5.4,
                    "Rapat dipimpin oleh Ketua KPPS dengan kegiatan membuka kotak suara, menghitung jumlah",
                    "l",
                ),
                Caption(
                    73.0,
                    266.0,
                    5.4,
                    "surat suara dan peralatan, dimulai pukul ..... : ..... s.d. ..... : ..... waktu setempat.",
                    "l",
                ),
                Caption(
                    73.0,
                    289.0,
                    5.4,
                    "Adapun data pemilih, penggunaan surat suara dan hasil penghitungan terinci sebagai berikut:",
                    "l",
                ),
                Caption(73.0, 336.0, 7.0, "I.      DATA PEMILIH DAN PENGGUNA HAK PILIH", "l"),
                Caption(73.0, 536.4, 7.0, "II.     DATA PENGGUNAAN SURAT SUARA", "l"),
                Caption(73.0, 675.5, 7.0, "III.    DATA PEMILIH DISABILITAS", "l"),
                Caption(187.0, 351.5, 5.6, "URAIAN"),
                Caption(339.0, 351.5, 5.4, "LAKI-LAKI (L)"),
                Caption(414.0, 351.5, 5.4, "PEREMPUAN (P)"),
                Caption(489.5, 351.5, 5.4, "JUMLAH (L+P)"),
                Caption(79.0, 374.0, 5.6, "A.    DATA PEMILIH", "l"),
                Caption(79.0, 417.0, 5.6, "B.    PENGGUNA HAK PILIH", "l"),
                Caption(262.0, 551.5, 5.6, "URAIAN"),
                Caption(489.5, 551.5, 5.4, "JUMLAH"),
                Caption(187.0, 690.8, 5.6, "URAIAN"),
                Caption(339.0, 690.8, 5.4, "LAKI-LAKI (L)"),
                Caption(414.0, 690.8, 5.4, "PEREMPUAN (P)"),
                Caption(489.5, 690.8, 5.4, "JUMLAH (L+P)"),
            ),
            2: (
                Caption(
                    73.0,
                    137.0,
                    7.0,
                    "IV.    DATA RINCIAN PEROLEHAN SUARA PASANGAN CALON PRESIDEN DAN WAKIL PRESIDEN",
                    "l",
                ),
                *_VOTE_HEAD_2024,
            ),
            3: (
                Caption(73.0, 137.0, 7.0, "V.    DATA SUARA SAH DAN SUARA TIDAK SAH", "l"),
                Caption(298.5, 215.5, 5.6, "RINCIAN PEROLEHAN SUARA TIDAK SAH"),
                Caption(433.0, 215.5, 4.4, "JUMLAH"),
                Caption(433.0, 221.5, 4.4, "TIAP BARIS"),
                Caption(488.5, 219.0, 4.6, "JUMLAH SUARA TIDAK SAH"),
            ),
        },
        minor_lines={
            1: (
                *((x, 343.94, x, 521.44) for x in (301.7, 377.0, 452.0)),
                *((73.0, y, 527.0, y) for y in (359.3, 366.7, 381.6, 409.6, 424.5)),
                *((91.3, y, 302.0, y) for y in (450.0, 473.0, 496.0)),
                (91.3, 424.5, 91.3, 521.44),
                (452.0, 544.03, 452.0, 663.53),
                *((73.0, y, 527.0, y) for y in (559.2, 567.0)),
                *((73.0, y, 452.0, y) for y in (592.0, 615.0, 638.2)),
                *((x, 683.24, x, 733.17) for x in (301.7, 377.0, 452.0)),
                *((73.0, y, 527.0, y) for y in (698.5, 706.0)),
                (70.0, 825.0, 530.0, 825.0),
            ),
            2: (
                (73.0, 158.0, 527.0, 158.0),
                (73.0, 158.0, 73.0, 178.0),
                (527.0, 158.0, 527.0, 178.0),
                *((x, 158.0, x, 178.0) for x in (181.0, 416.0, 450.0)),
                (181.0, 170.7, 416.0, 170.7),
                (70.0, 825.0, 530.0, 825.0),
            ),
            3: (
                *((x, 209.0, x, 229.0) for x in (181.0, 416.0, 450.0)),
                (450.0, 229.0, 450.0, 291.3),
                (450.0, 258.6, 527.0, 258.6),
                (70.0, 503.0, 530.0, 503.0),
            ),
        },
    ),
    "c-hasil-salinan-ppwp-2024": Look(
        model=("MODEL C.HASIL", "SALINAN-PPWP"),
        model_box=(509.0, 34.0, 54.0, 22.0),
        name_cell=(29.8, 184.8),
        grid_grey=190,
        box_stroke_mm=0.9,
        columns_on_every_block=False,
        header_indent=(67.0, 80.0),
        captions={
            1: (
                Caption(300.0, 35.5, 7.0, "BERITA ACARA, SERTIFIKAT DAN CATATAN HASIL PENGHITUNGAN PEROLEHAN SUARA"),
                Caption(300.0, 56.0, 8.5, "PRESIDEN DAN WAKIL PRESIDEN"),
                Caption(29.8, 269.6, 7.0, "I. DATA PEMILIH DAN PENGGUNA HAK PILIH", "l"),
                Caption(29.8, 483.0, 7.0, "II. DATA PENGGUNAAN SURAT SUARA", "l"),
                Caption(29.8, 628.0, 7.0, "III. DATA PEMILIH DISABILITAS", "l"),
                *three_columns(288.0, (388.5, 461.5, 534.0)),
            ),
            2: (
                Caption(29.8, 92.4, 7.0, "IV. DATA PEROLEHAN SUARA PASANGAN CALON PRESIDEN DAN WAKIL PRESIDEN", "l"),
                Caption(29.8, 455.8, 7.0, "V. DATA SUARA SAH DAN TIDAK SAH", "l"),
                Caption(263.0, 111.5, 5.6, "NOMOR DAN NAMA PASANGAN CALON"),
                Caption(534.0, 111.5, 5.6, "SUARA SAH"),
            ),
        },
    ),
}


def look_of(page: FormPage) -> Look:
    """The look of the page's form; a form that is not described here gets a plain one."""
    plain = Look(
        ("MODEL", page.form_id.upper()), (466.0, 76.0, 61.0, 22.0), (73.0, 181.0), 190, 1.0, True, (55.0, 70.0)
    )
    return (LOOKS | LOOKS_BEFORE_2020).get(page.form_id, plain)
