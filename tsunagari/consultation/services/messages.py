"""Writing into a conversation: one transaction, the next number, never twice.

A message is committed with the next ``seq`` of its conversation under that conversation's row lock; the
client's own id makes a repeated sending the same message.
"""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.consultation.keys import Secrets
from tsunagari.consultation.models import Conversation, ConversationKey, Message
from tsunagari.consultation.services.tasks import conversation_topic
from tsunagari.core.errors import RuleBroken
from tsunagari.core.live import hint

LONGEST = 4000
"""Letters of one message."""


class BadMessage(RuleBroken):
    """What was sent cannot be a message."""


class ConversationErased(RuleBroken):
    """The conversation's key is gone."""

    status = 410


def check_text(text: str) -> str:
    """The text as it is kept: line ends unified, no control characters.

    Raises:
        BadMessage: empty, too long, or not text.
    """
    cleaned = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not cleaned:
        raise BadMessage(_("まだ何も書かれていません。ひとことからで、だいじょうぶです。"))
    if len(cleaned) > LONGEST:
        raise BadMessage(
            _("一度に送れるのは4,000文字までです。いくつかに分けて送ってください。書いたものは残っています。")
        )
    if any(ord(letter) < 32 and letter not in "\n\t" for letter in cleaned):
        raise BadMessage(_("文字ではないものが含まれています。文字だけで送ってください。"))
    return cleaned


@transaction.atomic
def write_message(
    *,
    conversation_id: UUID,
    client_id: UUID,
    author: Message.Author,
    text: str,
    at: datetime,
    user: User | None = None,
    kind: Message.Kind = Message.Kind.TEXT,
    audience: Message.Audience = Message.Audience.ALL,
) -> Message:
    """Write a message and wake the readers on commit; what was written before under this id is returned.

    The caller has checked who may write here.

    Raises:
        BadMessage: see `check_text`; or the id was another person's message.
        ConversationErased: there is no key any more.
    """
    text = check_text(text)
    conversation = Conversation.objects.select_for_update().get(pk=conversation_id)
    written = Message.objects.filter(conversation=conversation, client_id=client_id).first()
    if written is not None:
        if (written.author, written.user_id) != (author, user.pk if user else None):
            raise BadMessage(_("この発言はすでに別の人から届いています。もう一度送ってください。"))
        return written
    conversation.last_seq += 1
    read = ["staff_read_seq"] if author in STAFF else ["person_read_seq"]
    if author != Message.Author.SYSTEM:
        # whoever writes has read what stands above
        setattr(conversation, read[0], conversation.last_seq)
    conversation.save(update_fields=["last_seq", *read])
    message = Message.objects.create(
        conversation=conversation,
        seq=conversation.last_seq,
        client_id=client_id,
        author=author,
        user=user,
        kind=kind,
        audience=audience,
        body=secrets_of(conversation_id).seal("message", text),
        sent_at=at,
    )
    hint(conversation_topic(conversation_id))
    return message


STAFF = frozenset({Message.Author.COUNSELLOR, Message.Author.SUPERVISOR})


def write_event(*, conversation_id: UUID, code: str, at: datetime, staff_only: bool = False) -> Message:
    """Write something that happened ("joined", "left" …), which each reader is told in their language."""
    return write_message(
        conversation_id=conversation_id,
        client_id=uuid4(),
        author=Message.Author.SYSTEM,
        text=code,
        at=at,
        kind=Message.Kind.EVENT,
        audience=Message.Audience.STAFF if staff_only else Message.Audience.ALL,
    )


def secrets_of(conversation_id: UUID) -> Secrets:
    """What seals and opens this conversation's texts.

    Raises:
        ConversationErased: the key is gone.
    """
    wrapped = (
        ConversationKey.objects.filter(conversation_id=conversation_id)
        .values_list("wrapped", flat=True)
        .first()
    )
    if wrapped is None:
        raise ConversationErased(_("この相談の記録は、もう消されています。"))
    return Secrets(conversation_id, bytes(wrapped))
