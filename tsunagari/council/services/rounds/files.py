"""Work by file: the form of an organisation out, filled in by hand, and back in by paragraph.

A file that comes back is kept as it came and checked; it counts only once somebody has seen what it would
change and hands it in. It is the whole answer of its organisation: what it does not hold is taken back.
"""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from tsunagari.accounts.models import User
from tsunagari.core.errors import RuleBroken
from tsunagari.council.models import Comment, FormFile, RoundAddressee
from tsunagari.council.round_forms import docx, marking, xlsx
from tsunagari.council.round_forms.checking import Checked, Said, check
from tsunagari.council.round_forms.form import Form, FormComment, FormParagraph, seal_of
from tsunagari.council.round_forms.reading import MOST_BYTES, FileRead, read_file
from tsunagari.council.round_forms.sentences import refused
from tsunagari.council.selectors import rounds as selectors
from tsunagari.council.services.rounds.asked import (
    mark_commented,
    mark_no_comment,
    rewrite_comment,
    take_back,
    write_comment,
)
from tsunagari.council.services.rounds.common import WrongState, answered_by, journal, moment, require_taking

MOST_FILES = 100
"""Of one organisation in one round."""
WRITERS = {"xlsx": xlsx.write, "docx": docx.write}


class FileNotSound(RuleBroken):
    """The file holds something that is to be put right first."""


class TooManyFiles(RuleBroken):
    """More files came than anybody corrects by hand."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What handing a file in would do."""

    new: list[Said]
    changed: list[tuple[Comment, Said]]
    same: list[Comment]
    taken_back: list[Comment]
    no_comment: bool


def form_for(addressee: RoundAddressee) -> Form:
    """The form of an organisation, with what it has said so far; in Japanese whoever reads."""
    round_ = addressee.round
    comments = (
        addressee.comments.exclude(state=Comment.State.WITHDRAWN)
        .select_related("paragraph")
        .order_by("paragraph__position", "number")
    )
    with override("ja"):
        kind, closes = round_.get_kind_display(), moment(round_.closes_at)
    return Form(
        round_id=round_.pk,
        addressee_id=addressee.pk,
        seal=seal_of(settings.MASTER_KEY, round_.pk, addressee.pk),
        title=round_.document_title,
        kind=kind,
        number=round_.number,
        organization=addressee.organization.name,
        secretariat=round_.secretariat.name,
        closes_at=round_.closes_at,
        closes=closes,
        paragraphs=tuple(
            FormParagraph(p.pk, p.paragraph_id, p.position, p.heading, p.text)
            for p in round_.paragraphs.all()
        ),
        comments=tuple(FormComment(c.pk, c.number, c.paragraph_id, c.body, c.proposal) for c in comments),
        no_comment=addressee.state in {"no_comment", "agreed"} and not comments,
    )


def write_form(*, actor: User, addressee_id: UUID, kind: str) -> tuple[str, bytes]:
    """(file name, content) of an organisation's form, Excel (xlsx) or Word (docx).

    Raises:
        RoundAddressee.DoesNotExist: none for which `actor` writes.
    """
    addressee = selectors.addressees_reached_by(actor).get(pk=addressee_id)
    form = form_for(addressee)
    return f"{form.kind}_{form.number}_{form.organization}.{kind}", WRITERS[kind](form)


def receive_file(*, actor: User, addressee_id: UUID, name: str, content: bytes, at: datetime) -> FormFile:
    """Keep a form that came back, and check it. Nothing of it counts yet.

    Raises:
        RoundAddressee.DoesNotExist: none for which `actor` writes.
        RoundClosed: too early, or too late.
        FileRefused: it cannot be read at all; with a sentence on what to do.
        TooManyFiles: as its name says.
    """
    require_taking(selectors.addressees_reached_by(actor).get(pk=addressee_id).round, at)
    if len(content) > MOST_BYTES:
        raise refused("too_big", most=MOST_BYTES // 1_000_000)
    # read before anything is locked: a large file takes a while, and others write in this round
    with _on_disk(content) as path:
        read = read_file(path)
    return _keep(actor, addressee_id, name, content, read, at)


@transaction.atomic
def _keep(
    actor: User, addressee_id: UUID, name: str, content: bytes, read: FileRead, at: datetime
) -> FormFile:
    addressee = answered_by(actor, addressee_id)
    require_taking(addressee.round, at)
    if addressee.files.count() >= MOST_FILES:
        raise TooManyFiles(
            _("この回のファイルは、もう %(most)d 件届いています。ページで直してください。")
            % {"most": MOST_FILES}
        )
    checked = check(read, form_for(addressee))
    file = FormFile.objects.create(
        addressee=addressee,
        name="".join(c for c in name if c.isprintable())[:200] or f"form.{read.kind}",
        kind=read.kind,
        content=content,
        digest=hashlib.sha256(content).hexdigest(),
        state=FormFile.State.CHECKED if checked.sound else FormFile.State.REFUSED,
        problems=_told(checked),
        uploaded_by=actor,
        uploaded_at=at,
    )
    journal(addressee.round, "file", actor, at, file.pk, state=file.state)
    return file


def _told(checked: Checked) -> list[dict[str, object]]:
    return [
        {
            "severity": p.severity,
            "number": p.number,
            "part": p.part,
            "field": p.field,
            "value": p.value,
            "ja": p.ja,
            "en": p.en,
        }
        for p in checked.problems
    ]


@contextmanager
def _on_disk(content: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tsunagari-form-") as folder:
        path = Path(folder) / "form"
        path.write_bytes(content)
        yield path


@contextmanager
def _read_again(file: FormFile) -> Iterator[tuple[Path, FileRead, Checked]]:
    """The file, read and checked against the form as it is now."""
    with _on_disk(bytes(file.content)) as path:
        read = read_file(path)
        yield path, read, check(read, form_for(file.addressee))


def file_reached_by(actor: User, file_id: UUID) -> FormFile:
    """A file of an organisation for which `actor` writes.

    Raises:
        FormFile.DoesNotExist: none.
    """
    return FormFile.objects.select_related("addressee__round__secretariat", "addressee__organization").get(
        pk=file_id, addressee__in=selectors.addressees_reached_by(actor)
    )


def changes_of(file: FormFile) -> Changes:
    """What handing this file in would do now."""
    with _read_again(file) as (_path, _rows, checked):
        return _compare(checked, file.addressee)


def _compare(checked: Checked, addressee: RoundAddressee) -> Changes:
    """Row by row: the one that says which comment it is, else the one that says the same, else a new one."""
    standing = {
        comment.pk: comment
        for comment in addressee.comments.exclude(state=Comment.State.WITHDRAWN)
        .select_related("round", "paragraph")
        .order_by("number")
    }
    named = {said.comment for said in checked.said if said.comment is not None}
    alike: dict[tuple[UUID | None, str, str], list[Comment]] = {}
    for comment in standing.values():
        if comment.pk not in named:
            alike.setdefault((comment.paragraph_id, comment.body, comment.proposal), []).append(comment)
    new: list[Said] = []
    changed: list[tuple[Comment, Said]] = []
    same: list[Comment] = []
    for said in checked.said:
        if said.comment is not None:
            comment = standing.pop(said.comment)
            if (comment.body, comment.proposal) == (said.body, said.proposal):
                same.append(comment)
            else:
                changed.append((comment, said))
        elif found := alike.get((said.paragraph, said.body, said.proposal)):
            same.append(standing.pop(found.pop(0).pk))
        else:
            new.append(said)
    return Changes(new, changed, same, list(standing.values()), checked.no_comment)


def take_file(*, actor: User, file_id: UUID, at: datetime) -> Changes:
    """Hand a checked file in: it becomes the whole answer of its organisation.

    Raises:
        FormFile.DoesNotExist: none of an organisation for which `actor` writes.
        RoundClosed: too early, or too late.
        WrongState: it was handed in before.
        FileNotSound: it holds something that is to be put right.
    """
    seen = file_reached_by(actor, file_id)
    with _on_disk(bytes(seen.content)) as path:
        read = read_file(path)
    return _take(actor, seen, read, at)


@transaction.atomic
def _take(actor: User, seen: FormFile, read: FileRead, at: datetime) -> Changes:
    addressee = answered_by(actor, seen.addressee_id)
    require_taking(addressee.round, at)
    file = FormFile.objects.select_for_update().get(pk=seen.pk)
    if file.state == FormFile.State.TAKEN:  # sent again, it would undo what was written since
        raise WrongState(
            _("このファイルは、もう提出ずみです。変えるときは、様式をダウンロードしなおしてください。")
        )
    checked = check(read, form_for(addressee))
    if not checked.sound:
        raise FileNotSound(
            _("直すところが残っているファイルは、提出できません。直してから、もう一度送ってください。")
        )
    changes = _compare(checked, addressee)
    paragraphs = {paragraph.pk: paragraph for paragraph in addressee.round.paragraphs.all()}
    for comment in changes.taken_back:
        comment.addressee = addressee
        take_back(comment, actor, at)
    for comment, said in changes.changed:
        rewrite_comment(comment, said.body, said.proposal, actor, at)
    for said in changes.new:
        paragraph = None if said.paragraph is None else paragraphs[said.paragraph]
        write_comment(addressee, paragraph, said.body, said.proposal, actor, at)
    if changes.no_comment:
        mark_no_comment(addressee, actor, at)
    else:
        mark_commented(addressee, actor, at)
    file.state, file.taken_at = FormFile.State.TAKEN, at
    file.save(update_fields=["state", "taken_at"])
    journal(
        addressee.round,
        "file_taken",
        actor,
        at,
        file.pk,
        new=len(changes.new),
        changed=len(changes.changed),
        taken_back=len(changes.taken_back),
    )
    return changes


def marked_file(*, actor: User, file_id: UUID) -> tuple[str, bytes]:
    """(file name, content) of a file with what is to be looked at marked in it.

    Raises:
        FormFile.DoesNotExist: none of an organisation for which `actor` writes.
    """
    file = file_reached_by(actor, file_id)
    summary = [
        f"{file.addressee.round.document_title}｜{file.addressee.organization.name}",
        "色のついたセルを直して、このファイルをそのまま送りなおせます。"
        " / Correct the coloured cells; this file can be sent back as it is.",
    ]
    stem = file.name.rsplit(".", 1)[0]
    with _read_again(file) as (path, read, checked):
        return f"{stem}_確認.{file.kind}", marking.marked(path, read, checked, summary)
