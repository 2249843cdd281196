"""What every service of rounds begins with: the lock, the right, the moment, the journal."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from tsunagari.accounts.models import User
from tsunagari.accounts.policies import require
from tsunagari.accounts.selectors import active_memberships
from tsunagari.core.errors import RuleBroken
from tsunagari.core.templatetags.ui import day, hour
from tsunagari.council import round_policies
from tsunagari.council.models import ConsultationRound, RoundAddressee, RoundEntry
from tsunagari.council.selectors import rounds as selectors

State = ConsultationRound.State


class WrongState(RuleBroken):
    """The round is no longer, or not yet, where this step begins."""

    status = 409


class RoundClosed(RuleBroken):
    """Comments are taken only between two moments; the second is out already."""

    status = 409


class EditedMeanwhile(RuleBroken):
    """Somebody has written another answer since this one was opened."""

    status = 409


def run_by(actor: User, round_id: UUID) -> ConsultationRound:
    """The round, locked, if `actor` runs it.

    Raises:
        ConsultationRound.DoesNotExist: none that `actor` runs.
    """
    seen = selectors.rounds_run_by(actor).get(pk=round_id)
    return ConsultationRound.objects.select_for_update(no_key=True).get(pk=seen.pk)


def answered_by(actor: User, addressee_id: UUID) -> RoundAddressee:
    """The addressee, locked with its round, if `actor` may write its answer.

    Raises:
        RoundAddressee.DoesNotExist: none for which `actor` writes.
    """
    seen = selectors.addressees_reached_by(actor).get(pk=addressee_id)
    ConsultationRound.objects.select_for_update(no_key=True).get(pk=seen.round_id)
    return (
        RoundAddressee.objects.select_for_update(no_key=True, of=("self",))
        .select_related("round__secretariat", "organization")
        .get(pk=seen.pk)
    )


def moment(at: datetime) -> str:
    """「2026年11月25日（水）17:00」."""
    return f"{day(at)} {hour(at)}"


def require_taking(round_: ConsultationRound, at: datetime) -> None:
    """Go on only while the round takes comments: from ``opens_at`` until just before ``closes_at``.

    Raises:
        RoundClosed: too early, or too late, be it by a second.
    """
    if round_.state == State.DRAFT or at < round_.opens_at:
        raise RoundClosed(
            _("受付は %(from)s からです。それまで、書いたものは手元に置いておいてください。")
            % {"from": moment(round_.opens_at)}
        )
    if round_.state == State.OPEN and at < round_.closes_at:
        return
    over = {"to": moment(round_.closes_at), "secretariat": round_.secretariat.name}
    if round_.kind == ConsultationRound.Kind.PUBLIC:
        raise RoundClosed(
            _(
                "受付は %(to)s に終わりました。この意見は受け取れません。"
                "書いた文は下に残っています。募集の一覧から、いま受付中のものを見られます。"
            )
            % over
        )
    raise RoundClosed(
        _(
            "受付は %(to)s に終わりました。書いた文は下に残っています。"
            "意見があるときは、%(secretariat)s に受付の延長か再意見の回を頼んでください。"
        )
        % over
    )


def require_secretariat(actor: User, secretariat_id: UUID) -> None:
    """Go on only for who works in the secretariat.

    Raises:
        PermissionDenied: shown as 404.
    """
    require(round_policies.can_run(active_memberships(actor), secretariat_id))


def journal(
    round_: ConsultationRound,
    action: str,
    actor: User | None,
    at: datetime,
    subject_id: UUID | None = None,
    **detail: Any,
) -> None:
    """Write down what was done. ``detail`` holds states, figures and ids, nobody's words."""
    RoundEntry.objects.create(
        round=round_, action=action, actor=actor, at=at, subject_id=subject_id, detail=detail
    )
