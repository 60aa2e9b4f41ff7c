"""``explain``: the reasoning for one station of a run."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from ocr_pipeline.cli import cli
from ocr_pipeline.errors import DatabaseError, InputMissing

SAMPLE = Path(__file__).parents[2] / "samples" / "3674041001004-p2.jpg"


def test_a_station_is_explained_from_what_the_run_has_stored(tmp_path: Path) -> None:
    db = str(tmp_path / "tps.sqlite")
    runner = CliRunner()
    assert runner.invoke(cli, ["run", str(SAMPLE), "--db", db, "--jobs", "1", "--quiet"]).exit_code == 0
    done = runner.invoke(cli, ["explain", "3674041001004", "--db", db])
    assert done.exit_code == 0
    for part in (
        "3674041001004-p2.jpg: page 2",
        "digits: 158: 0.99",
        "  R3: suara_sah = paslon_1 + paslon_2 + paslon_3",
    ):
        assert part in done.stdout
    missing = runner.invoke(cli, ["explain", "1", "--db", db])
    assert isinstance(missing.exception, InputMissing) and "'1'" in str(missing.exception)
    none = runner.invoke(cli, ["explain", "1", "--db", str(tmp_path / "no.sqlite")])
    assert isinstance(none.exception, DatabaseError)
