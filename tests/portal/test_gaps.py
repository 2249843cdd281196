"""The public page of the hours in which nobody can be reached, with its files."""

import csv
import io
import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.portal.conftest import AT
from tsunagari.core.areas import area_tree
from tsunagari.core.indicators import Period, indicators, observe
from tsunagari.directory.models import CoverageWeek
from tsunagari.directory.selectors import coverage as selectors
from tsunagari.directory.services.coverage import compute_coverage
from tsunagari.portal.gaps import gaps_by_group
from tsunagari.portal.need_groups import NEED_GROUPS


@pytest.fixture
def computed(directory: None) -> selectors.Coverage:
    compute_coverage(at=AT)
    selectors.forget()
    found = selectors.coverage()
    assert found is not None
    return found


def cells(page: str, number: int) -> list[str]:
    """The texts of a column of the table by need, its first row first."""
    table = page[page.index('id="needs"') :]
    rows = re.findall(r"<tr>\s*<th scope=\"row\">.*?</tr>", table[: table.index("</table>")], re.S)
    return [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.S)[number].strip() for row in rows]


def test_the_page_of_the_country(computed: selectors.Coverage, client: Client) -> None:
    page = client.get("/gaps/").content.decode()
    hours = [int(text) for text in cells(page, 1)]
    assert len(hours) == len(NEED_GROUPS)
    assert hours == sorted(hours)  # the worst first
    assert hours[-1] == 168  # よりそいホットライン
    assert page.count("<rect") == len(NEED_GROUPS) * 24
    # what the colours say, the digits and the table say too
    needs = gaps_by_group(computed, None, "ja:any")
    digits = [int(text) for text in re.findall(r'<text class="gaps-digit[^>]*>(\d)</text>', page)]
    assert digits == [cell.days for need in needs for cell in need.cells if cell.days]
    for need in needs:
        assert sum(cell.days for cell in need.cells) == need.uncovered
        assert all(cell.shade > 0 for cell in need.cells if cell.days)
    assert len(re.findall(r'href="/gaps/\d{6}/"', page)) == 47


def test_a_place_has_its_own_page_and_nothing_that_is_unverified_counts(
    computed: selectors.Coverage, client: Client
) -> None:
    page = client.get("/gaps/010006/").content.decode()
    assert "北海道で、だれともつながれない時間" in page
    assert "札幌市" in page
    sapporo = client.get(reverse("portal:gaps_area", args=["011002"])).content.decode()
    assert cells(sapporo, 1) == cells(client.get("/gaps/").content.decode(), 1)
    assert computed.areas["011002"].unverified >= 5
    assert not computed.areas["011002"].needs


def test_for_whom(computed: selectors.Coverage, client: Client) -> None:
    everybody = cells(client.get("/gaps/").content.decode(), 1)
    written = client.get("/gaps/?way=text").content.decode()
    assert sum(map(int, cells(written, 1))) < sum(map(int, everybody))
    chinese = client.get("/gaps/?language=zh").content.decode()
    assert sum(map(int, cells(chinese, 1))) < sum(map(int, everybody))
    assert cells(chinese, 2) == ["—"] * len(NEED_GROUPS)
    for nonsense in (
        "?way=smoke",
        "?language=xx",
        "?language=<script>&way=%00",
        "?way=any&way=phone&language=",
    ):
        response = client.get(f"/gaps/{nonsense}")
        assert response.status_code == 200
        assert "<script>&" not in response.content.decode()


@pytest.mark.parametrize("address", ["/gaps/999999/", "/gaps/131041/gaps.csv", "/gaps/999999/gaps.json"])
def test_no_such_area(computed: selectors.Coverage, client: Client, address: str) -> None:
    assert client.get(address).status_code == (200 if "131041" in address else 404)


def test_the_files_say_what_the_page_says(computed: selectors.Coverage, client: Client) -> None:
    response = client.get("/gaps.csv")
    assert response.content.startswith("\ufeff".encode())
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    data = client.get("/gaps.json").json()
    assert [row["need"] for row in rows] == [row["need"] for row in data["rows"]]
    page = {need.key: need for need in gaps_by_group(computed, None, "ja:any")}
    groups = [row for row in rows if (row["kind"], row["language"], row["way"]) == ("group", "ja", "any")]
    assert len(groups) == len(NEED_GROUPS)
    for row in groups:
        assert int(row["hours_covered_of_168"]) == page[row["need"]].week == row["hours"][:168].count("1")
        assert int(row["holiday_hours_covered_of_24"]) == page[row["need"]].holiday
        assert len(row["hours"]) == 192
    assert {row["kind"] for row in rows} == {"group", "need"}
    assert client.get("/gaps/131041/gaps.json").json()["area"] == "東京都新宿区"


def test_before_the_first_computation_it_says_so(directory: None, client: Client) -> None:
    CoverageWeek.objects.all().delete()
    selectors.forget()
    assert "まだ計算していません" in client.get("/gaps/?x").content.decode()
    assert client.get("/gaps.json?x").json()["rows"] == []
    assert client.get("/gaps.csv?x").status_code == 200


def test_english(computed: selectors.Coverage, client: Client) -> None:
    page = client.get("/en/gaps/").content.decode()
    assert "Hours in which nobody can be reached" in page
    assert "Every day" in page or "Mon" in page


def test_figures_for_the_plan(computed: selectors.Coverage) -> None:
    keys = {indicator.key for indicator in indicators()}
    assert {f"portal.hours_covered_{group.key}" for group in NEED_GROUPS} <= keys
    life = observe("portal.hours_covered_life", None, Period(AT.date(), AT.date()))
    assert (life.value, life.denominator) == (1.0, 168)
    shinjuku = observe("portal.hours_covered_work", area_tree()["131041"], Period(AT.date(), AT.date()))
    assert shinjuku.value == pytest.approx((shinjuku.numerator or 0) / 168)


def test_a_page_costs_few_statements_whatever_the_area(
    computed: selectors.Coverage, client: Client, django_assert_max_num_queries: object
) -> None:
    client.get("/gaps/?warm")
    with django_assert_max_num_queries(2):  # type: ignore[operator]
        client.get("/gaps/010006/?again")
