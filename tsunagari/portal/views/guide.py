"""The guided finder: questions with large buttons, each on a page of its own, and what they lead to.

An answer is a POST; it comes back as a 303 to a page whose address is a sealed token (AES-GCM, 30 minutes)
that holds all answers so far. So nothing is stored, Back and reload work without a script, and an address
tells nobody anything.
"""

import functools
import json
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.http import condition, require_http_methods, require_safe

from tsunagari.core.access import public
from tsunagari.core.areas import AreaNode, area_full_name, area_tree
from tsunagari.core.crypto import BadToken, open_token, seal_token
from tsunagari.portal import guide_cards, selectors
from tsunagari.portal.clock import this_minute
from tsunagari.portal.finder import gathering, in_use
from tsunagari.portal.finder.outcome import WHERE, Outcome, outcome_of
from tsunagari.portal.finder.path import Walk, may_be_given, progress, walk
from tsunagari.portal.finder.rules import SKIP, Question
from tsunagari.portal.finder.state import State
from tsunagari.portal.finder.wording import said
from tsunagari.portal.forms import AreaForm

PURPOSE = "portal-guide"
NOTE_PURPOSE = "guide-note"
"""What is sealed for this purpose may be handed on to a counsellor; the other may not."""
TTL_SECONDS = 30 * 60
LENGTH = 512
"""Bytes to a multiple of which all that is sealed is filled up."""
MOST_ANYWAY, MOST_ABOVE_QUESTION, MOST_NEXT_ABOVE_QUESTION = 6, 2, 1
AnsweredView = Callable[[HttpRequest, State, datetime], HttpResponse]


def _sealed(view: str, state: State, at: datetime, *, purpose: str = PURPOSE) -> str:
    """The address of a page of the finder about these answers; its length tells nothing of them."""
    payload = state.to_payload()
    payload["_"] = "." * (-len(json.dumps({**payload, "_": ""}, separators=(",", ":"))) % LENGTH)
    token = seal_token(settings.MASTER_KEY, purpose, payload, ttl_seconds=TTL_SECONDS, at=at)
    return reverse(f"portal:{view}", args=[token])


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response


def _expired(request: HttpRequest, at: datetime) -> HttpResponse:
    """The answers are gone: start again, or talk to one of these at once."""
    lines = [card for card in selectors.lines_open_first(at) if card.open_now]
    context = {"at": at, "cards": lines[:MOST_ANYWAY], "trail": []}
    return _private(render(request, "portal/guide_expired.html", context, status=410))


def _with_answers(
    *, purpose: str = PURPOSE
) -> Callable[[AnsweredView], Callable[[HttpRequest, str], HttpResponse]]:
    """For views of answers: open the token of this purpose, or say that the answers are gone (410).

    A token that was altered, was sealed for another purpose, or is too old holds no answers.
    """

    def decorated(view: AnsweredView) -> Callable[[HttpRequest, str], HttpResponse]:
        @functools.wraps(view)
        def opened(request: HttpRequest, token: str) -> HttpResponse:
            at = this_minute()
            try:
                payload = open_token(settings.MASTER_KEY, purpose, token, at=at)
            except BadToken:
                return _expired(request, at)
            return view(request, State.from_payload(payload), at)

        return opened

    return decorated


def _question_page(
    request: HttpRequest,
    state: State,
    question: Question,
    at: datetime,
    *,
    status: int = 200,
    error: str = "",
    name: str = "",
) -> HttpResponse:
    """Ask a question; whoever has spoken of danger sees the lines above it."""
    way = walk(in_use.rules(), state.answers)
    outcome = outcome_of(in_use.rules(), way)
    # two are enough here: the question itself must not be far below them
    arranged = gathering.Arranged(pinned=tuple(gathering.danger_lines(outcome, at)[:MOST_ABOVE_QUESTION]))
    before = [step.question.key for step in way.steps]
    place = before.index(question.key) if question.key in before else len(before)
    context = {
        "at": at,
        "question": question,
        "text": said(question.text),
        "hint": said(question.hint) if question.hint else "",
        "answers": [(answer, said(answer.text)) for answer in question.answers if not answer.unsure],
        "unsure": (question.unsure, said(question.unsure.text)),
        "skip": SKIP,
        "progress": progress(in_use.rules(), way, question),
        "crisis": bool(outcome.danger),
        "pinned": guide_cards.sections(arranged, outcome, at)["pinned"] if outcome.danger else [],
        "next_lines": guide_cards.next_lines(arranged, outcome, at, most=MOST_NEXT_ABOVE_QUESTION),
        "places": _places(state.places),
        "back": _sealed("guide_step", state.asked(before[place - 1]), at) if place > 0 else "",
        "results": _sealed("guide_results", state, at) if before else "",
        "error": error,
        "name": name,
        "trail": [],
    }
    return render(request, "portal/guide_question.html", context, status=status)


def _places(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(code, area_full_name(area_tree()[code])) for code in codes if code in area_tree()]


def _answered(request: HttpRequest, state: State, question: Question, at: datetime) -> HttpResponse:
    """Take an answer and go on: to the next question that has none, else to the results."""
    given = request.POST.get("answer", "")
    if question.kind == "area" and not given:
        return _place_named(request, state, question, at)
    if not may_be_given(question, given) or (question.answer(given) is None and not _is_place(given)):
        error = gettext("もう一度、近いものをえらんでください。")
        return _private(_question_page(request, state, question, at, status=422, error=error))
    return _go_on(state, question, given, at)


def _is_place(given: str) -> bool:
    return given == SKIP or given in area_tree()


def _go_on(state: State, question: Question, given: str, at: datetime) -> HttpResponse:
    answers = {**state.answers, question.key: given}
    way = walk(in_use.rules(), answers)
    # at the end only what led there travels on; before it, answers behind a changed one are kept
    ended = State(way.answers if way.ahead is None else answers, left_out=state.left_out)
    address = _sealed("guide_step" if way.ahead else "guide_results", ended, at)
    return _private(HttpResponseRedirect(address, status=303))


def _place_named(request: HttpRequest, state: State, question: Question, at: datetime) -> HttpResponse:
    """A place by its name: one is taken, of several it is asked which, none gets a sentence."""
    form = AreaForm(request.POST)
    found: list[AreaNode] = selectors.areas_named(form.cleaned_data["name"]) if form.is_valid() else []
    if len(found) == 1:
        return _go_on(state, question, found[0].code, at)
    if found:
        codes = tuple(area.code for area in found)
        asked = State(state.answers, question.key, codes, state.left_out)
        return _private(HttpResponseRedirect(_sealed("guide_step", asked, at), status=303))
    error = gettext("その名前の市区町村は見つかりませんでした。ひらがなや、はじめの数文字でもさがせます。")
    if "name" in form.errors:
        error = str(form.errors["name"][0])
    name = request.POST.get("name", "")[:40]
    return _private(_question_page(request, state, question, at, status=422, error=error, name=name))


@public(cache_seconds=60, only_reads=True)
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """The first question: the same page for everybody."""
    at = this_minute()
    first = in_use.rules().questions[in_use.rules().start]
    if request.method == "POST":
        return _answered(request, State(), first, at)
    return _question_page(request, State(), first, at)


@public(only_reads=True)
@require_http_methods(["GET", "HEAD", "POST"])
@_with_answers()
def step(request: HttpRequest, state: State, at: datetime) -> HttpResponse:
    """A further question, or an earlier one anew."""
    way = walk(in_use.rules(), state.answers)
    earlier = way.step(state.asking)
    question = earlier.question if earlier else way.ahead
    if question is None:
        return _private(HttpResponseRedirect(_sealed("guide_results", state, at), status=303))
    if request.method == "POST":
        return _answered(request, state, question, at)
    return _private(_question_page(request, state, question, at))


def _looked_up(way: Walk, at: datetime) -> tuple[Outcome, gathering.Arranged]:
    outcome = outcome_of(in_use.rules(), way)
    area = area_tree().get(outcome.area)
    return outcome, gathering.arrange(gathering.gather(outcome, area, at), outcome, at)


@public(only_reads=True)
@require_safe
@_with_answers()
def results(request: HttpRequest, state: State, at: datetime) -> HttpResponse:
    """What the answers lead to, and why: after the last question, or before it for whoever wants no more."""
    way = walk(in_use.rules(), state.answers)
    outcome, arranged = _looked_up(way, at)
    asks_where = way.step(WHERE) is not None
    context = {
        "at": at,
        "crisis": bool(outcome.danger),
        "next_lines": guide_cards.next_lines(arranged, outcome, at),
        "told": [
            (said(each.question.text), guide_cards.given_in_words(each), _again(state, each.question.key, at))
            for each in way.steps
        ],
        "area": area_tree().get(outcome.area),
        "place": _again(state, WHERE, at) if asks_where else "",
        "more": _sealed("guide_step", state.asked(""), at) if way.ahead else "",
        "sheet": _sealed("guide_sheet", state, at),
        "note": _sealed("guide_note", state, at, purpose=NOTE_PURPOSE),
        "other_ways": "" if arranged.by_wish else guide_cards.by_wished_way(outcome),
        "trail": [(gettext("質問に答えて探す"), reverse("portal:guide"))],
        **guide_cards.sections(arranged, outcome, at),
    }
    return _private(render(request, "portal/guide_results.html", context))


def _again(state: State, key: str, at: datetime) -> str:
    """The address at which a question is asked anew."""
    return _sealed("guide_step", state.asked(key), at)


def _choices(state: State, way: Walk, address: Callable[[State], str]) -> list[tuple[str, str, bool, str]]:
    """(question, answer, whether it is shown, address at which that is changed) of what was told."""
    return [
        (question, answer, key not in state.left_out, address(state.without(key)))
        for key, question, answer in guide_cards.told(way)
    ]


@public(only_reads=True)
@require_safe
@_with_answers()
def sheet(request: HttpRequest, state: State, at: datetime) -> HttpResponse:
    """The answers and what they led to on paper, for a counter; each answer can be left out."""
    way = walk(in_use.rules(), state.answers)
    # whoever sees the paper cannot tell from what is offered what was left out
    outcome, arranged = _looked_up(way.without(state.left_out), at)
    context = {
        "at": at,
        "choices": _choices(state, way, lambda other: _sealed("guide_sheet", other, at)),
        "lines": guide_cards.sheet_lines(arranged, at),
        "programmes": guide_cards.sheet_programmes(arranged, at),
        "offices": guide_cards.sections(arranged, outcome, at)["offices"],
        "results": _sealed("guide_results", state, at),
        "version": in_use.rules().version,
    }
    return _private(render(request, "portal/guide_sheet.html", context))


@public(only_reads=True)
@require_safe
@_with_answers(purpose=NOTE_PURPOSE)
def note(request: HttpRequest, state: State, at: datetime) -> HttpResponse:
    """The answers as a text to hand to a counsellor, in Japanese beside the reader's own language.

    Its token is sealed for this purpose alone, so that a chat can take it over: ``guide-note``.
    """
    way = walk(in_use.rules(), state.answers)
    context = {
        "at": at,
        "choices": _choices(state, way, lambda other: _sealed("guide_note", other, at, purpose=NOTE_PURPOSE)),
        "own": note_text(way.without(state.left_out), at),
        "results": _sealed("guide_results", state, at),
    }
    with translation.override("ja"):
        context["japanese"] = note_text(way.without(state.left_out), at)
    return _private(render(request, "portal/guide_note.html", context))


def note_text(way: Walk, at: datetime) -> str:
    """The note in the language of the request: what was told, what is grave above the rest."""
    grave = [
        guide_cards.given_in_words(step)
        for step in way.steps
        if step.answer is not None and step.answer.danger
    ]
    context = {"at": at, "grave": grave, "told": guide_cards.told(way)}
    return render_to_string("portal/guide_note.txt", context).strip()


def _data(content: Callable[[], bytes], name: str) -> Callable[[HttpRequest], HttpResponse]:
    """A view that gives a file to everybody, pages of other sites included (CORS)."""

    @require_http_methods(["GET", "HEAD", "OPTIONS"])
    @condition(etag_func=lambda request: f'"{in_use.digest(content())}"')
    def download(request: HttpRequest) -> HttpResponse:
        if request.method == "OPTIONS":
            response = HttpResponse(status=204)
            response["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
            response["Access-Control-Allow-Headers"] = "If-None-Match"
            response["Access-Control-Max-Age"] = "86400"
        else:
            response = HttpResponse(content(), content_type="application/json; charset=utf-8")
            response["Content-Disposition"] = f'inline; filename="{name}"'
            response["Access-Control-Expose-Headers"] = "ETag"
        response["Access-Control-Allow-Origin"] = "*"
        return response

    return download


rules = public(cache_seconds=300)(_data(in_use.document, "tsunagari-guide.json"))
"""The rules as data, for whoever wants to use or check them."""
rules_schema = public(cache_seconds=300)(_data(in_use.schema, "tsunagari-guide.schema.json"))
"""The JSON Schema of the rules."""
