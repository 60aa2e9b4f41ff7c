"""What is printed on the forms of 2014 to 2019 besides the measured geometry; lengths as in ``wording``."""

from __future__ import annotations

from ocr_pipeline.synth.look import Caption, Look, three_columns

LOOKS_BEFORE_2020 = {
    "c1-kwk-2015": Look(
        model=("LAMPIRAN", "MODEL C1-KWK"),
        model_box=(485.0, 45.0, 60.0, 20.0),
        name_cell=(44.0, 463.0),
        grid_grey=190,
        box_stroke_mm=0.9,
        columns_on_every_block=False,
        header_indent=(54.0, 64.0),
        captions={
            1: (
                Caption(290.0, 56.0, 6.4, "RINCIAN HASIL PENGHITUNGAN PEROLEHAN SUARA DI TEMPAT PEMUNGUTAN SUARA"),
                Caption(290.0, 66.0, 6.4, "DALAM PEMILIHAN GUBERNUR DAN WAKIL GUBERNUR TAHUN 2015"),
                Caption(245.0, 169.5, 6.0, "NOMOR URUT DAN NAMA CALON"),
                Caption(517.0, 169.5, 6.0, "SUARA SAH"),
            )
        },
    ),
    "c1-kwk-plano-2017": Look(
        model=("MODEL C1-KWK", "PLANO"),
        model_box=(506.0, 36.0, 72.0, 21.0),
        name_cell=(12.7, 106.8),
        grid_grey=90,
        box_stroke_mm=0.7,
        columns_on_every_block=False,
        header_indent=(36.0, 34.0),
        bars={1: ((106.8, 491.2, 419.8, 17.0),)},
        captions={
            1: (
                Caption(300.0, 41.5, 8.0, "CATATAN HASIL PENGHITUNGAN PEROLEHAN SUARA DI TEMPAT PEMUNGUTAN SUARA"),
                Caption(300.0, 51.5, 8.0, "DALAM PEMILIHAN GUBERNUR DAN WAKIL GUBERNUR"),
                Caption(59.0, 159.0, 6.0, "NAMA PASANGAN CALON"),
                Caption(300.0, 156.0, 6.0, "Rincian Perolehan Suara"),
                Caption(555.0, 159.0, 6.0, "Jumlah"),
                Caption(15.0, 604.0, 6.0, "DATA JUMLAH SUARA SAH DAN TIDAK SAH", "l"),
                Caption(300.0, 668.0, 6.0, "KELOMPOK PENYELENGGARA PEMUNGUTAN SUARA"),
                Caption(300.0, 797.0, 6.0, "SAKSI CALON"),
            )
        },
    ),
    "c1-plano-ppwp-2019": Look(
        model=("MODEL", "C1.Plano-PPWP"),
        model_box=(499.7, 29.6, 50.0, 20.0),
        name_cell=(50.4, 160.2),
        grid_grey=60,
        box_stroke_mm=0.6,
        columns_on_every_block=False,
        header_indent=(74.0, 66.0),
        bars={2: ((160.2, 396.2, 326.1, 21.4), (160.2, 451.2, 326.1, 21.4))},
        captions={
            2: (
                Caption(
                    50.4,
                    81.0,
                    6.4,
                    "IV.   DATA RINCIAN PEROLEHAN SUARA PASANGAN CALON PRESIDEN DAN WAKIL PRESIDEN",
                    "l",
                ),
                Caption(50.4, 290.0, 6.4, "V.    DATA SUARA SAH DAN TIDAK SAH", "l"),
                Caption(105.0, 103.0, 4.6, "NOMOR DAN NAMA PASANGAN CALON"),
                Caption(300.0, 100.0, 4.6, "RINCIAN PEROLEHAN SUARA"),
                Caption(518.0, 103.0, 4.6, "JUMLAH"),
            )
        },
    ),
    "c1-ppwp-2014": Look(
        model=("Lampiran 1", "MODEL C 1 PPWP"),
        model_box=(502.8, 23.1, 70.4, 33.3),
        name_cell=(30.4, 500.0),
        grid_grey=190,
        box_stroke_mm=0.8,
        columns_on_every_block=False,
        header_indent=(134.0, 86.0),
        captions={
            4: (
                Caption(
                    32.0,
                    135.0,
                    6.6,
                    "IV. RINCIAN PEROLEHAN SUARA SAH ( diisi berdasarkan data Model C1 PPWP Plano )",
                    "l",
                ),
                Caption(266.0, 172.3, 6.0, "NOMOR DAN NAMA PASANGAN CALON PRESIDEN DAN WAKIL PRESIDEN"),
                Caption(536.0, 172.3, 6.0, "JUMLAH"),
                Caption(302.0, 425.7, 6.0, "KELOMPOK PENYELENGGARA PEMUNGUTAN SUARA"),
                Caption(302.0, 645.6, 6.0, "SAKSI PASANGAN CALON PRESIDEN DAN WAKIL PRESIDEN"),
            )
        },
    ),
    "c1-ppwp-2019": Look(
        model=("MODEL", "C1-PPWP"),
        model_box=(511.0, 30.0, 55.0, 20.0),
        name_cell=(28.0, 184.0),
        grid_grey=190,
        box_stroke_mm=0.8,
        columns_on_every_block=False,
        header_indent=(76.0, 74.0),
        bars={2: tuple((183.6, y, 315.2, 21.4) for y in (318.9, 375.3, 431.5))},
        captions={
            1: (
                Caption(300.0, 33.0, 8.0, "SERTIFIKAT HASIL PENGHITUNGAN SUARA"),
                Caption(28.0, 133.0, 7.0, "I. DATA PEMILIH DAN PENGGUNA HAK PILIH", "l"),
                Caption(28.0, 425.0, 7.0, "II. DATA PEMILIH DISABILITAS", "l"),
                Caption(28.0, 532.0, 7.0, "III. DATA PENGGUNAAN SURAT SUARA", "l"),
                *three_columns(153.5, (389.0, 462.0, 535.0)),
            ),
            2: (
                Caption(28.0, 91.4, 7.0, "IV. DATA PEROLEHAN SUARA PASANGAN CALON PRESIDEN DAN WAKIL PRESIDEN", "l"),
                Caption(28.0, 282.4, 7.0, "V. DATA SUARA SAH DAN TIDAK SAH", "l"),
                Caption(263.0, 110.3, 6.0, "NOMOR DAN NAMA PASANGAN CALON"),
                Caption(535.0, 110.3, 6.0, "SUARA SAH"),
            ),
        },
    ),
}
