"""A small file of HSDS, and ways to bring it in."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from tests.factories import AT
from tsunagari.core.areas import area_tree, load_areas
from tsunagari.directory.exchange.publishing import publish
from tsunagari.directory.exchange.runs import start_run
from tsunagari.directory.exchange.staging import check
from tsunagari.directory.exchange.uploads import open_file
from tsunagari.directory.models import ImportRun

Write = Callable[..., Path]


def empty_directory() -> None:
    """Take everything out of the directory, in the test's transaction: other tests' data come back."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE directory_service, directory_location, directory_taxonomy CASCADE")
        cursor.execute("TRUNCATE directory_foreignfields, directory_attribute, directory_matchkey")
        cursor.execute("TRUNCATE directory_importrun CASCADE")
        cursor.execute("DELETE FROM directory_organizationprofile")
        cursor.execute("DELETE FROM accounts_organization")


@pytest.fixture
def empty(areas: None, db: None) -> None:
    """A directory without entries, with areas."""
    empty_directory()


@pytest.fixture(scope="session")
def areas(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The areas of Japan, committed: every test may point at them."""
    with django_db_blocker.unblock():
        if not area_tree():
            load_areas(settings.DATA_DIR / "municipalities.csv")
            area_tree()
        yield


def a_service(key: str = "s1", **more: Any) -> dict[str, Any]:
    """A service with a telephone, hours, an area and a place, as a source would give it."""
    item = {
        "id": key,
        "name": f"みんなの相談室 {key}",
        "status": "active",
        "description": "だれでも話せます。",
        "url": f"https://example.org/{key}/",
        "organization": {"id": "o1", "name": "NPO法人ひだまり", "description": "ひだまりです。"},
        "phones": [{"id": f"{key}-phone", "number": "03-1234-5678"}],
        "schedules": [
            {
                "id": f"{key}-hours",
                "freq": "WEEKLY",
                "byday": "MO,TU",
                "opens_at": "09:00",
                "closes_at": "17:00",
            }
        ],
        "service_areas": [{"id": f"{key}-area", "name": "東京都千代田区"}],
        "service_at_locations": [
            {
                "id": f"{key}-place",
                "location": {
                    "id": f"{key}-location",
                    "location_type": "physical",
                    "name": "ひだまり会館",
                    "addresses": [{"address_1": "一番町1-2", "city": "千代田区", "state_province": "東京都"}],
                },
            }
        ],
    }
    return {**item, **more}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write items as JSON lines; return the file."""

    def lines(*items: dict[str, Any], name: str = "services.ndjson") -> Path:
        file = tmp_path / name
        text = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items)
        file.write_text(text, encoding="utf-8")
        return file

    return lines


def dry(path: Path, **more: Any) -> ImportRun:
    """Check a file only."""
    file = open_file(path)
    return check(start_run(file=file, at=AT, **{"source": "example.org", **more}).pk, at=AT, file=file)


def bring(path: Path, **more: Any) -> ImportRun:
    """Check a file and publish it."""
    run = dry(path, **more)
    return publish(run.pk, at=AT) if run.state == ImportRun.State.CHECKED else run
