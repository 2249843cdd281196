"""The tables of steps: what the code says, the database enforces."""

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from tests.consultation.making import make_task
from tests.factories import AT
from tsunagari.consultation.models import TaskEvent
from tsunagari.consultation.services.tasks import NotNow, move
from tsunagari.consultation.states import (
    ENDED,
    RESERVATION_TRANSITIONS,
    TASK_TRANSITIONS,
    WAITING,
    WITH_COUNSELLOR,
    TaskState,
)

pytestmark = pytest.mark.django_db


def test_the_database_knows_the_same_steps():
    with connection.cursor() as cursor:
        cursor.execute("SELECT of_what, before, after FROM consultation_step WHERE before <> ''")
        known = set(cursor.fetchall())
    tables = {"task": TASK_TRANSITIONS, "reservation": RESERVATION_TRANSITIONS}
    assert known == {
        (what, before.value, after.value)
        for what, table in tables.items()
        for before, following in table.items()
        for after in following
    }


def test_the_documentation_shows_the_same_steps():
    shown = (settings.BASE_DIR / "docs" / "consultation.md").read_text(encoding="utf-8")
    for table in (TASK_TRANSITIONS, RESERVATION_TRANSITIONS):
        for before, following in table.items():
            then = ", ".join(f"`{after}`" for after in sorted(after.value for after in following))
            assert f"| `{before.value}` | {then or '– (ended)'} |" in shown


def test_every_state_leads_to_an_outcome():
    def reaches(state: TaskState, seen: frozenset[TaskState]) -> bool:
        return state in ENDED or any(
            reaches(following, seen | {following}) for following in TASK_TRANSITIONS[state] - seen
        )

    assert all(reaches(state, frozenset({state})) for state in TaskState)
    assert set(TaskState) == ENDED | WAITING | WITH_COUNSELLOR


@pytest.mark.parametrize(
    "to", [state for state in TaskState if state not in TASK_TRANSITIONS[TaskState.ARRIVED]]
)
def test_a_step_that_is_not_in_the_table_is_refused_by_service_and_database(to: TaskState):
    task = make_task()
    with pytest.raises(NotNow):
        move(task, to=to, at=AT, reason="test")
    task.refresh_from_db()
    assert task.state == TaskState.ARRIVED
    if to != TaskState.ARRIVED:
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE consultation_task SET state = %s WHERE id = %s", [to, task.pk])


def test_each_step_leaves_an_event():
    task = make_task()
    move(task, to=TaskState.QUEUED, at=AT, reason="asked", queued_at=AT, rank_at=AT)
    events = TaskEvent.objects.filter(task=task).order_by("id").values_list("before", "after", "reason")
    assert list(events) == [("", "arrived", "arrived"), ("arrived", "queued", "asked")]
