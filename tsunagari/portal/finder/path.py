"""A person's way through the questions. Answers that are not on the way count for nothing."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from tsunagari.portal.finder.rules import SKIP, Answer, Question, Rules

AREA = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True)
class Step:
    """A question with what was answered. ``answer`` is None for a skipped one and for a named place."""

    question: Question
    given: str
    answer: Answer | None

    @property
    def tells(self) -> bool:
        """Whether it says anything: neither skipped nor "I would rather not say"."""
        return self.given != SKIP and not (self.answer is not None and self.answer.unsure)


@dataclass(frozen=True, slots=True)
class Walk:
    """The steps from the first question on, and the question that comes next (None: the results)."""

    steps: tuple[Step, ...]
    ahead: Question | None

    @property
    def answers(self) -> dict[str, str]:
        """The answers on the way, by question."""
        return {step.question.key: step.given for step in self.steps}

    def without(self, keys: Collection[str]) -> "Walk":
        """The same way as if these questions had been skipped: what rests on their answers is gone too."""
        steps = (
            Step(step.question, SKIP, None) if step.question.key in keys else step for step in self.steps
        )
        return Walk(tuple(steps), self.ahead)

    def step(self, key: str) -> Step | None:
        """The step of this question, if it is on the way."""
        return next((step for step in self.steps if step.question.key == key), None)


@dataclass(frozen=True, slots=True)
class Progress:
    """Question ``number`` of at most ``at_most``."""

    number: int
    at_most: int


def walk(rules: Rules, answers: Mapping[str, str]) -> Walk:
    """Follow the answers from the first question as far as they go."""
    steps: list[Step] = []
    key: str | None = rules.start
    while key is not None:
        question = rules.questions[key]
        given = answers.get(key, "")
        if not may_be_given(question, given):
            return Walk(tuple(steps), question)
        answer = question.answer(given)
        steps.append(Step(question, given, answer))
        leads = question.unsure if given == SKIP else answer
        key = leads.next if leads is not None else question.next
    return Walk(tuple(steps), None)


def may_be_given(question: Question, given: str) -> bool:
    """Whether this is an answer to the question. Whether a place of that code exists is not known here."""
    if given == SKIP or question.answer(given) is not None:
        return True
    return question.kind == "area" and AREA.fullmatch(given) is not None


def progress(rules: Rules, way: Walk, asked: Question) -> Progress:
    """Where the question ``asked`` stands on the way: it is one of its steps or the one ahead."""
    before = next(
        (place for place, step in enumerate(way.steps) if step.question.key == asked.key), len(way.steps)
    )
    return Progress(before + 1, before + rules.longest[asked.key])


def every_walk(rules: Rules, *, area: str) -> Iterator[Walk]:
    """Every way through the questions, ended or not, with every answer but the skipped ones.

    ``area`` is the code that is given wherever a place is asked.
    """

    def further(steps: tuple[Step, ...], key: str | None) -> Iterator[Walk]:
        ahead = rules.questions[key] if key is not None else None
        yield Walk(steps, ahead)
        if ahead is None:
            return
        for answer in ahead.answers:
            yield from further((*steps, Step(ahead, answer.key, answer)), answer.next)
        if ahead.kind == "area":
            yield from further((*steps, Step(ahead, area, None)), ahead.next)

    yield from further((), rules.start)
