"""How grave a contact is. Machines only raise it; a person judges, and may lower it.

What is read in words stands in `risk_rules`. The reasons that are kept are keys, never words of the person.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Subquery
from django.db.models.functions import Coalesce

from tsunagari.accounts.models import User
from tsunagari.consultation.models import Alarm, Conversation, Message, RiskAssessment, Task
from tsunagari.consultation.risk_rules import Reading, risk_rules
from tsunagari.consultation.services.alarms import raise_alarm
from tsunagari.consultation.services.messages import secrets_of
from tsunagari.consultation.services.queue import rerank
from tsunagari.consultation.services.tasks import wake
from tsunagari.consultation.states import ENDED, WITH_COUNSELLOR, RiskLevel

PERSONS = (RiskAssessment.Source.COUNSELLOR, RiskAssessment.Source.SUPERVISOR)


def raise_from_text(*, task: Task, text: str, seq: int, at: datetime) -> RiskLevel:
    """Read what a person wrote, alone and together with their last messages; return the level held then.

    What a counsellor has judged is not read again: only messages after the last judgement are.
    """
    rules = risk_rules()
    reading = rules.read(text)
    before = RiskLevel(task.risk)
    if max(reading.level, before) < RiskLevel.IMMINENT and len(text) <= rules.together.letters:
        reading = _graver(reading, _read_with_earlier(task, text, seq, at))
    if reading.level <= before:
        return before
    source = RiskAssessment.Source.WEIGHTS if reading.weighed else RiskAssessment.Source.RULES
    kinds = [*reading.kinds, f"rules-{rules.version}"]
    return _raise(task, level=reading.level, source=source, kinds=kinds, seq=seq, at=at)


def _read_with_earlier(task: Task, text: str, seq: int, at: datetime) -> Reading:
    """Somebody in distress sends half sentences: the message is read with those just before it."""
    rules = risk_rules()
    judged = (
        RiskAssessment.objects.filter(task=task, source__in=PERSONS, seq__isnull=False)
        .order_by("-id")
        .values_list("seq", flat=True)[:1]
    )
    sealed = list(
        Message.objects.filter(
            conversation_id=task.conversation_id,
            author=Message.Author.PERSON,
            seq__lt=seq,
            seq__gt=Coalesce(Subquery(judged), 0),
            sent_at__gte=at - rules.together.within,
        )
        .order_by("-seq")
        .values_list("body", flat=True)[: rules.together.messages]
    )
    if not sealed:
        return Reading()
    secrets = secrets_of(task.conversation_id)
    return rules.read_together([secrets.open("message", bytes(body)) for body in reversed(sealed)], text)


def _graver(one: Reading, other: Reading) -> Reading:
    return other if other.level > one.level else one


def raise_from_screening(*, task: Task, level: RiskLevel, kinds: Sequence[str], at: datetime) -> RiskLevel:
    """Take what the person answered to the safety questions."""
    return _raise(task, level=level, source=RiskAssessment.Source.SCREENING, kinds=kinds, seq=None, at=at)


@transaction.atomic
def _raise(
    task: Task,
    *,
    level: RiskLevel,
    source: RiskAssessment.Source,
    kinds: Sequence[str],
    seq: int | None,
    at: datetime,
) -> RiskLevel:
    locked = Task.objects.select_for_update().get(pk=task.pk)
    before = RiskLevel(locked.risk)
    if level <= before or locked.state in ENDED:
        return before
    RiskAssessment.objects.create(
        task=locked, before=before, level=level, source=source, kinds=list(kinds), seq=seq, at=at
    )
    _set(locked, level)
    if locked.state in WITH_COUNSELLOR and level >= RiskLevel.HIGH:
        raise_alarm(helpline_id=locked.helpline_id, kind=Alarm.Kind.RISK_ROSE, task=locked, at=at)
    return level


@transaction.atomic
def assess(
    *,
    user: User,
    task_id: UUID,
    level: RiskLevel,
    detail: str,
    source: RiskAssessment.Source = RiskAssessment.Source.COUNSELLOR,
    at: datetime,
) -> RiskAssessment:
    """A person's judgement of desire, intent and capability, which may lower; the caller checked whose it is.

    Args:
        detail: why, in words; kept sealed.
        source: `COUNSELLOR`, or `SUPERVISOR` for one who looks in.
    """
    found = Task.objects.get(pk=task_id)
    conversation = Conversation.objects.select_for_update().get(pk=found.conversation_id)
    task = Task.objects.select_for_update().get(pk=task_id)
    sealed = secrets_of(task.conversation_id).seal("assessment", detail) if detail else b""
    made = RiskAssessment.objects.create(
        task=task,
        before=task.risk,
        level=level,
        source=source,
        seq=conversation.last_seq,
        detail=sealed,
        actor=user,
        at=at,
    )
    _set(task, level)
    return made


def _set(task: Task, level: RiskLevel) -> None:
    task.risk = level
    task.save(update_fields=["risk"])
    rerank(task=task)
    wake(task)
