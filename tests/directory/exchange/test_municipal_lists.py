"""Lists as cities keep them, out and in again: nothing is lost, whatever stands in a cell."""

import argparse
import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from tests.directory.exchange.conftest import bring
from tests.factories import make_organization
from tsunagari.__main__ import add_exchange_arguments
from tsunagari.directory.exchange import command_line
from tsunagari.directory.exchange.formats import format_of
from tsunagari.directory.exchange.municipal.listing import as_workbook, entries_of, rows_of
from tsunagari.directory.exchange.tables.values import itemised, items
from tsunagari.directory.models import (
    Channel,
    RequiredDocument,
    Service,
    ServiceArea,
)
from tsunagari.directory.search.index import reindex_services

SHINAGAWA = "131091"
DOCUMENTS = [
    "印鑑、または署名",
    "収入・資産がわかるもの（住民票、通帳など）",
    "母子健康手帳/診察券",
    "・点のある紙",
    "なし",
]


@pytest.mark.parametrize(
    ("cell", "values"),
    [
        ("印鑑、通帳", ["印鑑", "通帳"]),
        ("印鑑\n通帳", ["印鑑", "通帳"]),
        ("・印鑑・通帳", ["印鑑", "通帳"]),
        ("・印鑑\n・通帳、またはカード", ["印鑑", "通帳、またはカード"]),
        ("・印鑑、または署名\n・", ["印鑑、または署名"]),
        ("・長い\nもの\n・短いもの", ["長い\nもの", "短いもの"]),
        ("なし", []),
        ("", []),
        ("・", []),
    ],
)
def test_the_values_of_a_cell(cell: str, values: list[str]) -> None:
    assert items(cell) == values


TEXT = (
    st.text("あ漢a1、・；;/／|\n（）：", min_size=1, max_size=12)
    .map(str.strip)
    .filter(
        lambda text: (
            text.strip("・、；;/／|（）：\n ") != ""
            and not any(line.startswith("・") for line in text.split("\n")[1:])
        )
    )
)


@given(st.lists(TEXT, max_size=4))
def test_any_values_come_back_from_their_cell(values: list[str]) -> None:
    assert items(itemised(values)) == values


def make_office(name: str = "まちの相談室", **more: Any) -> Service:
    service = Service.objects.create(organization=make_organization("ひだまりの会"), name=name, **more)
    ServiceArea.objects.create(service=service, area_id=SHINAGAWA)
    for position, document in enumerate(DOCUMENTS):
        RequiredDocument.objects.create(service=service, document=document, position=position)
    Channel.objects.create(service=service, type=Channel.Type.PHONE, value="03-1234-5678")
    reindex_services([service.pk])
    return service


def arguments(*given_: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_exchange_arguments(parser.add_subparsers(dest="command"))
    return parser.parse_args(["export", *given_])


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_documents_with_commas_and_dots_stay_whole(empty: None, tmp_path: Path, form: str) -> None:
    office = make_office()
    file = tmp_path / f"品川区.{form}"
    assert command_line.run(arguments(str(file), "--format", f"municipal-{form}", "--area", SHINAGAWA)) == 0
    RequiredDocument.objects.all().delete()
    organization = office.organization
    known = format_of("municipal")
    run = bring(
        file,
        source="品川区",
        format="municipal",
        organization=organization,
        options=known.options_for(organization) if known.options_for else None,
    )
    assert run.counts.get("service.refused", 0) == 0
    # the word that says "nothing" in cities' lists is a document here, since it stands behind a mark
    assert [each.document for each in office.required_documents.order_by("position")] == DOCUMENTS


def test_an_area_on_the_command_line_by_name_as_csv_with_a_mark(empty: None, tmp_path: Path) -> None:
    make_office()
    other = Service.objects.create(organization=make_organization("よその会"), name="よその相談室")
    ServiceArea.objects.create(service=other, area_id="271004")
    file = tmp_path / "list.csv"
    assert command_line.run(arguments(str(file), "--format", "municipal-csv", "--area", "品川区")) == 0
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    assert [row["名称"] for row in rows] == ["まちの相談室"]
    assert rows[0]["全国地方公共団体コード"] == SHINAGAWA
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (["--format", "municipal-csv"], "--area か --organization"),
        (["--format", "municipal-csv", "--area", "ないまち"], "見つかりません"),
        (["--format", "municipal-csv", "--area", "府中市"], "132063"),
        (["--format", "hsds-json", "--area", SHINAGAWA], "municipal-csv"),
        (["--format", "municipal-csv", "--organization", "ない会"], "見つかりません"),
    ],
)
def test_what_cannot_be_exported_is_said(
    empty: None, tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: list[str], sentence: str
) -> None:
    file = tmp_path / "list.csv"
    assert command_line.run(arguments(str(file), *wrong)) == 1
    assert sentence in capsys.readouterr().out
    assert not file.exists()


def test_a_workbook_holds_whatever_somebody_has_written(empty: None) -> None:
    make_office("=1+1", description="まえ\x0bうしろ\x00"[:-1], note="+81-3")
    book = load_workbook(io.BytesIO(as_workbook(rows_of(entries_of(area=SHINAGAWA)), title="a/b[c]:*?")))
    sheet = book.active
    assert sheet.title == "abc"
    rows = list(sheet.iter_rows())
    by_heading = {heading.value: cell for heading, cell in zip(rows[0], rows[1], strict=True)}
    assert (by_heading["名称"].value, by_heading["名称"].data_type) == ("=1+1", "s")
    assert by_heading["説明"].value == "まえうしろ"
