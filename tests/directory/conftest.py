"""The real data, loaded once for all tests that only read it."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from tsunagari.directory.services.loading import load_directory

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.fixture(scope="session")
def real_directory(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, int]]:
    """Load ``data/`` into the test database, committed: every test of the run may read it."""
    with django_db_blocker.unblock():
        yield load_directory(
            folder=settings.DATA_DIR, at=datetime(2026, 11, 24, 12, tzinfo=TOKYO), force=True
        )


@pytest.fixture
def directory_data(real_directory: dict[str, int], db: None) -> dict[str, int]:
    """The real directory in a transaction of the test's own; the counts of what was loaded."""
    return real_directory


@pytest.fixture
def bare(db: None) -> None:
    """No services, organisations' faces or taxonomies, whatever other tests have left; undone afterwards."""
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE directory_service, directory_organizationprofile, directory_location,"
            " directory_taxonomy CASCADE"
        )
