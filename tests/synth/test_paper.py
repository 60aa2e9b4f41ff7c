import cv2
import numpy as np
import pytest

from ocr_pipeline.forms import Box, FormPage, load_catalogue
from ocr_pipeline.synth.paper import PLANO_MM, at_plano_size, draw_page, signature_cells
from ocr_pipeline.synth.sheet import Sheet
from ocr_pipeline.warp import Image

PAGES = load_catalogue().pages
SCALE = 3.0


def tone(picture: Image, x: float, y: float, reach_mm: float = 0.3) -> float:
    """Mean grey around a point in mm."""
    low = [int((v - reach_mm) * SCALE) for v in (x, y)]
    high = [max(a + 1, int((v + reach_mm) * SCALE)) for a, v in zip(low, (x, y), strict=True)]
    return float(picture[low[1] : high[1], low[0] : high[0]].mean())


def darkest(picture: Image, x: float, y: float) -> int:
    """Darkest pixel at a point in mm: a thin line may share its pixels with the paper."""
    row, column = int(y * SCALE), int(x * SCALE)
    return int(picture[row - 1 : row + 2, column - 1 : column + 2].min())


@pytest.fixture(scope="module", params=PAGES, ids=lambda page: page.title)
def drawn(request: pytest.FixtureRequest) -> tuple[FormPage, Image]:
    page = at_plano_size(request.param)
    return page, draw_page(page, SCALE)


def test_the_sheet_has_its_size(drawn: tuple[FormPage, Image]) -> None:
    page, picture = drawn
    assert picture.shape == (round(page.height * SCALE), round(page.width * SCALE))
    assert picture.dtype == np.uint8


def test_a_copy_is_drawn_as_the_small_print_of_a_plano() -> None:
    copy = load_catalogue().page("c1-ppwp-2019", 2, None)
    plano = at_plano_size(copy)
    assert plano.width == PLANO_MM and plano.height == pytest.approx(PLANO_MM * copy.height / copy.width)
    assert plano.fields[0].boxes[0].w == pytest.approx(copy.fields[0].boxes[0].w * PLANO_MM / copy.width)
    assert (draw_page(copy, SCALE) == draw_page(plano, SCALE * copy.width / PLANO_MM)).all()
    assert at_plano_size(plano) is plano


def test_marks_have_black_squares_on_the_side_of_their_polarity(drawn: tuple[FormPage, Image]) -> None:
    page, picture = drawn
    for mark in page.marks:
        half = mark.side / 2
        for sign in (-1, 1):
            assert tone(picture, mark.x + sign * half, mark.y + sign * half * mark.polarity) < 60
            assert tone(picture, mark.x + sign * half, mark.y - sign * half * mark.polarity) > 200


def test_the_tag_is_read_with_its_first_corner_where_the_form_says(drawn: tuple[FormPage, Image]) -> None:
    page, picture = drawn
    if page.tag is None or not page.tag.ids:
        return
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h10)
    corners, ids, _ = cv2.aruco.ArucoDetector(dictionary).detectMarkers(picture)
    assert ids is not None and ids.ravel().tolist() == [page.tag.ids[0]]
    names = ("upper_left", "upper_right", "lower_right", "lower_left")
    expected = dict(zip(names, page.tag.box.corners, strict=True))[page.tag.corner_0]
    assert np.allclose((corners[0][0][0] + 0.5) / SCALE, expected, atol=0.6)


def test_every_ruled_line_is_dark(drawn: tuple[FormPage, Image]) -> None:
    page, picture = drawn
    for line in page.lines:
        for t in (0.1, 0.37, 0.63, 0.9):
            x, y = line.x1 + t * (line.x2 - line.x1), line.y1 + t * (line.y2 - line.y1)
            assert darkest(picture, x, y) < 110


def test_digit_boxes_have_dark_sides_and_an_empty_inside(drawn: tuple[FormPage, Image]) -> None:
    page, picture = drawn
    for field in page.fields:
        for box in field.boxes:
            (x, y), w, h = box.centre, box.w, box.h
            for sx, sy in ((box.x, y), (box.x + w, y), (x, box.y), (x, box.y + h)):
                assert darkest(picture, sx, sy) < 110
            inside = picture[
                int((box.y + 1.5) * SCALE) : int((box.y + h - 1.5) * SCALE),
                int((box.x + 1.5) * SCALE) : int((box.x + w - 1.5) * SCALE),
            ]
            assert inside.min() > (190 if field.guide_dots else 250)
            assert (inside < 250).any() == field.guide_dots


def test_bubbles_are_rings_with_a_digit(drawn: tuple[FormPage, Image]) -> None:
    page, picture = drawn
    for field in page.fields:
        if field.bubbles is None:
            continue
        for x in field.bubbles.column_x:
            for digit in range(10):
                y = field.bubbles.first_y + digit * field.bubbles.pitch
                angles = np.linspace(0, 2 * np.pi, 16, endpoint=False)
                ring = [tone(picture, x + 4 * np.cos(a), y + 4 * np.sin(a)) for a in angles]
                assert np.mean(ring) < 170
                assert tone(picture, x, y, 2.0) < 254


def test_a_sheet_says_that_it_is_no_real_one(drawn: tuple[FormPage, Image]) -> None:
    page, picture = drawn
    foot = picture[
        int((page.height - 17) * SCALE) : int((page.height - 11) * SCALE), int(60 * SCALE) : int(200 * SCALE)
    ]
    assert (foot < 220).mean() > 0.02


def test_printed_head_lines_appear() -> None:
    page = load_catalogue().page("c-hasil-kwk-2024", 2, 2)
    empty, named = draw_page(page, SCALE), draw_page(page, SCALE, {"provinsi": "JAWA TENGAH"})
    box = next(line.box for line in page.header if line.name == "provinsi")
    changed = np.argwhere(empty != named) / SCALE
    assert changed.size
    assert (changed[:, 1] >= box.x - 1).all() and (changed[:, 1] <= box.x + box.w + 1).all()


IN_ROWS = ("c1-kwk-2015", "c1-kwk-plano-2017", "c1-ppwp-2014")
"""Forms on which the officials sign in the rows of a table."""


def test_seven_officials_sign_on_every_page_that_has_a_cell_for_each(drawn: tuple[FormPage, Image]) -> None:
    cells = signature_cells(drawn[0])
    assert len(cells) == (0 if drawn[0].form_id in IN_ROWS else 7)
    assert all(cell.w > 50 and cell.h > 20 for cell in cells)


def test_partly_covered_pixels_take_their_share() -> None:
    sheet = Sheet(10, 10, 1.0)
    sheet.rect(2.25, 3.0, 4.0, 5.0, 55)
    assert sheet.image[3, 2] == 255 - 150
    assert sheet.image[3, 3] == 55
    assert sheet.image[5, 3] == 255


def test_a_frame_leaves_its_inside_alone() -> None:
    sheet = Sheet(30, 30, 2.0)
    sheet.frame(Box(5, 5, 20, 20), 1.0, 0)
    assert sheet.image[12:48, 12:48].min() == 255
    assert sheet.image[10, 10:50].max() == 0
