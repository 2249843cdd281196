"""Take in how often channels answer: reported by organisations, measured by our own lines, or published."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import Organization, User
from tsunagari.core.errors import RuleBroken
from tsunagari.directory.models import Channel, Reachability
from tsunagari.directory.search.index import reindex_services
from tsunagari.directory.selectors.reachability import TALKING, channels_kept_by, observations
from tsunagari.directory.services.confidential import act_as

MOST_ATTEMPTS = 10_000_000
MOST_WAIT = 1440
OLDEST = timedelta(days=3653)
LONGEST = timedelta(days=366)
UNDO_WITHIN = timedelta(minutes=10)
UNUSUAL_TIMES = 10
"""So many times more, or fewer, than the last time is asked about before it is taken in."""
UNUSUAL_ALL_ANSWERED = 100
"""Attempts from which "every one was answered" is asked about."""


class Implausible(RuleBroken):
    """The figures cannot be."""


class Unusual(RuleBroken):
    """The figures can be, but are asked about once."""


class AlreadyReported(RuleBroken):
    """The same days of the same channel have been reported."""


class TooLateToUndo(RuleBroken):
    """The moment to undo has passed, or there is nothing to undo."""


@transaction.atomic
def record_reachability(
    *,
    channel_id: UUID,
    attempts: int,
    answered: int,
    typical_wait_minutes: int | None,
    kind: Reachability.Kind,
    source: str,
    observed_on: date,
    at: datetime,
    observed_from: date | None = None,
    reported_by: Organization | None = None,
    replaces: Reachability | None = None,
    confirmed: bool = False,
) -> Reachability:
    """Keep an observation, and let the search know. Apps with lines of their own call it with ``measured``.

    ``source`` is shown to visitors. ``confirmed``: what is unusual has been looked at by a person.

    Raises:
        Channel.DoesNotExist: no such channel.
        Implausible: the figures contradict each other, or the day is not over.
        Unusual: they can be, but should be confirmed.
        AlreadyReported: the organisation has reported these days.
    """
    channel = Channel.objects.select_for_update(of=("self",)).get(pk=channel_id)
    _check_figures(attempts, answered, typical_wait_minutes)
    _check_days(observed_from, observed_on, timezone.localdate(at))
    if channel.type not in TALKING:
        raise Implausible(_("電話・チャット・LINEだけを数えます。"))
    if not source.strip():
        raise Implausible(_("出典を書いてください。"))
    standing = observations().filter(channel=channel, kind=kind)
    if replaces is not None:
        standing = standing.exclude(pk=replaces.pk)
    same = standing.filter(reported_by=reported_by, observed_from=observed_from, observed_on=observed_on)
    if kind == Reachability.Kind.REPORTED and same.exists():
        raise AlreadyReported(_("この期間の数字は、もう届いています。直すときは、その数字の「直す」から。"))
    if not confirmed:
        before = standing.filter(observed_on__lt=observed_on).order_by("-observed_on").first()
        _ask_about(attempts, answered, before)
    if replaces is not None:
        Reachability.objects.filter(pk=replaces.pk).update(withdrawn_at=at)
    seen = Reachability.objects.create(
        channel=channel,
        attempts=attempts,
        answered=answered,
        typical_wait_minutes=typical_wait_minutes,
        kind=kind,
        source=source.strip(),
        observed_from=observed_from,
        observed_on=observed_on,
        reported_by=reported_by,
        replaces=replaces,
        recorded_at=at,
    )
    _reindex(channel)
    return seen


@transaction.atomic
def report_reachability(
    *,
    actor: User,
    channel_id: UUID,
    attempts: int,
    answered: int,
    typical_wait_minutes: int | None,
    month: date,
    at: datetime,
    confirmed: bool = False,
) -> Reachability:
    """Take in what an organisation counted in a month; ``month`` is any day of it.

    Raises:
        Channel.DoesNotExist: no channel that the actor keeps.
        Implausible, Unusual, AlreadyReported: see `record_reachability`.
    """
    channel = channels_kept_by(actor).get(pk=channel_id)
    organization = channel.service.organization if channel.service else channel.organization
    act_as(actor)
    return record_reachability(
        channel_id=channel.pk,
        attempts=attempts,
        answered=answered,
        typical_wait_minutes=typical_wait_minutes,
        kind=Reachability.Kind.REPORTED,
        source=organization.name if organization else "",
        observed_from=month.replace(day=1),
        observed_on=last_day(month),
        reported_by=organization,
        at=at,
        confirmed=confirmed,
    )


@transaction.atomic
def correct_reachability(
    *,
    actor: User,
    observation_id: UUID,
    attempts: int,
    answered: int,
    typical_wait_minutes: int | None,
    at: datetime,
    confirmed: bool = False,
) -> Reachability:
    """Put right figures in the place of those that stand; what was there is kept and can be brought back.

    Raises:
        Reachability.DoesNotExist: none that stands and that the actor's organisation has reported.
        Implausible, Unusual: see `record_reachability`.
    """
    old = _own(actor, observation_id)
    act_as(actor)
    return record_reachability(
        channel_id=old.channel_id,
        attempts=attempts,
        answered=answered,
        typical_wait_minutes=typical_wait_minutes,
        kind=Reachability.Kind.REPORTED,
        source=old.source,
        observed_from=old.observed_from,
        observed_on=old.observed_on,
        reported_by=old.reported_by,
        replaces=old,
        at=at,
        confirmed=confirmed,
    )


@transaction.atomic
def withdraw_reachability(*, actor: User, observation_id: UUID, at: datetime) -> Reachability:
    """Take figures back: they count no more.

    Raises:
        Reachability.DoesNotExist: none that stands and that the actor's organisation has reported.
    """
    seen = _own(actor, observation_id)
    act_as(actor)
    seen.withdrawn_at = at
    seen.save(update_fields=["withdrawn_at"])
    _reindex(seen.channel)
    return seen


@transaction.atomic
def undo_reachability(*, actor: User, observation_id: UUID, at: datetime) -> Reachability:
    """Undo a withdrawal or a correction within ten minutes; returns the observation that stands again.

    Raises:
        Reachability.DoesNotExist: none that the actor's organisation has reported.
        TooLateToUndo: it is too late, or something else stands for these days.
    """
    channels = channels_kept_by(actor).order_by().values("pk")
    rows = Reachability.objects.select_for_update(of=("self",)).filter(channel__in=channels)
    seen = rows.get(pk=observation_id, kind=Reachability.Kind.REPORTED)
    act_as(actor)
    corrected = seen.replaces if seen.withdrawn_at is None else None
    changed_at = seen.recorded_at if corrected else seen.withdrawn_at
    standing = seen if corrected is None else corrected
    if changed_at is None or at - changed_at > UNDO_WITHIN:
        raise TooLateToUndo(_("元に戻せるのは、10分以内です。"))
    if corrected is not None:
        seen.withdrawn_at, seen.replaces = at, None
        seen.save(update_fields=["withdrawn_at", "replaces"])
    taken = observations().filter(
        channel=standing.channel_id, kind=standing.kind, reported_by=standing.reported_by_id,
        observed_from=standing.observed_from, observed_on=standing.observed_on,
    )  # fmt: skip
    if taken.exists():
        raise TooLateToUndo(_("この期間には、もう別の数字があります。"))
    standing.withdrawn_at = None
    standing.save(update_fields=["withdrawn_at"])
    _reindex(standing.channel)
    return standing


def last_day(month: date) -> date:
    """The last day of the month in which a day lies."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _own(actor: User, observation_id: UUID) -> Reachability:
    channels = channels_kept_by(actor).order_by().values("pk")
    return (
        observations()
        .select_for_update(of=("self",))
        .filter(channel__in=channels, kind=Reachability.Kind.REPORTED)
        .get(pk=observation_id)
    )


def _check_figures(attempts: int, answered: int, wait: int | None) -> None:
    if attempts < 1:
        raise Implausible(_("かかってきた回数は、1以上にしてください。"))
    if attempts > MOST_ATTEMPTS:
        raise Implausible(_("かかってきた回数が多すぎます。桁を確かめてください。"))
    if not 0 <= answered <= attempts:
        raise Implausible(_("つながった回数は、かかってきた回数をこえません。"))
    if wait is not None and not 0 <= wait <= MOST_WAIT:
        raise Implausible(_("待ち時間は、0分から1440分（24時間）までです。"))


def _check_days(first: date | None, last: date, today: date) -> None:
    if last > today:
        raise Implausible(_("まだ終わっていない期間の数字は、入れられません。"))
    if today - last > OLDEST:
        raise Implausible(_("10年より前の数字は、入れられません。"))
    if first is not None and not timedelta() <= last - first <= LONGEST:
        raise Implausible(_("期間は、1年までにしてください。"))


def _ask_about(attempts: int, answered: int, before: Reachability | None) -> None:
    if answered == attempts >= UNUSUAL_ALL_ANSWERED:
        raise Unusual(
            _("すべてつながったことになっています。まちがいなければ、確かめたしるしを付けてください。")
        )
    if before is not None and not (
        attempts <= before.attempts * UNUSUAL_TIMES and before.attempts <= attempts * UNUSUAL_TIMES
    ):
        raise Unusual(
            _("前の期間と回数が10倍以上ちがいます。まちがいなければ、確かめたしるしを付けてください。")
        )


def _reindex(channel: Channel) -> None:
    if channel.service_id:
        reindex_services([channel.service_id])
