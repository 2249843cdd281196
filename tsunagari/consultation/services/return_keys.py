"""Four words that bring an anonymous person back to their thread, from any device; without them nobody can.

44 bits and more. A wrong try is counted for the first two of its words and in all, per hour, and stays
counted though the try fails. Wrong, used and taken back look the same from outside.
"""

import secrets
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from tsunagari.consultation.models import Conversation, ReturnKey, ReturnTry
from tsunagari.consultation.return_words import WORDS_IN_A_KEY, fold, read_words, split
from tsunagari.consultation.services.conversations import make_session
from tsunagari.core.crypto import keyed_digest
from tsunagari.core.errors import RuleBroken

MOST_OF_A_HALF = 10
"""Wrong tries in an hour that share their first two words."""
MOST_IN_ALL = 2_000
"""Wrong tries in an hour of everybody together; one guess in 10,000,000 hits one of a million keys."""


NOT_FOUND = _("この4つの言葉では、相談が見つかりませんでした。書きとめた言葉を、もう一度たしかめてください。")


class NotTheWords(RuleBroken):
    """No conversation has these words."""


class TooManyTries(RuleBroken):
    """Too many wrong words came in this hour."""

    status = 429


@transaction.atomic
def make_return_key(*, conversation_id: UUID, at: datetime) -> str:
    """Make four words, shown this once; earlier ones no longer hold."""
    conversation = Conversation.objects.select_for_update().get(pk=conversation_id)
    ReturnKey.objects.filter(conversation=conversation, used_at=None, revoked_at=None).update(revoked_at=at)
    known = read_words(settings.DATA_DIR / "consultation" / "return_words.txt")
    words = [secrets.choice(known) for _each in range(WORDS_IN_A_KEY)]
    folded = tuple(fold(word) for word in words)
    ReturnKey.objects.create(
        conversation=conversation, digest=_digest(folded), half=_half(folded), made_at=at
    )
    return " ".join(words)


def come_back(*, words: str, at: datetime) -> tuple[Conversation, str, str]:
    """Return to the thread: (conversation, token for this browser's cookie, the next four words).

    Raises:
        NotTheWords: not four words, or those of nobody; the latter are counted.
        TooManyTries: too many wrong ones came in this hour.
    """
    folded = split(words)
    if not folded:
        # what cannot be a key guesses at none: it must not count against others who mistype
        raise NotTheWords(NOT_FOUND)
    half = _half(folded)
    hour = at.replace(minute=0, second=0, microsecond=0)
    _check_tries(half, hour)
    with transaction.atomic():
        found = ReturnKey.objects.filter(
            digest=_digest(folded), used_at=None, revoked_at=None, conversation__erased_at=None
        ).first()
        if found is not None:
            # the conversation before the key, as everywhere; the first of two who come at once has it
            conversation = Conversation.objects.select_for_update().get(pk=found.conversation_id)
            used = ReturnKey.objects.filter(pk=found.pk, used_at=None, revoked_at=None).update(used_at=at)
            if used and conversation.erased_at is None:
                token = make_session(conversation, at=at)
                return conversation, token, make_return_key(conversation_id=conversation.pk, at=at)
    _count(half, hour)
    _count(b"", hour)
    raise NotTheWords(NOT_FOUND)


def _check_tries(half: bytes, hour: datetime) -> None:
    tried = {
        bytes(one): count
        for one, count in ReturnTry.objects.filter(half__in=[half, b""], hour=hour).values_list(
            "half", "count"
        )
    }
    if tried.get(half, 0) >= MOST_OF_A_HALF or tried.get(b"", 0) >= MOST_IN_ALL:
        raise TooManyTries(
            _(
                "まちがった言葉が続いたため、いまは受け付けられません。1時間ほどあとで、もう一度お試しください。"
            )
        )


def _count(half: bytes, hour: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO consultation_returntry (half, hour, count) VALUES (%s, %s, 1)"
            " ON CONFLICT (half, hour) DO UPDATE SET count = consultation_returntry.count + 1",
            [half, hour],
        )


def _digest(folded: tuple[str, ...]) -> bytes:
    return keyed_digest(settings.MASTER_KEY, "return-key", " ".join(folded))


def _half(folded: tuple[str, ...]) -> bytes:
    return keyed_digest(settings.MASTER_KEY, "return-key-half", " ".join(folded[:2]))
