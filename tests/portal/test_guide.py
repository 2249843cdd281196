"""The finder's pages: what they lead to at every hour, what their addresses tell, and what strangers send."""

import functools
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.factories import make_organization
from tests.portal.test_english import japanese_in
from tsunagari.core.areas import area_tree
from tsunagari.core.crypto import open_token, seal_token
from tsunagari.directory.models import Channel, Service, ServiceArea, ServiceNeed, TaxonomyTerm
from tsunagari.directory.search import openness
from tsunagari.directory.search.cards import Found
from tsunagari.directory.search.index import reindex_services
from tsunagari.portal import guide_cards
from tsunagari.portal.finder import gathering, in_use
from tsunagari.portal.finder.gathering import (
    MOST_NOW,
    Arranged,
    Gathered,
    arrange,
    danger_lines,
    gather,
    wished_moments,
)
from tsunagari.portal.finder.outcome import Outcome, outcome_of
from tsunagari.portal.finder.path import every_walk, walk
from tsunagari.portal.finder.rules import SKIP
from tsunagari.portal.finder.state import State
from tsunagari.portal.views.guide import NOTE_PURPOSE, PURPOSE, TTL_SECONDS

pytestmark = pytest.mark.usefixtures("directory")

TOKYO = ZoneInfo("Asia/Tokyo")
NIGHT = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
"""3:30 of Wednesday, 25 November 2026."""
OSAKA, AOGASHIMA = "271004", "134023"
"""A big city, and the smallest village of the country."""


def answer(client: Client, *answers: str, prefix: str = "") -> str:
    """Give answers, "@…" by writing a place's name, and return the address of the page that follows."""
    address = f"{prefix}/guide/"
    for given_ in answers:
        fields = {"name": given_[1:]} if given_.startswith("@") else {"answer": given_}
        response = client.post(address, fields)
        assert response.status_code == 303, (given_, response.content.decode())
        assert response["Cache-Control"] == "no-store"
        address = response["Location"]
    return address


def token_of(address: str) -> str:
    return address.rsplit("/", 1)[1]


# -- somebody at every hour -------------------------------------------------------------------------------


def every_outcome() -> list[Outcome]:
    """What every way through the questions leads to, ended or not: those that differ in the lines offered.

    The place, and the time and the way wished for, only add and order (the next test). So does what the
    directory has for a need beside the lines that the rules name: it is left out, and counts for nobody.
    """
    found: dict[Any, Outcome] = {}
    for way in every_walk(in_use.rules(), area=OSAKA):
        if WISHES.isdisjoint(way.answers):
            outcome = outcome_of(in_use.rules(), way)
            key = (frozenset(outcome.lines), outcome.danger, outcome.language)
            found.setdefault(key, replace(outcome, needs={}))
    return list(found.values())


def hours_of_weeks() -> Iterator[datetime]:
    """Every hour of an ordinary week, of 年末年始, of the week of 祝日 in May, and of Silver Week."""
    for begins in ((2026, 11, 23), (2026, 12, 28), (2027, 1, 1), (2027, 5, 1), (2026, 9, 19)):
        midnight = datetime(*begins, tzinfo=TOKYO)
        for hour in range(24 * 7):
            yield midnight + timedelta(hours=hour)


def moments_that_differ() -> list[datetime]:
    """Of all these hours one for each set of hours patterns that are open."""
    found: dict[Any, datetime] = {}
    for at in hours_of_weeks():
        found.setdefault(openness.open_pattern_ids(at).open, at)
    return list(found.values())


WISHES = {"when", "how", "where"}


def open_lines(arranged: Arranged, at: datetime) -> int:
    """How many lines to talk to among what is shown are open; 110 and 119 do not count."""
    ids = {line.service_id for line in arranged.now}
    states = openness.open_pattern_ids(at)
    ids |= {found.service_id for found in arranged.pinned if states.state(found.hours_id)}
    return len(ids - EMERGENCY)


EMERGENCY: set[Any] = set()


@pytest.fixture
def emergency(directory: None) -> Iterator[None]:
    EMERGENCY.update(Service.objects.filter(kind=Service.Kind.EMERGENCY).values_list("pk", flat=True))
    assert len(EMERGENCY) == 2
    yield
    EMERGENCY.clear()


@functools.cache
def lines_pinned(danger: tuple[str, ...], japanese: bool, at: datetime) -> list[Found]:
    """What is pinned: the same question to the database is asked once, for all three places."""
    outcome = outcome_of(in_use.rules(), walk(in_use.rules(), {}))
    return danger_lines(replace(outcome, danger=danger, language="" if japanese else "vi"), at)


@pytest.mark.slow
@pytest.mark.usefixtures("emergency")
@pytest.mark.parametrize("code", [OSAKA, AOGASHIMA, None])
def test_somebody_answers_on_every_path_at_every_hour(monkeypatch, code: str | None) -> None:
    """Every path × every hour of a week, of 年末年始 and of 祝日, in a big city, a village and nowhere said.

    Paths that offer the same lines, and hours at which the same is open, are looked at once.
    """
    outcomes, moments = every_outcome(), moments_that_differ()
    assert len(outcomes) > 300
    assert len(moments) > 20
    area = area_tree()[code] if code else None
    monkeypatch.setattr(
        gathering, "danger_lines", lambda each, at: lines_pinned(each.danger, each.language in {"", "ja"}, at)
    )
    gathered: dict[Any, Gathered] = {}
    nobody = []
    for outcome in outcomes:
        key = frozenset(outcome.lines)
        if key not in gathered:
            gathered[key] = gather(outcome, area, NIGHT)
        nobody += [
            (outcome.danger, outcome.language, sorted(outcome.lines), at)
            for at in moments
            if not open_lines(arrange(gathered[key], outcome, at), at)
        ]
    assert nobody == []


@pytest.mark.parametrize("how", ["phone", "chat", "line", "visit"])
def test_how_and_when_somebody_wants_to_talk_only_orders_who_is_open(how: str) -> None:
    for about in in_use.rules().questions["about"].answers:
        outcome = outcome_of(in_use.rules(), walk(in_use.rules(), {"about": about.key}))
        gathered = gather(outcome, None, NIGHT)
        for hour in range(0, 24, 3):
            at = NIGHT + timedelta(hours=hour)
            plain = {line.service_id for line in arrange(gathered, outcome, at).now}
            for when in ("", "now", "night", "day", "weekend"):
                wish = arrange(gathered, replace(outcome, how=how, when=when), at)
                assert {line.service_id for line in wish.now} == plain or len(plain) == MOST_NOW
                assert wish.now


def test_the_hours_that_are_tried_have_holidays_and_nights_in_them(directory: None) -> None:
    hours = list(hours_of_weeks())
    assert len(hours) == 5 * 24 * 7
    assert {at.hour for at in hours} == set(range(24))
    assert datetime(2027, 1, 1, 3, tzinfo=TOKYO) in hours
    assert datetime(2027, 5, 3, 3, tzinfo=TOKYO) in hours


def test_without_the_lines_for_every_hour_somebody_would_be_left_alone(emergency: None) -> None:
    """The proof that the test above can fail."""
    Service.objects.filter(key__in=["yorisoi", "anata-no-ibasho"]).update(status="temporarily closed")
    reindex_services(
        Service.objects.filter(key__in=["yorisoi", "anata-no-ibasho"]).values_list("pk", flat=True)
    )
    outcome = outcome_of(in_use.rules(), walk(in_use.rules(), {"about": "care", "care": "start"}))
    assert open_lines(arrange(gather(outcome, None, NIGHT), outcome, NIGHT), NIGHT) == 0


# -- what is found ----------------------------------------------------------------------------------------


def names(cards: list[Any]) -> list[str]:
    return [card.name for card in cards]


def test_a_whole_way_leads_to_open_lines_offices_and_programmes_with_reasons(client: Client) -> None:
    page = client.get(answer(client, "money", "rent", "children", "now", "phone", "@しながわ"))
    assert page.status_code == 200
    assert all(card.open_now for card in page.context["now"])
    assert names(page.context["offices"])[0] == "品川区 生活困窮者自立相談支援窓口"
    assert names(page.context["programmes"])[0] == "住居確保給付金"
    html = page.content.decode()
    assert "「家賃が払えない・家を出されそう」と答えたので：家を出る前に相談すると" in html
    assert "「子どもがいる」と答えたので：子どものいる家のためのしくみです。" in html
    assert "<title>見つかったところ｜つながり</title>" in html
    shown = [
        card for name in ("now", "later", "offices", "programmes", "sites") for card in page.context[name]
    ]
    assert all(card.why and card.why[0] for card in shown)


def test_danger_pins_the_lines_of_the_search_on_the_next_question_and_the_results(client: Client) -> None:
    question = client.get(answer(client, "feelings", "die"))
    assert names(question.context["pinned"])[0] == "よりそいホットライン"
    assert 'href="tel:119"' in question.content.decode()
    found = client.get(answer(client, "feelings", "die", "soon"))
    assert found.context["crisis"]
    pinned = names(found.context["pinned"])
    assert pinned[:2] == ["よりそいホットライン", "#いのちSOS"]
    assert not set(pinned) & set(names(found.context["now"]))
    safe = client.get(answer(client, "school", "me", "people"))
    assert not safe.context["crisis"]
    assert "danger section" not in safe.content.decode()


def danger_panel(page: Any) -> str:
    html = page.content.decode()
    begins = html.index('id="danger"')
    return str(html[begins : html.index("</section>", begins)])


@pytest.mark.parametrize(
    ("ways", "most"), [(("feelings", "die"), 1), (("feelings", "die", "soon"), 3), (("harm", "partner"), 1)]
)
def test_whoever_finds_the_line_busy_sees_whom_to_try_next(
    client: Client, ways: tuple[str, ...], most: int
) -> None:
    page = client.get(answer(client, *ways))
    following = page.context["next_lines"]
    assert 1 <= len(following) <= most
    assert all(card.open_now for card in following)
    assert not {card.pk for card in following} & {card.pk for card in page.context["pinned"]}
    before, behind = danger_panel(page).split("つながらないときは")
    assert all(card.url in behind and card.url not in before for card in following)


def test_without_danger_nobody_is_told_whom_to_try_next(client: Client) -> None:
    page = client.get(answer(client, "school", "me", "people"))
    assert page.context["next_lines"] == []
    assert "つながらないときは" not in page.content.decode()


def test_the_next_lines_answer_at_any_hour_and_in_the_language_of_the_person() -> None:
    outcome = outcome_of(in_use.rules(), walk(in_use.rules(), {"about": "feelings", "feelings": "die"}))
    assert outcome.danger
    for hour in range(24):
        at = NIGHT + timedelta(hours=hour)
        arranged = Arranged(pinned=tuple(danger_lines(outcome, at)))
        assert guide_cards.next_lines(arranged, outcome, at)[0].open_now, at
    noon = NIGHT.replace(hour=3)
    arranged = Arranged(pinned=tuple(danger_lines(replace(outcome, language="vi"), noon)[:1]))
    vietnamese = guide_cards.next_lines(arranged, replace(outcome, language="vi"), noon)
    spoken = {
        pk: set(codes)
        for pk, codes in Service.objects.values_list("pk").annotate(codes=ArrayAgg("languages__code"))
    }
    assert vietnamese
    assert all("vi" in spoken[card.pk] for card in vietnamese)


def test_a_foreign_speaker_is_led_to_lines_of_their_language_only(client: Client) -> None:
    page = client.get(answer(client, "foreign", "vi", "work", SKIP, SKIP, SKIP))
    keys = Service.objects.filter(languages__code="vi").values_list("name", flat=True)
    talking = [*page.context["now"], *page.context["later"]]
    assert talking
    assert set(names(talking)) <= set(keys)
    assert all("ことば：Tiếng Việt" in card.facts for card in talking)


def test_a_language_that_nobody_has_leads_to_lines_of_many_languages(client: Client) -> None:
    page = client.get(answer(client, "foreign", "other", "lonely", SKIP, SKIP, SKIP))
    assert "よりそいホットライン" in names(page.context["now"])
    assert "あなたのいばしょチャット相談" not in names(page.context["now"])


def test_the_wished_way_of_talking_comes_first_and_its_lack_is_said(monkeypatch, client: Client) -> None:
    monkeypatch.setattr("tsunagari.portal.views.guide.this_minute", lambda: NIGHT)
    chat = client.get(answer(client, "feelings", "lonely", SKIP, SKIP, "chat", SKIP))
    assert chat.context["now"][0].channels[0].type == "chat"
    assert chat.context["other_ways"] == ""
    line = client.get(answer(client, "feelings", "lonely", SKIP, SKIP, "line", SKIP))
    assert line.context["now"]
    assert (
        line.context["other_ways"] == "LINEで、いま話せるところはありません。ほかの方法なら、いま話せます。"
    )
    assert line.context["later"][0].channels[0].type == "line"


def test_who_is_open_at_the_time_wished_for_comes_first_and_says_so(monkeypatch, client: Client) -> None:
    monkeypatch.setattr("tsunagari.portal.views.guide.this_minute", lambda: NIGHT)
    page = client.get(answer(client, "work", "unpaid", "enough", "weekend", SKIP, SKIP))
    later = {card.name: card.facts for card in page.context["later"]}
    assert list(later)[0] == "労働条件相談ほっとライン"
    assert "休みの日も話せます" in later["労働条件相談ほっとライン"]
    assert "休みの日も話せます" not in later.get("多重債務ほっとライン", [])


def test_wished_moments_know_holidays_and_lie_ahead() -> None:
    # a Tuesday before Labour Thanksgiving Day's week: Monday, 23 November 2026 is a 祝日
    saturday = datetime(2026, 11, 21, 15, 0, tzinfo=TOKYO)
    assert wished_moments("day", saturday) == [datetime(2026, 11, 24, 11, tzinfo=TOKYO)]
    assert wished_moments("weekend", saturday) == [
        datetime(2026, 11, 22, 14, tzinfo=TOKYO),
        datetime(2026, 11, 23, 14, tzinfo=TOKYO),
    ]
    assert wished_moments("night", saturday) == [
        datetime(2026, 11, 21, 21, tzinfo=TOKYO),
        datetime(2026, 11, 22, 1, tzinfo=TOKYO),
    ]
    assert wished_moments("night", datetime(2026, 11, 21, 23, tzinfo=TOKYO))[0].day == 22
    assert wished_moments("now", saturday) == wished_moments("", saturday) == []


def test_a_village_gets_its_own_office_or_that_of_its_prefecture(client: Client) -> None:
    page = client.get(answer(client, "home", "family", "speak", "young", SKIP, SKIP, AOGASHIMA))
    assert names(page.context["offices"]) == [
        "東京都ひきこもり地域支援センター",
        "東京都精神保健福祉センター",
    ]
    nowhere = client.get(answer(client, "home", "family", "speak", "young", SKIP, SKIP, "unsure"))
    assert names(nowhere.context["offices"]) == ["ひきこもり地域支援センター", "精神保健福祉センター"]
    assert nowhere.context["place"]


def test_what_others_add_to_the_directory_is_found_by_its_need(client: Client) -> None:
    """No rule names it: a talking place of one town, for an answer that tells of its need."""
    osaka = area_tree()[OSAKA]
    service = Service.objects.create(
        organization=make_organization("大阪の会"), name="大阪ことばの窓", kind=Service.Kind.CONSULTATION
    )
    ServiceArea.objects.create(service=service, area_id=osaka.code)
    term = TaxonomyTerm.objects.get(taxonomy__key="need", code="pet-loss")
    ServiceNeed.objects.create(service=service, term=term)
    Channel.objects.create(service=service, type=Channel.Type.PHONE, value="06-0000-0000")
    reindex_services([service.pk])
    way = ("loss", "pet", "feelings", SKIP, SKIP)
    here = client.get(answer(client, *way, OSAKA))
    assert "大阪ことばの窓" in names(here.context["later"])
    assert "「いっしょに暮らした動物を」と答えたので。" in here.content.decode()
    assert "大阪ことばの窓" not in names(client.get(answer(client, *way, AOGASHIMA)).context["later"])


def test_a_line_for_women_or_children_is_not_found_by_need_for_others(client: Client) -> None:
    page = client.get(answer(client, "work", "people", "fine", SKIP, SKIP, SKIP))
    shown = names([*page.context["now"], *page.context["later"]])
    assert "チャイルドライン" not in shown
    assert "女性の人権ホットライン" not in shown


@pytest.mark.parametrize("rows", [1, 3])
def test_results_ask_the_database_as_often_for_many_entries_as_for_one(client: Client, rows: int) -> None:
    way = ("loss", "pet", "feelings", SKIP, SKIP, OSAKA)
    term = TaxonomyTerm.objects.get(taxonomy__key="need", code="pet-loss")
    for number in range(rows):
        service = Service.objects.create(
            organization=make_organization(f"会{number}"), name=f"窓{number}", kind=Service.Kind.PLACE
        )
        ServiceArea.objects.create(service=service, area_id=OSAKA)
        ServiceNeed.objects.create(service=service, term=term)
        reindex_services([service.pk])
    address = answer(client, *way)
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    assert len(asked) <= 6, [query["sql"][:80] for query in asked]


# -- from page to page ------------------------------------------------------------------------------------


def test_the_first_page_is_the_same_for_everybody_and_may_be_kept(client: Client) -> None:
    response = client.get("/guide/")
    assert response["Cache-Control"] == "public, max-age=60"
    assert not response.cookies
    assert response.content == client.get("/guide/").content
    html = response.content.decode()
    assert html.count('name="answer"') == 15  # fourteen answers, and to go on without one
    assert "質問 1（多くて 7）" in html


def test_each_step_is_a_page_of_its_own_that_back_and_reload_show_again(client: Client) -> None:
    first = answer(client, "care")
    second = answer(client, "care", "tired")
    assert client.get(first).context["question"].key == "care"
    assert client.get(second).context["question"].key == "care-self"
    # Back to the first one, and another answer there
    again = client.post(first, {"answer": "dementia"})["Location"]
    assert client.get(again).context["question"].key == "care-self"
    assert client.get(second).context["question"].key == "care-self"


def test_back_is_on_the_page_too_and_one_can_begin_anew(client: Client) -> None:
    page = client.get(answer(client, "care", "tired"))
    before = client.get(page.context["back"])
    assert before.context["question"].key == "care"
    assert client.get(before.context["back"]).context["question"].key == "about"
    assert 'href="/guide/"' in page.content.decode()


def test_an_earlier_answer_is_changed_from_the_results_and_the_later_ones_stay(client: Client) -> None:
    page = client.get(answer(client, "aging", "talk", "me", "night", "phone", OSAKA))
    change = {question: again for question, _, again in page.context["told"]}
    step = client.get(change["どんなことが心配ですか"])
    assert step.context["question"].key == "aging"
    changed = client.post(change["どんなことが心配ですか"], {"answer": "money"})
    assert changed["Location"].startswith("/guide/r/")
    told = [given for _, given, _ in client.get(changed["Location"]).context["told"]]
    assert told == ["年をとって、ひとりが心配", "お金・年金", "わたし", "夜や夜中", "電話で", "大阪府大阪市"]


def test_changing_what_it_is_about_asks_only_what_is_new(client: Client) -> None:
    page = client.get(answer(client, "aging", "talk", "me", "night", "phone", OSAKA))
    change = page.context["told"][0][2]
    address = client.post(change, {"answer": "care"})["Location"]
    address = client.post(address, {"answer": "tired"})["Location"]
    address = client.post(address, {"answer": "rested"})["Location"]
    assert address.startswith("/guide/r/")
    sealed = open_token(settings.MASTER_KEY, PURPOSE, token_of(address), at=datetime.now(UTC))
    assert sealed["a"] == {
        "about": "care", "care": "tired", "care-self": "rested",
        "when": "night", "how": "phone", "where": OSAKA,
    }  # fmt: skip


def test_results_can_be_had_before_the_last_question(client: Client) -> None:
    page = client.get(answer(client, "school", "me"))
    early = client.get(page.context["results"])
    assert early.status_code == 200
    assert early.context["now"]
    assert client.get(early.context["more"]).context["question"].key == "school"


@pytest.mark.parametrize("key", sorted(in_use.rules().questions))
def test_every_question_can_be_skipped_and_left_unsaid(client: Client, key: str) -> None:
    way = next(way for way in every_walk(in_use.rules(), area=OSAKA) if way.ahead and way.ahead.key == key)
    token = seal_token(
        settings.MASTER_KEY, PURPOSE, State(way.answers).to_payload(), ttl_seconds=60, at=datetime.now(UTC)
    )
    page = client.get(f"/guide/s/{token}")
    assert page.context["question"].key == key
    html = page.content.decode()
    assert html.count('value="unsure"') == 1
    assert html.count(f'value="{SKIP}"') == 1
    for given_ in ("unsure", SKIP):
        assert client.get(client.post(f"/guide/s/{token}", {"answer": given_})["Location"]).status_code == 200


def test_a_place_of_several_names_is_asked_about_and_an_unknown_one_gets_a_sentence(client: Client) -> None:
    at_place = answer(client, "aging", "talk", "me", SKIP, SKIP)
    which = client.get(client.post(at_place, {"name": "府中"})["Location"])
    assert [name for _, name in which.context["places"]] == ["東京都府中市", "広島県府中市", "広島県府中町"]
    found = client.get(client.post(at_place, {"answer": which.context["places"][1][0]})["Location"])
    assert found.context["area"].full_name == "広島県府中市"
    for name in ("どこでもない", "", " ", "あ" * 41, "<b>", "\x00"):
        response = client.post(at_place, {"name": name})
        assert response.status_code == 422
        assert response["Cache-Control"] == "no-store"
        assert 'id="name-error"' in response.content.decode()
        assert "<b>" not in response.content.decode()


# -- what addresses, titles and pages tell ----------------------------------------------------------------


def test_addresses_tell_nothing_not_even_by_their_length(client: Client) -> None:
    short = answer(client, "care")
    long = answer(client, "harm", "partner", "watched", "young", "night", "chat")
    assert re.fullmatch(r"/guide/s/[A-Za-z0-9_-]+", short)
    assert len(short) == len(long) < 900
    assert answer(client, "care") != short
    ended = answer(client, "harm", "partner", "watched", "young", "night", "chat", OSAKA)
    assert len(ended) == len(short)


def test_titles_tell_nothing(client: Client) -> None:
    addresses = [
        "/guide/",
        answer(client, "harm"),
        answer(client, "feelings", "die"),
        answer(client, "feelings", "die", "soon"),
    ]
    titles = {re.search(r"<title>(.*?)</title>", client.get(each).content.decode())[1] for each in addresses}
    assert titles == {"質問｜つながり", "見つかったところ｜つながり"}


def test_a_question_does_not_show_what_was_answered_before(client: Client) -> None:
    """Whoever looks over a shoulder or goes back sees a question, not the answers."""
    html = client.get(answer(client, "harm", "sexual")).content.decode()
    assert "いやな触られ方" not in html


def test_nothing_is_kept_and_no_answer_reaches_a_log(client: Client, capfd, caplog) -> None:
    caplog.set_level("DEBUG")
    address = answer(client, "harm", "partner", "watched", "young", "night", "chat", "@しながわ")
    with CaptureQueriesContext(connection) as asked:
        page = client.get(address)
        client.get(page.context["sheet"])
        client.get(page.context["note"])
        client.post("/guide/", {"answer": "ひみつのことば"})
    assert [q["sql"] for q in asked if not q["sql"].lstrip().upper().startswith(("SELECT", "SET"))] == []
    assert not page.cookies
    logged = caplog.text + "".join(capfd.readouterr())
    for word in ("partner", "watched", "ひみつ", "しながわ", "131091", token_of(address)):
        assert word not in logged


# -- the sheet and the note -------------------------------------------------------------------------------


def test_the_sheet_says_what_i_said_and_where_to_go(client: Client) -> None:
    page = client.get(answer(client, "money", "rent", "children", "now", "phone", "@しながわ"))
    html = client.get(page.context["sheet"]).content.decode()
    for text in (
        "家賃が払えない・家を出されそう", "東京都品川区", "品川区 生活困窮者自立相談支援窓口",
        "0120-279-338", "毎日 24時間", "住居確保給付金", "これを見てください",
    ):  # fmt: skip
        assert text in html, text


def test_an_answer_that_is_left_out_leaves_no_trace_on_paper_or_in_the_note(client: Client) -> None:
    page = client.get(answer(client, "feelings", "die", "thinking", "young", "now", "chat", OSAKA))
    for kind in ("sheet", "note"):
        shown = client.get(page.context[kind])
        for question in ("いまの気持ちに、近いものはどれですか", "いま、体はどうですか"):
            leave_out = {each[0]: each[3] for each in shown.context["choices"]}
            shown = client.get(leave_out[question])
        html = re.sub(r'<div class="left-out no-print">.*?</div>', "", shown.content.decode())
        assert "死にたい" not in re.sub(r"<dt>.*?</dt>", "", html)
        assert "いのちSOS" not in html
        assert "チャットで（文字）" in html
        back = {each[0]: each[3] for each in shown.context["choices"]}["いまの気持ちに、近いものはどれですか"]
        assert "消えたい・死にたい" in client.get(back).content.decode()


def test_the_note_is_japanese_for_the_counsellor_beside_ones_own_language(client: Client) -> None:
    page = client.get(answer(client, "foreign", "en", "violence", "watched", "night", prefix="/en"))
    found = client.get(page.context["results"])
    note = client.get(found.context["note"])
    assert "急ぐこと\n・家族や恋人、まわりの人の暴力" in note.context["japanese"]
    assert "→ English（英語）" in note.context["japanese"]
    assert "Urgent\n• Violence by family, a partner or others" in note.context["own"]
    html = note.content.decode()
    assert f'lang="ja">{note.context["japanese"][:10]}' in html


def test_the_note_travels_under_a_seal_of_its_own(client: Client) -> None:
    """A chat takes over what was sealed as a note, and nothing else; nothing of it is stored."""
    page = client.get(answer(client, "feelings", "lonely"))
    found = client.get(page.context["results"])
    note, results = token_of(found.context["note"]), token_of(page.context["results"])
    sealed = open_token(settings.MASTER_KEY, NOTE_PURPOSE, note, at=datetime.now(UTC))
    assert sealed["a"] == {"about": "feelings", "feelings": "lonely"}
    assert client.get(f"/guide/n/{results}").status_code == 410
    assert client.get(f"/guide/r/{note}").status_code == 410


# -- strangers ----------------------------------------------------------------------------------------------


def assert_starts_again(response: Any) -> None:
    html = response.content.decode()
    assert response.status_code == 410
    assert response["Cache-Control"] == "no-store"
    assert 'href="/guide/"' in html
    assert response.context["cards"]
    assert all(card.open_now for card in response.context["cards"])


@pytest.mark.parametrize("view", ["s", "r", "p", "n"])
def test_an_expired_or_altered_address_lets_one_start_again_and_shows_lines(
    client: Client, view: str
) -> None:
    past = datetime.now(UTC) - timedelta(seconds=TTL_SECONDS + 120)
    purpose = NOTE_PURPOSE if view == "n" else PURPOSE
    old = seal_token(settings.MASTER_KEY, purpose, {"a": {}}, ttl_seconds=TTL_SECONDS, at=past)
    assert_starts_again(client.get(f"/guide/{view}/{old}"))
    good = token_of(answer(client, "care"))
    for bad in (
        good[:-2] + "__",
        good[1:],
        good[:40],
        "x",
        "あ",
        "A" * 5000,
        good + "%00",
        "%ff%fe",
        "..%2f",
    ):
        response = client.get(f"/guide/{view}/{bad}")
        assert response.status_code in {404, 410}, bad
    assert_starts_again(client.get(f"/guide/{view}/{good[:-2]}__"))
    if view == "s":
        assert_starts_again(client.post(f"/guide/s/{old}", {"answer": "unsure"}))


@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.integers(0, 700), letter=st.sampled_from("AZaz09-_"))
def test_any_altered_letter_is_noticed(client: Client, place: int, letter: str) -> None:
    token = token_of(answer(client, "care", "tired"))
    place %= len(token) - 1  # of the last letter, some bits are not used
    if token[place] != letter:
        response = client.get(f"/guide/s/{token[:place]}{letter}{token[place + 1 :]}")
        assert response.status_code == 410


@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(answers=st.lists(st.text(max_size=30) | st.sampled_from(["unsure", "skip", "child", ""]), max_size=3))
def test_garbage_answers_get_the_question_again_and_lose_nothing(client: Client, answers: list[str]) -> None:
    address = answer(client, "care", "tired", "limit")
    response = client.post(address, {"answer": answers, "name": answers})
    last = answers[-1] if answers else ""
    known = {each.key for each in in_use.rules().questions["when"].answers} | {SKIP}
    if last in known:
        assert response.status_code == 303
    else:
        assert response.status_code == 422
        assert response.context["question"].key == "when"
        assert client.get(response.context["back"]).context["question"].key == "care-self"


def test_an_answer_to_another_question_or_a_place_that_is_none_is_refused(client: Client) -> None:
    address = answer(client, "care")
    assert client.post(address, {"answer": "children"}).status_code == 422
    assert client.post(address, {"answer": OSAKA}).status_code == 422
    at_place = answer(client, "aging", "talk", "me", SKIP, SKIP)
    for code in ("999999", "000000", "２７１００４", "27100", "'; DROP"):
        assert client.post(at_place, {"answer": code}).status_code == 422, code


def test_a_repeated_answer_leads_to_the_same_place(client: Client) -> None:
    address = answer(client, "care")
    first, second = (client.post(address, {"answer": "tired"})["Location"] for _ in range(2))
    opened = [
        open_token(settings.MASTER_KEY, PURPOSE, token_of(each), at=datetime.now(UTC))["a"]
        for each in (first, second)
    ]
    assert opened[0] == opened[1] == {"about": "care", "care": "tired"}


def test_answers_of_older_rules_are_taken_as_far_as_they_still_lead(client: Client) -> None:
    for payload in (
        {"a": {"about": "care", "care": "no-longer-asked", "gone": "x"}, "q": "gone"},
        {"a": {"about": "nothing"}},
        {},
    ):
        token = seal_token(settings.MASTER_KEY, PURPOSE, payload, ttl_seconds=60, at=datetime.now(UTC))
        for view in ("s", "r", "p"):
            assert client.get(f"/guide/{view}/{token}").status_code == 200, (view, payload)


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(client: Client, method: str) -> None:
    assert getattr(client, method)("/guide/").status_code == 405
    assert getattr(client, method)(answer(client, "care")).status_code == 405
    assert client.post(answer(client, "feelings", "die", "soon")).status_code == 405


# -- the rules as data, languages, ways here ----------------------------------------------------------------


def test_the_rules_are_open_data(client: Client) -> None:
    response = client.get("/guide/rules.json")
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Content-Type"] == "application/json; charset=utf-8"
    assert response["Cache-Control"] == "public, max-age=300"
    assert response.json() == in_use.rules().document
    assert client.get("/guide/rules.json", headers={"if-none-match": response["ETag"]}).status_code == 304
    asked = client.options("/guide/rules.json")
    assert (asked.status_code, asked["Access-Control-Allow-Headers"]) == (204, "If-None-Match")
    assert client.post("/guide/rules.json").status_code == 405
    schema = client.get("/guide/rules.schema.json")
    assert schema.json() == json.loads((settings.DATA_DIR / "guide/guide.schema.json").read_bytes())
    assert schema["ETag"] != response["ETag"]
    html = client.get("/open-data/").content.decode()
    assert 'href="/guide/rules.json"' in html
    assert 'href="/guide/rules.schema.json"' in html


def test_the_pages_in_english_are_in_english(client: Client) -> None:
    pages = [client.get("/en/guide/")]
    way: list[str] = []
    for given_ in ("money", "debt", "loan", "night", "line", "@Fuchu"):
        way.append(given_)
        pages.append(client.get(answer(client, *way, prefix="/en")))
    pages.append(
        client.get(answer(client, "money", "debt", "loan", "night", "line", "@Shinagawa", prefix="/en"))
    )
    results = pages[-1]
    pages += [client.get(results.context[kind]) for kind in ("sheet", "note")]
    pages.append(client.get("/en/guide/s/nothing"))
    for page in pages:
        assert '<html lang="en"' in page.content.decode()
        assert japanese_in(page.content.decode()) == []
    assert "Because you said “I have debts that I cannot pay back”: Debts can be settled by law." in (
        results.content.decode()
    )


def test_easy_japanese_is_chosen_by_the_address(client: Client) -> None:
    html = client.get("/y/guide/").content.decode()
    assert "気持ちが つらいです・さびしいです" in html
    address = answer(client, "care", prefix="/y")
    assert address.startswith("/y/guide/s/")
    assert "世話の どんな ことですか" in client.get(address).content.decode()


@pytest.mark.parametrize("path", ["/", "/search/", "/for-others/", "/needs/life/"])
def test_there_is_a_way_to_the_questions(client: Client, path: str) -> None:
    assert 'href="/guide/"' in client.get(path).content.decode()


def test_there_is_a_way_to_the_questions_when_nothing_was_found(client: Client) -> None:
    response = client.post("/search/", {"q": "ぞぬぺけぽよ"})
    assert 'href="/guide/"' in client.get(response["Location"]).content.decode()
