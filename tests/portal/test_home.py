"""Home and "talk now": who answers at a minute."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client

from tsunagari.directory.models import Service
from tsunagari.portal import selectors
from tsunagari.portal.cards import TALKING, card_of

pytestmark = pytest.mark.usefixtures("directory")

NIGHT = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)  # 3:30 in Tokyo
NOON = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)  # 12:00 on a Tuesday


def open_keys(at: datetime, kind: str) -> set[str]:
    found = set()
    for service in selectors.nationwide_lines():
        if any(way.open_now for way in card_of(service, at, only=kind).channels):
            found.add(str(service.key))
    return found


def test_at_night_exactly_the_lines_of_any_hour_are_counted():
    assert open_keys(NIGHT, "phone") == {"yorisoi", "dv-plus", "kodomo-sos", "jisou-189", "jisou-soudan"}
    assert open_keys(NIGHT, "chat") == {"anata-no-ibasho"}
    assert open_keys(NIGHT, "line") == set()
    counts = selectors.open_counts(NIGHT)
    assert counts == {"phone": 5, "chat": 1, "line": 0, "total": 6}


def test_a_service_that_answers_in_two_ways_counts_once_in_the_total():
    noon = selectors.open_counts(NOON)
    phone, chat, line = (open_keys(NOON, kind) for kind in TALKING)
    assert noon["total"] == len(phone | chat | line)
    assert "dv-plus" in phone & chat


def test_emergency_numbers_websites_and_email_never_count():
    counted = set(selectors.nationwide_lines().values_list("key", flat=True))
    assert not counted & {"kinkyu-110", "kinkyu-119", "notalone", "mamorou", "hikikomori-voice"}
    talking = {"total", *TALKING}
    assert set(selectors.open_counts(NOON)) == talking


def test_an_entry_without_a_confirmed_contact_never_counts():
    assert Service.objects.filter(contact_verified=False).exists()
    assert not selectors.nationwide_lines().filter(contact_verified=False).exists()


def test_home_shows_the_count_and_the_three_doors(client: Client):
    response = client.get("/")
    html = response.content.decode()
    assert response.status_code == 200
    assert re.search(r"いま <strong>\d+</strong> か所が開いています", html)
    assert [html.count(f'id="door-{door}"') for door in ("talk", "search", "places")] == [1, 1, 1]
    assert html.count('class="need"') == 12


def test_home_and_talk_now_agree(client: Client):
    pages = [client.get("/"), client.get("/talk-now/")]
    while pages[0].context["at"] != pages[1].context["at"]:  # the minute ended in between
        pages = [client.get("/"), client.get("/talk-now/")]
    home, talk = pages
    shown = {card.pk for group in talk.context["groups"] for card in group["cards"]}
    assert home.context["open"]["total"] == len(shown)
    assert {c["type"]: c["count"] for c in home.context["open"]["channels"]} == {
        group["type"]: len(group["cards"]) for group in talk.context["groups"]
    }


def test_what_opens_next_is_in_the_order_of_opening(client: Client):
    openings = [card.next_opening for card in client.get("/talk-now/").context["soon"]]
    assert openings == sorted(openings)


@pytest.mark.parametrize("path", ["/", "/talk-now/", "/en/", "/needs/life/", "/areas/131091/"])
def test_more_services_cost_no_more_queries(client: Client, django_assert_max_num_queries, path: str):
    client.get(path)
    with django_assert_max_num_queries(16):
        client.get(path)


def test_public_pages_may_be_kept_for_a_minute_and_touch_no_cookie(client: Client):
    response = client.get("/")
    assert response["Cache-Control"] == "public, max-age=60"
    assert "Cookie" not in response.get("Vary", "")
    assert not response.cookies
