"""Files that an organisation hands in at the desk: kept sealed, checked, imported, erased after a month.

An upload belongs to one organisation, and a run of it may change that organisation's entries alone; the
organisations that run the platform bring entries of others too.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import Organization, User
from tsunagari.core.crypto import derive_key, seal, unseal
from tsunagari.core.errors import RuleBroken
from tsunagari.core.tables.grid import MOST_BYTES
from tsunagari.core.tables.problems import FileRefused
from tsunagari.directory.exchange import runs, uploads
from tsunagari.directory.exchange.formats import SourceFile, recognise
from tsunagari.directory.exchange.municipal.reader import KEY, Plan, plan_file
from tsunagari.directory.exchange.tables.columns import KEPT as KEEP
from tsunagari.directory.exchange.tables.columns import UNUSED, dictionary
from tsunagari.directory.models import ColumnMapping, ImportRun, ImportUpload
from tsunagari.directory.selectors.upkeep import operator_ids, organizations_kept_by

ERASED_AFTER: Final = timedelta(days=30)
MOST_WAITING: Final = 50
"""Uploads of one organisation whose content is kept at a time."""
_PURPOSE: Final = "import-upload"


class TooManyUploads(RuleBroken):
    """The organisation has handed in too many files that are still kept."""

    def __init__(self) -> None:
        super().__init__(
            _("送ったファイルがたくさん残っています。使わないものを消してから、もう一度お試しください。")
        )


class Erased(RuleBroken):
    """The file's content is no longer kept."""

    status = 410

    def __init__(self) -> None:
        super().__init__(_("このファイルの中身は、もう残していません。もう一度送ってください。"))


class NotYet(RuleBroken):
    """The upload has not come to this step."""

    def __init__(self) -> None:
        super().__init__(_("いまは、その操作ができる段階ではありません。"))


def uploads_visible_to(viewer: User) -> QuerySet[ImportUpload]:
    """The uploads of the organisations whose entries ``viewer`` keeps, the newest first."""
    return (
        ImportUpload.objects.filter(organization__in=organizations_kept_by(viewer))
        .select_related("organization", "run", "actor")
        .defer("content")
        .order_by("-created_at", "id")
    )


def receive(
    *, actor: User, organization: Organization, chunks: Iterable[bytes], name: str, at: datetime
) -> ImportUpload:
    """Take in a file, look at what it is, and keep it sealed.

    Raises:
        FileRefused: it is too large, or cannot be read; nothing is kept.
        TooManyUploads: fifty are kept already.
    """
    if ImportUpload.objects.filter(organization=organization, content__isnull=False).count() >= MOST_WAITING:
        raise TooManyUploads
    file = uploads.store_upload(chunks, name=name, largest=MOST_BYTES)
    try:
        key = _format_of(file)
        if key == KEY:
            plan_file(file)
        content = file.path.read_bytes()
    finally:
        uploads.forget_upload(file.digest)
    return ImportUpload.objects.create(
        organization=organization,
        actor=actor,
        file_name=file.name,
        digest=file.digest,
        size=file.size,
        format=key,
        content=seal(_key(), content, file.digest.encode()),
        created_at=at,
    )


def _format_of(file: SourceFile) -> str:
    """The format of a file; a table whose headings nobody knows is still a table."""
    try:
        return recognise(file)
    except FileRefused:
        if file.name.lower().endswith((".csv", ".tsv", ".txt", ".pdf", ".html")):
            return KEY
        raise


def _key() -> bytes:
    return derive_key(settings.MASTER_KEY, _PURPOSE)


@contextmanager
def opened(upload: ImportUpload) -> Iterator[SourceFile]:
    """The upload as a file on this machine, for as long as it is read.

    Raises:
        Erased: its content is no longer kept.
    """
    content = ImportUpload.objects.values_list("content", flat=True).get(pk=upload.pk)
    if content is None:
        raise Erased
    handle, path = tempfile.mkstemp(dir=uploads.folder())
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(unseal(_key(), bytes(content), upload.digest.encode()))
        yield replace(source_of(upload), path=Path(path))
    finally:
        Path(path).unlink(missing_ok=True)


def source_of(upload: ImportUpload) -> SourceFile:
    """What is to be read and how; without the content."""
    return SourceFile(
        path=Path(),
        name=upload.file_name,
        digest=upload.digest,
        size=upload.size,
        source=str(upload.organization_id),
        options=options_of(upload),
    )


def options_of(upload: ImportUpload) -> dict[str, Any]:
    """The options of a run of this upload."""
    if upload.format != KEY:
        return {}
    organization = upload.organization
    return {
        **upload.options,
        "organization": organization.name,
        "area": organization.area_id or "",
    }


def plan_of(upload: ImportUpload) -> Plan:
    """What the upload holds and what its columns mean, with what the organisation chose before.

    Raises:
        Erased: its content is no longer kept.
        FileRefused: it cannot be read.
    """
    stored = ColumnMapping.objects.filter(organization_id=upload.organization_id)
    remembered = {mapping.headings_digest: mapping.mapping for mapping in stored}
    with opened(upload) as file:
        return plan_file(file, options=upload.options, remembered=remembered)


def choose_columns(
    *, upload: ImportUpload, tables: Mapping[str, Mapping[str, Any] | None], at: datetime
) -> None:
    """Keep what the columns of an upload mean, and remember it for the next file with the same headings.

    ``tables``: sheet → None (not used), or {"list": kind of list, "columns": {heading: field}}. A choice that
    does not exist counts as not used.
    """
    plan = plan_of(upload)
    kinds = {kind.key for kind in dictionary().lists}
    fields = {UNUSED, KEEP, *dictionary().fields}
    chosen: dict[str, Any] = {}
    with transaction.atomic():
        for planned in plan.tables:
            wanted = tables.get(planned.table.name)
            if wanted is None:
                chosen[planned.table.name] = None
                continue
            columns = {
                heading: field if (field := wanted["columns"].get(heading, UNUSED)) in fields else UNUSED
                for heading in planned.table.headings
            }
            kind = wanted.get("list") if wanted.get("list") in kinds else planned.kind.key
            chosen[planned.table.name] = {"list": kind, "columns": columns}
            ColumnMapping.objects.update_or_create(
                organization_id=upload.organization_id,
                headings_digest=planned.digest,
                defaults={"mapping": columns, "saved_at": at},
            )
        upload.options = {"tables": chosen}
        upload.save(update_fields=["options"])


@transaction.atomic
def begin_check(*, actor: User, upload: ImportUpload, at: datetime) -> ImportRun:
    """Start the dry run of an upload, or give back the one that goes on; the job is deferred by the caller.

    Raises:
        NotYet: the file has been imported already.
    """
    if upload.run is not None and upload.run.state in {
        runs.State.DONE,
        runs.State.IMPORTING,
        runs.State.UNDONE,
    }:
        raise NotYet
    file = source_of(upload)
    before = upload.run
    run = runs.start_run(
        file=file,
        at=at,
        format=upload.format,
        source=str(upload.organization_id),
        organization=upload.organization,
        actor=actor,
        restricted=upload.organization_id not in operator_ids(),
        options=file.options,
    )
    if before is not None and before.pk != run.pk and before.state in runs.UNFINISHED:
        runs.fail(before, FileRefused("列の対応を選びなおしました。", "The columns were chosen anew."))
    if run.pk != getattr(before, "pk", None):
        ImportUpload.objects.filter(run=run).exclude(pk=upload.pk).update(run=None)
        upload.run = run
        upload.save(update_fields=["run"])
    return run


@transaction.atomic
def erase(*, upload: ImportUpload, at: datetime) -> None:
    """Forget the content of an upload; that it was there stays written."""
    stored = ImportUpload.objects.select_for_update().get(pk=upload.pk)
    if stored.content is None:
        return
    stored.content, stored.erased_at = None, at
    stored.save(update_fields=["content", "erased_at"])


def erase_old(*, at: datetime) -> int:
    """Each night: erase what was handed in thirty days ago.

    Returns:
        How many were erased.
    """
    old = ImportUpload.objects.filter(content__isnull=False, created_at__lte=at - ERASED_AFTER).defer(
        "content"
    )
    for upload in old:
        erase(upload=upload, at=at)
    return len(old)


def upload_of(upload_id: UUID) -> ImportUpload:
    """The upload of a job, with what it belongs to."""
    return ImportUpload.objects.select_related("organization", "run").defer("content").get(pk=upload_id)
