"""How grave a contact is. Machines only raise it; a person judges, and may lower it.

What is read in words is what the directory's search reads (`directory.lexicon`): rules first, weights where
no rule names anything. The reasons that are kept are classes, never words of the person.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from tsunagari.accounts.models import User
from tsunagari.consultation.models import Alarm, Conversation, RiskAssessment, Task
from tsunagari.consultation.services.alarms import raise_alarm
from tsunagari.consultation.services.messages import secrets_of
from tsunagari.consultation.services.queue import rerank
from tsunagari.consultation.services.tasks import wake
from tsunagari.consultation.states import ENDED, WITH_COUNSELLOR, RiskLevel
from tsunagari.directory.lexicon import CrisisSignal, crisis_signals

READ_AT_ONCE = 500
"""Letters that the lexicon reads of one text."""
OVERLAP = 60


def level_of(signals: Sequence[CrisisSignal]) -> RiskLevel:
    """The level that these signs ask for: a strong one is high, a weak one a concern."""
    if any(signal.strength == "strong" for signal in signals):
        return RiskLevel.HIGH
    return RiskLevel.CONCERN if signals else RiskLevel.NONE


def _parts(text: str) -> list[str]:
    """A long message in parts that the lexicon reads whole, each with the end of the one before."""
    return [
        text[at : at + READ_AT_ONCE] for at in range(0, max(len(text) - OVERLAP, 1), READ_AT_ONCE - OVERLAP)
    ]


def raise_from_text(*, task: Task, text: str, seq: int, at: datetime) -> RiskLevel:
    """Read what a person wrote; return the level that the contact has then."""
    signals = [signal for part in _parts(text) for signal in crisis_signals(part)]
    kinds = sorted({signal.kind for signal in signals})
    return _raise(
        task, level=level_of(signals), source=RiskAssessment.Source.RULES, kinds=kinds, seq=seq, at=at
    )


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
def assess(*, user: User, task_id: UUID, level: RiskLevel, detail: str, at: datetime) -> RiskAssessment:
    """A counsellor's judgement of desire, intent and capability; the caller has checked whose it is."""
    found = Task.objects.get(pk=task_id)
    Conversation.objects.select_for_update().get(pk=found.conversation_id)
    task = Task.objects.select_for_update().get(pk=task_id)
    sealed = secrets_of(task.conversation_id).seal("assessment", detail) if detail else b""
    made = RiskAssessment.objects.create(
        task=task,
        before=task.risk,
        level=level,
        source=RiskAssessment.Source.COUNSELLOR,
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
