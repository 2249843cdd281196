"""The desk of minutes: the draft as a form, circulation, corrections, approval."""

import re
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tsunagari.accounts.views.requests import memberships_of, user_of
from tsunagari.core.errors import RuleBroken
from tsunagari.council import policies
from tsunagari.council.forms.base import offer
from tsunagari.council.models import Membership, Minutes, MinutesCorrection, MinutesParagraph
from tsunagari.council.retention import kept_until
from tsunagari.council.selectors import meetings as of_meetings
from tsunagari.council.selectors.bodies import voters_on
from tsunagari.council.services import minutes as services
from tsunagari.council.services.attendance import speaker_of
from tsunagari.council.views import meeting_acts
from tsunagari.council.views.acts import Refused, forms_of, perform
from tsunagari.council.views.desk_council import readers

EMPTY_ROWS = 3
PART = 150
"""Paragraphs on a page of the form: a body of a megabyte and two thousand fields must hold them."""
_ROW = re.compile(r"kind_([0-9]{1,5})\Z")


def _minutes_or_404(request: HttpRequest, meeting_id: UUID) -> Minutes:
    seen = of_meetings.meetings_read_by(user_of(request))
    return get_object_or_404(
        Minutes.objects.select_related("meeting__body", "approved_in"), meeting__in=seen, meeting=meeting_id
    )


@readers
@require_safe
def minutes(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """The minutes: a form while they are a draft, then the text with what members want changed."""
    return _show(request, _minutes_or_404(request, meeting_id))


def _part(written: str) -> int:
    """Which part of a long draft is meant, from 1."""
    return int(written) if re.fullmatch(r"[1-9][0-9]{0,3}", written) else 1


def _own_seats(request: HttpRequest, found: Minutes) -> list[Membership]:
    """The person's own seats in the body on the day of the meeting."""
    meeting = found.meeting
    seats = voters_on(meeting.body, meeting.held_on or meeting.earliest_on)
    return list(seats.filter(user=user_of(request)))


def _names(found: Minutes) -> list[str]:
    steps = {
        Minutes.State.DRAFT: ["circulate"],
        Minutes.State.CIRCULATED: ["correct", "approve"],
        Minutes.State.APPROVED: [] if found.published_at else ["publish"],
    }[Minutes.State(found.state)]
    return [*steps, "retain"]


def _show(
    request: HttpRequest,
    found: Minutes,
    refused: Refused | None = None,
    *,
    rows: list[services.Paragraph] | None = None,
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    keeps = policies.can_keep(memberships_of(request), found.meeting.body)
    names = _names(found) if keeps else []
    own = [] if keeps else _own_seats(request, found)
    if own and found.state == Minutes.State.CIRCULATED:
        names = ["correct"]
    shown = forms_of(meeting_acts.MINUTES, names, found, refused)
    if own and "correct" in shown:  # a member speaks for nobody else
        offer(shown["correct"]["form"], "member", [(str(seat.pk), speaker_of(seat)) for seat in own])
    part = _part(request.POST.get("part", "") or request.GET.get("part", ""))
    stored = list(found.paragraphs.all())
    parts = max(1, -(-len(stored) // PART))
    here = stored[(part - 1) * PART : part * PART]
    context = {
        "meeting": found.meeting,
        "minutes": found,
        "keeps": keeps,
        "editable": keeps and found.state == Minutes.State.DRAFT,
        "rows": rows if rows is not None else [*here, *[None] * EMPTY_ROWS],
        "part": part,
        "parts": range(1, parts + 1) if parts > 1 else [],
        "kinds": MinutesParagraph.Kind.choices,
        "corrections": found.corrections.select_related("asked_by__post", "asked_by__person", "paragraph"),
        "open": MinutesCorrection.State.OPEN,
        "kept_until": kept_until(found.made_on, int(found.retention)),
        "acts": shown,
        "sentence": sentence or (refused.sentence if refused and refused.name not in shown else ""),
    }
    status = refused.status if refused else status
    return render(request, "council/desk/minutes.html", context, status=status)


@readers
@require_POST
def act_on_minutes(request: HttpRequest, meeting_id: UUID, name: str) -> HttpResponse:
    """Do one of `meeting_acts.MINUTES`."""
    found = _minutes_or_404(request, meeting_id)
    refused = perform(request, meeting_acts.MINUTES, name, found)
    return redirect("council_desk:minutes", meeting_id) if refused is None else _show(request, found, refused)


@readers
@require_POST
def save_minutes(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """Keep the draft; what was typed is shown again when somebody else was first."""
    found, rows = _minutes_or_404(request, meeting_id), _rows(request)
    part = _part(request.POST.get("part", ""))
    # the other parts stay as they are stored; that nobody changed them meanwhile is what the version says
    stored = [
        services.Paragraph(each.kind, each.text, each.speaker, each.pk) for each in found.paragraphs.all()
    ]
    whole = [*stored[: (part - 1) * PART], *rows, *stored[part * PART :]]
    given = request.POST.get("version", "")
    version = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else -1
    try:
        services.save_minutes(
            actor=user_of(request), minutes_id=found.pk, paragraphs=whole, version=version, at=timezone.now()
        )
    except RuleBroken as broken:
        found.refresh_from_db()
        return _show(request, found, rows=rows, sentence=str(broken.sentence), status=broken.status)
    messages.success(request, _("議事録の案を保存しました。"))
    return redirect(f"{reverse('council_desk:minutes', args=[meeting_id])}?part={part}")


def _rows(request: HttpRequest) -> list[services.Paragraph]:
    """The paragraphs as they were typed, in the order of their numbers; unknown kinds are text."""
    numbers = sorted(int(row[1]) for key in request.POST if (row := _ROW.match(key)))
    rows = []
    for n in numbers:
        kind, key = request.POST[f"kind_{n}"], request.POST.get(f"id_{n}", "")
        text, speaker = request.POST.get(f"text_{n}", ""), request.POST.get(f"speaker_{n}", "")[:200]
        known = kind if kind in MinutesParagraph.Kind.values else MinutesParagraph.Kind.TEXT
        rows.append(services.Paragraph(known, text[:20_000], speaker, _uuid(key)))
    return rows


def _uuid(key: str) -> UUID | None:
    try:
        return UUID(key)
    except ValueError:
        return None
