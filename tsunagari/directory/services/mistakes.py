"""What visitors say is wrong with an entry, and what becomes of it."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import Organization, User
from tsunagari.accounts.selectors import active_memberships
from tsunagari.accounts.services.ledger import record_reading
from tsunagari.core.errors import RuleBroken
from tsunagari.directory.models import MistakeReport, Revision, Service
from tsunagari.directory.policies import EDITORS
from tsunagari.directory.selectors import upkeep
from tsunagari.directory.services.revisions import begin_revision

MOST_OPEN = 200
"""Open reports of one entry; a flood beyond it tells nothing new."""
TEXT_KEPT_FOR = timedelta(days=90)
"""After a report is handled: its words may tell of a person, and have done their work."""


class TooManyReports(RuleBroken):
    """The entry already has as many open reports as anybody can read."""


class AlreadyHandled(RuleBroken):
    """Somebody else has decided on the report in between."""

    status = 409


class NeedsReason(RuleBroken):
    """A report is not declined without saying why."""


class NoSuchOriginal(RuleBroken):
    """There is no other report of this entry that this one could repeat."""


@transaction.atomic
def report_mistake(
    *,
    service_id: UUID,
    kind: str,
    text: str,
    at: datetime,
    source: str = MistakeReport.Source.VISITOR,
) -> MistakeReport:
    """Keep a report. Nothing about who sent it is stored.

    Raises:
        Service.DoesNotExist: no such entry.
        TooManyReports: the entry has 200 open reports of visitors.
    """
    service = Service.objects.select_for_update().get(pk=service_id)
    waiting = service.mistake_reports.filter(state=MistakeReport.State.OPEN, source=source)
    if waiting.count() >= MOST_OPEN:
        raise TooManyReports(_("この窓口へのお知らせは、もうたくさん届いています。確認を進めています。"))
    return MistakeReport.objects.create(
        service=service,
        kind=kind,
        source=source,
        text=text.replace("\x00", "").strip()[:500],
        created_at=at,
    )


@transaction.atomic
def read_report(*, actor: User, report_id: UUID, at: datetime) -> MistakeReport:
    """A report with its words, which may tell of a person: that it was read is written down.

    Raises:
        MistakeReport.DoesNotExist: none about an entry that `actor` keeps.
    """
    report = upkeep.reports_kept_by(actor).get(pk=report_id)
    if report.text:
        record_reading(
            actor=actor,
            organization=_acting_for(actor, report),
            subject_type="directory.mistakereport",
            subject_id=report.pk,
            person_ref=None,
            basis="directory-upkeep",
            at=at,
        )
    return report


def _acting_for(actor: User, report: MistakeReport) -> Organization:
    """The organisation for which `actor` reads: the entry's own, else the operator's."""
    memberships = active_memberships(actor)
    own = report.service.organization_id
    operators = upkeep.operator_ids()
    return next(
        m.organization
        for m in sorted(memberships, key=lambda m: m.organization_id != own)
        if (m.organization_id == own and m.role in EDITORS) or m.organization_id in operators
    )


@transaction.atomic
def accept_report(*, actor: User, report_id: UUID, at: datetime) -> Revision:
    """Take a report up: it opens a draft of the entry, in which it is put right.

    Raises:
        MistakeReport.DoesNotExist: none about an entry that `actor` keeps.
        AlreadyHandled: somebody was first.
    """
    report = _locked(actor, report_id)
    _close(report, MistakeReport.State.ACCEPTED, actor, at)
    return begin_revision(actor=actor, service_id=report.service_id, at=at, report=report)


@transaction.atomic
def decline_report(*, actor: User, report_id: UUID, reason: str, at: datetime) -> MistakeReport:
    """Leave the entry as it is, for a reason.

    Raises:
        MistakeReport.DoesNotExist, AlreadyHandled: as `accept_report`.
        NeedsReason: there is none.
    """
    report = _locked(actor, report_id)
    if not reason.strip():
        raise NeedsReason(_("直さない理由を書いてください。"))
    report.reason = reason.strip()[:500]
    return _close(report, MistakeReport.State.DECLINED, actor, at)


@transaction.atomic
def mark_duplicate(*, actor: User, report_id: UUID, original_id: UUID, at: datetime) -> MistakeReport:
    """Say that another report of the same entry says the same.

    Raises:
        MistakeReport.DoesNotExist, AlreadyHandled: as `accept_report`.
        NoSuchOriginal: the other one is not of this entry, is itself a duplicate, or is this one.
    """
    report = _locked(actor, report_id)
    original = (
        MistakeReport.objects.filter(pk=original_id, service=report.service_id)
        .exclude(pk=report.pk)
        .exclude(state=MistakeReport.State.DUPLICATE)
        .first()
    )
    if original is None:
        raise NoSuchOriginal(_("同じ窓口の、もとになる知らせを選んでください。"))
    report.duplicate_of = original
    return _close(report, MistakeReport.State.DUPLICATE, actor, at)


def erase_old_texts(*, at: datetime) -> int:
    """Erase the words of reports that were handled ninety days ago; the rest of them stays as a figure.

    Returns:
        How many were erased.
    """
    done = MistakeReport.objects.filter(handled_at__lte=at - TEXT_KEPT_FOR, text_erased_at=None).exclude(
        state=MistakeReport.State.OPEN
    )
    return done.update(text="", text_erased_at=at)


def _locked(actor: User, report_id: UUID) -> MistakeReport:
    visible = upkeep.reports_kept_by(actor).get(pk=report_id)
    report = MistakeReport.objects.select_for_update(of=("self",)).get(pk=visible.pk)
    if report.state != MistakeReport.State.OPEN:
        raise AlreadyHandled(_("この知らせは、ほかの人がもう片づけました。"))
    return report


def _close(report: MistakeReport, state: str, actor: User, at: datetime) -> MistakeReport:
    report.state, report.handled_at, report.handled_by = state, at, actor
    report.save(update_fields=["state", "handled_at", "handled_by", "reason", "duplicate_of"])
    return report
