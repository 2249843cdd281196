"""What is exported and imported into an empty directory is exported again as the same bytes."""

import io
import zipfile
from pathlib import Path

import pytest

from tests.directory.exchange.conftest import bring, empty_directory
from tsunagari.directory.exchange.exporting import export_lines, tables_as_bytes
from tsunagari.directory.models import ImportProblem, Service


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
