"""Writing a draft: measures, chapters; what two people write at once is put together or shown, never lost."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.core.errors import RuleBroken
from tsunagari.plan.models import Block, Chapter, MeasureLineage, MeasureText, PlanVersion, TextRevision
from tsunagari.plan.selectors.versions import measure_texts_edited_by, plans_of
from tsunagari.plan.services.content import NotValid, content_of, write_blocks, write_content
from tsunagari.plan.text.markup import Piece, write

State = PlanVersion.State
EDITABLE = frozenset({State.DRAFT, State.CONSULTATION})
"""A final draft is what the council is asked about: to change it, it first goes back."""


class NotEditable(RuleBroken):
    """The version is a final draft, or decided."""

    status = 409


class EditedMeanwhile(RuleBroken):
    """Somebody saved other words for the same field. ``theirs``: what stands; ``fields``: where."""

    status = 409

    def __init__(self, theirs: dict[str, Any], fields: list[str], revision: int) -> None:
        super().__init__(_("ほかの人が、先に同じところを保存しました。あなたの入力は、下に残っています。"))
        self.theirs, self.fields, self.revision = theirs, fields, revision


def merged(
    base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Both changes put together field by field, and the fields that both changed differently."""
    result, both = dict(theirs), []
    for name, value in mine.items():
        if value == base.get(name) or value == theirs.get(name):
            continue
        if theirs.get(name) != base.get(name):
            both.append(name)
        result[name] = value
    return result, both


@transaction.atomic
def save_measure(
    *, actor: User, text_id: UUID, content: Mapping[str, Any], revision: int, at: datetime
) -> tuple[MeasureText, bool]:
    """Keep what was written of a measure. ``revision`` is the one that the writer saw.

    Returns:
        The text, and whether somebody else's change (to other fields) was put together with this one.

    Raises:
        MeasureText.DoesNotExist: none that `actor` writes.
        NotEditable: it goes to the council, or is decided.
        EditedMeanwhile: somebody wrote the same field; nothing is overwritten.
        NotValid: something cannot stand as it is.
    """
    text = _locked_measure(actor, text_id)
    now = content_of(text)
    _keep_first(now, at, measure_text=text)
    wanted, joined = dict(content), False
    if text.revision != revision:
        base = TextRevision.objects.filter(measure_text=text, number=revision).first()
        if base is None:
            raise EditedMeanwhile(
                now, sorted(name for name in now if now[name] != content[name]), text.revision
            )
        wanted, both = merged(base.content, content, now)
        if both:
            raise EditedMeanwhile(now, both, text.revision)
        joined = True
    write_content(text, wanted)
    text.revision += 1
    text.save(update_fields=["revision"])
    TextRevision.objects.create(
        measure_text=text, number=text.revision, content=content_of(text), edited_by=actor, edited_at=at
    )
    _note_rename(text, at)
    return text, joined


def _locked_measure(actor: User, text_id: UUID) -> MeasureText:
    visible = measure_texts_edited_by(actor).values_list("pk", "version").distinct().get(pk=text_id)
    version = PlanVersion.objects.select_for_update(of=("self",)).get(pk=visible[1])
    require_editable(version)
    return (
        MeasureText.objects.select_for_update(of=("self",))
        .select_related("version", "measure")
        .get(pk=text_id)
    )


def require_editable(version: PlanVersion) -> None:
    """Refuse a version whose text stands.

    Raises:
        NotEditable: it is a final draft, or decided.
    """
    if version.state not in EDITABLE:
        sentence = _("この版は「%(state)s」なので、書きかえられません。最終案は、案に戻すと書けます。")
        raise NotEditable(str(sentence) % {"state": version.get_state_display()})


def _keep_first(content: dict[str, Any], at: datetime, **owner: Any) -> None:
    """Before the first saving the text as it came is kept as revision 0 (of a merge: with its number)."""
    (one,) = owner.values()
    TextRevision.objects.get_or_create(
        **owner, number=one.revision, defaults={"content": content, "edited_by": None, "edited_at": at}
    )


def _note_rename(text: MeasureText, at: datetime) -> None:
    """A title that is not the predecessor's is a rename; one row for a version, whatever the steps to it."""
    before = MeasureText.objects.filter(version=text.version.predecessor_id, measure=text.measure).first()
    MeasureLineage.objects.filter(version=text.version, before=text.measure, kind="renamed").delete()
    if before is not None and before.title != text.title:
        MeasureLineage.objects.create(
            version=text.version,
            before=text.measure,
            after=text.measure,
            kind=MeasureLineage.Kind.RENAMED,
            before_title=before.title,
            after_title=text.title,
            at=at,
        )


def chapter_content(chapter: Chapter) -> dict[str, Any]:
    """What the form of a chapter holds now."""
    blocks = Block.objects.filter(chapter=chapter).order_by("position")
    return {
        "title": chapter.title,
        "body": write(Piece(block.kind, block.text, block.level) for block in blocks),
    }


@transaction.atomic
def save_chapter(
    *, actor: User, chapter_id: UUID, content: Mapping[str, Any], revision: int, at: datetime
) -> tuple[Chapter, bool]:
    """Keep what was written of a chapter; as `save_measure`.

    Raises:
        Chapter.DoesNotExist: none of `actor`'s plans.
        NotEditable, EditedMeanwhile, NotValid: as `save_measure`.
    """
    visible = Chapter.objects.filter(version__plan__in=plans_of(actor)).get(pk=chapter_id)
    version = PlanVersion.objects.select_for_update(of=("self",)).get(pk=visible.version_id)
    require_editable(version)
    chapter = Chapter.objects.select_for_update(of=("self",)).select_related("version").get(pk=chapter_id)
    now = chapter_content(chapter)
    _keep_first(now, at, chapter=chapter)
    wanted, joined = dict(content), False
    if chapter.revision != revision:
        base = TextRevision.objects.filter(chapter=chapter, number=revision).first()
        wanted, both = merged(base.content if base else {}, content, now)
        if both or base is None:
            raise EditedMeanwhile(now, both or ["body"], chapter.revision)
        joined = True
    title = str(wanted["title"]).strip()
    if not title or len(title) > 200:
        raise NotValid(_("章の名前を、200字までで書いてください。"))
    write_blocks(version=version, section="body", typed=str(wanted["body"]), chapter=chapter)
    chapter.title = title
    chapter.revision += 1
    chapter.save(update_fields=["title", "revision"])
    TextRevision.objects.create(
        chapter=chapter,
        number=chapter.revision,
        content=chapter_content(chapter),
        edited_by=actor,
        edited_at=at,
    )
    return chapter, joined
