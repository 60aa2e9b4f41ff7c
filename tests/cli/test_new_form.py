"""``forms new``: a file that loads, a drawing to check it by, and clear words where it cannot be."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image as Pillow

from ocr_pipeline.cli import cli
from ocr_pipeline.errors import InputMissing, UsageError
from ocr_pipeline.forms import load_catalogue
from ocr_pipeline.synth.paper import draw_page


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["forms", "new", *map(str, arguments)])


def refused(*arguments: str | Path) -> str:
    error = call(*arguments).exception
    assert isinstance(error, UsageError | InputMissing), error
    return str(error)


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PDF of two pages: the second has three numbers."""
    path = tmp_path_factory.mktemp("blank") / "blank.pdf"
    page = draw_page(load_catalogue().form("c-hasil-ppwp-2024").find_page(3, None), 3.0)
    first = Pillow.fromarray(np.full_like(page, 255))
    first.save(path, save_all=True, append_images=[Pillow.fromarray(page)], resolution=3.0 * 25.4)
    return path


def test_a_form_is_proposed_drawn_and_known(blank: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    out = folder / "c-hasil-2029.json"
    asked = (blank, "--name", "c-hasil-2029", "--page", "2", "--pages", "2")
    result = call(*asked, "--title", "C.HASIL 2029", "--forms", folder)
    assert result.exit_code == 0, result.exception
    assert "page 2 of 2 (600 x 900 mm): digit boxes 9, " in result.output
    assert "To check:" in result.output and f"Written: {out}" in result.output
    form = load_catalogue(more=folder).form("c-hasil-2029")
    assert (form.title, form.year, form.pages[0].page, form.pages[0].pages) == ("C.HASIL 2029", 2029, 2, 2)
    drawn = cv2.imread(str(folder / "c-hasil-2029.png"))
    assert drawn is not None and drawn.std(axis=2).max() > 50  # something in colour
    assert all(sentence in result.output for sentence in form.not_known)
    assert "Tag 103 is also that of c-hasil-ppwp-2024 p.3" in result.output

    written = out.read_bytes()
    assert "there already" in refused(*asked, "--out", out)
    assert out.read_bytes() == written
    listed = CliRunner().invoke(cli, ["forms", "--forms", str(folder)])
    assert "c-hasil-2029: C.HASIL 2029" in listed.output
    there = CliRunner().invoke(cli, ["forms"], env={"OCR_PIPELINE_FORMS": str(folder)})
    assert there.output == listed.output
    empty = CliRunner().invoke(cli, ["forms", "--forms", str(tmp_path)])
    assert isinstance(empty.exception, InputMissing) and "No form file" in str(empty.exception)
    assert "Give another --name" in refused(*asked, "--force", "--forms", folder)


@pytest.mark.parametrize("name", ["C.HASIL", "a b", "", "../x", "a--b"])
def test_an_id_is_small_letters_digits_and_dashes(blank: Path, name: str) -> None:
    assert "make an id" in refused(blank, "--name", name)


def test_a_form_of_the_catalogue_is_not_proposed_again(blank: Path) -> None:
    assert "has a form 'c-hasil-ppwp-2024'" in refused(blank, "--name", "c-hasil-ppwp-2024")


def test_a_page_that_is_not_there(blank: Path, tmp_path: Path) -> None:
    text = refused(blank, "--name", "a-1", "--page", "7", "--out", tmp_path / "a.json")
    assert "--page 7" in text and "has 2 pages" in text


def test_a_page_without_boxes(blank: Path, tmp_path: Path) -> None:
    assert "No digit boxes found" in refused(blank, "--name", "a-1", "--page", "1", "--out", tmp_path / "a.json")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_picture_or_not_there(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("no picture")
    assert "is no picture" in refused(tmp_path / "a.txt", "--name", "a-1", "--out", tmp_path / "a.json")
    assert "No such file" in refused(tmp_path / "b.pdf", "--name", "a-1", "--out", tmp_path / "a.json")


def test_of_each_picture_its_page_is_said(tmp_path: Path) -> None:
    picture = tmp_path / "square.png"
    assert cv2.imwrite(str(picture), np.full((600, 600), 255, np.uint8))
    out = ("--name", "a-1", "--out", tmp_path / "a.json")
    assert "2 pictures and 1 times --page" in refused(picture, picture, "--page", "2", *out)
