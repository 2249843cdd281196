"""Papers of a meeting: filed with number, access level and retention class; files follow each other."""

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.core.errors import RuleBroken
from tsunagari.council.files import check_file
from tsunagari.council.models import (
    AfterRetention,
    Material,
    MaterialVersion,
    Meeting,
    RetentionPeriod,
)
from tsunagari.council.selectors.meetings import meetings_kept_by
from tsunagari.council.services.journal import record
from tsunagari.council.services.meetings import WrongState, locked_meeting
from tsunagari.council.services.posts import NobodyNamed

MOST_MATERIALS = 100
MOST_VERSIONS = 50


class NumberTaken(RuleBroken):
    """Another paper of the meeting has this number."""

    status = 409


class SameFile(RuleBroken):
    """The newest version is this very file."""

    status = 409


class TooMany(RuleBroken):
    """More papers, or versions, than a meeting has."""


@transaction.atomic
def file_material(
    *,
    actor: User,
    meeting_id: UUID,
    number: str,
    title: str,
    access: str,
    file_name: str,
    content: bytes,
    at: datetime,
    retention: str = RetentionPeriod.TEN,
    after_retention: str = AfterRetention.TRANSFER,
    agenda_item_id: UUID | None = None,
) -> Material:
    """File a paper with its first file.

    Raises:
        Meeting.DoesNotExist: none that `actor` keeps.
        BadFile: the file is none that can be a paper.
        NumberTaken: the number is another paper's.
    """
    checked = check_file(file_name, content)
    meeting = locked_meeting(actor, meeting_id)
    if meeting.state == Meeting.State.CANCELLED:
        raise WrongState(_("この会議は中止になりました。"))
    if not number.strip() or not title.strip():
        raise NobodyNamed(_("資料番号と題名を書いてください。"))
    if meeting.materials.filter(number=number.strip(), withdrawn_at=None).exists():
        raise NumberTaken(_("同じ番号の資料が、すでにあります。"))
    if meeting.materials.count() >= MOST_MATERIALS:
        raise TooMany(_("資料が多すぎます。"))
    last = meeting.materials.aggregate(last=Max("position"))["last"] or 0
    material = Material.objects.create(
        meeting=meeting,
        agenda_item=meeting.agenda.get(pk=agenda_item_id) if agenda_item_id else None,
        position=last + 1,
        number=number.strip(),
        title=title.strip(),
        access=Material.Access(access),
        retention=RetentionPeriod(retention),
        after_retention=AfterRetention(after_retention),
        made_on=timezone.localdate(at),
    )
    _keep(material, 1, checked.name, checked.content_type, checked.content, checked.pages, actor, at)
    record(body=meeting.body, action="file_material", subject_id=material.pk, actor=actor, at=at)
    return material


def _keep(
    material: Material,
    number: int,
    name: str,
    content_type: str,
    content: bytes,
    pages: int | None,
    actor: User,
    at: datetime,
) -> MaterialVersion:
    return MaterialVersion.objects.create(
        material=material,
        number=number,
        file_name=name,
        content_type=content_type,
        size=len(content),
        pages=pages,
        digest=hashlib.sha256(content).hexdigest(),
        content=content,
        uploaded_at=at,
        uploaded_by=actor,
    )


def _locked(actor: User, material_id: UUID) -> Material:
    seen = Material.objects.get(pk=material_id, meeting__in=meetings_kept_by(actor))
    material = (
        Material.objects.select_for_update(of=("self",))
        .select_related("meeting", "meeting__body")
        .get(pk=seen.pk)
    )
    if material.withdrawn_at is not None:
        raise WrongState(_("この資料は取り下げられています。"))
    return material


@transaction.atomic
def replace_file(
    *, actor: User, material_id: UUID, file_name: str, content: bytes, at: datetime
) -> MaterialVersion:
    """File a newer version; the earlier ones stay for the secretariat.

    Raises:
        Material.DoesNotExist: none that `actor` keeps.
        BadFile: as `file_material`.
        SameFile: nothing has changed.
        WrongState: it was withdrawn.
    """
    checked = check_file(file_name, content)
    material = _locked(actor, material_id)
    last = material.versions.defer("content").order_by("-number").first()
    number = last.number + 1 if last else 1
    if last is not None and last.digest == hashlib.sha256(content).hexdigest():
        raise SameFile(_("いまのファイルと同じものです。"))
    if number > MOST_VERSIONS:
        raise TooMany(_("版が多すぎます。新しい資料として登録してください。"))
    version = _keep(
        material, number, checked.name, checked.content_type, checked.content, checked.pages, actor, at
    )
    record(
        body=material.meeting.body,
        action="replace_file",
        subject_id=material.pk,
        actor=actor,
        at=at,
        n=number,
    )
    return version


@transaction.atomic
def set_access(*, actor: User, material_id: UUID, access: str, at: datetime) -> Material:
    """Let others read a paper, or no longer.

    Raises:
        Material.DoesNotExist, WrongState: as `replace_file`.
    """
    material = _locked(actor, material_id)
    material.access = Material.Access(access)
    material.save(update_fields=["access"])
    record(
        body=material.meeting.body,
        action="set_access",
        subject_id=material.pk,
        actor=actor,
        at=at,
        access=access,
    )
    return material


@transaction.atomic
def withdraw_material(*, actor: User, material_id: UUID, at: datetime) -> Material:
    """Take a paper back. It is kept for its period; only the secretariat sees it.

    Raises:
        Material.DoesNotExist, WrongState: as `replace_file`.
    """
    material = _locked(actor, material_id)
    material.withdrawn_at = at
    material.save(update_fields=["withdrawn_at"])
    record(body=material.meeting.body, action="withdraw_material", subject_id=material.pk, actor=actor, at=at)
    return material
