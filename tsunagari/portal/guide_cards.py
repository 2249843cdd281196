"""What the finder found, as cards with their reasons, and the answers in words."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from tsunagari.core.areas import area_full_name, area_tree
from tsunagari.directory.search.cards import Found, Result, results
from tsunagari.portal import selectors
from tsunagari.portal.cards import ServiceCard, card_of, card_of_result, fact_of, language_name
from tsunagari.portal.finder.gathering import Arranged, Line
from tsunagari.portal.finder.outcome import Outcome, Reason
from tsunagari.portal.finder.path import Step, Walk
from tsunagari.portal.finder.wording import said
from tsunagari.portal.next_lines import FOR_ANYBODY, MOST_NEXT, after
from tsunagari.portal.week import channel_name, week_of

MOST_ON_SHEET = 5


def sentence(reason: Reason) -> str:
    """Why something is offered: the answers that led to it, and what it can do."""
    answers = gettext("」「").join(said(step.answer.text) for step in reason.steps if step.answer)
    why = said(reason.why) if reason.why else ""
    if answers and why:
        return gettext("「%(answers)s」と答えたので：%(why)s") % {"answers": answers, "why": why}
    return gettext("「%(answers)s」と答えたので。") % {"answers": answers} if answers else why


def given_in_words(step: Step) -> str:
    """An answer as its button said it; a place by its name; nothing for a skipped question."""
    if step.answer is not None:
        return said(step.answer.text)
    area = area_tree().get(step.given)
    return area_full_name(area) if area else gettext("とばしました")


def told(way: Walk) -> list[tuple[str, str, str]]:
    """(key of the question, question, answer) of each answer that says something."""
    return [
        (step.question.key, said(step.question.text), given_in_words(step))
        for step in way.steps
        if step.tells
    ]


def sections(arranged: Arranged, outcome: Outcome, at: datetime) -> dict[str, Any]:
    """The cards of what was arranged: pinned, now, later, offices, programmes, sites; read at once."""
    groups: dict[str, tuple[Line, ...]] = {
        "now": arranged.now,
        "later": arranged.later,
        "offices": arranged.offices,
        "programmes": arranged.programmes,
        "sites": arranged.sites,
    }
    lines = [line for group in groups.values() for line in group]
    made = results([*arranged.pinned, *(line.found for line in lines)], at)
    # a service may have gone in between; those that are left are told apart by who they are
    by_identity = {_identity(result): result for result in made}

    def cards(group: Sequence[Line]) -> list[ServiceCard]:
        pairs = ((line, by_identity.get(_identity_of(line.found))) for line in group)
        return [_card(line, result, arranged, outcome, at) for line, result in pairs if result]

    pinned = (by_identity.get(_identity_of(found)) for found in arranged.pinned)
    shown: dict[str, Any] = {name: cards(group) for name, group in groups.items()}
    return shown | {"pinned": [card_of_result(result, at) for result in pinned if result]}


def next_lines(
    arranged: Arranged, outcome: Outcome, at: datetime, *, most: int = MOST_NEXT
) -> list[ServiceCard]:
    """Whom to try when the lines above everything do not answer; none where no answer spoke of danger."""
    if not outcome.danger:
        return []
    needs = [*outcome.needs, *(need for found in arranged.pinned for need in found.needs)]
    shown = {found.service_id for found in arranged.pinned}
    return after(shown, list(dict.fromkeys(needs)) or FOR_ANYBODY, at, language=outcome.language, most=most)


def _identity(result: Result) -> str:
    return str(result.id or result.key)


def _identity_of(found: Found) -> str:
    return found.kind_key if found.whole_kind else str(found.service_id)


def _card(line: Line, result: Result, arranged: Arranged, outcome: Outcome, at: datetime) -> ServiceCard:
    card = card_of_result(result, at)
    card.why.append(sentence(line.reason))
    if line.service_id in arranged.at_wished_time:
        card.facts.append(_open_then(outcome.when))
    if outcome.language and outcome.language in line.languages:
        card.facts.append(gettext("ことば：%(languages)s") % {"languages": language_name(outcome.language)})
    # the way of talking that was wished for comes first among the buttons
    card.channels.sort(key=lambda way: way.type != outcome.how)
    return card


def _open_then(when: str) -> str:
    return {
        "night": gettext("夜も話せます"),
        "day": gettext("平日の昼に話せます"),
        "weekend": gettext("休みの日も話せます"),
    }[when]


def by_wished_way(outcome: Outcome) -> str:
    """What to say when nobody answers now in the way that was wished for."""
    return {
        "phone": gettext("電話で、いま話せるところはありません。ほかの方法なら、いま話せます。"),
        "chat": gettext("チャットで、いま話せるところはありません。ほかの方法なら、いま話せます。"),
        "line": gettext("LINEで、いま話せるところはありません。ほかの方法なら、いま話せます。"),
    }.get(outcome.how, "")


def sheet_lines(arranged: Arranged, at: datetime) -> list[dict[str, Any]]:
    """Lines for paper: ways of reaching them and their hours in words, those that answer now first."""
    ids = [found.service_id for found in arranged.pinned]
    ids += [line.service_id for line in (*arranged.now, *arranged.later)]
    wanted = list(dict.fromkeys(ids))[:MOST_ON_SHEET]
    services = {service.pk: service for service in selectors.services_for_cards().filter(pk__in=wanted)}
    cards = [card_of(services[pk], at) for pk in wanted if pk in services]
    return [
        {
            "card": card,
            "ways": [(channel_name(way.type), way) for way in card.channels],
            "hours": week_of(card.channels, at)["summaries"],
        }
        for card in cards
    ]


def sheet_programmes(arranged: Arranged, at: datetime) -> list[dict[str, Any]]:
    """Programmes for paper, each with where one applies: (text, its language)."""
    wanted = [line.service_id for line in arranged.programmes][:MOST_ON_SHEET]
    services = {service.pk: service for service in selectors.services_for_cards().filter(pk__in=wanted)}
    return [
        {
            "card": card_of(services[pk], at),
            "apply": fact_of(services[pk].application_process, services[pk].application_process_en),
        }
        for pk in wanted
        if pk in services
    ]
