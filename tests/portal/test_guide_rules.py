"""The finder's rules as data: complete, kind, without dead ends, and their engine without any database."""

import json
import re
from copy import deepcopy
from typing import Any

import jsonschema
import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from tsunagari.portal.finder import in_use
from tsunagari.portal.finder.outcome import outcome_of
from tsunagari.portal.finder.path import every_walk, may_be_given, progress, walk
from tsunagari.portal.finder.rules import MAX_QUESTIONS, SKIP, BadRules, Rules, read_rules

DATA = settings.DATA_DIR
SHINAGAWA = "131091"
TAIL = {"when", "how", "where"}


def load(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def rules() -> Rules:
    return in_use.rules()


@pytest.fixture(scope="module")
def document(rules: Rules) -> dict[str, Any]:
    return dict(rules.document)


# -- the data -------------------------------------------------------------------------------------------


def test_the_document_has_the_shape_of_its_schema(document: dict[str, Any]) -> None:
    schema = load("guide/guide.schema.json")
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    assert [error.json_path for error in validator.iter_errors(document)] == []


def test_every_key_is_one_of_the_directory(rules: Rules) -> None:
    needs = {need["key"] for need in load("lexicon/needs.json")["needs"]}
    services = load("services.json")
    lines = {service["id"] for service in services["services"]}
    kinds = {kind["id"] for kind in services["municipal_services"]}
    programmes = {programme["id"] for programme in load("programmes.json")["programmes"]}
    classes = {one["key"] for one in load("lexicon/crisis.json")["classes"]}
    icons = set(re.findall(r'<symbol id="([^"]+)"', (settings.BASE_DIR / "static/img/icons.svg").read_text()))
    answers = [answer for question in rules.questions.values() for answer in question.answers]
    assert {key for result in rules.results for key in result.lines} <= lines
    assert {each.line for each in rules.always} <= lines
    assert {key for result in rules.results for key in result.kinds} <= kinds
    assert {key for result in rules.results for key in result.programmes} <= programmes
    assert {key for result in rules.results for key in result.needs} <= needs
    assert {key for answer in answers for key in answer.needs} <= needs
    assert {key for answer in answers for key in answer.danger} <= classes
    audiences = {who for service in services["services"] for who in service["audience"]}
    assert {key for answer in answers for key in answer.audience} <= needs | audiences
    assert {answer.icon for answer in answers if answer.icon} <= icons


def test_no_line_of_the_country_is_out_of_reach(rules: Rules) -> None:
    """Every line to talk to is offered to somebody."""
    source = load("services.json")["services"]
    talked_to = {
        service["id"]
        for service in source
        if service["status"] == "active"
        and {channel["type"] for channel in service["channels"]} & {"phone", "chat", "line"}
        and "emergency" not in service["topics"]
    }
    offered = {key for result in rules.results for key in result.lines}
    assert talked_to - offered == set()


def test_every_branch_is_there(rules: Rules) -> None:
    assert [answer.key for answer in rules.questions["about"].answers] == [
        "feelings", "harm", "family", "school", "work", "money", "health", "care", "aging", "home", "loss",
        "foreign", "someone", "unsure",
    ]  # fmt: skip


def test_at_most_seven_questions_on_every_path(rules: Rules) -> None:
    lengths = {len(way.steps) for way in every_walk(rules, area=SHINAGAWA) if way.ahead is None}
    assert max(lengths) == rules.longest[rules.start] == MAX_QUESTIONS == 7


def test_every_question_can_be_reached_and_left_without_an_answer(rules: Rules) -> None:
    reached = {way.ahead.key for way in every_walk(rules, area=SHINAGAWA) if way.ahead}
    assert reached == set(rules.questions)
    way = walk(rules, dict.fromkeys(rules.questions, SKIP))
    assert way.ahead is None
    assert not any(step.tells for step in way.steps)
    assert all(question.unsure for question in rules.questions.values())


def test_every_result_is_reached_and_explained(rules: Rules) -> None:
    ways = [way for way in every_walk(rules, area=SHINAGAWA) if TAIL.isdisjoint(way.answers)]
    whys = {
        reason.why
        for way in ways
        for outcome in [outcome_of(rules, way)]
        for found in (outcome.lines, outcome.kinds, outcome.programmes, outcome.needs)
        for reason in found.values()
    }
    assert {result.why.ja for result in rules.results} - {why.ja for why in whys if why} == set()


def texts(node: Any) -> list[dict[str, str]]:
    if isinstance(node, dict):
        if "easy_ja" in node:
            return [node]
        return [found for value in node.values() for found in texts(value)]
    return [found for value in node for found in texts(value)] if isinstance(node, list) else []


def test_every_text_is_in_three_languages_plain_and_short(document: dict[str, Any]) -> None:
    found = texts(document)
    assert len(found) > 500
    assert [text for text in found if re.search(r"[ぁ-んァ-ヶ一-龠]", text["en"])] == [
        text for text in found if "中文" in text["en"]
    ]
    for text in found:
        assert len(text["ja"]) <= 70, text["ja"]
        assert not re.search(r"[！!]|べき|なければなりません|ねばなりません", text["ja"] + text["easy_ja"])
        assert "!" not in text["en"]
        assert not re.search(r"\b(must|should)\b", text["en"]), text["en"]
        # a short sentence in easy Japanese has spaces between its parts
        long_runs = [run for run in re.split(r"[ 、。・（）「」]", text["easy_ja"]) if len(run) > 15]
        assert long_runs == [], text["easy_ja"]


def test_buttons_of_one_question_are_told_apart_in_every_language(rules: Rules) -> None:
    for question in rules.questions.values():
        for language in ("ja", "en", "easy_ja"):
            labels = [getattr(answer.text, language) for answer in question.answers]
            assert len(labels) == len(set(labels)), (question.key, language)
        assert 3 <= len(question.answers) <= 14 or question.kind == "area", question.key


def test_no_telephone_number_or_amount_stands_in_a_text(document: dict[str, Any]) -> None:
    """They would be out of date soon; three-digit numbers for emergencies stay for good."""
    number = re.compile(r"[0-9]{2,4}-[0-9]{2,4}|[0-9]{4,}|[0-9]円")
    assert [text["ja"] for text in texts(document) if any(map(number.search, text.values()))] == []


# -- the engine -----------------------------------------------------------------------------------------


def way_of(rules: Rules, **answers: str):
    return walk(rules, {key.replace("_", "-"): answer.replace("_", "-") for key, answer in answers.items()})


def test_danger_pins_and_ends_the_questions_where_there_is_no_time(rules: Rules) -> None:
    now = way_of(rules, about="feelings", feelings="die", feelings_now="soon")
    assert now.ahead is None
    assert outcome_of(rules, now).danger == ("self_harm",)
    hit = way_of(rules, about="harm", harm="partner", harm_now="danger")
    assert hit.ahead is None
    assert outcome_of(rules, hit).danger == ("violence_now", "abuse")
    assert outcome_of(rules, way_of(rules, about="school", school_who="me", school="people")).danger == ()


@pytest.mark.parametrize(
    ("answers", "danger"),
    [
        ({"about": "family", "family": "pregnant", "family-pregnant": "die"}, "self_harm"),
        ({"about": "care", "care": "tired", "care-self": "die"}, "self_harm"),
        ({"about": "work", "work": "overwork", "work-mind": "die"}, "self_harm"),
        ({"about": "aging", "aging": "die"}, "self_harm"),
        ({"about": "home", "home-who": "family", "home-family": "die"}, "self_harm"),
        ({"about": "loss", "loss": "pet", "loss-now": "follow"}, "self_harm"),
        ({"about": "foreign", "language": "vi", "foreign": "die"}, "self_harm"),
        ({"about": "someone", "someone": "online", "someone-sign": "die"}, "self_harm"),
        ({"about": "unsure", "unsure-wish": "end"}, "self_harm"),
        ({"about": "school", "school-who": "me", "school": "home", "school-home": "hit"}, "child_abuse"),
        ({"about": "health", "health": "urgent", "health-urgent": "grave"}, "emergency"),
        ({"about": "someone", "someone": "child", "someone-sign": "hurt"}, "child_abuse"),
        ({"about": "harm", "harm": "parent"}, "child_abuse"),
        ({"about": "harm", "harm": "sexual"}, "sexual_violence"),
    ],
)
def test_every_answer_that_speaks_of_danger_is_heard(
    rules: Rules, answers: dict[str, str], danger: str
) -> None:
    way = walk(rules, answers)
    assert way.answers == answers
    assert danger in outcome_of(rules, way).danger


def test_what_fits_best_comes_first_with_its_reason(rules: Rules) -> None:
    outcome = outcome_of(rules, way_of(rules, about="work", work="unpaid", work_living="short"))
    assert list(outcome.lines)[:2] == ["roudou-hotline", "houterasu"]
    assert list(outcome.programmes)[0] == "jukyo-kakuho"
    reason = outcome.programmes["jukyo-kakuho"]
    assert [(step.question.key, step.given) for step in reason.steps] == [("work-living", "short")]
    assert reason.why is not None


def test_a_child_and_an_adult_with_the_same_trouble_are_led_elsewhere(rules: Rules) -> None:
    asked = {"about": "harm", "harm": "parent", "harm-now": "safe"}
    child = outcome_of(rules, walk(rules, {**asked, "age": "child"}))
    adult = outcome_of(rules, walk(rules, {**asked, "age": "middle"}))
    assert list(child.lines)[0] == "jisou-189"
    assert "childline" in child.lines
    assert list(adult.lines)[0] == "yorisoi"
    assert "childline" not in adult.lines


def test_lines_for_whatever_hour_end_every_list(rules: Rules) -> None:
    for way in every_walk(rules, area=SHINAGAWA):
        if TAIL.isdisjoint(way.answers):
            assert {each.line for each in rules.always} <= set(outcome_of(rules, way).lines)


def test_reasons_name_answers_that_were_given(rules: Rules) -> None:
    for way in every_walk(rules, area=SHINAGAWA):
        if not TAIL.isdisjoint(way.answers):
            continue
        outcome = outcome_of(rules, way)
        for found in (outcome.lines, outcome.kinds, outcome.programmes, outcome.needs):
            for reason in found.values():
                assert reason.steps or reason.why
                assert all(way.answers[step.question.key] == step.given for step in reason.steps)
                assert all(step.tells for step in reason.steps)


def test_a_changed_answer_drops_what_no_longer_is_on_the_way(rules: Rules) -> None:
    answers = {"about": "care", "care": "tired", "care-self": "die", "when": "night"}
    changed = walk(rules, {**answers, "about": "aging"})
    assert changed.answers == {"about": "aging"}
    assert outcome_of(rules, changed).danger == ()


def test_progress_counts_up_to_the_longest_way(rules: Rules) -> None:
    way = walk(rules, {})
    assert way.ahead is not None
    first = progress(rules, way, way.ahead)
    assert (first.number, first.at_most) == (1, 7)
    way = walk(rules, {"about": "aging", "aging": "talk"})
    assert way.ahead is not None
    third = progress(rules, way, way.ahead)
    assert (third.number, third.at_most) == (3, 6)
    again = progress(rules, way, rules.questions["about"])
    assert (again.number, again.at_most) == (1, 7)
    for way in every_walk(rules, area=SHINAGAWA):
        if way.ahead:
            found = progress(rules, way, way.ahead)
            assert found.number == len(way.steps) + 1 <= found.at_most <= MAX_QUESTIONS


@given(answers=st.dictionaries(st.text(max_size=12), st.text(max_size=12), max_size=8))
def test_garbage_leads_nowhere_and_harms_nothing(answers: dict[str, str]) -> None:
    rules = in_use.rules()
    way = walk(rules, answers)
    assert all(may_be_given(step.question, step.given) for step in way.steps)
    assert outcome_of(rules, way).lines


@given(data=st.data())
def test_any_way_of_answering_comes_to_an_end_with_somebody_to_talk_to(data: st.DataObject) -> None:
    rules = in_use.rules()
    answers: dict[str, str] = {}
    while (ahead := walk(rules, answers).ahead) is not None:
        keys = [*(answer.key for answer in ahead.answers), SKIP]
        answers[ahead.key] = data.draw(st.sampled_from([*keys, SHINAGAWA] if ahead.kind == "area" else keys))
        assert len(answers) <= MAX_QUESTIONS
    assert outcome_of(rules, walk(rules, answers)).lines


# -- rules that contradict themselves ---------------------------------------------------------------------


def break_start(document: dict[str, Any]) -> None:
    document["start"] = "nothing"


def break_next(document: dict[str, Any]) -> None:
    document["questions"]["age"]["next"] = "nothing"


def break_circle(document: dict[str, Any]) -> None:
    document["questions"]["how"]["next"] = "when"


def break_unsure(document: dict[str, Any]) -> None:
    del document["questions"]["age"]["answers"][-1]


def break_twice(document: dict[str, Any]) -> None:
    document["questions"]["age"]["answers"].append(document["questions"]["age"]["answers"][0])


def break_kind(document: dict[str, Any]) -> None:
    document["questions"]["age"]["kind"] = "number"


def break_unreached(document: dict[str, Any]) -> None:
    document["questions"]["lost"] = document["questions"]["where"]


def break_condition(document: dict[str, Any]) -> None:
    document["results"][0]["when"] = {"age": ["ancient"]}


def break_condition_on_nothing(document: dict[str, Any]) -> None:
    document["results"][0]["when"] = {"mood": ["child"]}


def break_length(document: dict[str, Any]) -> None:
    document["questions"]["more"] = {**document["questions"]["age"], "next": None}
    document["questions"]["where"]["answers"][0]["next"] = "more"


def break_always(document: dict[str, Any]) -> None:
    document["always"] = []


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (break_start, "no question nothing"),
        (break_next, "leads to nothing"),
        (break_circle, "circle"),
        (break_unsure, "whoever does not know"),
        (break_twice, "twice"),
        (break_kind, "no known kind"),
        (break_unreached, "never asked"),
        (break_condition, "ancient"),
        (break_condition_on_nothing, "no question mood"),
        (break_length, "8 questions"),
        (break_always, "whatever hour"),
    ],
)
def test_rules_that_contradict_themselves_are_refused(document: dict[str, Any], harm: Any, said: str) -> None:
    broken = deepcopy(document)
    harm(broken)
    with pytest.raises(BadRules, match=said):
        read_rules(broken)
