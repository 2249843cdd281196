"""Keys and sealing: AES-256-GCM everywhere, one master key, one derived key per purpose.

No Django here: the settings themselves ask for keys. Sources: NIST SP 800-38D (GCM, 96-bit nonces),
RFC 5869 (HKDF).
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
import struct
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12


class BadKey(Exception):
    """The master key is missing or is not 32 bytes in base64."""


class BadToken(Exception):
    """A sealed token was altered, is of another purpose, or is too old."""


def load_master_key(given: str, file: Path, *, refuse_file: bool) -> bytes:
    """Return the 32-byte master key: ``given`` in base64, else the one in ``file``, made at first use (0600).

    Raises:
        BadKey: ``given`` is malformed, or is empty where ``refuse_file`` holds (production).
    """
    if given:
        try:
            key = base64.b64decode(given, validate=True)
        except binascii.Error as error:
            raise BadKey("TSUNAGARI_MASTER_KEY が base64 ではありません / is not base64") from error
        return _checked(key, "TSUNAGARI_MASTER_KEY")
    if refuse_file:
        raise BadKey("本番では TSUNAGARI_MASTER_KEY が必要です / production needs TSUNAGARI_MASTER_KEY")
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _checked(file.read_bytes(), str(file))
    except FileNotFoundError:
        pass
    # written aside and linked: two processes that start together agree on one key, a crash leaves no half
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(secrets.token_bytes(KEY_BYTES))
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return _checked(file.read_bytes(), str(file))


def _checked(key: bytes, origin: str) -> bytes:
    if len(key) != KEY_BYTES:
        raise BadKey(f"{origin}: 鍵は32バイトです / a key has 32 bytes, this has {len(key)}")
    return key


def derive_key(master: bytes, purpose: str) -> bytes:
    """Return the 32-byte key for ``purpose``; keys of different purposes tell nothing about each other."""
    return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=purpose.encode()).derive(master)


def keyed_digest(master: bytes, purpose: str, value: str) -> bytes:
    """Return HMAC-SHA256 of ``value`` under the key of ``purpose`` (32 bytes): compares without telling."""
    return hmac.new(derive_key(master, purpose), value.encode(), hashlib.sha256).digest()


def seal(key: bytes, plain: bytes, context: bytes = b"") -> bytes:
    """Encrypt ``plain``: a random nonce (12 bytes), then ciphertext and tag; ``context`` must match."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, context)


def unseal(key: bytes, sealed: bytes, context: bytes = b"") -> bytes:
    """Decrypt what ``seal`` made.

    Raises:
        BadToken: altered, cut, or sealed under another key or context.
    """
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
    except (InvalidTag, ValueError) as error:
        raise BadToken("sealed under another key, or altered") from error


def seal_token(master: bytes, purpose: str, payload: Any, *, ttl_seconds: int, at: datetime) -> str:
    """Seal a JSON value into a URL-safe token that can be opened until ``at`` + ``ttl_seconds``."""
    expires = struct.pack(">Q", int(at.timestamp()) + ttl_seconds)
    plain = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    sealed = seal(derive_key(master, purpose), expires + plain, purpose.encode())
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def open_token(master: bytes, purpose: str, token: str, *, at: datetime) -> Any:
    """Return the value of a token made by ``seal_token`` for the same purpose.

    Raises:
        BadToken: altered, of another purpose, or expired.
    """
    try:
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadToken("not a token") from error
    plain = unseal(derive_key(master, purpose), sealed, purpose.encode())
    (expires,) = struct.unpack(">Q", plain[:8])
    if at.timestamp() > expires:
        raise BadToken("expired")
    return json.loads(plain[8:])
