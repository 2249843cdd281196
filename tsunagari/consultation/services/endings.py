"""After the talk: how it was, and what the person takes away."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tsunagari.consultation.models import ContactReferral, Conversation, Rating, Task
from tsunagari.consultation.services.messages import secrets_of
from tsunagari.consultation.services.tasks import NotNow
from tsunagari.consultation.states import ENDED


@transaction.atomic
def rate(*, task_id: UUID, heard: int, words: str, at: datetime) -> Rating:
    """Keep what the person says of a contact that has ended; the first word counts.

    Raises:
        NotNow: it goes on.
    """
    found = Task.objects.get(pk=task_id)
    Conversation.objects.select_for_update().get(pk=found.conversation_id)
    task = Task.objects.select_for_update().get(pk=task_id)
    if task.state not in ENDED:
        raise NotNow(_("話が終わってから、聞かせてください。"))
    sealed = secrets_of(task.conversation_id).seal("rating", words) if words.strip() else b""
    rating, _made = Rating.objects.get_or_create(
        task=task, defaults={"heard": heard, "words": sealed, "at": at}
    )
    return rating


def summary_of(conversation: Conversation, at: datetime) -> str:
    """A text to take away: when, where, what was agreed; no words of the talk, since others may see it."""
    lines = [
        _("%(name)s の記録（%(day)s）") % {"name": conversation.helpline.name, "day": _day(at)},
        _("はじめて話した日: %(day)s") % {"day": _day(conversation.begun_at)},
    ]
    referrals = ContactReferral.objects.filter(task__conversation=conversation, withdrawn_at=None)
    for referral in referrals.select_related("service").order_by("made_at"):
        lines.append(_("案内したところ: %(name)s") % {"name": referral.service.name})
    lines.append(_("また話したいときは、書きとめた4つの言葉で、同じところから続けられます。"))
    return "\n".join(lines)


def _day(at: datetime) -> str:
    return date_format(timezone.localtime(at), "DATE_FORMAT")
