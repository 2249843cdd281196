"""The desk of the council: what is due, late and blocked; bodies, meetings, papers, minutes, action items."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tsunagari.accounts.views.requests import memberships_of, user_of
from tsunagari.core.access import roles
from tsunagari.core.errors import RuleBroken
from tsunagari.council import blockers, policies
from tsunagari.council.models import (
    ActionItem,
    Body,
    MaterialVersion,
    Meeting,
    Membership,
    Post,
    ScheduleItem,
)
from tsunagari.council.selectors import bodies as of_bodies
from tsunagari.council.selectors import meetings as of_meetings
from tsunagari.council.services import actions as action_services
from tsunagari.council.serving import file_response
from tsunagari.council.views import body_acts, meeting_acts
from tsunagari.council.views.acts import Refused, forms_of, perform
from tsunagari.council.views.public_council import bound_response

secretaries = roles("admin", "secretary")
readers = roles("admin", "secretary", "officer", "viewer")
UPLOAD_PATH = "/desk/council/papers/file/"
"""The one address to which files come (`core.body_limit` knows it)."""
UPLOAD_BYTES = 21_000_000
UPLOADERS = frozenset({"admin", "secretary"})


def _keeps(request: HttpRequest, body: Body) -> bool:
    return policies.can_keep(memberships_of(request), body)


@readers
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """What is due this week, what is late, what blocks a decision; then the bodies."""
    return _desk(request)


def _desk(request: HttpRequest, refused: Refused | None = None) -> HttpResponse:
    viewer, at = user_of(request), timezone.now()
    today = timezone.localdate(at)
    organizations = [m.organization for m in memberships_of(request) if m.role in policies.KEEPERS]
    acts = forms_of(body_acts.FOUND, ["found"], organizations, refused) if organizations else {}
    meetings = of_meetings.meetings_read_by(viewer)
    context = {
        "today": today,
        "due": of_meetings.actions_due(viewer, today),
        "late": of_meetings.late_actions(viewer, today),
        "overdue": of_meetings.overdue_meetings(viewer, today),
        "minutes": of_meetings.minutes_to_do(viewer),
        "blockers": blockers.blockers_seen_by(viewer, at),
        "next": of_meetings.upcoming_meetings(meetings, today)[:10],
        "schedule": ScheduleItem.objects.filter(secretariat__in=organizations).prefetch_related("meetings"),
        "bodies": of_bodies.bodies_read_by(viewer),
        "acts": acts,
    }
    status = refused.status if refused else 200
    return render(request, "council/desk/desk.html", context, status=status)


@secretaries
@require_POST
def found(request: HttpRequest) -> HttpResponse:
    """Found a body."""
    organizations = [m.organization for m in memberships_of(request) if m.role in policies.KEEPERS]
    refused = perform(request, body_acts.FOUND, "found", organizations)
    return redirect("council_desk:desk") if refused is None else _desk(request, refused)


@readers
@require_safe
def body(request: HttpRequest, body_id: UUID) -> HttpResponse:
    """A body: who sits there, its rules, its meetings, and what may be done."""
    return _body(request, get_object_or_404(of_bodies.bodies_read_by(user_of(request)), pk=body_id))


def _body(request: HttpRequest, found: Body, refused: Refused | None = None) -> HttpResponse:
    today = timezone.localdate()
    names = list(body_acts.ACTS) if _keeps(request, found) else []
    context = {
        "body": found,
        "today": today,
        "seats": of_bodies.memberships_on(found, today),
        "vacant": of_bodies.vacant_posts_on(found, today),
        "articles": of_bodies.articles_on(found, today),
        "meetings": found.meetings.order_by(*of_meetings.BY_DAY)[:200],
        "decisions": of_meetings.decisions_of(of_bodies.succession_of(found), public=False)[:100],
        "journal": found.journal.select_related("actor")[:30] if names else [],
        "acts": forms_of(body_acts.ACTS, names, found, refused),
    }
    return render(request, "council/desk/body.html", context, status=refused.status if refused else 200)


@readers
@require_POST
def act_on_body(request: HttpRequest, body_id: UUID, name: str) -> HttpResponse:
    """Do one of `body_acts.ACTS`; the services say who may."""
    target = get_object_or_404(of_bodies.bodies_read_by(user_of(request)), pk=body_id)
    refused = perform(request, body_acts.ACTS, name, target)
    return redirect("council_desk:body", target.pk) if refused is None else _body(request, target, refused)


@readers
@require_safe
def meeting(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """A meeting with all that belongs to it."""
    return _meeting(request, _meeting_or_404(request, meeting_id))


def _meeting_or_404(request: HttpRequest, meeting_id: UUID) -> Meeting:
    return get_object_or_404(of_meetings.meetings_read_by(user_of(request)), pk=meeting_id)


_BY_STATE: dict[str, tuple[str, ...]] = {
    "planned": ("call", "agenda", "invite", "cancel"),
    "called": (
        "call", "agenda", "invite", "attend", "say", "move", "vote", "count", "acclaim", "withdraw",
        "decide", "assign", "hold", "put_off", "cancel",
    ),
    "held": (
        "agenda", "attend", "say", "move", "vote", "count", "acclaim", "withdraw", "decide", "assign",
        "summary", "begin_minutes",
    ),
    "cancelled": (),
}  # fmt: skip

_GROUPS = {
    "when": ("call", "hold", "publish", "unpublish", "put_off", "cancel"),
    "agenda": ("agenda",),
    "papers": ("access",),
    "people": ("attend", "invite"),
    "motions": ("move", "vote", "count", "acclaim", "withdraw", "decide"),
    "actions": ("assign",),
    "record": ("say", "begin_minutes", "summary"),
}


def _names(found: Meeting) -> list[str]:
    """The acts that make sense now; the services decide in the end."""
    state = "held" if found.state == Meeting.State.CIRCULATED else found.state
    names = list(_BY_STATE[state])
    if not found.motions.filter(state="open").exists():
        names = [name for name in names if name not in {"vote", "count", "acclaim", "withdraw"}]
    if hasattr(found, "minutes"):
        names = [name for name in names if name != "begin_minutes"]
    if found.materials.exists():
        names.append("access")
    return [*names, "unpublish" if found.published else "publish"]


def _own_names(found: Meeting, own: list[Membership]) -> list[str]:
    """What a member does by the own account: vote; the chair also asks others to attend."""
    votable = found.motions.filter(state="open").exclude(requirement="acclamation").exists()
    names = ["vote"] if own and votable else []
    chairs = any(seat.post.role == Post.Role.CHAIR for seat in own)
    return [*names, "invite"] if chairs else names


def _meeting(request: HttpRequest, found: Meeting, refused: Refused | None = None) -> HttpResponse:
    keeps, viewer = _keeps(request, found.body), user_of(request)
    names = _names(found) if keeps else []
    if refused is not None and refused.name in meeting_acts.ACTS and refused.name not in names:
        names.append(refused.name)
    own = of_bodies.voters_on(found.body, found.held_on or found.earliest_on).filter(user=viewer)
    if not keeps and found.state != Meeting.State.CANCELLED:
        names += _own_names(found, list(own))
    acts = forms_of(meeting_acts.ACTS, names, found, refused)
    if not keeps and "vote" in acts:  # a member votes for nobody else
        mine = {seat.pk for seat in own}
        for seat in acts["vote"]["form"].seats:
            if seat.pk not in mine:
                del acts["vote"]["form"].fields[f"vote_{seat.pk.hex}"]
    uploads = ["file", "replace"] if keeps and found.state != Meeting.State.CANCELLED else []
    if not found.materials.filter(withdrawn_at=None).exists():
        uploads = uploads[:1]
    if refused is not None and refused.name in meeting_acts.UPLOADS and refused.name not in uploads:
        uploads.append(refused.name)
    context = {
        "meeting": found,
        "keeps": keeps,
        "agenda": found.agenda.all(),
        "attendances": found.attendances.select_related("membership__post", "membership__person"),
        "guests": found.invitations.select_related("asked_by__post"),
        "statements": found.statements.select_related("member__post", "member__person", "guest"),
        "motions": found.motions.prefetch_related("votes__membership__post", "votes__membership__person"),
        "decisions": found.decisions.order_by("position"),
        "actions": found.action_items.select_related("owner"),
        "materials": of_meetings.materials_read_by(viewer).filter(meeting=found),
        "groups": {
            group: [acts[name] for name in members if name in acts] for group, members in _GROUPS.items()
        },
        "uploads": forms_of(meeting_acts.UPLOADS, uploads, found, refused),
    }
    return render(request, "council/desk/meeting.html", context, status=refused.status if refused else 200)


@readers
@require_POST
def act_on_meeting(request: HttpRequest, meeting_id: UUID, name: str) -> HttpResponse:
    """Do one of `meeting_acts.ACTS`."""
    target = _meeting_or_404(request, meeting_id)
    refused = perform(request, meeting_acts.ACTS, name, target)
    if refused is not None:
        return _meeting(request, target, refused)
    if name == "begin_minutes":
        return redirect("council_desk:minutes", target.pk)
    return redirect("council_desk:meeting", target.pk)


@secretaries
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """A paper's file; which meeting it belongs to stands in the form."""
    try:
        meeting_id = UUID(request.POST.get("meeting", ""))
    except ValueError:
        raise Http404 from None
    target = get_object_or_404(of_meetings.meetings_kept_by(user_of(request)), pk=meeting_id)
    name = request.POST.get("act", "")
    refused = perform(request, meeting_acts.UPLOADS, name, target)
    return (
        redirect("council_desk:meeting", target.pk) if refused is None else _meeting(request, target, refused)
    )


@readers
@require_safe
def material(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """A file of a paper that the person may read; of earlier versions only the keepers'."""
    viewer = user_of(request)
    version = get_object_or_404(MaterialVersion.objects.defer("content"), pk=version_id)
    found = get_object_or_404(of_meetings.materials_read_by(viewer), pk=version.material_id)
    newest = found.files[0].pk == version.pk  # type: ignore[attr-defined]
    if not newest and not _keeps(request, found.meeting.body):
        raise Http404
    return file_response(version)


@readers
@require_safe
def bound(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """The papers that the person may read, as one PDF."""
    found = _meeting_or_404(request, meeting_id)
    papers = of_meetings.materials_read_by(user_of(request)).filter(meeting=found, withdrawn_at=None)
    return bound_response(found, list(papers))


@readers
@require_http_methods(["GET", "HEAD"])
def actions(request: HttpRequest) -> HttpResponse:
    """Action items of one's bodies and one's organisation."""
    return _actions(request)


def _actions(request: HttpRequest, *, sentence: str = "", status: int = 200) -> HttpResponse:
    viewer = user_of(request)
    items = of_meetings.actions_read_by(viewer)
    context: dict[str, Any] = {
        "today": timezone.localdate(),
        "open": items.filter(state=ActionItem.State.OPEN),
        "closed": items.exclude(state=ActionItem.State.OPEN).order_by("-closed_on")[:100],
        "kept": set(of_bodies.bodies_kept_by(viewer).values_list("pk", flat=True)),
        "sentence": sentence,
    }
    return render(request, "council/desk/actions.html", context, status=status)


@readers
@require_POST
def act_on_action(request: HttpRequest, action_id: UUID, name: str) -> HttpResponse:
    """Done, dropped, or another date."""
    viewer, at, note = user_of(request), timezone.now(), request.POST.get("note", "")[:500]
    get_object_or_404(of_meetings.actions_read_by(viewer), pk=action_id)
    try:
        if name == "move":
            due_on = action_services.day_given(request.POST.get("due_on", ""))
            action_services.move_due(actor=viewer, action_id=action_id, due_on=due_on, reason=note, at=at)
        elif name in {"done", "drop"}:
            action_services.close_action(
                actor=viewer, action_id=action_id, done=name == "done", note=note, at=at
            )
        else:
            raise Http404
    except RuleBroken as broken:
        return _actions(request, sentence=str(broken.sentence), status=broken.status)
    messages.success(request, _("書きました。"))
    return redirect("council_desk:actions")
