"""The life of an import: started, checked, published or failed, undone. One process at a time has a run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import Organization, User
from tsunagari.core.errors import RuleBroken
from tsunagari.core.tables.problems import FileRefused
from tsunagari.directory.exchange.formats import SourceFile, format_of, recognise
from tsunagari.directory.models import ImportProblem, ImportRow, ImportRun

State = ImportRun.State
Progress = Callable[[ImportRun], None]

TRANSITIONS: Final[dict[str, frozenset[str]]] = {
    State.CHECKING: frozenset({State.CHECKED, State.FAILED}),
    State.CHECKED: frozenset({State.IMPORTING, State.FAILED}),
    State.IMPORTING: frozenset({State.DONE, State.FAILED}),
    State.DONE: frozenset({State.UNDONE}),
    State.FAILED: frozenset(),
    State.UNDONE: frozenset(),
}
"""Which state may follow which. An interrupted run stays where it is, and goes on from there."""
UNFINISHED: Final = (State.CHECKING, State.CHECKED, State.IMPORTING)


class RunBusy(RuleBroken):
    """Another process is working on the run."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("この取り込みは、いま別のところで進んでいます。"))


class WrongState(RuleBroken):
    """The run is not in a state from which this can be done."""

    def __init__(self) -> None:
        super().__init__(_("この取り込みは、いまその操作ができる段階ではありません。"))


def start_run(
    *,
    file: SourceFile,
    at: datetime,
    format: str = "",
    source: str = "",
    organization: Organization | None = None,
    actor: User | None = None,
    restricted: bool = False,
    options: dict[str, Any] | None = None,
    policy: str = ImportRun.Policy.KEEP,
) -> ImportRun:
    """The unfinished run of the same file in the same way, or a new one.

    Without a ``source``, the organisation or else the file's name stands for it: identifiers that are no
    UUIDs are told apart by it, so that "1" of one file is not "1" of another.

    Raises:
        FileRefused: the format is not known or not recognised.
    """
    key = format or recognise(file)
    format_of(key)
    ways = {
        "file_digest": file.digest,
        "format": key,
        "source": (source or (str(organization.pk) if organization else file.name))[:100],
        "organization": organization,
        "restricted": restricted,
        "options": options or {},
        "policy": policy,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [0x696D7031])
        same = ImportRun.objects.filter(**ways, state__in=UNFINISHED).first()
        if same is not None:
            return same
        return ImportRun.objects.create(
            **ways, actor=actor, file_name=file.name, file_size=file.size, created_at=at
        )


def move(run: ImportRun, state: str, **fields: Any) -> None:
    """Take a run to its next state.

    Raises:
        WrongState: the table does not allow it.
    """
    with transaction.atomic():
        stored = ImportRun.objects.select_for_update().get(pk=run.pk)
        if state not in TRANSITIONS[stored.state]:
            raise WrongState
        run.state = state
        for name, value in fields.items():
            setattr(run, name, value)
        run.save(update_fields=["state", *fields])


def fail(run: ImportRun, refusal: FileRefused) -> None:
    """End a run: what was staged is dropped, the reason stays."""
    with transaction.atomic():
        run.failure_ja, run.failure_en = refusal.ja[:500], refusal.en[:500]
        move(run, State.FAILED, failure_ja=run.failure_ja, failure_en=run.failure_en)
        ImportRow.objects.filter(run=run)._raw_delete(using="default")
        ImportProblem.objects.create(
            run=run,
            number=refusal.number,
            part=refusal.part[:120],
            code="file_refused",
            severity=ImportProblem.Severity.ERROR,
            sentence_ja=run.failure_ja,
            sentence_en=run.failure_en,
        )


@contextmanager
def working_on(run_id: UUID) -> Iterator[None]:
    """Hold a run for this process, across transactions; a killed process lets go of it.

    Raises:
        RunBusy: another process holds it.
    """
    key = run_id.int & 0x7FFF_FFFF_FFFF_FFFF
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        if not cursor.fetchone()[0]:
            raise RunBusy
    try:
        yield
    finally:
        if connection.connection is not None and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
