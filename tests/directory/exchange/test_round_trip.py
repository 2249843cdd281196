"""What is exported and imported into an empty directory is exported again as the same bytes."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.factories import AT
from tsunagari.directory.exchange.exporting import export_lines, tables_as_bytes
from tsunagari.directory.exchange.publishing import publish
from tsunagari.directory.exchange.runs import start_run
from tsunagari.directory.exchange.staging import check
from tsunagari.directory.exchange.uploads import open_file
from tsunagari.directory.models import ImportProblem, ImportRun, Service

EXAMPLES = Path(__file__).parents[3].parent / "shared" / "conformance" / "hsds-3.0" / "examples"


def bring(path: Path, source: str = "example.org", **more: Any) -> ImportRun:
    """Import a file in one go."""
    file = open_file(path)
    run = check(start_run(file=file, source=source, at=AT, **more).pk, at=AT, file=file)
    return publish(run.pk, at=AT) if run.state == "checked" else run


def empty_directory() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE directory_service, directory_location, directory_taxonomy CASCADE")
        cursor.execute("TRUNCATE directory_foreignfields, directory_attribute, directory_matchkey")
        cursor.execute("TRUNCATE directory_importrun CASCADE")
        cursor.execute("DELETE FROM directory_organizationprofile")
        cursor.execute("DELETE FROM accounts_organization")


def lines() -> list[bytes]:
    return list(export_lines())


@pytest.mark.slow
def test_the_real_directory_as_json(directory_data: dict[str, int], tmp_path: Path):
    before = lines()
    file = tmp_path / "all.ndjson"
    file.write_bytes(b"".join(before))
    empty_directory()
    assert lines() == []
    run = bring(file)
    assert run.state == "done"
    assert not ImportProblem.objects.filter(run=run).exists()
    assert lines() == before
    assert run.counts["service.created"] == Service.objects.count() > 1_000


def tables(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.slow
def test_the_real_directory_as_tables(directory_data: dict[str, int], tmp_path: Path):
    before = tables_as_bytes()
    as_json = lines()
    file = tmp_path / "all.zip"
    file.write_bytes(before)
    empty_directory()
    run = bring(file)
    assert run.state == "done"
    assert list(ImportProblem.objects.filter(run=run).values_list("code", "part", "field")[:5]) == []
    assert tables(tables_as_bytes()) == tables(before)
    assert lines() == as_json
