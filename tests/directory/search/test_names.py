"""Services called by name, and suggestions."""

import pytest

from tsunagari.directory.models import Service
from tsunagari.directory.search.names import called_by_name, did_you_mean, distance, telling

pytestmark = pytest.mark.usefixtures("directory_data")


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [
        ("", "", 0),
        ("かな", "かな", 0),
        ("かな", "なか", 1),
        ("ひきこもり", "ひきこまり", 1),
        ("abc", "abcd", 1),
        ("abc", "xyz", 3),
    ],
)
def test_distance(one: str, other: str, edits: int) -> None:
    assert distance(one, other, 5) == distance(other, one, 5) == edits
    assert distance(one, other, 0) == min(edits, 1)


@pytest.mark.parametrize(
    ("text", "key", "least"),
    [
        ("よりそいホットライン", "yorisoi", 1.0), ("よりそいほっとらいん 電話番号", "yorisoi", 0.9),
        ("チャイルドラン", "childline", 0.8), ("いのちの電話", "inochi-freedial", 0.6),
    ],
)  # fmt: skip
def test_called_by_name(text: str, key: str, least: float) -> None:
    service = Service.objects.get(key=key)
    assert called_by_name(text)[str(service.pk)] >= least


def test_municipal_kinds_are_called_by_their_key() -> None:
    assert called_by_name("地域包括支援センター")["houkatsu"] == 1.0


@pytest.mark.parametrize("text", ["", "あ", "学校 行きたくない", "眠れない"])
def test_not_every_text_is_a_name(text: str) -> None:
    assert called_by_name(text) == {}


def test_did_you_mean() -> None:
    assert did_you_mean("ヤングケラー") == "ヤングケアラー"
    assert did_you_mean("ほげほげぴよぴよ") is None
    assert did_you_mean("あ" * 500) is None


def test_rare_words_tell_more() -> None:
    assert telling(["相談"]) < telling(["アイヌ"]) <= telling(["どこにもないことば"])
