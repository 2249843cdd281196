"""Codes by which somebody finds the own comment again, without an account. Pure.

The code follows from the comment's id and the master key, and is kept only as a digest: who reads the
database cannot make it, and who sends the same form twice gets the same code.
"""

import hmac
import re
import unicodedata
from typing import Final
from uuid import UUID

from tsunagari.core.crypto import derive_key, keyed_digest

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without what is mistaken for something else when it is read aloud or copied by hand."""
LENGTH: Final = 16


def receipt_code(master: bytes, comment_id: UUID) -> str:
    """The code of a comment, 「ABCD-EFGH-JKMN-PQRS」 (79 bits)."""
    number = int.from_bytes(
        hmac.new(derive_key(master, "council-receipt"), comment_id.bytes, "sha256").digest(), "big"
    )
    letters = []
    for _ in range(LENGTH):
        number, rest = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return "-".join("".join(letters[n : n + 4]) for n in range(0, LENGTH, 4))


def receipt_digest(master: bytes, code: str) -> bytes:
    """What is kept of a code."""
    return keyed_digest(master, "council-receipt-digest", code)


def read_code(given: str) -> str:
    """The code that somebody typed, whatever the width, the case and the dashes; "" when it is none."""
    letters = re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", given[:100]).upper())
    if len(letters) != LENGTH or any(letter not in ALPHABET for letter in letters):
        return ""
    return "-".join(letters[n : n + 4] for n in range(0, LENGTH, 4))
