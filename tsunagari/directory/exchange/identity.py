"""Ids of what an import brings: a UUID stays, any other key of a source always becomes the same UUID."""

import hashlib
import re
from uuid import UUID

NAMESPACE = UUID("0d3c2c3e-5a0d-5f6b-8a52-7c1b7f4c9a11")
_UUID = re.compile(r"[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}")


def is_uuid(key: str) -> bool:
    """Whether a key is a UUID in hexadecimal digits, with or without hyphens."""
    return len(key) in (32, 36) and _UUID.fullmatch(key) is not None


def digest_id(text: str) -> str:
    """The UUID (RFC 9562, version 5, under ``NAMESPACE``) of a text."""
    digest = bytearray(hashlib.sha1(NAMESPACE.bytes + text.encode("utf-8", "replace")).digest()[:16])  # noqa: S324 - as version 5 says
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def id_of(source: str, kind: str, key: str) -> str:
    """The id of a source's object."""
    if len(key) == 36 and _UUID.fullmatch(key) and key[8] == "-":
        return key.lower()
    if is_uuid(key):
        return str(UUID(key))
    return digest_id(f"{source}\x1f{kind}\x1f{key}")
