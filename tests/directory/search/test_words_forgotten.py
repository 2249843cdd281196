"""A question lives for its request: nothing of it stays in the memory of a process, nor in the database."""

import functools
import gc
from collections import OrderedDict
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test import Client

from tsunagari.directory.api import listing
from tsunagari.directory.search.query import SearchResponse

# a name and words that no entry has, in the writings that search tells apart
WORDS = ("ゴンザレス鰐渕", "zyxwvnamida", "09011122233", "ぬぺろん")
QUESTION = f"{WORDS[0]}に殴られた {WORDS[1]} {WORDS[2]} {WORDS[3]}"


def _caches() -> Iterator[object]:
    kind = type(functools.lru_cache(len))
    for found in gc.get_objects():
        # not isinstance: that would wake lazy objects, which stand here by the thousand
        if type(found) is kind and str(getattr(found, "__module__", "")).startswith("tsunagari"):
            yield found


def _texts_in(memory: object, depth: int = 5) -> Iterator[str]:
    """Every text that a cache holds, in its keys and values."""
    if isinstance(memory, str):
        yield memory
    elif depth and (isinstance(memory, dict | list | tuple | set | frozenset) or depth == 5):
        for part in gc.get_referents(memory):
            yield from _texts_in(part, depth - 1)


def _pieces() -> set[str]:
    return {"ゴンザレス", "ごんざれす", "鰐渕", "わにぶち", *WORDS[1:]}


def test_a_cache_is_read_through():
    """The test below can fail."""

    @functools.lru_cache
    def kept(text: str) -> str:
        return text.upper()

    kept("ぬぺろん")
    assert "ぬぺろん" in set(_texts_in(kept))
    assert len(list(_caches())) >= 10


def test_no_word_of_a_question_stays_in_memory(ask: Callable[..., SearchResponse]):
    ask(QUESTION)
    ask(WORDS[3])
    kept = {text for memory in _caches() for text in _texts_in(memory)}
    assert not [text for text in kept if any(piece in text for piece in _pieces())]


@pytest.mark.usefixtures("directory_data")
def test_no_word_of_an_api_search_stays_in_memory(client: Client):
    assert client.get("/api/hsds/services", {"search": WORDS[3]}).status_code == 200
    kept = {text for memory in _caches() for text in _texts_in(memory)}
    kept |= {str(key) for key in listing._counts}
    assert isinstance(listing._counts, OrderedDict)
    assert not [text for text in kept if any(piece in text for piece in _pieces())]


def test_a_question_writes_nothing_into_the_database(ask: Callable[..., SearchResponse], client: Client):
    ask("ことば")  # reads what it needs the first time
    with connection.cursor() as cursor:
        written = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables"
        cursor.execute(written)
        before = cursor.fetchone()
        ask(QUESTION)
        client.post("/search/", {"q": QUESTION})
        cursor.execute(written)
        assert cursor.fetchone() == before
