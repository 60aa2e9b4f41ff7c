"""Statements about stations and totals; each function works inside the caller's transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from ocr_pipeline.records import (
    Failure,
    FailureCode,
    Flag,
    FlagCode,
    PageReading,
    Severity,
    Stage,
    StationResult,
    Verdict,
)
from ocr_pipeline.store import rows
from ocr_pipeline.store.model import StationReadings, StoredFailure, StoredStation, Totals, sha256_of
from ocr_pipeline.store.photos import insert, insert_one, station_key, with_outcomes
from ocr_pipeline.store.review_model import REJECTED
from ocr_pipeline.store.review_work import settled
from ocr_pipeline.store.schema import (
    evidence,
    field_results,
    flags,
    outcomes,
    photos,
    readings,
    rule_checks,
    station_results,
    stations_due,
)

_OF_PHOTO = (photos.c.name, photos.c.station, photos.c.claimed_page, photos.c.key_source)


def station_readings(connection: sa.Connection, version_id: int | None, station: str) -> StationReadings:
    """What was read of one station's photos, whichever forms and pages they show."""
    query = sa.select(*_OF_PHOTO, outcomes).select_from(with_outcomes(version_id))
    query = query.where(photos.c.station == station, outcomes.c.status == "read").order_by(photos.c.name)
    found = connection.execute(query).mappings().all()
    ids = {row["id"] for row in found}
    fields = _grouped(connection, readings, readings.c.outcome_id, ids)
    spoken = _grouped(connection, evidence, evidence.c.outcome_id, ids)
    by_id: dict[int, PageReading] = {}
    decided = settled(connection, {row["content"] for row in found})
    rejected = {one.content for one in decided if one.answer == REJECTED}
    pages = []
    for row in found:
        if row["content"] in rejected:
            continue
        if row["id"] not in by_id:
            by_id[row["id"]] = rows.page_reading(row["name"], row, fields[row["id"]], spoken[row["id"]])
        pages.append((replace(by_id[row["id"]], photo=row["name"]), station_key(row)))
    away = sa.select(photos.c.content, photos.c.name).order_by(photos.c.name)
    away = away.where(photos.c.content.in_({row["content"] for row in found}), photos.c.station != station)
    keyed = {(one.content, one.field): one.answer for one in decided if one.is_number}
    return StationReadings(station, tuple(pages), _names(connection, away), keyed)


def drop_results(connection: sa.Connection, version_id: int | None, station: str) -> None:
    """Removes the results of one station."""
    of_station = (station_results.c.station == station) & (station_results.c.version_id == version_id)
    connection.execute(sa.delete(station_results).where(of_station))


def insert_result(connection: sa.Connection, version_id: int | None, station: str, result: StationResult) -> None:
    """Writes one station's result for one form."""
    head = {"station": station, "form": result.form_id, "version_id": version_id, "photos": list(result.photos)}
    owner = {"result_id": insert_one(connection, station_results, head)}
    for table, new in zip((field_results, rule_checks, flags), rows.result_rows(result), strict=True):
        insert(connection, table, [owner | row for row in new])


def replace_flags(
    connection: sa.Connection, version_id: int | None, key: tuple[str, str], code: FlagCode, raised: Sequence[Flag]
) -> None:
    """Puts flags of one code in the place of those that the result of a station and form has."""
    of_result = sa.tuple_(station_results.c.station, station_results.c.form) == key
    result_id = connection.scalar(
        sa.select(station_results.c.id).where(of_result, station_results.c.version_id == version_id)
    )
    own = flags.c.result_id == result_id
    connection.execute(sa.delete(flags).where(own, flags.c.code == code))
    last = connection.scalar(sa.select(sa.func.max(flags.c.position)).where(own))
    first = 0 if last is None else last + 1
    insert(connection, flags, [{"result_id": result_id} | row for row in rows.flag_rows(raised, first)])
    stopped = {name for flag in raised if flag.severity is Severity.ERROR for name in flag.fields}
    review = sa.update(field_results).values(verdict=Verdict.REVIEW)
    connection.execute(review.where(field_results.c.result_id == result_id, field_results.c.field.in_(stopped)))


def stored_stations(
    connection: sa.Connection, version_id: int | None, at_a_time: int, only: str | None
) -> Iterator[StoredStation]:
    """All station results, by station and form; or only those of one station."""
    key = sa.tuple_(station_results.c.station, station_results.c.form)
    query = sa.select(station_results).where(station_results.c.version_id == version_id)
    if only is not None:
        query = query.where(station_results.c.station == rows.text(only))
    query = query.order_by(station_results.c.station, station_results.c.form).limit(at_a_time)
    found = connection.execute(query).mappings().all()
    while found:
        yield from _with_details(connection, version_id, found)
        last = (found[-1]["station"], found[-1]["form"])
        found = connection.execute(query.where(key > last)).mappings().all()


def _with_details(
    connection: sa.Connection, version_id: int | None, found: Sequence[rows.Found]
) -> Iterator[StoredStation]:
    ids = [row["id"] for row in found]
    fields = _grouped(connection, field_results, field_results.c.result_id, ids)
    rules = _grouped(connection, rule_checks, rule_checks.c.result_id, ids)
    raised = _grouped(connection, flags, flags.c.result_id, ids)
    shas = {sha for row in found for sha in row["photos"]}
    headers = sa.select(outcomes.c.content, outcomes.c.page, outcomes.c.pairs)
    headers = headers.where(outcomes.c.version_id == version_id, outcomes.c.content.in_(shas))
    pages = {content: (page, pairs) for content, page, pairs in connection.execute(headers)}
    named = sa.select(photos.c.content, photos.c.name).where(photos.c.content.in_(shas)).order_by(photos.c.name)
    names = _names(connection, named)
    held = {(one.content, one.field): one for one in settled(connection, shas) if one.is_number}
    for row in found:
        yield StoredStation(
            result=rows.station_result(row, fields[row["id"]], rules[row["id"]], raised[row["id"]]),
            pages={sha: pages[sha] for sha in row["photos"]},
            photo_names={sha: names[sha] for sha in row["photos"]},
            settled={key: one for key, one in held.items() if key[0] in row["photos"]},
        )


def stored_failures(connection: sa.Connection, version_id: int | None) -> Iterator[StoredFailure]:
    """Photos that could not be read, by name, then stations that could not be resolved."""
    query = sa.select(*_OF_PHOTO, outcomes).select_from(with_outcomes(version_id))
    query = query.where(outcomes.c.status == "unreadable").order_by(photos.c.name)
    for row in connection.execute(query).mappings():
        failure = Failure(
            stage=Stage(row["failure_stage"]),
            code=FailureCode(row["failure_code"]),
            message=row["failure_message"],
            measured=row["failure_measured"],
        )
        yield StoredFailure(row["name"], sha256_of(row["content"]), row["station"], failure)
    failed = sa.select(stations_due).where(stations_due.c.version_id == version_id).order_by(stations_due.c.station)
    for row in connection.execute(failed.where(stations_due.c.failure_message.is_not(None))).mappings():
        failure = Failure(Stage.STATION, FailureCode.INTERNAL, row["failure_message"])
        yield StoredFailure(None, None, row["station"], failure)


def count_all(connection: sa.Connection, version_id: int | None) -> Totals:
    """Counts over the whole database."""
    codes = sa.select(outcomes.c.failure_code, sa.func.count()).select_from(with_outcomes(version_id))
    by_code = {code: count for code, count in connection.execute(codes.group_by(outcomes.c.failure_code))}
    read = by_code.pop(None, 0)
    verdicts = sa.select(field_results.c.verdict, sa.func.count()).join(station_results)
    verdicts = verdicts.where(station_results.c.version_id == version_id).group_by(field_results.c.verdict)
    by_verdict = {verdict: count for verdict, count in connection.execute(verdicts)}
    seen = connection.scalar(sa.select(sa.func.count()).select_from(photos)) or 0
    stations = sa.select(sa.func.count(station_results.c.station.distinct()))
    due = sa.select(sa.func.count(), sa.func.count(stations_due.c.failure_message))
    stations_waiting, stations_failed = connection.execute(due.where(stations_due.c.version_id == version_id)).one()
    return Totals(
        photos=seen,
        read=read,
        unreadable={code: by_code[code] for code in FailureCode if code in by_code},
        waiting=seen - read - sum(by_code.values()),
        stations=connection.scalar(stations.where(station_results.c.version_id == version_id)) or 0,
        accepted=by_verdict.get(Verdict.ACCEPT, 0),
        review=by_verdict.get(Verdict.REVIEW, 0),
        stations_due=stations_waiting,
        stations_failed=stations_failed,
    )


def _names(connection: sa.Connection, query: sa.Select[str, str]) -> Mapping[str, tuple[str, ...]]:
    """The names of each content, from a query for both."""
    names: defaultdict[str, list[str]] = defaultdict(list)
    for content, name in connection.execute(query):
        names[content].append(name)
    return {content: tuple(found) for content, found in names.items()}


def _grouped(
    connection: sa.Connection, table: sa.Table, owner: sa.Column[Any], ids: Iterable[int]
) -> Mapping[int, list[rows.Row]]:
    """The rows of some owners, each owner's in the order of ``position``."""
    query = sa.select(table).where(owner.in_(list(ids))).order_by(owner, table.c.position)
    groups: defaultdict[int, list[rows.Row]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        groups[row[owner.name]].append(dict(row))
    return groups
