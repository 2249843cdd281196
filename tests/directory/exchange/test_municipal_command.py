"""``tsunagari import FILE --dry-run`` for the lists of cities: the columns, the report, nothing changed."""

import argparse
import io
from pathlib import Path

import pytest
from django.conf import settings

from tests.directory.exchange.tables import cities
from tests.factories import make_organization
from tsunagari.core.areas import load_areas
from tsunagari.directory.exchange.command_line import run_import
from tsunagari.directory.models import ImportRun, Service

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bare")]

CITY = "川崎市の試し"


def command(file: Path, *, dry_run: bool) -> tuple[int, str]:
    out = io.StringIO()
    options = argparse.Namespace(
        **{"file": file, "dry_run": dry_run, "organization": CITY, "format": "", "source": ""},
        **{"overwrite": False, "undo": False, "quiet": True, "index_later": False},
    )
    return run_import(options, out=out), out.getvalue()


def test_a_dry_run_shows_the_columns_and_the_report(tmp_path: Path) -> None:
    load_areas(settings.DATA_DIR / "municipalities.csv")
    organization = make_organization(CITY)
    organization.area_id = "141305"
    organization.save(update_fields=["area"])
    file = cities.in_folder(tmp_path, "こども食堂一覧.xlsx", cities.children_cafeterias())
    code, told = command(file, dry_run=True)
    assert code == 0
    assert "開催日時_曜日 → 曜日・開催日 / Days (80%)" in told
    assert "区 → 使わない / not used (0%)" in told
    assert "R6こども食堂 7: 連絡先: 電話番号「442002222」の先頭の 0 が消えています" in told
    assert not Service.objects.exists()
    assert ImportRun.objects.get().options["area"] == "141305"

    assert command(file, dry_run=False)[0] == 0
    assert Service.objects.get(name="まちの台所").at_locations.get().location.area_id == "141330"


def test_a_file_that_is_no_list_is_refused(tmp_path: Path) -> None:
    make_organization(CITY)
    file = cities.in_folder(tmp_path, "a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512))
    code, told = command(file, dry_run=True)
    assert code == 1
    assert ".xlsx" in told
