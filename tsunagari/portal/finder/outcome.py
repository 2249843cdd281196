"""What a person's answers lead to: lines, offices and programmes by their keys, each with its reasons."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tsunagari.portal.finder.path import Step, Walk
from tsunagari.portal.finder.rules import Result, Rules, Words

WHEN, HOW, WHERE = "when", "how", "where"
"""Questions about a wish rather than a need: they choose and order, and are asked by these keys."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is offered: the answers that led to it (none: it is for everybody) and what it can do."""

    steps: tuple[Step, ...]
    why: Words | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Keys in the order in which they fit best, each with the reason that fits best.

    kinds: municipal kinds. needs: terms by which the directory may know more. danger: classes of
    lexicon/crisis.json, the latest answer's first. when, how, language, area: wishes, "" where there is none.
    audience: who the person is, in terms of the taxonomy.
    """

    lines: Mapping[str, Reason]
    kinds: Mapping[str, Reason]
    programmes: Mapping[str, Reason]
    needs: Mapping[str, Reason]
    danger: tuple[str, ...] = ()
    audience: frozenset[str] = frozenset()
    when: str = ""
    how: str = ""
    language: str = ""
    area: str = ""


def outcome_of(rules: Rules, way: Walk) -> Outcome:
    """What the answers on this way lead to. Some line for whatever trouble is always among the lines."""
    lines: dict[str, Reason] = {}
    kinds: dict[str, Reason] = {}
    programmes: dict[str, Reason] = {}
    needs: dict[str, Reason] = {}
    for result, reason in _fitting(rules, way):
        for keys, found in (
            (result.lines, lines),
            (result.kinds, kinds),
            (result.programmes, programmes),
            (result.needs, needs),
        ):
            for key in keys:
                found.setdefault(key, reason)
    for step in reversed(way.steps):
        for need in step.answer.needs if step.answer else ():
            needs.setdefault(need, Reason((step,), None))
    for each in rules.always:
        lines.setdefault(each.line, Reason((), each.why))
    answered = [step.answer for step in way.steps if step.answer is not None]
    return Outcome(
        lines=lines,
        kinds=kinds,
        programmes=programmes,
        needs=needs,
        danger=tuple(dict.fromkeys(danger for answer in reversed(answered) for danger in answer.danger)),
        audience=frozenset(who for answer in answered for who in answer.audience),
        when=_wish(way, WHEN),
        how=_wish(way, HOW),
        language=next((answer.language for answer in answered if answer.language), ""),
        area=_wish(way, WHERE),
    )


def _fitting(rules: Rules, way: Walk) -> Iterable[tuple[Result, Reason]]:
    """The results whose conditions hold: by rank, those on the latest answers first, then on the most."""
    answers = way.answers
    depth = {step.question.key: number for number, step in enumerate(way.steps)}

    def holds(result: Result) -> bool:
        return all(answers.get(key) in given for key, given in result.when.items()) and not any(
            answers.get(key) in given for key, given in result.unless.items()
        )

    found = [each for pair in answers.items() for each in rules.resting_on.get(pair, ()) if holds(each[1])]
    found.sort(
        key=lambda each: (
            -each[1].rank,
            -max(depth[key] for key in each[1].when),
            -len(each[1].when),
            each[0],
        )
    )
    for _, result in found:
        steps = tuple(step for step in way.steps if step.question.key in result.when)
        # what it is about in general says nothing beside what it is about in particular
        particular = tuple(step for step in steps if step.question.key != rules.start)
        told = tuple(step for step in particular or steps if step.tells)
        yield result, Reason(told, result.why)


def _wish(way: Walk, key: str) -> str:
    step = way.step(key)
    return step.given if step is not None and step.tells else ""
