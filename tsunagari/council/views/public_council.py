"""What the public sees of the council: bodies, who sits there on a day, meetings, papers, decisions."""

from datetime import date
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tsunagari.core.access import public
from tsunagari.core.errors import RuleBroken
from tsunagari.core.rate_limits import limit
from tsunagari.core.runtime.typeset import NotTypeset
from tsunagari.council.models import Body, MaterialVersion, Meeting, Motion, ScheduleItem
from tsunagari.council.publishing import calendar, papers, popolo
from tsunagari.council.selectors import bodies as of_bodies
from tsunagari.council.selectors import meetings as of_meetings
from tsunagari.council.serving import file_response

MOST_PAPERS = 30
"""Bound papers that one network may ask for in ten minutes: each takes a processor for a second."""


class PressBroken(RuleBroken):
    """The papers could not be bound in time."""

    status = 503


@public(cache_seconds=60)
@require_safe
def council(request: HttpRequest) -> HttpResponse:
    """Who decides today, what comes next, the schedule in its own words, all bodies."""
    day = timezone.localdate()
    bodies = list(of_bodies.public_bodies())
    first = next((each for each in bodies if each.founding_on is not None), None)
    meetings = of_meetings.public_meetings()
    context = {
        "trail": [],
        "deciding": of_bodies.who_decides(first, day) if first else None,
        "chain": of_bodies.succession_of(first) if first else [],
        "bodies": bodies,
        "next": of_meetings.upcoming_meetings(meetings, day)[:10],
        "past": meetings.exclude(pk__in=of_meetings.upcoming_meetings(meetings, day).values("pk"))[:30],
        "schedule": ScheduleItem.objects.prefetch_related("meetings").order_by("earliest_on", "position"),
        "today": day,
    }
    return render(request, "council/public/council.html", context)


def _trail(*bodies: Body) -> list[tuple[str, str]]:
    return [
        (gettext("会議"), reverse("council:council")),
        *((body.short_name or body.name, reverse("council:body", args=[body.pk])) for body in bodies),
    ]


@public(cache_seconds=60)
@require_safe
def body(request: HttpRequest, body_id: UUID, day: str = "") -> HttpResponse:
    """A body on a day (today, unless the address says another): members, rules, meetings, decisions."""
    found = get_object_or_404(of_bodies.public_bodies(), pk=body_id)
    if (asked := request.GET.get("on", "")) and not day:
        return redirect("council:body_on", found.pk, _day_or_404(asked).isoformat())
    on = _day_or_404(day) if day else timezone.localdate()
    chain = of_bodies.succession_of(found)
    context = {
        "trail": _trail(),
        "body": found,
        "on": on,
        "today": timezone.localdate(),
        "dated": bool(day),
        "seats": of_bodies.memberships_on(found, on),
        "vacant": of_bodies.vacant_posts_on(found, on),
        "articles": of_bodies.articles_on(found, on),
        "chain": chain if len(chain) > 1 else [],
        "deciding": of_bodies.who_decides(found, on) if len(chain) > 1 else None,
        "meetings": of_meetings.public_meetings().filter(body=found)[:100],
        "decisions": of_meetings.decisions_of([found], public=True)[:20],
    }
    return render(request, "council/public/body.html", context)


def _day_or_404(written: str) -> date:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        raise Http404 from None
    if not 1900 <= day.year <= 2200:
        raise Http404
    return day


@public(cache_seconds=60)
@require_safe
def record(request: HttpRequest, body_id: UUID) -> HttpResponse:
    """Decisions and what followed from them, over all meetings of the body and those before and after it."""
    found = get_object_or_404(Body, pk=body_id)
    chain = of_bodies.succession_of(found)
    context = {
        "trail": _trail(found),
        "body": found,
        "chain": chain,
        "decisions": of_meetings.decisions_of(chain, public=True)[:500],
        "actions": of_meetings.actions_of(chain, public=True)[:500],
        "today": timezone.localdate(),
    }
    return render(request, "council/public/record.html", context)


@public(cache_seconds=60)
@require_safe
def meeting(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """A meeting: when, on what, with which papers, what was decided and by whom, and its record."""
    found = get_object_or_404(of_meetings.public_meetings(), pk=meeting_id)
    motions = found.motions.exclude(state=Motion.State.OPEN).prefetch_related(
        "votes__membership__post", "votes__membership__person"
    )
    minutes = getattr(found, "minutes", None)
    summary = getattr(found, "summary", None)
    context = {
        "trail": _trail(found.body),
        "meeting": found,
        "today": timezone.localdate(),
        "agenda": found.agenda.all(),
        "materials": of_meetings.public_materials().filter(meeting=found),
        "motions": motions,
        "decisions": found.decisions.order_by("position"),
        "actions": found.action_items.filter(public=True).select_related("owner"),
        "attendances": found.attendances.select_related("membership__post", "membership__person"),
        "guests": found.invitations.filter(attended=True),
        "minutes": minutes if minutes and minutes.published_at else None,
        "summary": summary if summary and summary.published_at else None,
        "gathered": found.state in {Meeting.State.HELD, Meeting.State.CIRCULATED},
    }
    return render(request, "council/public/meeting.html", context)


@public(cache_seconds=60)
@require_safe
def minutes(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """The approved and published minutes, each paragraph with an address of its own."""
    found = get_object_or_404(
        of_meetings.public_meetings().filter(minutes__published_at__isnull=False), pk=meeting_id
    )
    trail = [*_trail(found.body), (found.title, reverse("council:meeting", args=[found.pk]))]
    context = {"trail": trail, "meeting": found, "minutes": found.minutes}
    return render(request, "council/public/minutes.html", context)


@public()
@require_safe
def material(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """The newest file of a paper that is for everybody."""
    version = get_object_or_404(MaterialVersion.objects.defer("content"), pk=version_id)
    found = get_object_or_404(of_meetings.public_materials(), pk=version.material_id)
    if found.files[0].pk != version.pk:  # type: ignore[attr-defined]
        return redirect("council:material", found.files[0].pk)  # type: ignore[attr-defined]
    return file_response(version)


@public()
@require_safe
def bound(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """The public papers of a meeting as one PDF."""
    found = get_object_or_404(of_meetings.public_meetings(), pk=meeting_id)
    materials = list(of_meetings.public_materials().filter(meeting=found))
    if not materials:
        raise Http404
    limit(request, "council-papers", most=MOST_PAPERS, now=timezone.now().timestamp())
    return bound_response(found, materials)


def bound_response(found: Meeting, materials: list) -> HttpResponse:  # type: ignore[type-arg]
    """The answer with the papers bound in one PDF."""
    try:
        content = papers.bound_papers(found, materials)
    except (NotTypeset, papers.TooLarge):
        raise PressBroken(_("いま資料をまとめられません。ひとつずつ開いてください。")) from None
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="papers.pdf"'
    return response


@public(cache_seconds=300)
@require_safe
def feed(request: HttpRequest, body_id: UUID | None = None) -> HttpResponse:
    """Meetings as a calendar, of all bodies or of one."""
    meetings, name = of_meetings.public_meetings(), gettext("孤独・孤立対策の会議")
    if body_id is not None:
        found = get_object_or_404(Body, pk=body_id)
        meetings, name = meetings.filter(body=found), found.name
    content = calendar.calendar_of(meetings[:1000], name=name)
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="council.ics"'
    return response


@public(cache_seconds=300)
@require_safe
def open_data(request: HttpRequest) -> HttpResponse:
    """Bodies, posts, people, meetings and votes as Popolo."""
    response = JsonResponse(popolo.export(), json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Access-Control-Allow-Origin"] = "*"
    return response
