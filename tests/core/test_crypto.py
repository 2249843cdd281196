"""Keys, sealing and tokens."""

import base64
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagari.core.crypto import (
    BadKey,
    BadToken,
    derive_key,
    keyed_digest,
    load_master_key,
    open_token,
    seal,
    seal_token,
    unseal,
)

KEY = bytes(range(32))
AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def test_master_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path):
    file = tmp_path / "var" / "master.key"
    first = load_master_key("", file, refuse_file=False)
    assert load_master_key("", file, refuse_file=False) == first
    assert len(first) == 32
    assert os.stat(file).st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["master.key"]


def test_production_refuses_the_demo_key(tmp_path: Path):
    file = tmp_path / "master.key"
    load_master_key("", file, refuse_file=False)
    with pytest.raises(BadKey, match="TSUNAGARI_MASTER_KEY"):
        load_master_key("", file, refuse_file=True)


@pytest.mark.parametrize("given_key", ["not base64!", base64.b64encode(b"short").decode()])
def test_a_malformed_master_key_is_refused(tmp_path: Path, given_key: str):
    with pytest.raises(BadKey):
        load_master_key(given_key, tmp_path / "unused", refuse_file=True)


def test_purposes_have_different_keys():
    assert derive_key(KEY, "a") != derive_key(KEY, "b")
    assert keyed_digest(KEY, "a", "x") != keyed_digest(KEY, "b", "x")


@given(st.binary(max_size=200), st.binary(max_size=20))
def test_what_is_sealed_opens_again_and_only_with_its_context(plain: bytes, context: bytes):
    sealed = seal(KEY, plain, context)
    assert unseal(KEY, sealed, context) == plain
    with pytest.raises(BadToken):
        unseal(KEY, sealed, context + b"x")


def test_sealing_twice_never_gives_the_same_bytes():
    assert seal(KEY, b"x") != seal(KEY, b"x")


def test_a_token_carries_japanese_and_shows_nothing():
    token = seal_token(KEY, "search", {"q": "死にたい"}, ttl_seconds=1800, at=AT)
    assert open_token(KEY, "search", token, at=AT + timedelta(seconds=1800)) == {"q": "死にたい"}
    assert "死" not in token
    assert token.isascii()


def test_a_token_ends():
    token = seal_token(KEY, "search", {}, ttl_seconds=1800, at=AT)
    with pytest.raises(BadToken):
        open_token(KEY, "search", token, at=AT + timedelta(seconds=1801))


def test_a_token_of_another_purpose_or_key_is_refused():
    token = seal_token(KEY, "search", {}, ttl_seconds=1800, at=AT)
    with pytest.raises(BadToken):
        open_token(KEY, "report", token, at=AT)
    with pytest.raises(BadToken):
        open_token(KEY[::-1], "search", token, at=AT)


@given(st.data())
def test_an_altered_token_is_refused(data: st.DataObject):
    token = seal_token(KEY, "search", {"q": "x"}, ttl_seconds=1800, at=AT)
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BadToken):
        open_token(KEY, "search", base64.urlsafe_b64encode(raw).decode().rstrip("="), at=AT)


@given(st.text(max_size=300))
def test_nonsense_is_no_token(token: str):
    with pytest.raises(BadToken):
        open_token(KEY, "search", token, at=AT)
