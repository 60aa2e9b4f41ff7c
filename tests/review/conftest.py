"""A database with a few stations whose numbers are in doubt."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from ocr_pipeline.config import STORE
from ocr_pipeline.forms import load_catalogue
from ocr_pipeline.records import Versions
from ocr_pipeline.review.desk import Desk
from ocr_pipeline.store.database import open_engine
from ocr_pipeline.store.review import ReviewRepository
from ocr_pipeline.store.review_model import Role, User

from .world import DOUBTFUL, Clock, fill, resolve


@pytest.fixture(params=["sqlite", "postgresql"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Of an empty database; on PostgreSQL only where ``OCR_PIPELINE_TEST_POSTGRES`` names an empty one."""
    if request.param == "sqlite":
        yield str(tmp_path / "results.sqlite")
        return
    url = os.environ.get("OCR_PIPELINE_TEST_POSTGRES")
    if url is None:
        pytest.skip("OCR_PIPELINE_TEST_POSTGRES is not set")
    yield url
    engine = sa.create_engine(url)
    tables = sa.MetaData()
    tables.reflect(engine)
    tables.drop_all(engine)
    engine.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def repository(location: str, clock: Clock) -> Iterator[ReviewRepository]:
    with ReviewRepository(open_engine(location, True, STORE), STORE, clock) as repository:
        repository.use(Versions("code 1", "forms 1", "model 1"))
        yield repository


@pytest.fixture
def desk(repository: ReviewRepository) -> Desk:
    fill(repository, DOUBTFUL, "photos")
    desk = Desk(repository, load_catalogue(), resolve, {})
    desk.refresh()
    return desk


@pytest.fixture
def person(repository: ReviewRepository) -> Callable[..., User]:
    def make(name: str, role: Role = Role.REVIEWER) -> User:
        repository.add_user(name, role, {}, "test")
        user = repository.user_named(name)
        assert user is not None
        return user

    return make
