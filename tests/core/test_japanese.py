"""Japanese text: the normal form, words, readings, romaji and telephone numbers."""

from concurrent.futures import ThreadPoolExecutor

import jaconv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tsunagari.core import japanese

hiragana = st.text(
    alphabet="あいうえおかきくけこがぎさしすせそたちつてとなにぬねのはひぱびまみむめもやゆよらりるれろわん",
    max_size=30,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ﾀﾋにたい", "タヒにたい"),
        ("ＤＶ　相談", "dv 相談"),
        ("つらい〜〜〜ーー", "つらいー"),
        ("死\u200bに\u200dたい", "死にたい"),
        ("a\x00b\x07c", "abc"),
        ("  行\n\t先  ", "行 先"),
        ("オ-バ-ド-ズ", "オーバードーズ"),
        ("👨‍👩‍👧 家族❤️", "👨👩👧 家族❤"),
        ("\ud800abc", "abc"),
        ("", ""),
    ],
)
def test_normalize(text: str, expected: str) -> None:
    assert japanese.normalize(text) == expected


@given(st.text(max_size=200))
def test_normalize_twice_changes_nothing_and_is_bounded(text: str) -> None:
    once = japanese.normalize(text)
    assert japanese.normalize(once) == once
    assert len(once) <= japanese.MAX_CHARACTERS


@given(hiragana)
def test_kana_in_any_width_folds_to_one(text: str) -> None:
    katakana = jaconv.hira2kata(text)
    assert japanese.fold(katakana) == japanese.fold(text) == japanese.fold(jaconv.z2h(katakana))
    assert japanese.to_hiragana(japanese.to_katakana(text)) == text


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_gives_words_that_the_index_accepts(text: str) -> None:
    for tokens in (japanese.tokens_for_index(text), japanese.tokens_for_query(text), japanese.readings(text)):
        for token in tokens:
            assert 0 < len(token) <= japanese.MAX_TOKEN
            assert not any(character.isspace() or character == "\x00" for character in token)
    assert set(japanese.tokens_for_query(text)) <= set(japanese.tokens_for_index(text))


@pytest.mark.parametrize("text", ["あ" * 60_000, "a" * 60_000, "😀" * 60_000, "ﷺ" * 10_000, "\x00" * 60_000])
def test_long_input_is_cut_instead_of_refused(text: str) -> None:
    assert len(japanese.normalize(text)) <= japanese.MAX_CHARACTERS
    japanese.tokens_for_index(text)
    japanese.readings(text)
    japanese.bigrams(text)
    japanese.digits(text)


def test_spellings_of_one_word_are_one_token() -> None:
    assert (
        japanese.tokens_for_query("こども食堂")
        == japanese.tokens_for_query("子ども食堂")
        == japanese.tokens_for_query("子供食堂")
        == ["子供", "食堂"]
    )


def test_index_has_the_whole_and_its_parts_and_no_particles() -> None:
    tokens = japanese.tokens_for_index("生活保護の相談窓口はどこですか。")
    assert {"生活保護", "生活", "保護", "相談窓口", "相談", "窓口"} <= set(tokens)
    assert not {"の", "は", "。", "です", "か"} & set(tokens)
    assert japanese.tokens_for_query("生活保護の相談") == ["生活保護", "相談"]


def test_readings_are_hiragana_without_particles() -> None:
    assert japanese.readings("居場所と相談") == ["いばしょ", "そうだん"]
    assert japanese.reading("学校に行きたくない。") == "がっこうにいきたくない"


def test_bigrams_fold_kana_and_do_not_cross_spaces() -> None:
    assert japanese.bigrams("リスカ 死") == ["りす", "すか", "死"]
    assert japanese.bigrams("りすか") == japanese.bigrams("ﾘｽｶ")


@pytest.mark.parametrize(
    ("word", "kana"),
    [
        ("shinitai", "しにたい"),
        ("sinitai", "しにたい"),
        ("kietai", "きえたい"),
        ("gakkou", "がっこう"),
        ("gakkō", "がっこう"),
        ("matcha", "まっちゃ"),
        ("shimbun", "しんぶん"),
        ("konnichiwa", "こんにちわ"),
        ("kon'ya", "こんや"),
        ("tyuugaku", "ちゅうがく"),
        ("hon", "ほん"),
        ("onna", "おんな"),
        ("nenkin", "ねんきん"),
        ("zyuusho", "じゅうしょ"),
        ("help", None),
        ("死にたい", None),
        ("3", None),
        ("", None),
    ],
)
def test_romaji(word: str, kana: str | None) -> None:
    assert japanese.romaji_to_kana(word) == kana


def test_romaji_query_keeps_what_is_not_romaji() -> None:
    assert japanese.romaji_query_to_kana("Sabishii help 夜") == "さびしい help 夜"


@given(st.text(max_size=100))
def test_romaji_never_fails(text: str) -> None:
    japanese.romaji_to_kana(text)
    japanese.romaji_query_to_kana(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("０１２０ー２７９", ["0120279"]),
        ("0120279338", ["0120279338"]),
        ("0120-279-338", ["0120279338"]),
        ("0120 279 338 に電話", ["0120279338"]),
        ("(0120)279338", ["0120279338"]),
        ("＃8008", ["8008"]),
        ("＃いのちSOS", []),
        ("一一〇番", ["110"]),
        ("+81 120 279 338", ["0120279338"]),
        ("１１９と110", ["119", "110"]),
        ("12歳", []),
    ],
)
def test_telephone_numbers_in_any_writing(text: str, expected: list[str]) -> None:
    assert japanese.digits(text) == expected


def test_threads_have_their_own_tokenizer_and_agree() -> None:
    texts = ["子ども食堂を探しています", "夜中に話せるところ", "生活保護の申請"] * 40
    alone = [japanese.tokens_for_index(text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(japanese.tokens_for_index, texts)) == alone
        assert len({id(t) for t in pool.map(lambda _: japanese.tokenizer(), range(40))}) >= 1


def test_dictionary_version_names_dictionary_and_rules() -> None:
    assert japanese.dictionary_version().startswith("sudachidict-core 20")
    assert f"rules {japanese.TEXT_RULES}" in japanese.dictionary_version()
