"""How often a line answers: in words, in the order of "talk now", and whom to try when it is busy."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from tests.portal.conftest import AT
from tsunagari.directory.models import Channel, Reachability, Service
from tsunagari.directory.reachability import Told
from tsunagari.directory.selectors.reachability import TALKING
from tsunagari.directory.services.reachability import record_reachability
from tsunagari.portal import chances, selectors
from tsunagari.portal.next_lines import after, next_lines

NIGHT = AT


def counted(
    key: str, attempts: int, answered: int, *, kind: str = "measured", wait: int | None = None
) -> None:
    for channel in Channel.objects.filter(service__key=key, type__in=TALKING):
        record_reachability(
            channel_id=channel.pk,
            attempts=attempts,
            answered=answered,
            typical_wait_minutes=wait,
            kind=Reachability.Kind(kind),
            source="ひだまりの会",
            observed_on=date(2026, 10, 31),
            at=NIGHT,
            confirmed=True,
        )


@pytest.mark.parametrize(
    ("told", "japanese", "english"),
    [
        (None, "", ""),
        (
            Told(4, 2024, "published", "厚生労働省", None),
            "10回に4回くらいつながります（2024年・厚生労働省）",
            "About 4 of 10 calls are answered (2024, 厚生労働省)",
        ),
        (
            Told(0, 2026, "reported", "いのちの会", 12),
            "なかなかつながりません。つながるのは、10回に1回より少ないです（2026年・いのちの会の報告）"
            " 待つのは、10分くらいです。",
            "It is hard to get through: fewer than 1 of 10 calls are answered (2026, reported by いのちの会)"
            " You wait for about 10 minutes.",
        ),
        (
            Told(10, 2026, "measured", "このサイト", 2),
            "ほとんどつながります（2026年・このサイト） ほとんど待ちません。",
            "Almost every call is answered (2026, このサイト) You hardly wait.",
        ),
    ],
)
def test_sentences(told: Told | None, japanese: str, english: str) -> None:
    with translation.override("ja"):
        assert chances.sentence(told) == japanese
    with translation.override("en"):
        assert chances.sentence(told) == english


@pytest.mark.parametrize("wait", [60, 61, 1440])
def test_a_long_wait_is_not_told_in_minutes(wait: int) -> None:
    with translation.override("ja"):
        assert chances.sentence(Told(5, 2026, "measured", "x", wait)).endswith(
            "1時間より長く待つことがあります。"
        )


def test_talk_now_is_ordered_by_the_chance(directory: None, client: Client) -> None:
    lines = list(selectors.nationwide_lines())
    before = [card for card in selectors.cards_open_first(lines, NIGHT, only="phone") if card.open_now]
    assert len(before) >= 4
    keys = {service.pk: service.key for service in lines}
    last, first = before[-1], before[0]
    assert keys[last.pk]
    assert keys[first.pk]
    counted(keys[last.pk], 1000, 900)
    counted(keys[first.pk], 1000, 20)
    after_ = selectors.cards_open_first(selectors.nationwide_lines(), NIGHT, only="phone")
    cards = [card for card in after_ if card.open_now]
    assert (cards[0].pk, cards[-1].pk) == (last.pk, first.pk)
    assert [card.chance for card in cards] == sorted((card.chance for card in cards), reverse=True)
    assert any("10回に9回くらいつながります（2026年・ひだまりの会）" in fact for fact in cards[0].facts)
    # those of which nothing is known say nothing on the card, and keep their order among themselves
    assert [card.pk for card in cards[1:-1]] == [card.pk for card in before[1:-1]]
    assert not any("つながります" in fact for card in cards[1:-1] for fact in card.facts)


def test_open_lines_stand_before_closed_ones_whatever_their_chance(directory: None, inochi: Service) -> None:
    counted("inochi-freedial", 1000, 1000)  # closed at night
    cards = selectors.cards_open_first(selectors.nationwide_lines(), NIGHT)
    states = [card.open_now for card in cards]
    assert states == sorted(states, key=[True, False, None].index)


def test_a_line_that_nobody_counted_says_so_on_its_page(yorisoi: Service, client: Client) -> None:
    address = reverse("portal:service", args=[yorisoi.pk])
    assert "つながりやすさは、まだわかりません。" in client.get(address).content.decode()
    counted("yorisoi", 1000, 40, wait=25)
    page = client.get(f"{address}?").content.decode()
    assert "なかなかつながりません。つながるのは、10回に1回より少ないです（2026年・ひだまりの会）" in page
    assert "待つのは、25分くらいです。" in page


def test_withdrawn_figures_are_not_shown(yorisoi: Service, client: Client) -> None:
    counted("yorisoi", 1000, 40)
    Reachability.objects.update(withdrawn_at=NIGHT)
    page = client.get(reverse("portal:service", args=[yorisoi.pk])).content.decode()
    assert "ひだまりの会" not in page


def test_the_next_line_is_open_now_for_the_same_need_and_never_the_same(yorisoi: Service) -> None:
    cards = next_lines(yorisoi, NIGHT)
    assert 1 <= len(cards) <= 3
    assert [card.open_now for card in cards] == sorted((card.open_now for card in cards), reverse=True)
    assert cards[0].open_now
    assert yorisoi.pk not in {card.pk for card in cards}
    first = yorisoi.service_needs.order_by("position").first()
    assert first is not None
    shares = Service.objects.get(pk=cards[0].pk).needs.filter(pk=first.term_id).exists()
    assert shares


def test_the_next_line_is_the_one_that_answers(yorisoi: Service) -> None:
    noon = NIGHT.replace(hour=3, minute=0)
    first = next_lines(yorisoi, noon)[0]
    counted(str(Service.objects.get(pk=first.pk).key), 1000, 10)
    again = next_lines(yorisoi, noon)
    assert again[0].pk != first.pk
    assert again[0].open_now
    counted(str(Service.objects.get(pk=again[1].pk).key), 1000, 950)
    assert next_lines(yorisoi, noon)[0].pk == again[1].pk


@pytest.mark.parametrize("hour", range(24))
def test_somebody_else_is_open_at_any_hour(yorisoi: Service, hour: int) -> None:
    at = NIGHT.replace(hour=hour, minute=0)
    for service in Service.objects.filter(key__in=["yorisoi", "inochi-freedial", "hello-work"]):
        assert any(card.open_now for card in next_lines(service, at))
    assert any(card.open_now for card in after(set(), ["no-such-need"], at))


def test_the_danger_panel_shows_whom_to_try_next(directory: None, client: Client) -> None:
    response = client.post(reverse("portal:search"), {"q": "死にたい"}, follow=True)
    page = response.content.decode()
    danger = page[page.index('id="danger"') : page.index("</section>", page.index('id="danger"'))]
    assert "つながらないときは" in danger
    panel, following = danger.split("つながらないときは")
    pinned = {str(card.pk) for card in response.context["pinned"]}
    shown = [str(card.pk) for card in response.context["next_lines"]]
    assert shown
    assert not pinned & set(shown)
    assert all(pk in following and pk not in panel for pk in shown)
    assert all(card.open_now for card in response.context["next_lines"])
    calm = client.post(reverse("portal:search"), {"q": "家賃が払えない"}, follow=True).content.decode()
    assert 'id="danger"' not in calm
