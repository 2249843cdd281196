"""Likeness, traces of persons in a text, and receipts: pure."""

import time
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagari.council.likeness import Said, normal_form, propose_groups
from tsunagari.council.personal_data import clean, find_personal_data, masked
from tsunagari.council.receipts import ALPHABET, read_code, receipt_code, receipt_digest

KEY = bytes(range(32))
TEXT = "夜間も電話で相談できる窓口を、全国に置いてください。お願いします。"


def groups(*texts, places=None):
    said = [
        Said(UUID(int=number), text, None if places is None else places[number])
        for number, text in enumerate(texts)
    ]
    return [tuple(id_.int for id_ in proposal.ids) for proposal in propose_groups(said)]


def test_the_same_words_in_another_dress_are_alike():
    assert groups(TEXT, "夜間も 電話で相談できる窓口を全国に置いて下さい！お願いします") == [(0, 1)]


def test_other_words_are_not():
    assert groups(TEXT, "子どもの居場所の予算をふやしてください。", "賛成です。", "反対です。") == []


def test_short_ones_are_compared_too():
    assert groups("賛成です。", "反対です。", "賛成です", "賛成です！") == [(0, 2, 3)]


def test_other_paragraphs_are_kept_apart():
    assert groups(TEXT, TEXT, places=[1, 2]) == []


def test_empty_texts_and_marks_group_nobody():
    assert groups("", "！！", "。。") == []


@given(st.lists(st.text(max_size=40), max_size=12))
def test_everybody_is_in_one_group_at_most(texts):
    found = [number for group in groups(*texts) for number in group]
    assert len(found) == len(set(found))


@given(st.text(min_size=1, max_size=80))
def test_a_text_is_like_itself(text):
    assert groups(text, text) == ([(0, 1)] if normal_form(text) else [])


def test_a_campaign_of_thousands_takes_seconds():
    texts = [f"{TEXT}{'あいうえお'[n % 5]}" for n in range(3_000)] + [
        f"意見その{n}：{uuid4()}" for n in range(500)
    ]
    began = time.process_time()
    (largest, *_rest) = groups(*texts)
    assert len(largest) == 3_000
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("電話は 090-1234-5678 です", ["phone"]),
        ("０３（１２３４）５６７８まで", ["phone"]),
        ("+81 90 1234 5678", ["phone"]),
        ("taro.yamada+x@example.co.jp へ", ["mail"]),
        ("〒100-8914", ["postal"]),
        ("東京都千代田区永田町1-6-1", ["address"]),
        ("千代田区永田町一丁目に住む", ["address"]),
        ("マイナンバーは1234 5678 9012", ["number"]),
        ("山田太郎と申します。", ["name"]),
        # what a comment on a plan says anyway
        ("令和5年度までに1,741の市区町村で、39.3％を10年で。", []),
        ("第2章 3 (1) の対策", []),
        ("2021年12月28日に決定", []),
        ("いのちの電話は 0120", []),
    ],
)
def test_what_may_tell_of_a_person(text, kinds):
    assert [found.kind for found in find_personal_data(text)] == kinds
    if kinds:
        first = find_personal_data(text)[0]
        assert text[first.start : first.end] not in masked(text)


@given(st.text(max_size=200))
def test_masking_leaves_nothing_to_find_and_never_fails(text):
    assert [f for f in find_personal_data(masked(text)) if f.kind != "name"] == []


@given(st.text(max_size=300))
def test_cleaning_is_done_once(text):
    assert clean(clean(text, 100), 100) == clean(text, 100)
    assert "\x00" not in clean(text, 100)


@given(st.uuids())
def test_codes_are_read_back_however_they_are_typed(comment_id):
    code = receipt_code(KEY, comment_id)
    assert set(code) - {"-"} <= set(ALPHABET)
    wide = code.lower().translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789abcdefghijklmnopqrstuvwxyz"})
    for typed in (code, code.lower(), code.replace("-", ""), code.replace("-", " "), wide):
        assert read_code(typed) == code


@pytest.mark.parametrize("typed", ["", "ABCD", "ABCD-EFGH-JKMN-PQR0", "A" * 17, "あ" * 16, "\x00" * 16])
def test_what_is_no_code(typed):
    assert read_code(typed) == ""


def test_another_key_or_comment_is_another_code():
    one, other = uuid4(), uuid4()
    assert receipt_code(KEY, one) == receipt_code(KEY, one)
    assert receipt_code(KEY, one) != receipt_code(KEY, other)
    assert receipt_code(KEY, one) != receipt_code(bytes(32), one)
    assert receipt_digest(KEY, receipt_code(KEY, one)) != receipt_digest(KEY, receipt_code(KEY, other))
