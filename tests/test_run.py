"""Runs with fake readers: a photo here is a text file that says what reading it does.

The reader is handed in, so nothing is patched; it is a function of this module, so that worker
processes can find it. As a script, this module is a run that can be killed.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from ocr_pipeline.config import RUN, RunSettings
from ocr_pipeline.errors import ExitCode, InputMissing, PartMissing
from ocr_pipeline.progress import Counts, Phase
from ocr_pipeline.records import (
    Evidence,
    Failure,
    FailureCode,
    FieldReading,
    FieldResult,
    Flag,
    FlagCode,
    PageReading,
    PhotoOutcome,
    PhotoSource,
    RegistrationEvidence,
    RunnerUp,
    Severity,
    Stage,
    StationResult,
    Unreadable,
    Verdict,
    Versions,
)
from ocr_pipeline.run import RunSummary, WorkerSpec, run
from ocr_pipeline.station.assemble import KeySource, StationKey
from ocr_pipeline.store.model import StationReadings
from ocr_pipeline.store.repository import Repository, open_repository
from ocr_pipeline.tabulate.export import What, export_rows, write_json

VERSIONS = Versions("code 1", "forms 1", "model 1")
QUICK = replace(RUN, chunk_photos=3, chunk_stations=2, photo_limit_s=1.0, stop_grace_s=0.5, poll_s=0.05)
QUAD = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


# --- the fakes ----------------------------------------------------------------------------------


def fake_load() -> str:
    return "tools"


def load_without_a_part() -> str:
    raise PartMissing("Tesseract is missing. Install it.")


def load_and_die() -> str:
    os.kill(os.getpid(), signal.SIGKILL)
    return ""


def fake_read(source: PhotoSource, tools: str, *, journal: Path | None = None, slow_s: float = 0.0) -> PhotoOutcome:
    """Does what the photo says; ``journal`` gets a line per photo that was opened."""
    assert tools == "tools"
    file = Path(source.path) if source.member is None else zipfile.Path(source.path, source.member)
    data = file.read_bytes()
    if journal is not None:
        with journal.open("a") as lines:
            lines.write(f"{os.getpid()} {source.name}\n")
    time.sleep(slow_s)
    sha256 = hashlib.sha256(data).hexdigest()
    order = data.decode().split()[0]
    if order == "raise":
        raise ZeroDivisionError("division by zero")
    if order == "exit":
        sys.exit("bye")
    if order == "sleep":
        time.sleep(60)
    if order == "hang":  # as a library does that never comes back to the interpreter
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
        time.sleep(60)
    if order == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if order == "part":
        raise PartMissing("Tesseract has gone. Install it again.")
    if order == "broken":
        return Unreadable(source.name, None, Failure(Stage.CAPTURE, FailureCode.BROKEN_IMAGE, "Broken."), {})
    if order == "dark":
        return Unreadable(source.name, sha256, Failure(Stage.IDENTIFY, FailureCode.NO_FORM_FOUND, "Too dark."), {})
    return _page(source.name, sha256, int(order), float("nan") if "nan" in data.decode() else 1.0)


def _page(name: str, sha256: str, value: int, confidence: float) -> PageReading:
    log_probabilities = np.full(1001, np.log(0.01 / 1000))
    log_probabilities[value] = np.log(0.99)
    field = FieldReading(
        field=f"paslon_{value % 3 + 1}",
        boxes=f"{value:X>3}",
        box_confidence=(confidence,) * 3,
        quads_px=(QUAD,) * 3,
        border_scores=(1.0,) * 3,
        ink_excess=(1.0,) * 3,
        evidence=(Evidence("digits", log_probabilities),),
    )
    registration = RegistrationEvidence("6 marks", 0.9, 0.3, None, 0.0, None, 0.9)
    return PageReading(name, sha256, "c-hasil-ppwp-2024", 2, 3, registration, (field,), {"read": time.monotonic()})


def fake_resolve(readings: StationReadings, tools: str, *, slow_s: float = 0.0) -> tuple[StationResult, ...]:
    """The sum of what was read, which takes what comes after the store: evidence and every page."""
    assert tools == "tools"
    time.sleep(slow_s)
    if readings.station == "bad":
        raise KeyError("no such form")
    if not readings.pages:
        return ()
    pages = [page for page, _ in readings.pages]
    fields = {}
    for page in pages:
        best = page.fields[0].evidence[0].best
        fields[page.fields[0].field] = FieldResult(
            page.fields[0].field,
            best,
            float(np.exp(page.fields[0].evidence[0].log_probabilities.max())),
            Verdict.ACCEPT if best else Verdict.REVIEW,
            page.fields[0].boxes,
            RunnerUp(None, 0.001),
            {"digits": best},
            page.sha256,
            0.9,
        )
    copies = [name for names in readings.elsewhere.values() for name in names]
    flag = Flag(FlagCode.DUPLICATE_PHOTO, Severity.NOTE, (), f"{len(pages)} pages, elsewhere {copies}")
    shas = tuple(dict.fromkeys(page.sha256 for page in pages))
    return (StationResult(readings.station, "c-hasil-ppwp-2024", shas, tuple(fields.values()), (), (flag,)),)


def station_of(name: str) -> StationKey:
    return StationKey(Path(name).name.split("!")[-1].split("-")[0], None, KeySource.FILE_NAME)


SPEC = WorkerSpec(fake_load, fake_read, fake_resolve)


# --- help ---------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """The folder ``photos``, which the names of photos begin with."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    return Path("photos")


@pytest.fixture
def repository(tmp_path):
    with open_repository(str(tmp_path / "r.sqlite")) as repository:
        yield repository


def _write(folder: Path, **photos: str) -> None:
    for name, says in photos.items():
        (folder / f"{name.replace('_', '-')}.jpg").write_text(says)


def _many(folder: Path, count: int) -> None:
    _write(folder, **{f"s{n // 3}_{n}": f"{n}" if n % 7 else f"dark {n}" for n in range(count)})


def _run(repository: Repository, *paths: str | Path, spec: WorkerSpec[str] = SPEC, **options: object) -> RunSummary:
    return run(paths or ["photos"], repository, spec, VERSIONS, station_of, settings=QUICK, **options)


def _export(repository: Repository) -> bytes:
    stream = io.BytesIO()
    for what in What:
        write_json(export_rows(repository, what), stream)
    return stream.getvalue()


def _failures(repository: Repository) -> dict[str | None, str]:
    return {row["photo"]: row["message"] for row in export_rows(repository, What.FAILURES)}


def _journaled(journal: Path) -> WorkerSpec[str]:
    return replace(SPEC, read=partial(fake_read, journal=journal))


def _opened(journal: Path) -> list[str]:
    lines = journal.read_text().splitlines() if journal.exists() else []
    journal.unlink(missing_ok=True)
    return sorted(line.split()[1] for line in lines)


# --- what a run does ----------------------------------------------------------------------------


def test_photos_are_read_and_stations_resolved(folder, repository):
    _write(folder, A_1="61", A_2="dark", B_1="0")
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        archive.writestr("C-1.jpg", "7")
        archive.writestr("../evil.jpg", "8")
    summary = _run(repository)
    assert summary == RunSummary(
        photos=5,
        known=0,
        read=3,
        unreadable={FailureCode.UNSAFE_MEMBER_NAME: 1, FailureCode.NO_FORM_FOUND: 1},
        stations=3,
        accepted=2,
        review=1,
        bugs=0,
        seconds=summary.seconds,
    )
    assert summary.exit_code is ExitCode.OK
    rows = [(row["station"], row["value"], row["photos"]) for row in export_rows(repository, What.READINGS)]
    assert rows == [
        ("A", 61, ("photos/A-1.jpg",)),
        ("B", 0, ("photos/B-1.jpg",)),
        ("C", 7, ("photos/more.zip!C-1.jpg",)),
    ]


def test_many_processes_give_the_table_of_one(folder, repository, tmp_path):
    _many(folder, 40)
    _write(folder, s1_copy="4")
    alone = _run(repository)
    with open_repository(str(tmp_path / "two.sqlite")) as other:
        together = _run(other, jobs=2)
        assert _export(other) == _export(repository)
    assert replace(together, seconds=0) == replace(alone, seconds=0)


def test_the_same_command_again_opens_no_photo(folder, repository, tmp_path):
    _many(folder, 20)
    _run(repository, spec=_journaled(tmp_path / "journal"))
    assert len(_opened(tmp_path / "journal")) == 20
    before = _export(repository)
    again = _run(repository, spec=_journaled(tmp_path / "journal"))
    assert _opened(tmp_path / "journal") == [] and _export(repository) == before
    assert (again.photos, again.known, again.read, sum(again.unreadable.values())) == (20, 20, 17, 3)


def test_a_photo_that_no_reader_can_take_in_is_known_by_its_bytes_too(folder, repository, tmp_path):
    _write(folder, A_1="broken")
    _run(repository)
    (row,) = export_rows(repository, What.FAILURES)
    assert row["sha256"] == hashlib.sha256(b"broken").hexdigest()
    _run(repository, spec=_journaled(tmp_path / "journal"))
    assert _opened(tmp_path / "journal") == []


def test_a_page_that_comes_later_makes_its_station_new(folder, repository, tmp_path):
    _write(folder, A_1="1", B_1="5")
    _run(repository)
    _write(folder, A_2="2")
    _run(repository, spec=_journaled(tmp_path / "journal"))
    assert _opened(tmp_path / "journal") == ["photos/A-2.jpg"]
    flags = {row["station"]: row["message"] for row in export_rows(repository, What.FLAGS)}
    assert flags == {"A": "2 pages, elsewhere []", "B": "1 pages, elsewhere []"}


def test_moved_copied_and_touched_photos_are_known_by_their_content(folder, repository, tmp_path):
    _write(folder, A_1="1", B_1="2", C_1="3", D_1="dark")
    _run(repository)
    (folder / "A-1.jpg").rename(folder / "E-1.jpg")
    (folder / "copy-1.jpg").write_bytes((folder / "B-1.jpg").read_bytes())
    os.utime(folder / "C-1.jpg", ns=(1, 1))
    summary = _run(repository, spec=_journaled(tmp_path / "journal"))
    assert _opened(tmp_path / "journal") == []
    assert (summary.photos, summary.known, summary.unreadable) == (5, 5, {FailureCode.NO_FORM_FOUND: 1})
    flags = {row["station"]: row["message"] for row in export_rows(repository, What.FLAGS)}
    assert flags == {
        "B": "1 pages, elsewhere ['photos/copy-1.jpg']",
        "C": "1 pages, elsewhere []",
        "E": "1 pages, elsewhere []",  # and no longer A, whose name is gone
        "copy": "1 pages, elsewhere ['photos/B-1.jpg']",
    }


def test_a_photo_replaced_under_its_name_is_read_again(folder, repository):
    _write(folder, A_1="61")
    _run(repository)
    _write(folder, A_1="670")
    _run(repository)
    assert [row["value"] for row in export_rows(repository, What.READINGS)] == [670]


def test_new_versions_read_everything_again(folder, repository, tmp_path):
    _write(folder, A_1="1", A_2="dark")
    _run(repository)
    newer = replace(VERSIONS, model="model 2")
    run([folder], repository, _journaled(tmp_path / "journal"), newer, station_of, settings=QUICK)
    assert len(_opened(tmp_path / "journal")) == 2


def test_a_changed_manifest_moves_photos_without_reading_them(folder, repository, tmp_path):
    _write(folder, A_1="1", B_1="2")
    _run(repository)

    def corrected(name: str) -> StationKey:
        return StationKey("A", None, KeySource.MANIFEST)

    run([folder], repository, _journaled(tmp_path / "journal"), VERSIONS, corrected, settings=QUICK)
    assert _opened(tmp_path / "journal") == []
    assert {row["station"] for row in export_rows(repository, What.READINGS)} == {"A"}


# --- what goes wrong ----------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_bug_costs_one_photo_and_ends_in_code_6(folder, repository, jobs):
    _many(folder, 8)
    _write(folder, a_raise="raise", b_exit="exit", c_sleep="sleep", d_nan="5 nan")
    summary = _run(repository, jobs=jobs)
    assert (summary.read, summary.bugs, summary.exit_code) == (6, 4, ExitCode.BUG)
    failures = _failures(repository)
    assert failures["photos/a-raise.jpg"].startswith("ZeroDivisionError: division by zero (test_run.py, line ")
    assert failures["photos/b-exit.jpg"].startswith("SystemExit: bye")
    assert failures["photos/c-sleep.jpg"] == "It took longer than 1 s."
    assert "outside 0..1" in failures["photos/d-nan.jpg"]
    shas = {row["photo"]: row["sha256"] for row in export_rows(repository, What.FAILURES)}
    assert shas["photos/a-raise.jpg"] == hashlib.sha256(b"raise").hexdigest()


def test_a_photo_that_kills_its_worker_costs_no_other_photo(folder, repository, tmp_path):
    _many(folder, 20)
    _run(repository)
    _write(folder, s1_die="die", s2_hang="hang")
    with open_repository(str(tmp_path / "two.sqlite")) as other:
        summary = _run(other, jobs=2)
        assert (summary.photos, summary.read, summary.bugs) == (22, 17, 2)
        failures = _failures(other)
        assert failures["photos/s1-die.jpg"].startswith("The reader process died")
        assert failures["photos/s2-hang.jpg"].startswith("The reader process died")
        read = [list(export_rows(r, What.READINGS)) for r in (repository, other)]
        assert read[0] == read[1]


def test_bugs_are_tried_again_only_when_asked(folder, repository, tmp_path):
    _write(folder, A_1="1", A_2="raise")
    _run(repository)
    again = _run(repository, spec=_journaled(tmp_path / "journal"))
    assert _opened(tmp_path / "journal") == [] and again.exit_code is ExitCode.BUG
    mended = WorkerSpec(fake_load, partial(read_mended, journal=tmp_path / "journal"), fake_resolve)
    summary = _run(repository, spec=mended, retry_failed=True)
    assert _opened(tmp_path / "journal") == ["photos/A-2.jpg"]
    assert (summary.read, summary.known, summary.exit_code) == (2, 1, ExitCode.OK)
    assert [row["value"] for row in export_rows(repository, What.READINGS)] == [1, 9]


def read_mended(source: PhotoSource, tools: str, *, journal: Path) -> PhotoOutcome:
    try:
        return fake_read(source, tools, journal=journal)
    except ZeroDivisionError:
        return _page(source.name, hashlib.sha256(b"raise").hexdigest(), 9, 1.0)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_station_that_cannot_be_resolved_is_named_and_tried_again(folder, repository, jobs):
    _write(folder, A_1="1", bad_1="2")
    summary = _run(repository, jobs=jobs)
    assert (summary.stations, summary.bugs, summary.exit_code) == (1, 1, ExitCode.BUG)
    assert _failures(repository)[None].startswith("KeyError: 'no such form'")
    assert repository.due_stations() == ["bad"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_missing_part_ends_the_run_with_its_own_error(folder, repository, jobs):
    _many(folder, 5)
    with pytest.raises(PartMissing, match="Tesseract is missing"):
        _run(repository, spec=replace(SPEC, load=load_without_a_part), jobs=jobs)
    _write(folder, z_part="part")
    with pytest.raises(PartMissing, match="Tesseract has gone"):
        _run(repository, jobs=jobs)


def test_workers_that_cannot_start_are_no_fault_of_the_photos(folder, repository):
    _many(folder, 5)
    with pytest.raises(PartMissing, match="died while it was loading"):
        _run(repository, spec=replace(SPEC, load=load_and_die), jobs=2)
    assert repository.totals().photos == 0


def test_a_missing_path_is_told_before_anything_is_read(folder, repository):
    _write(folder, A_1="1")
    with pytest.raises(InputMissing, match="nowhere"):
        _run(repository, "photos", "nowhere")
    assert repository.totals().photos == 0


def test_a_reader_that_cannot_be_sent_to_workers_is_a_mistake_told_at_once(folder, repository):
    _write(folder, A_1="1")
    with pytest.raises(Exception, match=r"[Pp]ickle"):
        _run(repository, spec=replace(SPEC, read=lambda source, tools: None), jobs=2)


class Recorder:
    def __init__(self) -> None:
        self.seen: list[Counts] = []

    def update(self, counts: Counts) -> None:
        self.seen.append(counts)


def test_progress_counts_up_to_the_end(folder, repository):
    _many(folder, 20)
    recorder = Recorder()
    _run(repository, progress=recorder)
    photos = [counts for counts in recorder.seen if counts.phase is Phase.PHOTOS]
    stations = [counts for counts in recorder.seen if counts.phase is Phase.STATIONS]
    assert [counts.done for counts in photos] == [3, 6, 9, 12, 15, 18, 20]
    assert {counts.total for counts in photos} == {20}
    assert photos[-1].unreadable == 3 and photos[-1].seconds_left == 0
    assert (stations[-1].done, stations[-1].total) == (7, 7)
    assert stations[-1].accepted + stations[-1].review == sum(1 for _ in export_rows(repository, What.READINGS))


def test_photos_too_many_to_count_have_no_time_left(folder, repository):
    _many(folder, 5)
    recorder = Recorder()
    settings = replace(QUICK, count_s=0.0)
    run([folder], repository, SPEC, VERSIONS, station_of, settings=settings, progress=recorder)
    assert recorder.seen[0].total is None and recorder.seen[0].seconds_left is None


def count_threads() -> int:
    import cv2

    return int(cv2.getNumThreads())


def read_thread_count(source: PhotoSource, tools: int) -> PhotoOutcome:
    return _page(source.name, "0" * 64, tools, 1.0)


def resolve_nothing(readings: StationReadings, tools: int) -> Sequence[StationResult]:
    return ()


def test_each_worker_uses_one_thread(folder, repository):
    _write(folder, A_1="1")
    spec = WorkerSpec(count_threads, read_thread_count, resolve_nothing)
    run([folder], repository, spec, VERSIONS, station_of, settings=QUICK, jobs=2)
    ((page, _),) = repository.readings_of_station("A").pages
    assert page.fields[0].evidence[0].best == 1
    assert "OPENCV_FOR_THREADS_NUM" not in os.environ


# --- stopped and killed -------------------------------------------------------------------------


def main(database: str, jobs: str, journal: str) -> None:
    """A run of slow photos and slow stations, for a process that is going to be killed."""
    read = partial(fake_read, journal=Path(journal), slow_s=0.05)
    spec = WorkerSpec(fake_load, read, partial(fake_resolve, slow_s=0.15))
    settings: RunSettings = replace(QUICK, photo_limit_s=60.0)
    with open_repository(database) as repository:
        try:
            summary = run(["photos"], repository, spec, VERSIONS, station_of, jobs=int(jobs), settings=settings)
        except KeyboardInterrupt as stopped:
            print(stopped)
            sys.exit(ExitCode.INTERRUPTED)
        sys.exit(summary.exit_code)


def _start(database: Path, jobs: int, journal: Path) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, str(database), str(jobs), str(journal)]
    root = str(Path(__file__).parents[1])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    )


def _wait_until(happens: Callable[[], bool], while_runs: subprocess.Popen[str] | None = None) -> None:
    latest = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < latest, "waited in vain"
        assert while_runs is None or while_runs.poll() is None, while_runs.communicate()
        time.sleep(0.02)


def _reached(database: Path, photos: int, stations: int) -> bool:
    if not database.exists():
        return False
    try:
        with open_repository(str(database), create=False) as repository:
            totals = repository.totals()
    except Exception:  # in the middle of being made
        return False
    return totals.photos >= photos and totals.stations >= stations


def _are_gone(pids: set[int]) -> bool:
    states = []
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            states.append(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0])
    return set(states) <= {"Z"}


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux to see whether processes are gone")
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_killed_run_goes_on_and_comes_to_the_same_table(folder, repository, tmp_path, jobs):
    _many(folder, 60)
    _run(repository)
    whole = _export(repository)
    for moment, (photos, stations) in enumerate([(1, 0), (30, 0), (60, 4)]):
        database, journal = tmp_path / f"killed-{moment}.sqlite", tmp_path / f"journal-{moment}"
        process = _start(database, jobs, journal)
        _wait_until(partial(_reached, database, photos, stations), while_runs=process)
        process.kill()
        process.wait()
        workers = {int(line.split()[0]) for line in journal.read_text().splitlines()}
        _wait_until(partial(_are_gone, workers))  # none is left behind
        with open_repository(str(database)) as half_done:
            had = half_done.totals()
            assert photos <= had.photos <= 60 and had.stations < 20
            before = journal.read_text().splitlines()
            summary = _run(half_done, spec=_journaled(journal))
            again = journal.read_text().splitlines()[len(before) :]
            assert summary.known == had.photos and len(again) == 60 - had.photos
            assert len(before) - had.photos <= QUICK.chunk_photos * QUICK.chunks_per_worker * jobs
            assert _export(half_done) == whole


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_run_that_is_told_to_stop_keeps_what_it_has_and_says_how_to_go_on(
    folder, repository, tmp_path, jobs, signal_number
):
    _many(folder, 60)
    _run(repository)
    database, journal = tmp_path / "stopped.sqlite", tmp_path / "journal"
    process = _start(database, jobs, journal)
    _wait_until(partial(_reached, database, 6, 0), while_runs=process)
    os.killpg(process.pid, signal_number)  # as a terminal does: to the workers too
    output, errors = process.communicate(timeout=30)
    assert process.returncode == ExitCode.INTERRUPTED, errors
    assert "the same command goes on from here" in output and errors == ""
    assert _are_gone({int(line.split()[0]) for line in journal.read_text().splitlines()})
    with open_repository(str(database)) as half_done:
        had = half_done.totals().photos
        assert f"Stopped after {had} photos" in output and had < 60
        if jobs == 1:  # what was opened was finished and written
            assert len(journal.read_text().splitlines()) == had
        assert _run(half_done).known == had
        assert _export(half_done) == _export(repository)


if __name__ == "__main__":
    main(*sys.argv[1:])
