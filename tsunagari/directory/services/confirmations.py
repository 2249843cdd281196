"""Is this entry still right? Asked by mail, answered by one tap, or at the desk.

The link in a mail opens one mail's entries and nothing else: sealed, expiring, for this one purpose. Opening
it confirms nothing, because mail scanners open every link; only the button does.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app as jobs

from tsunagari.accounts.models import Membership, User
from tsunagari.core.crypto import BadToken, open_token, seal_token
from tsunagari.core.errors import RuleBroken
from tsunagari.directory.ageing import OLD_AFTER_MONTHS, day_of, months_before
from tsunagari.directory.models import ConfirmationMail, ConfirmationRequest, MistakeReport, Service
from tsunagari.directory.policies import EDITORS
from tsunagari.directory.selectors import upkeep
from tsunagari.directory.services.content import act_as
from tsunagari.directory.services.mistakes import report_mistake
from tsunagari.directory.services.revisions import pseudonym_of

PURPOSE = "confirm-entries"
VALID_FOR = timedelta(days=60)
# The seal outlives the link by far, so that an old link is told to be old and not to be false.
SEALED_FOR = timedelta(days=3650)
REMIND_AFTER = timedelta(days=30)
"""After the first mail; then every `ASK_AGAIN_AFTER`."""
ASK_AGAIN_AFTER = timedelta(days=180)
MOST_MAILS = 200
"""In one night: mail servers take more for spam."""
NOT_OF_THIS_LINK = _("このリンクでは、その窓口に返事をすることはできません。")
MOST_ENTRIES = 500
"""In one mail; the rest is asked the next night."""


class LinkUnknown(RuleBroken):
    """The link was altered, or what it asked about is gone."""

    status = 404


class LinkExpired(RuleBroken):
    """The link is too old."""

    status = 410


class AlreadyAnswered(RuleBroken):
    """The question was answered before; the answer stands and nothing is done again."""

    status = 410


def token_of(mail: ConfirmationMail) -> str:
    """The link's secret: the same for the same mail in meaning, never in letters."""
    return seal_token(
        settings.MASTER_KEY,
        PURPOSE,
        str(mail.pk),
        ttl_seconds=int(SEALED_FOR.total_seconds()),
        at=mail.created_at,
    )


def mail_of_token(token: str, *, at: datetime) -> ConfirmationMail:
    """The mail that this link belongs to.

    Raises:
        LinkUnknown: altered, or made for something else.
        LinkExpired: after sixty days.
    """
    try:
        key = open_token(settings.MASTER_KEY, PURPOSE, token, at=at)
        mail = ConfirmationMail.objects.select_related("organization").get(pk=UUID(key))
    except (BadToken, ValueError, TypeError, AttributeError, ConfirmationMail.DoesNotExist) as error:
        raise LinkUnknown(
            _("このリンクは使えません。メールのリンクを、途中で切れないように開いてください。")
        ) from error
    if mail.expires_at <= at:
        raise LinkExpired(
            _(
                "このリンクは期限が切れています。新しいメールをお待ちいただくか、職員の画面から確かめてください。"
            )
        )
    return mail


def requests_of(mail: ConfirmationMail) -> list[ConfirmationRequest]:
    """What the mail asks about, the open questions first."""
    found = mail.requests.select_related("service__organization").exclude(
        service__status=Service.Status.DEFUNCT
    )
    return list(found.order_by(F("answered_at").asc(nulls_first=True), "service__name_kana", "service__name"))


@transaction.atomic
def confirm_by_link(*, token: str, request_ids: Iterable[UUID], at: datetime) -> list[ConfirmationRequest]:
    """Answer "it is right" to these questions of a mail; returns those that were open until now.

    Raises:
        LinkUnknown, LinkExpired: as `mail_of_token`; also for a question of another mail.
        AlreadyAnswered: all of them had their answer before.
    """
    mail = mail_of_token(token, at=at)
    found = _locked(mail, set(request_ids))
    waiting = [request for request in found if request.answered_at is None]
    if not waiting:
        raise AlreadyAnswered(_("すでに、お返事をいただいています。ありがとうございます。"))
    act_as("link")
    _answer(waiting, ConfirmationRequest.Answer.CONFIRMED, at)
    _assure([request.service_id for request in waiting], at)
    return waiting


@transaction.atomic
def ask_for_change_by_link(*, token: str, request_id: UUID, text: str, at: datetime) -> MistakeReport:
    """Answer "something has to be changed": a report that the organisation and the operator will see.

    The public entry stays as it is.

    Raises:
        LinkUnknown, LinkExpired, AlreadyAnswered: as `confirm_by_link`.
    """
    mail = mail_of_token(token, at=at)
    (request,) = _locked(mail, {request_id})
    if request.answered_at is not None:
        raise AlreadyAnswered(_("すでに、お返事をいただいています。ありがとうございます。"))
    _answer([request], ConfirmationRequest.Answer.NEEDS_CHANGE, at)
    return report_mistake(
        service_id=request.service_id,
        kind=MistakeReport.Kind.OTHER,
        text=text,
        source=MistakeReport.Source.ORGANIZATION,
        at=at,
    )


@transaction.atomic
def confirm_entry(*, actor: User, service_id: UUID, at: datetime) -> Service:
    """Say at the desk that an entry is right as it stands.

    Raises:
        Service.DoesNotExist: none that `actor` keeps.
    """
    service = upkeep.entry_kept_by(actor, service_id)
    act_as(pseudonym_of(actor))
    waiting = ConfirmationRequest.objects.select_for_update().filter(service=service, answered_at=None)
    _answer(list(waiting), ConfirmationRequest.Answer.CONFIRMED, at)
    _assure([service.pk], at)
    return service


@transaction.atomic
def choose_whom_to_ask(*, actor: User, service_id: UUID, email: str) -> Service:
    """Keep the address that is asked whether an entry is right; "": the organisation's editors are asked.

    It is shown to those who keep the entry alone: the history's triggers leave it out.

    Raises:
        Service.DoesNotExist: none that `actor` keeps.
    """
    service = upkeep.entry_kept_by(actor, service_id)
    act_as(pseudonym_of(actor))
    Service.objects.filter(pk=service.pk).update(assurer_email=email.strip().lower())
    return service


def _locked(mail: ConfirmationMail, wanted: set[UUID]) -> list[ConfirmationRequest]:
    """These questions of the mail, locked in one order: of two taps at once the second finds an answer."""
    found = list(
        ConfirmationRequest.objects.select_for_update(of=("self",))
        .filter(mails=mail, pk__in=wanted)
        .exclude(service__status=Service.Status.DEFUNCT)
        .order_by("pk")
    )
    if not found or {request.pk for request in found} != wanted:
        raise LinkUnknown(NOT_OF_THIS_LINK)
    return found


def _answer(requests: list[ConfirmationRequest], answer: str, at: datetime) -> None:
    for request in requests:
        request.answered_at, request.answer = at, answer
        request.save(update_fields=["answered_at", "answer"])


def _assure(service_ids: list[UUID], at: datetime) -> None:
    """Renew the date, never backwards, and let the search follow."""
    today = day_of(at)
    Service.objects.filter(Q(assured_on=None) | Q(assured_on__lt=today), pk__in=service_ids).update(
        assured_on=today
    )
    jobs.configure_task("directory.reindex").defer(service_ids=[str(pk) for pk in service_ids])


# -- asking ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """What one run has done."""

    mails: int
    entries: int


@transaction.atomic
def ask_for_confirmations(*, at: datetime, most_mails: int = MOST_MAILS) -> Asked:
    """Ask about old entries: one mail for one organisation with all of its, the oldest organisations first.

    An entry is due six months after its last confirmation, again thirty days after the first mail, then every
    180 days. Mails that do not fit into this run go out in the next. Two runs at once do not meet.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [0x61736B])
    mails = entries = 0
    for organization_id, due in _due_by_organization(at, most_mails).items():
        mail = ConfirmationMail.objects.create(
            organization_id=organization_id, created_at=at, expires_at=at + VALID_FOR
        )
        mail.requests.set(_questions(due, at))
        # By name: services know no tasks. Deferred in this transaction: sent if and only if we commit.
        jobs.configure_task("directory.send_confirmation_mail").defer(mail_id=str(mail.pk))
        mails, entries = mails + 1, entries + len(due)
    return Asked(mails, entries)


def _due_by_organization(at: datetime, most: int) -> dict[UUID, list[UUID]]:
    """Which entries to ask about, by the organisations to ask, the oldest first."""
    old: date = months_before(day_of(at), OLD_AFTER_MONTHS)
    waiting = ConfirmationRequest.objects.filter(answered_at=None)
    asked_lately = waiting.filter(
        Q(times_sent=1, last_sent_at__gt=at - REMIND_AFTER)
        | Q(times_sent__gt=1, last_sent_at__gt=at - ASK_AGAIN_AFTER)
    )
    # "there is something to change" waits in triage; asking again would not be listening
    in_triage = MistakeReport.objects.filter(
        state=MistakeReport.State.OPEN, source=MistakeReport.Source.ORGANIZATION
    )
    due = (
        Service.objects.filter(status__in=upkeep.KEPT_STATUS)
        .annotate(confirmed=upkeep.last_confirmed(), addressed=upkeep.addressed())
        .filter(Q(confirmed=None) | Q(confirmed__lte=old), addressed=True)
        .exclude(pk__in=asked_lately.values("service"))
        .exclude(pk__in=in_triage.values("service"))
        .order_by(F("confirmed").asc(nulls_first=True), "id")
        .values_list("organization_id", "id")
    )
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for organization_id, service_id in due.iterator(chunk_size=2000):
        if organization_id not in found and len(found) >= most:
            continue
        if len(found[organization_id]) < MOST_ENTRIES:
            found[organization_id].append(service_id)
    return found


def _questions(service_ids: list[UUID], at: datetime) -> list[ConfirmationRequest]:
    """The open questions about these entries: those that are sent again, and new ones."""
    again = list(
        ConfirmationRequest.objects.select_for_update().filter(service__in=service_ids, answered_at=None)
    )
    for request in again:
        request.last_sent_at, request.times_sent = at, request.times_sent + 1
    ConfirmationRequest.objects.bulk_update(again, ["last_sent_at", "times_sent"])
    known = {request.service_id for request in again}
    new = [
        ConfirmationRequest(service_id=pk, asked_at=at, last_sent_at=at)
        for pk in service_ids
        if pk not in known
    ]
    return [*again, *ConfirmationRequest.objects.bulk_create(new)]


def recipients_of(mail: ConfirmationMail) -> list[str]:
    """Whom the mail goes to: the addresses that the entries name, else the organisation's editors."""
    named = (
        Service.objects.filter(confirmation_requests__mails=mail)
        .exclude(assurer_email="")
        .values_list("assurer_email", flat=True)
    )
    addresses = sorted({address.lower() for address in named})
    if not addresses:
        editors = Membership.objects.filter(
            organization_id=mail.organization_id, role__in=EDITORS, ended_at=None, user__is_active=True
        )
        addresses = sorted(set(editors.values_list("user__email", flat=True)))
    return addresses


@transaction.atomic
def mark_bounced(*, actor: User, service_id: UUID, at: datetime) -> None:
    """Write down at the desk that the last mail about an entry came back.

    Raises:
        Service.DoesNotExist: none that `actor` keeps.
    """
    service = upkeep.entry_kept_by(actor, service_id)
    last = (
        ConfirmationMail.objects.select_for_update(of=("self",))
        .filter(requests__service=service, requests__answered_at=None)
        .order_by("-created_at")
        .first()
    )
    if last is not None and last.bounced_at is None:
        last.bounced_at = at
        last.save(update_fields=["bounced_at"])
