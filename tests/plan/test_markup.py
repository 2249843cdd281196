"""Text as people type it: read, written back, and paragraphs that keep their ids."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagari.plan.text.markup import (
    MAX_PARAGRAPHS,
    Piece,
    Span,
    TooLong,
    keep_ids,
    plain,
    read,
    spans,
    write,
)


def test_headings_items_quotes_and_paragraphs():
    typed = "# 相談\n電話を開く。\n夜も開く。\n\n・ 昼\n  - 朝\n> 声を聞いた。\n> 二行め\n\nおわり"
    assert read(typed) == [
        Piece("heading", "相談"),
        Piece("paragraph", "電話を開く。\n夜も開く。"),
        Piece("item", "昼"),
        Piece("item", "朝", 2),
        Piece("quote", "声を聞いた。\n二行め"),
        Piece("paragraph", "おわり"),
    ]


@given(st.text(alphabet="# -・*>　 \n\t\rあ亜a[](https://)**\x00\u2028", max_size=200))
def test_what_was_read_is_written_so_that_it_reads_the_same(typed: str):
    pieces = read(typed)
    assert read(write(pieces)) == pieces
    assert all(piece.text.strip() for piece in pieces)


def test_only_bold_and_links_are_markup():
    text = "**24時間**、[調べる](https://example.org/a) <script>alert(1)</script> [x](javascript:alert(1))"
    assert spans(text) == [
        Span("24時間", bold=True),
        Span("、"),
        Span("調べる", href="https://example.org/a"),
        Span(" <script>alert(1)</script> [x](javascript:alert(1))"),
    ]
    assert plain("**あ**[い](https://example.org)う") == "あいう"


def test_too_much_is_refused():
    with pytest.raises(TooLong):
        read("- あ\n" * (MAX_PARAGRAPHS + 1))
    with pytest.raises(TooLong):
        read("あ" * 9_001)


def test_a_paragraph_keeps_its_id_when_reworked_moved_or_pushed_down():
    one, two, three = uuid4(), uuid4(), uuid4()
    old = [(one, "電話の相談を夜も開く。"), (two, "人を育てる。"), (three, "居場所をふやす。")]
    new = ["はじめに書く。", "居場所をふやす。", "電話とチャットの相談を夜も開く。", "人を育てる。"]
    ids = keep_ids(old, new)
    assert ids[1:] == [three, one, two]
    assert ids[0] not in {one, two, three}


def test_other_words_are_another_paragraph():
    one = uuid4()
    assert keep_ids([(one, "電話の相談を夜も開く。")], ["予算はこの表による。"]) != [one]


def test_two_equal_paragraphs_are_two():
    one, two = uuid4(), uuid4()
    assert keep_ids([(one, "同じ"), (two, "同じ")], ["同じ", "同じ", "同じ"])[:2] == [one, two]


@given(st.lists(st.sampled_from(["あい", "うえ", "あいう", "おか"]), max_size=8), st.data())
def test_ids_are_never_given_twice(old_texts: list[str], data: st.DataObject):
    new = data.draw(st.lists(st.sampled_from(["あい", "うえ", "あいう", "きく"]), max_size=8))
    ids = keep_ids([(uuid4(), text) for text in old_texts], new)
    assert len(set(ids)) == len(ids) == len(new)
