"""Crisis intent: what fires, what does not, and that no mask hides a danger beside it."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tsunagari.directory.lexicon import crisis_signals, lexicon, understand
from tsunagari.directory.lexicon.crisis import CrisisRules
from tsunagari.directory.lexicon.forms import MAX_LENGTH, forms_of
from tsunagari.directory.lexicon.matcher import Matcher, alternatives, beginnings
from tsunagari.directory.lexicon.patterns import UnsafePattern, compile_safely, expand

CONTENT = json.loads((settings.DATA_DIR / "lexicon" / "crisis.json").read_text(encoding="utf-8"))
EXAMPLES = [row["example"] for row in CONTENT["masks"]]


def kinds(text: str) -> set[str]:
    return {signal.kind for signal in crisis_signals(text)}


def rules() -> CrisisRules:
    return lexicon().crisis


# -- masks ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_masked_idiom_alone_is_no_crisis(example: str) -> None:
    assert crisis_signals(example) == ()


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_crisis_beside_a_mask_still_fires(example: str) -> None:
    assert "self_harm" in kinds(f"{example} 死にたい")
    assert "self_harm" in kinds(f"死にたい {example}")
    assert "abuse" in kinds(f"{example}、でも夫に殴られています")


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_mask_takes_out_as_many_letters_as_it_covers(example: str) -> None:
    for form in forms_of(example):
        assert len(rules().mask(form.text)) == len(form.text)


# -- writing --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "しにたい", "シニタイ", "ｼﾆﾀｲ", "しにたーい", "しにたいいい", "死  に  た い", "死・に・た・い",
        "死に、たい", "ﾀﾋにたい", "市にたい", "氏にたい", "4にたい", "〇にたい", "ちにたい",
        "もうしにたい", "死にてえ", "死にたか", "死にとうなった", "shinitai",
        "SINITAI", "kietai", "kill myself", "i dont want to live", "想死", "죽고 싶어", "quero morrer",
        "quiero morir", "gusto ko nang mamatay", "tôi muốn chết", "मर्न मन लाग्छ", "ingin mati", "อยากตาย",
    ],
)  # fmt: skip
def test_many_writings_of_wanting_to_die(text: str) -> None:
    assert "self_harm" in kinds(text)


KANA = ["しにたい", "きえたい", "いなくなりたい", "しんでしまいたい"]
BETWEEN = st.sampled_from(["", " ", "　", "、", "。", "・", "😭", "\u200b", "  "])


@given(st.sampled_from(KANA), st.data())
@hypothesis_settings(max_examples=60, deadline=None)
def test_marks_spaces_and_emoji_between_letters_change_nothing(word: str, data: st.DataObject) -> None:
    text = "".join(letter + data.draw(BETWEEN) for letter in word)
    assert "self_harm" in kinds(text)


@given(st.sampled_from(KANA), st.sampled_from(["hira", "kata"]), st.integers(0, 5))
@hypothesis_settings(max_examples=40, deadline=None)
def test_katakana_and_drawn_out_ends_change_nothing(word: str, script: str, length: int) -> None:
    written = word if script == "hira" else "".join(chr(ord(letter) + 0x60) for letter in word)
    assert "self_harm" in kinds(written + "い" * length)


@pytest.mark.parametrize(
    "text",
    [
        "おためしにたいけん",
        "はなしにたいする おれい",
        "むかしにたいけんした",
        "アリスカフェ",
        "リス カフェ",
        "タヒチ 旅行",
    ],
)
def test_kana_inside_other_words_is_no_crisis(text: str) -> None:
    assert crisis_signals(text) == ()


# -- kinds ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("息子が死にたいと言う", "self_harm"),
        ("早くお迎えが来てほしい", "self_harm"),
        ("目が覚めなければいいのに", "self_harm"),
        ("リスカがやめられない", "self_harm"),
        ("一家心中しか考えられない", "self_harm"),
        ("睡眠薬を大量に飲んで意識がない", "emergency"),
        ("おじいちゃんが倒れて動かない", "emergency"),
        ("血が止まらない", "emergency"),
        ("いま夫が暴れている", "violence_now"),
        ("包丁を持って追いかけてくる", "violence_now"),
        ("だんなになぐられた", "abuse"),
        ("彼氏にスマホを監視される", "abuse"),
        ("元カレに待ち伏せされた", "abuse"),
        ("認知症の母を叩いてしまった", "abuse"),
        ("施設で叩かれる", "abuse"),
        ("ママにぶたれる", "child_abuse"),
        ("家に入れてもらえない", "child_abuse"),
        ("ごはんもらえない", "child_abuse"),
        ("子どもを叩いてしまう", "child_abuse"),
        ("無理やりキスされた", "sexual_violence"),
        ("電車で触られた", "sexual_violence"),
        ("my husband hits me", "abuse"),
        ("chồng đánh tôi", "abuse"),
        ("otto ni nagurareru", "abuse"),
    ],
)
def test_the_kind_is_named(text: str, kind: str) -> None:
    assert kind in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "夜眠れない",
        "仕事を辞めたい",
        "話し相手がほしい",
        "お金がない",
        "離婚したい",
        "子育てに疲れた",
        "友達がいない",
        "生活保護の申請",
    ],
)
def test_ordinary_trouble_is_no_crisis(text: str) -> None:
    assert crisis_signals(text) == ()


@pytest.mark.parametrize("noun", ["自殺", "虐待", "DV"])
def test_information_cancels_a_bare_noun_only(noun: str) -> None:
    assert {signal.strength for signal in crisis_signals(noun)} == {"weak"}
    assert crisis_signals(f"{noun} 統計") == ()
    assert crisis_signals(f"{noun} 統計 見てたらつらい") != ()
    assert crisis_signals(f"{noun} 統計 消えたい") != ()


def test_pins_are_services_in_order_and_the_emergency_goes_first() -> None:
    services = json.loads((settings.DATA_DIR / "services.json").read_text(encoding="utf-8"))["services"]
    known = {row["id"] for row in services}
    assert understand("死にたい").pins[:3] == ("yorisoi", "inochi-sos", "anata-no-ibasho")
    both = understand("薬を大量に飲んで意識がない 死にたい").pins
    assert both[:2] == ("kinkyu-119", "yorisoi")
    assert len(set(both)) == len(both)
    assert set(both) <= known
    assert understand("夜眠れない").pins == ()


# -- bounds ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "letter", ["ぁ", "死", "親", "お父さん", "a", "<", "た", "殴", "👊", "a b ", "の", "\u0301", "ー"]
)
def test_work_is_bounded_by_the_first_500_letters(letter: str) -> None:
    text = letter * 10_000
    for form in forms_of(text):
        assert len(form.text) <= MAX_LENGTH * 4
        for one in rules().classes:
            # tries, not seconds: each is a short look at one place
            assert one.strong.tries(form.text) <= 150 * len(form.text) + 1
    assert crisis_signals(text + "死にたい") == crisis_signals(text[:MAX_LENGTH])


@given(st.text(max_size=600))
@hypothesis_settings(max_examples=150, deadline=None)
def test_any_text_is_answered(text: str) -> None:
    understood = understand(text)
    assert understood.is_crisis == bool(understood.pins)
    assert understood.crisis == crisis_signals(text)


@pytest.mark.parametrize(
    "pattern", ["(a{0,3})+", "(?:a+)+", "a*", ".*死", "(?:ab{0,4}){2,9}", "a{0,500}", "a{2,}", "[あ", "(a"]
)
def test_patterns_that_may_be_slow_or_are_broken_are_refused(pattern: str) -> None:
    with pytest.raises(UnsafePattern):
        compile_safely(pattern)


def test_bounded_patterns_are_compiled() -> None:
    assert compile_safely("夫.{0,12}(?:殴|蹴)").search("夫がいきなり殴る")
    with pytest.raises(UnsafePattern, match="no set <who>"):
        expand("<who>", {})


# -- the matcher ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "first"),
    [
        ("死に", {"死に"}),
        ("死", {"死"}),
        ("(?:親|母){0,1}殴", {"親殴", "母殴", "殴"}),
        ("(?:親|母)[をに]?.{0,4}殴", {"親", "母", "親を", "親に", "母を", "母に", "親殴", "母殴"}),
        ("(?<![a-z])(?:od|sos)(?![a-z])", {"od", "so"}),
        ("[あ-う]?死", {"あ死", "ぃ死", "い死", "ぅ死", "う死", "死"}),
        ("^ ?助", {" 助", "助"}),
        ("a+b", {"aa", "ab"}),
        ("死[^a]", {"死"}),
        (".死", None),
        ("a?", None),
        ("[^a]死", None),
    ],
)
def test_beginnings(pattern: str, first: set[str] | None) -> None:
    assert beginnings(pattern) == first


def test_alternatives_split_only_at_the_outermost_level() -> None:
    assert alternatives("a(?:b|c)|[|]d|e") == ["a(?:b|c)", "[|]d", "e"]


@given(st.text(alphabet="死にたいも 母殴れ親が", max_size=40))
@hypothesis_settings(max_examples=100, deadline=None)
def test_the_matcher_finds_what_one_search_finds(text: str) -> None:
    patterns = ["死に|も(?:う)?死", "(?:親|母).{0,4}殴", "(?<!も)にたい"]
    found = {(one.rule, one.start) for one in Matcher(patterns).find(text)}
    expected = {
        (rule, at)
        for rule, pattern in enumerate(patterns)
        for at in range(len(text))
        if re.compile(pattern).match(text, at)
    }
    assert found == expected


# -- a second author's queries ----------------------------------------------------------------------------

SECOND = [
    json.loads(line)
    for line in (Path(__file__).parent / "crisis_second.jsonl").read_text(encoding="utf-8").splitlines()
]
"""Written without sight of the rules, which were then widened by them: no measure of unseen queries."""


def test_a_second_authors_queries_are_no_few_and_each_is_there_once() -> None:
    asked = [row["q"] for row in SECOND]
    assert len(set(asked)) == len(asked)
    assert sum(row["crisis"] for row in SECOND) >= 350
    assert sum(not row["crisis"] for row in SECOND) >= 350


def test_a_second_authors_crises_are_pinned() -> None:
    crises = [row["q"] for row in SECOND if row["crisis"]]
    missed = [text for text in crises if not understand(text).is_crisis]
    assert len(missed) <= 0.01 * len(crises), missed


def test_a_second_authors_harmless_queries_are_left_alone() -> None:
    harmless = [row["q"] for row in SECOND if not row["crisis"]]
    pinned = [text for text in harmless if understand(text).is_crisis]
    assert len(pinned) <= 0.03 * len(harmless), pinned


@pytest.mark.parametrize("text", ["夜中に話せるところ", "よなかにはなせるところ", "深夜に誰かと話したい"])
def test_talk_at_night_is_just_talk_first(text: str) -> None:
    assert [need.key for need in understand(text).needs][:2] == ["just-talk", "loneliness"]
