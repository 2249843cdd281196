"""What words say about danger: the rules as data, reading over several messages, the judged contacts."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bench.risk import figures, judged, read_contact
from tsunagari.consultation.models import RiskAssessment
from tsunagari.consultation.risk_rules import Reading, RiskRulesError, read_rules, risk_rules
from tsunagari.consultation.states import RiskLevel
from tsunagari.directory.lexicon import lexicon

FILE = settings.DATA_DIR / "consultation" / "risk.json"


def changed(tmp_path: Path, change) -> Path:
    content = json.loads(FILE.read_text(encoding="utf-8"))
    change(content)
    file = tmp_path / "risk.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


@pytest.mark.parametrize("rule", risk_rules().rules, ids=lambda rule: rule.key)
def test_each_rule_holds_in_its_example_and_raises_to_its_level(rule):
    reading = risk_rules().read(rule.example)
    assert rule.key in reading.kinds
    assert reading.level >= rule.level


@pytest.mark.parametrize("kind", ["masks", "denials"])
def test_what_is_taken_out_asks_for_little(kind):
    for row in json.loads(FILE.read_text(encoding="utf-8"))[kind]:
        most = RiskLevel.CONCERN
        assert risk_rules().read(row["example"]).level <= most, row["example"]


def test_a_mask_takes_out_its_own_letters_only():
    assert risk_rules().read("テストで死んだ。もう死にたい").level == RiskLevel.HIGH
    assert risk_rules().read("死にたいわけじゃないけど、いま薬を全部飲んだ").level == RiskLevel.IMMINENT


def test_who_thinks_of_it_every_day_denies_nothing():
    assert risk_rules().read("死にたいと思わない日はないです").level == RiskLevel.HIGH


@pytest.mark.parametrize(
    ("say", "level"),
    [
        (["薬を", "ぜんぶ", "飲んじゃった"], RiskLevel.IMMINENT),
        (["しに", "たい"], RiskLevel.HIGH),
        (["今", "仕事", "終わりました"], RiskLevel.NONE),
    ],
)
def test_half_sentences_are_read_together(say, level):
    assert read_contact(risk_rules(), say).level == level


def test_a_long_message_is_read_to_its_end():
    assert risk_rules().read("今日は天気がよかったです。" * 200 + "いま橋の上にいます").level == 3


@pytest.mark.parametrize("text", ["", " ", "。", "\n", "ꙮ" * 900, "死" * 4000, "( [ ] * + \\", "😀" * 400])
def test_nothing_that_can_be_written_breaks_it(text):
    assert isinstance(risk_rules().read(text), Reading)


@given(st.text(max_size=300), st.text(max_size=300))
@hypothesis_settings(max_examples=60, deadline=None)
def test_any_text_can_be_read_and_reasons_are_keys(before, text):
    known = risk_rules().keys
    for reading in (risk_rules().read(text), risk_rules().read_together([before], text)):
        assert set(reading.kinds) <= known
        assert bool(reading.level) <= bool(reading.kinds)


def test_every_key_can_be_kept():
    longest = RiskAssessment._meta.get_field("kinds").base_field.max_length
    assert all(len(key) <= longest for key in risk_rules().keys)
    assert len(f"rules-{risk_rules().version}") <= longest


def test_the_rules_name_no_unknown_sign(tmp_path):
    file = changed(tmp_path, lambda content: content["rules"][0]["when"].append("nowhere"))
    with pytest.raises(RiskRulesError, match=r"rules\.took_many: unknown sign 'nowhere'"):
        read_rules(file, lexicon=lexicon())


def test_a_rule_without_a_true_example_is_refused(tmp_path):
    file = changed(tmp_path, lambda content: content["rules"][0].update(example="こんにちは"))
    with pytest.raises(RiskRulesError, match="does not hold in its example"):
        read_rules(file, lexicon=lexicon())


@pytest.mark.parametrize("pattern", ["死.*い", "(?:あ{1,3}){2}", "し\\b"])
def test_slow_or_foreign_patterns_are_refused(tmp_path, pattern):
    file = changed(tmp_path, lambda content: content["signs"]["now"].append(pattern))
    with pytest.raises(RiskRulesError, match=r"signs\.now"):
        read_rules(file, lexicon=lexicon())


def test_all_classes_of_the_lexicon_have_their_levels(tmp_path):
    file = changed(tmp_path, lambda content: content["classes"].pop("abuse"))
    with pytest.raises(RiskRulesError, match="classes"):
        read_rules(file, lexicon=lexicon())


class TestJudgedContacts:
    """Bounds below what `make bench-risk` prints today; docs/consultation-risk.md tells what they mean."""

    @staticmethod
    def share(figure: tuple[int, int]) -> float:
        return figure[0] / figure[1]

    def test_the_half_that_rules_were_tuned_on(self):
        found = figures(judged("tune", risk_rules()))
        assert self.share(found.imminent) >= 0.95
        assert self.share(found.imminent_at_least_high) >= 0.98
        assert self.share(found.high) >= 0.98
        assert self.share(found.calm_high) <= 0.08
        assert self.share(found.below_high_called_imminent) <= 0.02


def test_keys_are_told_in_words():
    told = risk_rules().topics_of(["took_many", "took_already", "self_harm", "rules-1"], language="en")
    assert told == ["has taken pills or poison", "wishes to die, or hurts themselves"]
    assert all(len(risk_rules().topics_of([key], language="ja")) == 1 for key in risk_rules().keys)
