"""The real directory for the portal's tests."""

from datetime import UTC, datetime

import pytest
from django.conf import settings
from pytest_django.plugin import DjangoDbBlocker

from tsunagari.directory.models import Service
from tsunagari.directory.services.loading import load_directory

AT = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
"""3:30 in the night of Wednesday, 25 November 2026, in Tokyo."""


@pytest.fixture(scope="session")
def loaded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Load ``data/`` into the test database, committed, unless another test of this run has done so."""
    with django_db_blocker.unblock():
        load_directory(folder=settings.DATA_DIR, at=AT)


@pytest.fixture
def directory(loaded: None, db: None) -> None:
    """The real directory, in a transaction of the test's own."""


@pytest.fixture
def yorisoi(directory: None) -> Service:
    """A line that never closes: よりそいホットライン."""
    return Service.objects.get(key="yorisoi")


@pytest.fixture
def inochi(directory: None) -> Service:
    """A line with hours of its own on the 10th: いのちの電話."""
    return Service.objects.get(key="inochi-freedial")
