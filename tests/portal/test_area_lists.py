"""The list of an area to download: what its people can use, in the columns of cities' open data."""

import csv
import io
import re

import pytest
from django.test import Client
from openpyxl import load_workbook

from tests.factories import make_organization
from tsunagari.directory.models import Service, ServiceArea
from tsunagari.portal.views import open_data

pytestmark = pytest.mark.usefixtures("directory")
CODE = "131091"


def body(response: object) -> bytes:
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]


def own_names() -> set[str]:
    return set(
        Service.objects.exclude(status="defunct")
        .filter(service_areas__area_id=CODE)
        .values_list("name", flat=True)
    )


def test_the_csv_has_a_row_for_each_entry_of_the_area(client: Client):
    response = client.get(f"/areas/{CODE}/list.csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == f'attachment; filename="tsunagari-{CODE}.csv"'
    assert response["Access-Control-Allow-Origin"] == "*"
    assert not response.cookies
    content = body(response)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert {row["名称"] for row in rows} == own_names()
    assert {row["全国地方公共団体コード"] for row in rows} == {CODE}
    assert list(rows[0])[:4] == ["全国地方公共団体コード", "ID", "地方公共団体名", "名称"]


def test_the_workbook_says_the_same(client: Client):
    content = body(client.get(f"/areas/{CODE}/list.xlsx"))
    sheet = load_workbook(io.BytesIO(content)).active
    headings = [cell.value for cell in sheet[1]]
    names = {row[headings.index("名称")] for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert names == own_names()
    assert sheet.title == "東京都品川区"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_prefecture_has_its_towns_and_an_unknown_area_nothing(client: Client, form: str):
    assert client.get(f"/areas/999999/list.{form}").status_code == 404
    assert client.post(f"/areas/{CODE}/list.{form}").status_code == 405
    head = client.head(f"/areas/{CODE}/list.{form}")
    assert (head.status_code, head.content) == (200, b"")


def test_a_cell_that_looks_like_a_formula_is_not_one(client: Client):
    service = Service.objects.create(organization=make_organization("x"), name='=HYPERLINK("http://x")')
    ServiceArea.objects.create(service=service, area_id=CODE)
    text = body(client.get(f"/areas/{CODE}/list.csv")).decode("utf-8-sig")
    names = [row["名称"] for row in csv.DictReader(io.StringIO(text))]
    assert '\'=HYPERLINK("http://x")' in names
    assert not re.search(r'(^|,)"?=', text)


def test_too_much_for_a_workbook_is_said_and_the_csv_offered(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(open_data, "MOST_IN_WORKBOOK", 2)
    response = client.get(f"/areas/{CODE}/list.xlsx")
    assert response.status_code == 422
    assert "CSVの形で受け取ってください。" in response.content.decode()
    assert client.get(f"/areas/{CODE}/list.csv").status_code == 200


def test_two_at_a_time_and_the_next_is_asked_to_wait(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(open_data, "_running", {1, 2})
    response = client.get(f"/areas/{CODE}/list.csv")
    assert (response.status_code, response["Retry-After"]) == (503, "60")


def test_the_pages_lead_to_it(client: Client):
    page = client.get(f"/areas/{CODE}/").content.decode()
    assert f'href="/areas/{CODE}/list.csv"' in page
    assert f'href="/areas/{CODE}/list.xlsx"' in page
    assert 'href="/areas/131091/list.csv"' in client.get("/open-data/").content.decode()
