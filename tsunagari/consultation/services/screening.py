"""The safety questions: our own plain words, each of which may be left out."""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from tsunagari.consultation.models import Conversation, Screening, Task
from tsunagari.consultation.services import risk
from tsunagari.consultation.services.messages import secrets_of
from tsunagari.consultation.services.tasks import move
from tsunagari.consultation.states import ENDED, RiskLevel, TaskState

IN_LANGUAGE = {"ja": "ja", "ja-easy": "easy", "en": "en"}
ANSWERS = ("yes", "no")


@dataclass(frozen=True, slots=True)
class SafetyQuestion:
    """A question in one language."""

    key: str
    text: str


@functools.cache
def _data() -> Mapping[str, Any]:
    file = settings.DATA_DIR / "consultation" / "safety_questions.json"
    read: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return read


def questions_in(language: str) -> Sequence[SafetyQuestion]:
    """The questions in the language of a conversation."""
    column = IN_LANGUAGE[language]
    return [SafetyQuestion(one["key"], one[column]) for one in _data()["questions"]]


def level_of(answers: Mapping[str, str]) -> tuple[RiskLevel, list[str]]:
    """The level that the answers ask for, and the keys of the questions that asked for it."""
    asked = {one["key"]: int(one.get(answers.get(one["key"], ""), 0)) for one in _data()["questions"]}
    level = RiskLevel(max(asked.values()))
    return level, [key for key, value in asked.items() if value and value == level]


@transaction.atomic
def answer_screening(*, task_id: UUID, answers: Mapping[str, str], at: datetime) -> Task:
    """Keep the answers, sealed, and raise the risk where they ask for it; of two times the first is kept.

    Whoever has written before answering is heard as well; a second time still raises the risk.
    """
    found = Task.objects.get(pk=task_id)
    Conversation.objects.select_for_update().get(pk=found.conversation_id)
    task = Task.objects.select_for_update().get(pk=task_id)
    if task.state in ENDED:
        return task
    keys = {one["key"] for one in _data()["questions"]}
    given = {key: value for key, value in answers.items() if key in keys and value in ANSWERS}
    level, kinds = level_of(given)
    Screening.objects.get_or_create(
        task=task,
        defaults={
            "questions_version": _data()["version"],
            "answers": secrets_of(task.conversation_id).seal("screening", json.dumps(given)),
            "level": level,
            "at": at,
        },
    )
    if task.state == TaskState.ARRIVED:
        move(task, to=TaskState.SCREENED, at=at, reason="answered")
    risk.raise_from_screening(task=task, level=level, kinds=kinds, at=at)
    task.refresh_from_db()
    return task
