"""The rules of the finder as data: data/guide/guide.json and data/guide/branches/*.json.

Together they are one document, downloadable at /guide/rules.json; data/guide/guide.schema.json is its shape.

    version    date of the rules
    start      key of the first question
    questions  key → {text, hint?, kind, answers, next}; an answer has text, next (where it differs from the
               question's), and what it tells: needs, audience, danger, language
    always     lines for whatever trouble, at whatever hour: they end every list
    results    {when, unless?, rank?, lines, kinds, programmes, needs, why}: offered when every question of
               `when` has one of the answers named, and no question of `unless` has; below 0 in rank: later
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

MAX_QUESTIONS = 7
"""On any path: whoever is tired does not answer an eighth."""
SKIP = "skip"
"""The answer of whoever goes on without one; it is written nowhere and leads on like "I do not know"."""


class BadRules(ValueError):
    """The rules contradict themselves; the message names the question or result."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text in the three languages of the finder."""

    ja: str
    en: str
    easy_ja: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A button. ``next``: key of the question after it, None: the results.

    needs and audience: terms of the taxonomy that it tells of. danger: classes of lexicon/crisis.json.
    language: the code of a language that the person speaks. unsure: "I do not know, I would rather not say".
    """

    key: str
    text: Words
    next: str | None
    icon: str = ""
    needs: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    danger: tuple[str, ...] = ()
    language: str = ""
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A page. kind: ``choice`` among ``answers``, or ``area``: a place by its name, or none."""

    key: str
    kind: str
    text: Words
    hint: Words | None
    answers: tuple[Answer, ...]
    next: str | None

    def answer(self, key: str) -> Answer | None:
        """The answer with this key; of an area, only "I would rather not say" is one."""
        return next((answer for answer in self.answers if answer.key == key), None)

    @property
    def unsure(self) -> Answer:
        """The answer that every question has."""
        return next(answer for answer in self.answers if answer.unsure)


@dataclass(frozen=True, slots=True)
class Result:
    """What is offered on a condition. ``why``: what it can do for somebody who answered so."""

    when: Mapping[str, frozenset[str]]
    unless: Mapping[str, frozenset[str]]
    lines: tuple[str, ...]
    kinds: tuple[str, ...]
    programmes: tuple[str, ...]
    needs: tuple[str, ...]
    why: Words
    rank: int


@dataclass(frozen=True, slots=True)
class AnyHour:
    """A line for whatever trouble that never closes."""

    line: str
    why: Words


@dataclass(frozen=True)
class Rules:
    """All of it. ``document``: as it is downloaded."""

    version: str
    start: str
    questions: Mapping[str, Question]
    always: tuple[AnyHour, ...]
    results: tuple[Result, ...]
    document: Mapping[str, Any]

    @cached_property
    def longest(self) -> Mapping[str, int]:
        """How many questions there are at most from each question on, itself counted."""
        found: dict[str, int] = {}

        def count(key: str, above: tuple[str, ...]) -> int:
            if key in above:
                raise BadRules(f"questions in a circle: {' > '.join((*above, key))}")
            if key not in found:
                after = [count(following, (*above, key)) for following in self.after(key)]
                found[key] = 1 + max(after, default=0)
            return found[key]

        count(self.start, ())
        return found

    @cached_property
    def resting_on(self) -> Mapping[tuple[str, str], tuple[tuple[int, Result], ...]]:
        """The results, with their places, by one of the questions that each asks and an answer to it."""
        found: dict[tuple[str, str], list[tuple[int, Result]]] = {}
        for place, result in enumerate(self.results):
            key, answers = next(iter(result.when.items()))
            for answer in answers:
                found.setdefault((key, answer), []).append((place, result))
        return {pair: tuple(results) for pair, results in found.items()}

    def after(self, key: str) -> frozenset[str]:
        """The questions that may follow a question."""
        question = self.questions[key]
        return frozenset(
            following
            for following in (question.next, *(answer.next for answer in question.answers))
            if following is not None
        )


def load_rules(folder: Path) -> Rules:
    """Read and check the rules of ``folder`` (data/guide).

    Raises:
        BadRules: they contradict themselves.
    """
    document = json.loads((folder / "guide.json").read_text(encoding="utf-8"))
    for file in sorted((folder / "branches").glob("*.json")):
        branch = json.loads(file.read_text(encoding="utf-8"))
        if repeated := branch["questions"].keys() & document["questions"].keys():
            raise BadRules(f"{file.name}: {sorted(repeated)} asked twice")
        document["questions"] |= branch["questions"]
        document["results"] += branch["results"]
    return read_rules(document)


def read_rules(document: Mapping[str, Any]) -> Rules:
    """The rules of a whole document (see the module).

    Raises:
        BadRules: they contradict themselves.
    """
    rules = Rules(
        version=document["version"],
        start=document["start"],
        questions={key: _question(key, one) for key, one in document["questions"].items()},
        always=tuple(AnyHour(each["line"], _words(each["why"])) for each in document["always"]),
        results=tuple(_result(each) for each in document["results"]),
        document=document,
    )
    for fault in _faults(rules):
        raise BadRules(fault)
    return rules


def _words(texts: Mapping[str, str]) -> Words:
    return Words(texts["ja"], texts["en"], texts["easy_ja"])


def _question(key: str, source: Mapping[str, Any]) -> Question:
    following = source["next"]
    return Question(
        key=key,
        kind=source["kind"],
        text=_words(source["text"]),
        hint=_words(source["hint"]) if "hint" in source else None,
        answers=tuple(_answer(each, following) for each in source["answers"]),
        next=following,
    )


def _answer(source: Mapping[str, Any], following: str | None) -> Answer:
    return Answer(
        key=source["key"],
        text=_words(source["text"]),
        next=source.get("next", following),
        icon=source.get("icon", ""),
        needs=tuple(source.get("needs", ())),
        audience=tuple(source.get("audience", ())),
        danger=tuple(source.get("danger", ())),
        language=source.get("language", ""),
        unsure=source.get("unsure", False),
    )


def _result(source: Mapping[str, Any]) -> Result:
    return Result(
        when={key: frozenset(answers) for key, answers in source["when"].items()},
        unless={key: frozenset(answers) for key, answers in source.get("unless", {}).items()},
        lines=tuple(source.get("lines", ())),
        kinds=tuple(source.get("kinds", ())),
        programmes=tuple(source.get("programmes", ())),
        needs=tuple(source.get("needs", ())),
        why=_words(source["why"]),
        rank=source.get("rank", 0),
    )


def _faults(rules: Rules) -> Iterator[str]:
    """What is wrong with the rules: each as a sentence for whoever wrote them."""
    if rules.start not in rules.questions:
        yield f"no question {rules.start} to start with"
        return
    for question in rules.questions.values():
        yield from _faults_of(question, rules)
    for number, result in enumerate(rules.results):
        for key, answers in (*result.when.items(), *result.unless.items()):
            asked = rules.questions.get(key)
            if asked is None:
                yield f"result {number}: no question {key}"
            elif wrong := {answer for answer in answers if asked.answer(answer) is None}:
                yield f"result {number}: no answer {sorted(wrong)} to {key}"
        if not result.when:
            yield f"result {number}: on no condition"
    if unreached := rules.questions.keys() - rules.longest.keys():
        yield f"never asked: {sorted(unreached)}"
    if rules.longest[rules.start] > MAX_QUESTIONS:
        yield f"{rules.longest[rules.start]} questions on one path"
    if not rules.always:
        yield "no line for whatever hour"


def _faults_of(question: Question, rules: Rules) -> Iterator[str]:
    keys = [answer.key for answer in question.answers]
    if len(keys) != len(set(keys)) or SKIP in keys:
        yield f"{question.key}: an answer twice, or one named {SKIP}"
    if sum(answer.unsure for answer in question.answers) != 1:
        yield f"{question.key}: needs one answer for whoever does not know"
    if question.kind not in {"choice", "area"}:
        yield f"{question.key}: of no known kind"
    for following in (question.next, *(answer.next for answer in question.answers)):
        if following is not None and following not in rules.questions:
            yield f"{question.key}: leads to {following}, which is no question"
