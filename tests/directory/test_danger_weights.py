"""The second look at danger: weights over letters and words, learnt from judged questions."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from tsunagari.directory.lexicon import LexiconError, crisis_signals, lexicon
from tsunagari.directory.lexicon.weights import grams, read_weights

CLASSES = tuple(one.key for one in lexicon().crisis.classes)
THIRD = [
    json.loads(line)
    for line in (settings.BASE_DIR / "tests/relevance/third.jsonl").read_text(encoding="utf-8").splitlines()
]
"""400 questions of a third author, who had read neither the rules nor the others' questions."""


def small(tmp_path: Path, **changes: object) -> Path:
    content = {
        "certain": 0.9,
        "doubtful": 0.05,
        "bias": -1.0,
        "weights": {"死": 12.0, "/死ぬ": 12.0, "笑": -9.0},
        "kinds": {"self_harm": {"bias": 0.0, "weights": {"死": 1.0}}, "abuse": {"bias": 0.1, "weights": {}}},
    }
    file = tmp_path / "danger_weights.json"
    file.write_text(json.dumps(content | changes), encoding="utf-8")
    return file


def test_grams_are_letters_without_spaces_words_and_pairs_of_words():
    found = grams("死に たい 夜")
    assert {"死", "死に", "死にた", "死にたい", "に", "たい夜", "/夜"} <= found
    assert not [gram for gram in found if " " in gram]


def test_what_spoke_most_for_danger_is_named(tmp_path: Path):
    weights = read_weights(small(tmp_path), classes=CLASSES)
    assert weights is not None
    danger = weights.weigh("死ぬ")
    assert danger.likelihood > 0.9
    assert danger.kind == "self_harm"
    assert set(danger.reasons) <= {"死", "/死ぬ", "死ぬ"}
    assert weights.weigh("笑う").likelihood < 0.5


def test_without_a_file_the_rules_stand_alone(tmp_path: Path):
    assert read_weights(tmp_path / "none.json", classes=CLASSES) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"kinds": {"boredom": {"bias": 0, "weights": {}}}},
        {"weights": {"死": "much"}},
        {"weights": []},
        {"certain": 0.01},
        {"bias": None},
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path: Path, changes: dict[str, object]):
    with pytest.raises(LexiconError, match=r"danger_weights\.json"):
        read_weights(small(tmp_path, **changes), classes=CLASSES)


@given(st.text(max_size=2_000))
def test_any_text_has_a_likelihood(text: str):
    weights = lexicon().weights
    assert weights is not None
    assert 0 <= weights.weigh(text).likelihood <= 1


def test_a_long_text_is_never_talked_out_of_its_danger():
    """Many harmless words around it make a text no less dangerous."""
    harmless = "今日は学校で体育があって、給食はカレーで、友達と映画とゲームの話をして楽しかったです。"
    assert crisis_signals(harmless * 3 + "でももう死にたい")


def test_questions_of_an_author_who_knew_nothing_of_the_rules():
    """Not a measure of the future: these were looked at when `doubtful` was chosen. The final half is one."""
    crises = [row["q"] for row in THIRD if row["crisis"]]
    others = [row["q"] for row in THIRD if not row["crisis"]]
    missed = [q for q in crises if not crisis_signals(q)]
    pinned = [q for q in others if crisis_signals(q)]
    assert len(crises) == len(others) == 200
    assert len(missed) <= 0.01 * len(crises), missed
    assert len(pinned) <= 0.05 * len(others), pinned
