"""Entries, drafts, questions and reports as the people who keep them may see them."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import (
    Case,
    CharField,
    Count,
    DateField,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils.translation import ngettext

from tsunagari.accounts.models import Membership, Organization, User
from tsunagari.directory.ageing import OLD_AFTER_MONTHS, SILENT_AFTER_MONTHS, day_of, months_before
from tsunagari.directory.models import (
    ConfirmationMail,
    ConfirmationRequest,
    LoadedEntry,
    MistakeReport,
    Operator,
    Revision,
    Service,
    ServiceArea,
)
from tsunagari.directory.policies import EDITORS, OPERATORS

LATE_AFTER = timedelta(days=14)
"""A report that nobody has touched for so long is late."""
OPEN_STATES = (Revision.State.DRAFT, Revision.State.IN_REVIEW, Revision.State.RETURNED)
KEPT_STATUS = (Service.Status.ACTIVE, Service.Status.TEMPORARILY_CLOSED)


def operator_ids() -> frozenset[UUID]:
    """The organisations that run this platform."""
    return frozenset(Operator.objects.values_list("organization_id", flat=True))


def organizations_kept_by(viewer: User) -> QuerySet[Organization]:
    """Organisations for which `viewer` keeps entries as a member, by kana."""
    return Organization.objects.filter(
        Exists(
            Membership.objects.filter(
                organization=OuterRef("pk"), user=viewer, role__in=EDITORS, ended_at=None
            )
        )
    ).order_by("name_kana", "name", "id")


def _kept_by(viewer: User, organization: str) -> Q:
    """A condition: the organisation is one whose entries `viewer` keeps; for operators, any."""
    held = Membership.objects.filter(user=viewer, ended_at=None)
    own = held.filter(role__in=EDITORS).values("organization")
    runs = held.filter(role__in=OPERATORS, organization__in=Operator.objects.values("organization"))
    return Q(**{f"{organization}__in": own}) | Q(Exists(runs))


def last_confirmed() -> Coalesce:
    """When an entry's facts were last known to be right, as in `ageing.confirmed_on`; None: never."""
    return Coalesce(
        "assured_on",
        Case(
            When(
                as_of__regex=r"^[0-9]{4}-(0[1-9]|1[0-2])$",
                then=Cast(Concat("as_of", Value("-01")), DateField()),
            ),
            output_field=DateField(),
        ),
        output_field=DateField(),
    )


def curated() -> Q:
    """The nationwide lines and programmes of ``data/``: never hidden for their age."""
    return Q(key__isnull=False) & Q(Exists(ServiceArea.objects.filter(service=OuterRef("pk"), area=None)))


def open_requests() -> QuerySet[ConfirmationRequest]:
    """The open question about an entry, in a query over services."""
    return ConfirmationRequest.objects.filter(service=OuterRef("pk"), answered_at=None)


def unanswered_since() -> Case:
    """When the open question about an entry was asked; None: no open question, or a curated line.

    For queries over services; `ageing.is_silent` says what follows from it.
    """
    asked = Subquery(open_requests().order_by("asked_at").values("asked_at")[:1])
    return Case(When(curated(), then=None), default=asked, output_field=DateTimeField(null=True))


def silent_services(on: date) -> QuerySet[Service]:
    """Entries that are not offered as reachable now: asked a year ago, no answer, and not curated lines."""
    asked = Exists(
        ConfirmationRequest.objects.filter(
            service=OuterRef("pk"),
            answered_at=None,
            asked_at__date__lte=months_before(on, SILENT_AFTER_MONTHS),
        )
    )
    return Service.objects.filter(asked).exclude(curated())


def entries_kept_by(viewer: User) -> QuerySet[Service]:
    """Entries that `viewer` may change, with what wants attention, the oldest confirmation first.

    Adds ``confirmed`` (date), ``asked_at`` of an open question, ``open_reports``, ``open_state`` of the
    latest draft: all in one statement.
    """
    drafts = Revision.objects.filter(service=OuterRef("pk"), state__in=OPEN_STATES).order_by("-edited_at")
    reports = (
        MistakeReport.objects.filter(service=OuterRef("pk"), state=MistakeReport.State.OPEN)
        .order_by()
        .values("service")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return (
        Service.objects.filter(_kept_by(viewer, "organization"))
        .select_related("organization")
        .annotate(
            confirmed=last_confirmed(),
            asked_at=Subquery(open_requests().values("asked_at")[:1]),
            open_reports=Coalesce(Subquery(reports, output_field=IntegerField()), 0),
            open_state=Coalesce(Subquery(drafts.values("state")[:1]), Value(""), output_field=CharField()),
        )
        .order_by(F("confirmed").asc(nulls_first=True), "name_kana", "name", "id")
    )


def entry_kept_by(viewer: User, service_id: UUID) -> Service:
    """One of them.

    Raises:
        Service.DoesNotExist: none that `viewer` keeps.
    """
    return entries_kept_by(viewer).get(pk=service_id)


def revisions_kept_by(viewer: User) -> QuerySet[Revision]:
    """Drafts and versions of the entries that `viewer` keeps, the last edited first."""
    return (
        Revision.objects.filter(_kept_by(viewer, "organization"))
        .select_related("organization", "service", "author", "reviewer", "report")
        .order_by("-edited_at", "id")
    )


def revisions_to_review_by(viewer: User) -> QuerySet[Revision]:
    """Drafts that wait for somebody and that `viewer` may decide on, the longest waiting first."""
    return (
        revisions_kept_by(viewer)
        .filter(state=Revision.State.IN_REVIEW)
        .exclude(Q(author=viewer) | Q(authors__contains=[viewer.pk]))
        .order_by("submitted_at", "id")
    )


def versions_of(service: Service) -> QuerySet[Revision]:
    """The published versions of an entry, the newest first."""
    return service.revisions.filter(state=Revision.State.PUBLISHED).select_related("author", "reviewer")


def reports_kept_by(viewer: User) -> QuerySet[MistakeReport]:
    """Reports about the entries that `viewer` keeps: open ones first, the longest waiting first."""
    return (
        MistakeReport.objects.filter(_kept_by(viewer, "service__organization"))
        .select_related("service__organization", "handled_by", "duplicate_of")
        .annotate(waits=Case(When(state="open", then=0), default=1, output_field=IntegerField()))
        .order_by("waits", "created_at", "id")
    )


def late_since(at: datetime) -> datetime:
    """Open reports from before this moment are late."""
    return at - LATE_AFTER


def reports_counted(viewer: User, at: datetime) -> dict[str, int]:
    """How many open reports wait for `viewer` (``reports``), and how many of them are ``late``."""
    counts: dict[str, int] = MistakeReport.objects.filter(
        _kept_by(viewer, "service__organization"), state=MistakeReport.State.OPEN
    ).aggregate(reports=Count("pk"), late=Count("pk", filter=Q(created_at__lte=late_since(at))))
    return counts


def desk_counts(viewer: User, at: datetime) -> dict[str, int]:
    """What waits for `viewer`: open and late reports, drafts to decide on, old entries of one's own."""
    counts = reports_counted(viewer, at)
    own = Service.objects.filter(organization__in=organizations_kept_by(viewer), status__in=KEPT_STATUS)
    old = own.alias(confirmed=last_confirmed()).filter(old_at(at))
    return counts | {"reviews": revisions_to_review_by(viewer).count(), "old": old.count()}


def reviews_waiting(viewer: User, at: datetime) -> str:
    """How many drafts wait for `viewer`'s eyes, for the desk's home."""
    n = revisions_to_review_by(viewer).count()
    return ngettext("%(n)d件の下書きが確認待ち", "%(n)d件の下書きが確認待ち", n) % {"n": n} if n else ""


def reports_waiting(viewer: User, at: datetime) -> str:
    """How many reports wait for `viewer`, and how many of them for too long, for the desk's home."""
    counts = reports_counted(viewer, at)
    if not counts["reports"]:
        return ""
    said = ngettext("%(n)d件が未対応", "%(n)d件が未対応", counts["reports"]) % {"n": counts["reports"]}
    if counts["late"]:
        late = ngettext("%(n)d件が14日以上", "%(n)d件が14日以上", counts["late"]) % {"n": counts["late"]}
        said = f"{said}・{late}"
    return said


def old_at(at: datetime) -> Q:
    """A condition on ``confirmed``: six months ago or more, or never."""
    return Q(confirmed=None) | Q(confirmed__lte=months_before(day_of(at), OLD_AFTER_MONTHS))


UPKEEP_FILTERS = ("oldest", "never_asked", "unanswered", "silent", "bounced", "nobody", "curated", "files")


def upkeep_list(viewer: User, wanted: str, at: datetime) -> QuerySet[Service]:
    """Entries that want care, in the sense of one of `UPKEEP_FILTERS`, the oldest first.

    oldest: not confirmed for six months. never_asked: of those, nobody was ever asked. unanswered: asked, no
    answer yet. silent: asked a year ago, and therefore not offered as reachable now. bounced: the last mail
    came back. nobody: there is no address to ask. curated: the nationwide lines, whatever their age.
    """
    latest = ConfirmationMail.objects.filter(
        requests__service=OuterRef("pk"), requests__answered_at=None
    ).order_by("-created_at")
    entries = (
        entries_kept_by(viewer)
        .filter(status__in=KEPT_STATUS)
        .annotate(
            ever_asked=Exists(ConfirmationRequest.objects.filter(service=OuterRef("pk"))),
            bounced_at=Subquery(latest.values("bounced_at")[:1]),
            has_address=addressed(),
            is_curated=Case(When(curated(), then=True), default=False),
        )
    )
    if wanted == "curated":
        return entries.filter(is_curated=True)
    if wanted == "files":
        told = LoadedEntry.objects.filter(~Q(kept={}) | Q(gone_at__isnull=False))
        return entries.filter(pk__in=told.values("service"))
    old = entries.filter(old_at(at))
    return {
        "oldest": old,
        "never_asked": old.filter(ever_asked=False),
        "unanswered": entries.filter(asked_at__isnull=False),
        "silent": entries.filter(pk__in=silent_services(day_of(at)).values("pk")),
        "bounced": entries.filter(bounced_at__isnull=False),
        "nobody": old.filter(has_address=False),
    }[wanted]


def addressed() -> Case:
    """Whether there is somebody to ask about an entry: its own address, or an editor of its organisation."""
    editors = Membership.objects.filter(
        organization=OuterRef("organization"), role__in=EDITORS, ended_at=None, user__is_active=True
    )
    return Case(When(~Q(assurer_email=""), then=True), When(Exists(editors), then=True), default=Value(False))
