"""Search on the real directory: what is found, what stands above it, and what never does."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.directory.search.conftest import NIGHT, NOON, TOKYO
from tsunagari.core.areas import area_tree
from tsunagari.directory.models import Channel, Service
from tsunagari.directory.search import ranking
from tsunagari.directory.search.index import reindex_services
from tsunagari.directory.search.query import SearchResponse
from tsunagari.directory.search.question import read
from tsunagari.directory.search.request import (
    BadPage,
    BadSearch,
    SearchRequest,
    UnknownArea,
    UnknownChannel,
    UnknownKind,
    UnknownLanguage,
)

Ask = Callable[..., SearchResponse]
SAPPORO = "011002"


def keys(response: SearchResponse) -> list[str | None]:
    return [result.key for result in response.results]


# -- finding --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "q",
    [
        "0120279338", "0120-279-338", "０１２０ー２７９", "０１２０ー２７９－３３８", "(0120)279338",
        "279338", "+81 120 279 338", "よりそいホットライン", "よりそいほっとらいん", "ヨリソイ",
        "寄り添いホットライン", "よりそいほっとらいんの でんわばんごう", "yorisoi hotline", "yorisoi",
    ],
)  # fmt: skip
def test_a_line_is_found_by_its_number_and_its_name_in_any_writing(ask: Ask, q: str) -> None:
    assert keys(ask(q))[0] == "yorisoi"


@pytest.mark.parametrize(
    ("q", "key"),
    [
        ("生きずらびっと", "ikizurabit"),
        ("チャイルドラン", "childline"),
        ("childline", "childline"),
        ("#8008", "dv-navi"),
        ("189", "jisou-189"),
        ("ナマポ", "seikatsu-hogo"),
        ("せいかつほご", "seikatsu-hogo"),
        ("失業手当", "koyou-hoken"),
        ("I lost my job and can't pay rent", "jukyo-kakuho"),
        ("かいごで つかれました", "houkatsu"),
        ("hikikomori", "hikikomori-center"),
        ("引き籠り", "hikikomori-center"),
        ("社協", "shakyo"),
    ],
)
def test_typos_synonyms_kana_english_and_plain_japanese(ask: Ask, q: str, key: str) -> None:
    assert key in keys(ask(q))[:3]


def test_at_night_somebody_to_talk_to_is_found_who_is_there(ask: Ask) -> None:
    response = ask("夜中に話せるところ")
    assert response.understood.open_now
    first = response.results[0]
    assert first.open_now is True
    assert first.key in {"yorisoi", "anata-no-ibasho"}
    assert "いま開いています" in first.why


def test_a_misspelt_need_is_corrected(ask: Ask) -> None:
    response = ask("ヤングケラー")
    assert response.did_you_mean in {None, "ヤングケアラー"}
    assert response.results


def test_nothing_found_offers_categories_and_lines_for_whatever_trouble(ask: Ask) -> None:
    response = ask("ほげほげぴよぴよ")
    assert response.categories
    assert {"yorisoi", "anata-no-ibasho"} <= set(keys(response)[:4])
    assert ("loneliness", "孤独・さびしさ") in response.categories


def test_an_empty_question_shows_the_best_first(ask: Ask) -> None:
    response = ask("", open_now=True)
    assert response.results
    assert all(result.open_now for result in response.results)
    assert not response.categories


# -- areas ----------------------------------------------------------------------------------------------


def test_without_a_place_a_municipal_kind_is_one_card_that_asks_for_it(ask: Ask) -> None:
    cards = [result for result in ask("社会福祉協議会").results if result.key == "shakyo"]
    (card,) = cards
    assert (card.id, card.name, card.asks_for_place, card.channels) == (None, "社会福祉協議会", True, ())
    assert card.to_json()["id"] is None


def test_with_a_place_it_is_that_place_s_own(ask: Ask) -> None:
    for response in (
        ask("社会福祉協議会", area_code=SAPPORO),
        ask("札幌 社会福祉協議会"),
        ask("さっぽろ しゃきょう"),
    ):
        cards = [result for result in response.results if result.key == "shakyo"]
        assert [card.name for card in cards] == ["札幌市社会福祉協議会"]
        assert cards[0].area_name == "札幌市"
        assert cards[0].open_now is None
        assert not cards[0].contact_verified
        assert "札幌市で使えます" in cards[0].why


def test_a_ward_is_served_by_its_city_and_prefecture(ask: Ask) -> None:
    found = {result.key: result.name for result in ask("横浜市港北区 ひきこもり 生活困窮").results}
    assert found["hikikomori-center"] == "横浜市ひきこもり地域支援センター"
    assert found["jiritsu-soudan"].startswith("横浜市")
    town = next(area for area in area_tree().values() if area.name == "余市町")
    found = {result.key: result.name for result in ask("生活困窮", area_code=town.code).results}
    assert found["jiritsu-soudan"].startswith("北海道")


def test_a_name_of_two_places_finds_both_and_one_of_many_asks(ask: Ask) -> None:
    both = ask("府中市 社会福祉協議会")
    assert [area.full_name for area in both.understood.areas] == ["東京都府中市", "広島県府中市"]
    assert keys(both).count("shakyo") == 2
    reasons = {reason for result in both.results if result.key == "shakyo" for reason in result.why}
    assert {"東京都府中市で使えます", "広島県府中市で使えます"} <= reasons
    many = ask("中央区 介護")
    assert len(many.understood.areas_possible) > 4
    assert not many.understood.areas
    assert "houkatsu" in keys(many)[:4]


def test_the_place_in_the_question_wins_over_the_one_chosen(ask: Ask) -> None:
    response = ask("那覇 ひきこもり", area_code=SAPPORO)
    assert [area.name for area in response.understood.areas] == ["那覇市"]


def test_neither_local_nor_nationwide_entries_drown_the_other(ask: Ask) -> None:
    for q in ("介護", "ひきこもり", "お金がない", "こころ"):
        first = ask(q, area_code=SAPPORO).results[:8]
        local = [result for result in first if result.area_name]
        assert 1 <= len(local) < len(first), q


# -- filters and pages ----------------------------------------------------------------------------------


def test_open_now_shows_only_what_is_open_and_never_110_or_119(ask: Ask) -> None:
    for at in (NIGHT, NOON, NIGHT + timedelta(days=3, hours=5)):
        for q in ("", "死にたい", "警察", "暴力"):
            response = ask(q, open_now=True, at=at)
            assert all(result.open_now is True for result in response.results)
            assert not {"kinkyu-110", "kinkyu-119", "kodoku-9999"} & set(keys(response))


def test_filters_and_together(ask: Ask) -> None:
    chats = ask("つらい", channel="chat").results
    assert chats
    assert all("chat" in {channel["type"] for channel in result.channels} for result in chats)
    vietnamese = ask("", language="vi").results
    assert vietnamese
    programmes = ask("お金", kind="programme").results
    assert programmes
    assert {result.kind for result in programmes} == {"programme"}


def test_open_now_by_channel_looks_at_that_channel_alone(ask: Ask) -> None:
    evening = datetime(2026, 11, 25, 18, 0, tzinfo=TOKYO)
    found = keys(ask("", open_now=True, channel="line", at=evening))
    assert "ikizurabit" in found
    assert "oyako-line" not in found  # its hours are not known


def test_pages_follow_each_other_without_gap_or_double(ask: Ask) -> None:
    first, second = ask("お金", page=1), ask("お金", page=2)
    assert first.has_next
    assert len(first.results) == 20
    shown = [result.id or result.key for result in (*first.results, *second.results)]
    assert len(shown) == len(set(shown))
    assert not ask("お金", page=20).has_next


@pytest.mark.parametrize(
    ("filters", "error"),
    [
        ({"area_code": "999999"}, UnknownArea),
        ({"area_code": "札幌"}, UnknownArea),
        ({"channel": "fax"}, UnknownChannel),
        ({"language": "日本語"}, UnknownLanguage),
        ({"kind": "nothing"}, UnknownKind),
        ({"page": 0}, BadPage),
        ({"page": -1}, BadPage),
        ({"page": 21}, BadPage),
        ({"page": 10**9}, BadPage),
    ],
)
def test_what_cannot_be_searched_is_said_in_both_languages(
    ask: Ask, filters: dict[str, object], error: type
) -> None:
    with pytest.raises(error) as raised:
        ask("悩み", **filters)
    assert isinstance(raised.value, BadSearch)
    assert raised.value.status == 422
    assert str(raised.value.sentence).endswith("。")
    assert raised.value.english.isascii()


def test_the_question_is_cut_and_no_more_than_that_is_read(ask: Ask) -> None:
    assert keys(ask("あ" * 10_000 + " よりそいホットライン")) == keys(ask("あ" * 10_000))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    q=st.one_of(
        st.text(max_size=80),
        st.text(alphabet="😀😢💔🆘 \u200d\ufe0f", max_size=20),
        st.text(alphabet="'\"\\;:&|!()<>*%_-@#\t\n\x00死にたい電話0123456789", max_size=60),
    ),
    area=st.sampled_from([None, SAPPORO, "131016", "010006"]),
    open_now=st.booleans(),
    channel=st.sampled_from([None, "phone", "chat"]),
)
def test_no_question_is_too_odd(
    ask: Ask, q: str, area: str | None, open_now: bool, channel: str | None
) -> None:
    response = ask(q, area_code=area, open_now=open_now, channel=channel)
    assert len(response.results) <= 20
    assert bool(response.pinned) <= response.crisis
    response.to_json()


# -- danger ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_danger_pins_lines_that_are_open_at_that_moment(ask: Ask, hour: int) -> None:
    response = ask("もう死にたい", at=NIGHT.replace(hour=hour))
    assert response.crisis
    assert len(response.pinned) >= 2
    assert {pin.open_now for pin in response.pinned} == {True}
    assert "kodoku-9999" not in {pin.key for pin in response.pinned}


def test_lines_of_unknown_hours_are_pinned_only_where_fewer_than_two_are_open(ask: Ask) -> None:
    with_one_open = [pin.open_now for pin in ask("レイプされた", at=NIGHT).pinned]
    assert with_one_open[0] is True
    assert with_one_open == sorted(with_one_open, key=lambda state: state is None)
    assert None not in with_one_open or with_one_open.count(True) == 1


def test_filters_do_not_hide_the_pins(ask: Ask) -> None:
    bare = ask("死にたい")
    filtered = ask("死にたい 札幌", channel="email", language="vi", kind="place", page=3, area_code=SAPPORO)
    assert [pin.key for pin in filtered.pinned] == [pin.key for pin in bare.pinned]


def test_violence_now_pins_the_emergency_number(ask: Ask) -> None:
    assert "kinkyu-110" in {pin.key for pin in ask("いま夫に殴られてる 助けて").pinned}


def test_closed_lines_are_pinned_only_when_nothing_is_open(ask: Ask) -> None:
    ids = list(
        Service.objects.filter(key__isnull=False, service_areas__area=None).values_list("id", flat=True)
    )
    kept = Service.objects.get(key="inochi-sos")
    Service.objects.filter(pk__in=ids).exclude(pk=kept.pk).update(status="temporarily closed")
    reindex_services(ids)
    (pin,) = ask("死にたい", at=NIGHT).pinned
    assert (pin.key, pin.open_now) == ("inochi-sos", False)
    assert pin.next_opening is not None
    assert pin.next_opening > NIGHT


def test_harmless_words_pin_nothing(ask: Ask) -> None:
    for q in ("死ぬほど笑った", "殺人的な忙しさ", "消えるボールペン"):
        response = ask(q)
        assert not response.crisis
        assert response.pinned == ()


# -- what a result says ---------------------------------------------------------------------------------


def test_every_result_says_why_it_is_shown(ask: Ask) -> None:
    for q in ("学校行きたくない", "親の介護 つらい", "0120279338", "ほげほげ", "English", "札幌 仕事"):
        for result in (response := ask(q)).results:
            assert result.why, (q, result.name)
        assert response.results


def test_reasons_name_needs_in_the_language_of_the_request(ask: Ask) -> None:
    with translation.override("en"):
        response = ask("学校行きたくない")
    assert any("School" in reason for result in response.results for reason in result.why)


def test_a_closed_line_says_when_it_opens_and_an_open_one_when_it_closes(ask: Ask) -> None:
    (childline,) = (result for result in ask("チャイルドライン").results if result.key == "childline")
    assert childline.open_now is None or childline.open_now is False
    assert childline.next_opening == datetime(2026, 11, 25, 16, 0, tzinfo=TOKYO)
    at = datetime(2026, 11, 25, 20, 0, tzinfo=TOKYO)
    (childline,) = (result for result in ask("チャイルドライン", at=at).results if result.key == "childline")
    assert childline.open_now is True
    assert childline.closes_at == datetime(2026, 11, 25, 21, 0, tzinfo=TOKYO)


def test_the_json_has_the_documented_shape(ask: Ask) -> None:
    body = ask("死にたい").to_json()
    assert set(body) == {"results", "crisis", "pinned", "did_you_mean"}
    for result in (*body["results"], *body["pinned"]):
        assert set(result) == {
            "id", "key", "name", "organization", "open_now", "next_opening", "channels", "distance_km", "why",
        }  # fmt: skip
        for channel in result["channels"]:
            assert channel["type"] in Channel.Type.values


def test_the_key_is_that_of_the_file_of_services_alone(ask: Ask) -> None:
    found = {result["name"]: result["key"] for result in ask("家賃払えない").to_json()["results"]}
    assert found["住居確保給付金"] is None
    assert found["生活困窮者自立相談支援窓口"] == "jiritsu-soudan"


def test_results_speak_english_where_the_directory_does(ask: Ask) -> None:
    with translation.override("en"):
        (line,) = (result for result in ask("childline").results if result.key == "childline")
        (council,) = (result for result in ask("札幌 社協").results if result.key == "shakyo")
    assert line.organization_en
    assert {channel["note_en"] for channel in line.channels} >= {"Closed from 29 December to 3 January"}
    assert council.area_name == "Sapporo-shi"


def test_a_page_costs_few_queries(ask: Ask) -> None:
    ask("介護", area_code=SAPPORO)
    with CaptureQueriesContext(connection) as queries:
        response = ask("介護 疲れた", area_code=SAPPORO)
    assert len(response.results) > 5
    assert len(queries) <= 3  # the walk, the index when it found few, the cards


def test_what_a_visitor_writes_travels_as_parameters_only(ask: Ask) -> None:
    for area in (None, SAPPORO):
        request = SearchRequest(
            q="ひみつのことば dv'; --", at=NIGHT, area_code=area, channel="phone", open_now=True
        )
        for sql, _ in ranking.statements(read(request).wanted):
            assert "ひみつ" not in sql
            assert "dv" not in sql
            assert "phone" not in sql
