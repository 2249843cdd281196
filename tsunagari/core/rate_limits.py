"""How often a network may do something.

A network (/24 of IPv4, /56 of IPv6) is known only as an HMAC under a random key that lives for ten minutes;
nothing of it is logged, nor stored anywhere but in memory. A school or a hospital is one network, so whoever
only reads is never refused for it: ``within`` tells who has asked for more than one's share, and
``core.fairness`` lets those wait behind the others.

Counts are of all web processes with a Valkey (``VALKEY_URL``), which then keeps the random key too, and of
this process without one, or while it is away.
"""

import hashlib
import hmac
import ipaddress
import secrets
import threading
from collections import Counter, OrderedDict
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from redis import Redis

from tsunagari.core import valkey
from tsunagari.core.errors import RuleBroken

WINDOW_SECONDS = 600
MOST_NETWORKS = 50_000
"""Whose share a process remembers; of more, those that have asked longest ago are forgotten."""
_NO_ANSWER = -1.0


class TooOften(RuleBroken):
    """This network did this too often in the last ten minutes."""

    status = 429


@dataclass(frozen=True, slots=True)
class Share:
    """A bucket of ``most`` tokens that fills again with ``per_second``."""

    most: int
    per_second: float


class _Window:
    """What this process knows of the current ten minutes, forgotten with its key."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.number = -1
        self.key = b""
        self.counts: Counter[bytes] = Counter()
        self.buckets: OrderedDict[bytes, tuple[float, float]] = OrderedDict()

    def digest(self, what: str, network: str, number: int) -> bytes:
        """The network's name in these ten minutes."""
        with self.lock:
            if number != self.number:
                self.number, self.key = number, secrets.token_bytes(32)
                self.counts, self.buckets = Counter(), OrderedDict()
            return _digest(self.key, what, network)

    def count(self, digest: bytes) -> int:
        """Count once more."""
        with self.lock:
            self.counts[digest] += 1
            return self.counts[digest]

    def take(self, digest: bytes, share: Share, now: float) -> float:
        """Take a token: 0, or the seconds until there is one."""
        with self.lock:
            tokens, at = self.buckets.pop(digest, (float(share.most), now))
            tokens = min(share.most, tokens + max(0.0, now - at) * share.per_second)
            wait = 0.0 if tokens >= 1 else (1 - tokens) / share.per_second
            self.buckets[digest] = (tokens - 1 if tokens >= 1 else tokens, now)
            if len(self.buckets) > MOST_NETWORKS:
                self.buckets.popitem(last=False)
            return wait


_window = _Window()


class _SharedWindow:
    """The same in Valkey. The key is random, made by whoever asks first, and gone with its ten minutes."""

    # the tokens and the moment of a bucket; answers the seconds to wait as text
    TAKE = """
    local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
    local most, rate, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
    local tokens = tonumber(kept[1]) or most
    local at = tonumber(kept[2]) or now
    tokens = math.min(most, tokens + math.max(0, now - at) * rate)
    local wait = 0
    if tokens >= 1 then tokens = tokens - 1 else wait = (1 - tokens) / rate end
    redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(math.max(at, now)))
    redis.call('EXPIRE', KEYS[1], ARGV[4])
    return tostring(wait)
    """

    def __init__(self, server: valkey.Valkey) -> None:
        self.server = server
        self.lock = threading.Lock()
        self.known: tuple[int, bytes] = (-1, b"")

    def count(self, what: str, network: str, number: int) -> int:
        """Count once more; -1 when Valkey does not answer."""

        def counted(client: Redis) -> int:
            name = self._name(client, "count", what, network, number)
            count = int(client.incr(name))
            if count == 1:
                client.expire(name, WINDOW_SECONDS)
            return count

        return self.server.ask(counted, int(_NO_ANSWER))

    def take(self, what: str, network: str, number: int, share: Share, now: float) -> float:
        """Take a token: the seconds until there is one; -1 when Valkey does not answer."""

        def taken(client: Redis) -> float:
            name = self._name(client, "share", what, network, number)
            given = (share.most, share.per_second, repr(now), WINDOW_SECONDS)
            return float(client.eval(self.TAKE, 1, name, *given))

        return self.server.ask(taken, _NO_ANSWER)

    def _name(self, client: Redis, kind: str, what: str, network: str, number: int) -> bytes:
        return f"tsunagari:{kind}:".encode() + _digest(self._key(client, number), what, network)

    def _key(self, client: Redis, number: int) -> bytes:
        with self.lock:
            if self.known[0] == number:
                return self.known[1]
        place = f"tsunagari:key:{number}"
        client.set(place, secrets.token_bytes(32), nx=True, ex=WINDOW_SECONDS * 2)
        key = client.get(place)
        if not isinstance(key, bytes):
            raise valkey.Lost
        with self.lock:
            self.known = (number, key)
        return key


def _digest(key: bytes, what: str, network: str) -> bytes:
    return hmac.new(key, f"{what}\n{network}".encode(), hashlib.sha256).digest()


def _shared() -> _SharedWindow | None:
    server = valkey.shared(settings.VALKEY_URL)
    if server is None:
        return None
    with _windows_lock:
        return _windows.setdefault(server.url, _SharedWindow(server))


_windows: dict[str, _SharedWindow] = {}
_windows_lock = threading.Lock()


def address_of(request: HttpRequest) -> str:
    """The address that the request comes from. ``X-Forwarded-For`` counts only behind a trusted proxy."""
    address = request.META.get("REMOTE_ADDR", "")
    if address in settings.TRUSTED_PROXIES:
        # the last address that is no proxy of ours was seen by one of ours; what stands before it is a claim
        for forwarded in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
            if forwarded.strip() not in settings.TRUSTED_PROXIES:
                return forwarded.strip()
    return str(address)


def network_of(request: HttpRequest) -> str:
    """The network that the request comes from; "" for an address that is none."""
    try:
        parsed = ipaddress.ip_address(address_of(request))
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 56), strict=False))


def limit(request: HttpRequest, what: str, *, most: int, now: float, who: str = "") -> None:
    """Count this request; ``now`` is in seconds since the epoch. For what writes; reading is never refused.

    ``who``: somebody known, who counts alone and not with the network.

    Raises:
        TooOften: more than ``most`` in the current ten minutes.
    """
    network, number = who or network_of(request), int(now // WINDOW_SECONDS)
    shared = _shared()
    count = shared.count(what, network, number) if shared is not None else -1
    if count < 0:
        count = _window.count(_window.digest(what, network, number))
    if count > most:
        raise TooOften(_("短い時間に何度も送られました。10分ほど待って、もう一度お試しください。"))


def within(request: HttpRequest, what: str, share: Share, *, now: float) -> bool:
    """Take a token of this network's share; False when there is none at this moment."""
    network, number = network_of(request), int(now // WINDOW_SECONDS)
    shared = _shared()
    wait = shared.take(what, network, number, share, now) if shared is not None else _NO_ANSWER
    if wait < 0:
        wait = _window.take(_window.digest(what, network, number), share, now)
    return wait == 0
