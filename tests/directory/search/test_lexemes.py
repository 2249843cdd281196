"""Lexemes: quoting that PostgreSQL reads back, telephone numbers, weights."""

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from tsunagari.core import japanese
from tsunagari.directory.search.lexemes import any_of, run_together, telephone_lexemes, tsvector, words

text = st.text(
    alphabet=st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=20
)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "lexeme", ["死ぬ", "o'clock", "back\\slash", "a:b", "(x|y)", "'", "\\", "!", "&", "@ch:phone"]
)
def test_any_lexeme_is_found_again(lexeme: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT %s::tsvector @@ %s::tsquery, %s::tsvector @@ %s::tsquery",
            [tsvector([("A", [lexeme])], []), any_of([lexeme]), tsvector([], [lexeme]), any_of([lexeme])],
        )
        assert cursor.fetchone() == (True, True)


@pytest.mark.django_db
@given(st.lists(text, min_size=1, max_size=5))
def test_no_text_breaks_the_syntax(lexemes: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT %s::tsvector @@ %s::tsquery", [tsvector([("B", lexemes)], []), any_of(lexemes)]
        )
        assert cursor.fetchone() == (True,)


def test_a_lexeme_stands_once_with_its_highest_weight() -> None:
    assert tsvector([("A", ["名"]), ("D", ["名", "他"])], ["@free", "@free"]) == "'名':1A '他':1 '@free'"


@pytest.mark.parametrize(
    ("value", "lexemes"),
    [
        ("0120-279-338", ["@tel:0120279338", "@tel:279338"]),
        ("0570-064-556", ["@tel:0570064556", "@tel:064556"]),
        ("#8008", ["@tel:8008"]),
        ("189", ["@tel:189"]),
        ("03-1234-5678", ["@tel:0312345678", "@tel:12345678"]),
        ("https://example.jp/", []),
    ],
)
def test_a_number_is_found_whole_and_by_its_tail(value: str, lexemes: list[str]) -> None:
    assert telephone_lexemes(value) == lexemes


def test_parts_of_a_compound_are_words_too() -> None:
    assert {"生活保護", "生活", "保護"} <= set(words("生活保護"))


def test_run_together_keeps_letters_only() -> None:
    assert run_together("いのちの電話（フリーダイヤル）") == "いのちの電話ふりーだいやる"
    assert run_together("Cure time") == "curetime"
    assert len(run_together("あ" * 500)) == japanese.MAX_TOKEN
