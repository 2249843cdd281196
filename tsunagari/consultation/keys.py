"""The keys of conversations: what was said is sealed under a data key, which the master key wraps.

Whoever has the database without the master key reads nothing; once the wrapped key is deleted, nobody does.
Sealed texts are bound to their conversation and to what they are (``message``, ``record`` …), so that one
cannot be put in another's place.
"""

import functools
import secrets
from uuid import UUID

from django.conf import settings

from tsunagari.core.crypto import KEY_BYTES, derive_key, seal, unseal


@functools.lru_cache(maxsize=4)
def _wrapping_key(master: bytes) -> bytes:
    return derive_key(master, "conversation-key")


def make_wrapped_key(conversation_id: UUID) -> bytes:
    """A new data key for this conversation, wrapped (60 bytes)."""
    return seal(_wrapping_key(settings.MASTER_KEY), secrets.token_bytes(KEY_BYTES), conversation_id.bytes)


class Secrets:
    """Seals and opens the texts of one conversation, given its wrapped key.

    Raises:
        BadToken: the key is of another conversation, or of another master key.
    """

    __slots__ = ("_conversation", "_key")

    def __init__(self, conversation_id: UUID, wrapped: bytes) -> None:
        self._conversation = conversation_id.bytes
        self._key = unseal(_wrapping_key(settings.MASTER_KEY), bytes(wrapped), self._conversation)

    def seal(self, what: str, text: str) -> bytes:
        """Seal a text as ``what`` of this conversation."""
        return seal(self._key, text.encode(), self._conversation + what.encode())

    def open(self, what: str, sealed: bytes) -> str:
        """Open what ``seal`` made; "" for nothing.

        Raises:
            BadToken: altered, or sealed as something else.
        """
        if not sealed:
            return ""
        return unseal(self._key, bytes(sealed), self._conversation + what.encode()).decode()
