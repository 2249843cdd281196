"""What words say about danger: the rules as data, reading over several messages, the judged contacts."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bench.risk import HALVES, figures, judged, misses_by_group, read_contact, tables, written
from tsunagari.consultation.models import RiskAssessment
from tsunagari.consultation.risk_rules import Reading, RiskRulesError, read_rules, risk_rules
from tsunagari.consultation.states import RiskLevel
from tsunagari.directory.lexicon import lexicon

FILE = settings.DATA_DIR / "consultation" / "risk.json"
FEWEST_OF_A_GROUP = 10


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
    """Bounds a little below what is read today; docs/consultation-risk.md tells what they are worth."""

    # least share of: imminent read as such, imminent read as high, high; most of: calm read as high
    BOUNDS = {  # noqa: RUF012
        "tune": (0.92, 0.96, 0.96, 0.08),
        "unseen": (0.85, 0.92, 0.90, 0.12),
        "last": (0.50, 0.75, 0.85, 0.20),
    }

    @pytest.mark.parametrize("half", HALVES)
    def test_what_is_found_and_what_is_called_in_vain(self, half):
        found = figures(judged(half, risk_rules()))
        imminent, at_least_high, high, calm = self.BOUNDS[half]
        assert self.share(found.imminent) >= imminent
        assert self.share(found.imminent_at_least_high) >= at_least_high
        assert self.share(found.high) >= high
        assert self.share(found.calm_high) <= calm
        assert self.share(found.below_high_called_imminent) <= 0.03

    def test_no_group_is_left_out(self):
        """Of none of the larger groups is half missed, in what rules were not made from."""
        contacts = [*judged("unseen", risk_rules()), *judged("last", risk_rules())]
        for group, members in misses_by_group(contacts).items():
            for name, (missed, of) in members.items():
                assert of < FEWEST_OF_A_GROUP or missed < of / 2, (group, name)

    def test_there_are_enough_and_each_stands_once(self):
        contacts = [one for half in HALVES for one in judged(half, risk_rules())]
        assert len(contacts) >= 400
        assert len({one.say for one in contacts}) == len({one.id for one in contacts}) == len(contacts)

    def test_the_document_tells_the_figures_of_today(self):
        assert written() == tables(risk_rules())

    @staticmethod
    def share(figure: tuple[int, int]) -> float:
        return figure[0] / figure[1]


def test_keys_are_told_in_words():
    told = risk_rules().topics_of(["took_many", "took_already", "self_harm", "rules-1"], language="en")
    assert told == ["has taken pills or poison", "wishes to die, or hurts themselves"]
    assert all(len(risk_rules().topics_of([key], language="ja")) == 1 for key in risk_rules().keys)
