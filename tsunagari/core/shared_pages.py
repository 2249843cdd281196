"""The second level of the page cache: rendered public pages in Valkey, for all web processes of all machines.

The first process that misses a page claims it, renders it and puts it here; the others look for it for a
moment and then render it themselves. Whatever fails here is a miss.

What Valkey holds. A page stands under an HMAC of its address (with the day's key and this release's digest),
sealed with AES-GCM: whoever reads or writes in Valkey learns no address and cannot change what is shown.
Addresses with a query stay in the process: they may hold somebody's words. A page ends with its minute.
"""

import asyncio
import functools
import hashlib
import hmac
import json
import struct
import time
from collections.abc import Callable
from pathlib import Path

from redis.asyncio import Redis

from tsunagari.core.cache_headers import Headers
from tsunagari.core.crypto import BadToken, derive_key, seal, unseal
from tsunagari.core.valkey import Valkey

CLAIM_MILLISECONDS = 2_000
PATIENCE = 1.0
LOOK_AGAIN = 0.03
DAY = 24 * 60 * 60


class SharedPages:
    """Pages by address and minute. ``release`` tells apart what different versions of the site render."""

    def __init__(
        self, valkey: Valkey, master: bytes, release: str, clock: Callable[[], float] = time.time
    ) -> None:
        self.valkey = valkey
        self.release = release
        self.clock = clock
        self._master = master
        self._sealing_key = derive_key(master, "shared-page")

    async def find(self, address: bytes, minute: int) -> tuple[Headers, bytes] | None:
        """The page, waiting a moment if another process renders it; None: render it yourself.

        After None, this process has claimed the page, nobody renders it in time, or Valkey is away.
        """
        name = self._name(address, minute)
        deadline = time.monotonic() + PATIENCE
        while True:
            sealed = await self.valkey.ask_soon(lambda client: client.get(name), None)
            if isinstance(sealed, bytes):
                return self._opened(sealed, name)
            claimed = await self.valkey.ask_soon(functools.partial(_claim, name), True)
            if claimed or time.monotonic() > deadline:
                return None
            await asyncio.sleep(LOOK_AGAIN)

    async def put(self, address: bytes, minute: int, headers: Headers, body: bytes) -> None:
        """Keep a page until its minute ends."""
        rest = int((minute + 1) * 60 - self.clock())
        if rest <= 0:
            return
        name = self._name(address, minute)
        told = json.dumps([[n.decode("latin-1"), v.decode("latin-1")] for n, v in headers]).encode()
        sealed = seal(self._sealing_key, struct.pack(">I", len(told)) + told + body, name)
        await self.valkey.ask_soon(lambda client: client.set(name, sealed, ex=rest), None)

    async def let_go(self, address: bytes, minute: int) -> None:
        """It is not for keeping after all: nobody need wait."""
        name = self._name(address, minute)
        await self.valkey.ask_soon(lambda client: client.delete(b"%b:claim" % name), 0)

    def _opened(self, sealed: bytes, name: bytes) -> tuple[Headers, bytes] | None:
        try:
            plain = unseal(self._sealing_key, sealed, name)
            (length,) = struct.unpack(">I", plain[:4])
            told = json.loads(plain[4 : 4 + length])
        except (BadToken, struct.error, ValueError):
            return None
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in told]
        return headers, plain[4 + length :]

    def _name(self, address: bytes, minute: int) -> bytes:
        key = _key_of_day(self._master, minute * 60 // DAY)
        about = b"%b\n%d\n%b" % (self.release.encode(), minute, address)
        return b"tsunagari:page:" + hmac.new(key, about, hashlib.sha256).hexdigest().encode()


async def _claim(name: bytes, client: Redis) -> bool:
    return bool(await client.set(b"%b:claim" % name, b"", nx=True, px=CLAIM_MILLISECONDS))


@functools.lru_cache(maxsize=2)
def _key_of_day(master: bytes, day: int) -> bytes:
    return derive_key(master, f"shared-page-names:{day}")


def release_of(root: Path) -> str:
    """A digest of all that decides how a page looks: code, templates, translations, styles and scripts."""
    digest = hashlib.blake2b(digest_size=16)
    for folder, endings in (
        ("tsunagari", {".py", ".html", ".txt", ".xml"}),
        ("locale", {".po"}),
        ("static", {".css", ".js", ".svg"}),
        ("data", {".json", ".tsv", ".csv"}),
    ):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in endings:
                digest.update(f"{path.relative_to(root)}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()
