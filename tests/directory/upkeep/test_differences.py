"""What a draft changes, word by word; and drafts carried over."""

import time

from hypothesis import given
from hypothesis import strategies as st

from tsunagari.directory.differences import merged, rows_apart, words_apart


def text(side: tuple[tuple[bool, str], ...]) -> str:
    return "".join(piece for _, piece in side)


@given(st.text(max_size=200), st.text(max_size=200))
def test_both_sides_read_as_they_were(before: str, after: str):
    left, right = words_apart(before, after)
    assert (text(left), text(right)) == (before, after)
    shared = ["".join(piece for changed, piece in side if not changed) for side in (left, right)]
    assert shared[0] == shared[1]


def test_words_are_marked_and_not_letters():
    left, right = words_apart("受付は 9:00 から、電話で。", "受付は 10:00 から、電話で。")
    assert [piece for changed, piece in left if changed] == ["9"]
    assert [piece for changed, piece in right if changed] == ["10"]


def test_a_text_made_to_be_slow_is_compared_as_a_whole():
    began = time.monotonic()
    left, right = words_apart("あ" * 5_000, "いあ" * 2_500)
    assert time.monotonic() - began < 1
    assert (text(left), text(right)) == ("あ" * 5_000, "いあ" * 2_500)


def test_rows_are_added_changed_removed_and_moved():
    old = [{"id": "1", "name": "電話", "value": "1"}, {"id": "2", "name": "LINE", "value": "2"}]
    new = [{"id": "3", "name": "チャット", "value": "3"}, {"id": "1", "name": "電話", "value": "9"}]
    found = {row.name: (row.what, [field.field for field in row.fields]) for row in rows_apart("x", old, new)}
    assert found == {
        "チャット": ("added", ["value"]),
        "電話": ("changed", ["value"]),
        "LINE": ("removed", ["value"]),
    }
    (moved,) = rows_apart("x", old, [old[1], old[0]])
    assert (moved.what, moved.fields[0].field) == ("moved", "order")
    assert rows_apart("x", old, old) == []


VALUES = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 2), min_size=4)


@given(VALUES, VALUES, VALUES)
def test_what_only_one_side_changed_is_kept_and_what_both_did_is_named(
    base: dict[str, int], mine: dict[str, int], theirs: dict[str, int]
):
    result, both = merged(base, mine, theirs)
    for name in "abcd":
        if mine[name] == base[name]:
            assert result[name] == theirs[name]
        else:
            assert result[name] == mine[name]
        clash = mine[name] != base[name] and theirs[name] != base[name] and mine[name] != theirs[name]
        assert (name in both) == clash
