"""How fresh the directory is, in public: the page, its picture, CSV and JSON; and ages on cards."""

import csv
import io
import re
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tsunagari.accounts.models import Organization
from tsunagari.directory.models import Service, ServiceArea
from tsunagari.directory.selectors.freshness import Freshness, freshness
from tsunagari.portal.age import age_words
from tsunagari.portal.cards import card_of
from tsunagari.portal.selectors import services_for_cards
from tsunagari.portal.views.freshness import BAR_WIDTH, bar_of

AT = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)

TODAY = date(2026, 11, 24)


@pytest.fixture
def few(directory: None) -> None:
    """Seven entries of known ages instead of the real ones."""
    Service.objects.update(status=Service.Status.DEFUNCT)
    organization = Organization.objects.create(name="あかり会", kind="npo")
    days = [
        date(2026, 11, 1),
        date(2026, 8, 24),
        date(2026, 5, 24),
        date(2025, 12, 1),
        date(2024, 12, 1),
        None,
    ]
    for place, day in enumerate(days):
        kind = Service.Kind.PLACE if place == 0 else Service.Kind.CONSULTATION
        service = Service.objects.create(
            organization=organization,
            name=f"{place}",
            kind=kind,
            assured_on=day,
            contact_verified=bool(place),
        )
        for area in ("131041", "130001", "011002") if place == 0 else (None,):
            ServiceArea.objects.create(service=service, area_id=area)
    Service.objects.create(organization=organization, name="古い", assured_on=date(2020, 1, 1))


def by_key(rows: list[Freshness], group: str) -> dict[str, Freshness]:
    return {row.key: row for row in rows if row.group == group}


def test_the_steps_are_counted_to_the_day(few: None):
    everything, *rest = freshness(TODAY)
    counts = (everything.total, everything.within, everything.older, everything.never)
    assert (*counts, everything.unverified) == (
        7, {3: 1, 6: 2, 12: 4, 24: 5}, 1, 1, 1,
    )  # fmt: skip
    assert everything.steps() == [1, 1, 2, 1, 1, 1]
    kinds = by_key(rest, "kind")
    assert {key: row.total for key, row in kinds.items()} == {"consultation": 6, "place": 1}
    # counted once in each prefecture, however many of its towns are served
    assert {key: row.total for key, row in by_key(rest, "prefecture").items()} == {"": 5, "01": 1, "13": 1}


def test_each_bar_is_as_long_as_the_others_and_each_part_as_its_share(few: None):
    for row in freshness(TODAY):
        bar = bar_of(row, 0)
        assert sum(count for *_, count in bar.parts) == row.total
        assert sum(width for _, _, width, _ in bar.parts) == pytest.approx(BAR_WIDTH, abs=0.1)
        for _, _, width, count in bar.parts:
            assert width == pytest.approx(BAR_WIDTH * count / row.total, abs=0.01)
    assert bar_of(Freshness("all", "", 0, {3: 0, 6: 0, 12: 0, 24: 0}, 0, 0), 0).parts == []


def test_the_page_says_in_words_and_numbers_what_the_picture_shows(client: Client, few: None):
    response = client.get("/freshness/")
    html = response.content.decode()
    assert response.status_code == 200
    assert response["Cache-Control"] == "public, max-age=300"
    assert not response.cookies
    assert "載せている7件のうち" in html
    assert 'role="img" aria-labelledby="picture" aria-describedby="kinds"' in html
    assert re.search(r"<rect class=\"s0\" x=\"0\.0\" y=\"\d+\" width=\"[\d.]+\"", html)
    for name in ("東京都", "北海道", "全国", "相談", "居場所", "一度もない", "連絡先が未確認"):
        assert name in html, name
    assert "style=" not in html
    english = client.get("/en/freshness/").content.decode()
    for name in ("Tokyo", "Within 6 months", "By area", "Never"):
        assert name.lower() in english.lower(), name


def test_csv_and_json_say_the_same(client: Client, few: None):
    text = client.get("/freshness.csv").content.decode("utf-8-sig")
    table = list(csv.DictReader(io.StringIO(text)))
    answer = client.get("/freshness.json").json()
    assert date.fromisoformat(answer["on"]) == date.fromisoformat(table[0]["on"])
    assert len(table) == len(answer["rows"])
    for row, entry in zip(table, answer["rows"], strict=True):
        assert (row["group"], row["key"], row["name"]) == (entry["group"], entry["key"], entry["name"])
        assert int(row["total"]) == entry["total"]
        assert int(row["within_6_months"]) == entry["within_months"]["6"]
        assert (int(row["older"]), int(row["never"])) == (entry["older"], entry["never"])


def test_the_page_asks_as_often_for_all_as_for_few(client: Client, directory: None):
    client.get("/freshness/")
    with CaptureQueriesContext(connection) as captured:
        client.get("/freshness/")
    assert len(captured) == 3


def test_an_empty_directory_has_a_page(client: Client, directory: None):
    Service.objects.update(status=Service.Status.DEFUNCT)
    for address in ("/freshness/", "/freshness.csv", "/freshness.json"):
        assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    ("assured", "as_of", "words"),
    [
        (date(2026, 5, 25), "", ""),
        (date(2026, 5, 24), "", "2026年5月の情報"),
        (None, "2024-12", "2024年12月の情報"),
        (None, "", "いつの情報か、わかりません"),
        (date(2026, 11, 1), "2024-12", ""),
    ],
)
def test_old_facts_carry_their_month(assured: date | None, as_of: str, words: str):
    assert age_words(assured, as_of, TODAY) == words


def test_cards_pages_and_results_say_how_old_the_facts_are(client: Client, yorisoi: Service):
    service = services_for_cards().get(pk=yorisoi.pk)
    assert card_of(service, AT).age == "2024年12月の情報"
    html = client.get(f"/services/{yorisoi.pk}/").content.decode()
    assert "2024年12月の情報です。変わっているかもしれません。" in html
    assert "as of December 2024" in client.get(f"/en/services/{yorisoi.pk}/").content.decode()
    assert "2024年12月の情報" in client.get("/talk-now/").content.decode()
    found = client.post("/search/", {"q": "よりそいホットライン"}, follow=True).content.decode()
    assert "2024年12月の情報" in found
    Service.objects.filter(pk=yorisoi.pk).update(assured_on=date(2026, 11, 1))
    fresh = client.get(f"/services/{yorisoi.pk}/").content.decode()
    assert "変わっているかもしれません" not in fresh
    assert "2026年11月1日（日）" in fresh
