"""The life of a draft: its states and ways, and what refuses a step."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.core.crypto import keyed_digest
from tsunagari.core.errors import RuleBroken
from tsunagari.directory.models import Revision, Service
from tsunagari.directory.selectors import upkeep

State = Revision.State


@dataclass(frozen=True, slots=True)
class Step:
    """One way from a state to another: who may go it, and whether it needs a reason."""

    start: frozenset[Revision.State]
    end: Revision.State
    by: Literal["editor", "reviewer"]
    reason: bool = False


TRANSITIONS: dict[str, Step] = {
    "save": Step(frozenset({State.DRAFT, State.RETURNED}), State.DRAFT, "editor"),
    "submit": Step(frozenset({State.DRAFT, State.RETURNED}), State.IN_REVIEW, "editor"),
    "take_back": Step(frozenset({State.IN_REVIEW}), State.DRAFT, "editor"),
    "carry_over": Step(frozenset({State.DRAFT, State.RETURNED, State.IN_REVIEW}), State.DRAFT, "editor"),
    "publish": Step(frozenset({State.IN_REVIEW}), State.PUBLISHED, "reviewer"),
    "return": Step(frozenset({State.IN_REVIEW}), State.RETURNED, "reviewer", reason=True),
    "withdraw": Step(frozenset({State.DRAFT, State.RETURNED, State.IN_REVIEW}), State.WITHDRAWN, "editor"),
}


class TooManyDrafts(RuleBroken):
    """The organisation has more open drafts than anybody works on."""


class WrongState(RuleBroken):
    """The draft is no longer, or not yet, where this step begins."""

    status = 409


class EditedMeanwhile(RuleBroken):
    """Somebody has saved this draft since it was opened."""

    status = 409


class PublishedMeanwhile(RuleBroken):
    """The entry has changed since the draft was begun. ``fields``: where both have changed something."""

    status = 409

    def __init__(self, fields: list[str]) -> None:
        super().__init__(
            _("この下書きのあとに、窓口の内容が変わりました。ちがいを確かめて、引き継いでください。")
        )
        self.fields = fields


class NothingChanged(RuleBroken):
    """The draft says what the entry says already."""


class ReasonMissing(RuleBroken):
    """A draft is not returned without saying why."""


class NotComplete(RuleBroken):
    """The draft lacks what a public entry needs."""


def pseudonym_of(actor: User) -> str:
    """What the history calls a member of staff: the same for the same person, and nobody's name."""
    return f"staff-{keyed_digest(settings.MASTER_KEY, 'history-actor', str(actor.pk)).hex()[:12]}"


def locked(actor: User, revision_id: UUID) -> Revision:
    """The draft, locked; of two who decide at once the second sees what the first did."""
    visible = upkeep.revisions_kept_by(actor).get(pk=revision_id)
    return (
        Revision.objects.select_for_update(of=("self",))
        .select_related("organization", "service", "author", "report")
        .get(pk=visible.pk)
    )


def require_start(step: str, revision: Revision) -> None:
    """Refuse a step that does not begin where the draft is."""
    if revision.state not in TRANSITIONS[step].start:
        sentence = _("この下書きは「%(state)s」です。ページを開きなおしてください。")
        raise WrongState(str(sentence) % {"state": revision.get_state_display()})


def require_complete(content: Mapping[str, Any]) -> None:
    """A public entry needs a name, a description, an area and a way to reach it."""
    wanting = [
        label
        for label, given in (
            (_("名前"), content["name"]),
            (_("説明"), content["description"]),
            (_("使える地域"), content["areas"]),
        )
        if not given
    ]
    needs_way = content["kind"] not in {Service.Kind.PROGRAMME, Service.Kind.INFORMATION}
    if needs_way and content["status"] == Service.Status.ACTIVE and not content["channels"]:
        wanting.append(_("連絡のしかた"))
    if wanting:
        sentence = _("公開するには、次のところを書いてください：%(fields)s")
        raise NotComplete(str(sentence) % {"fields": "、".join(map(str, wanting))})
