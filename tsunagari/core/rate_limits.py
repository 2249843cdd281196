"""Limits on how often a network may do something that writes.

A network (/24 of IPv4, /56 of IPv6) is known only as an HMAC under a random key that lives in memory for ten
minutes; nothing of it is stored or logged. Counts are of one process.
"""

import hashlib
import hmac
import ipaddress
import secrets
import threading
from collections import Counter

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tsunagari.core.errors import RuleBroken

WINDOW_SECONDS = 600


class TooOften(RuleBroken):
    """This network did this too often in the last ten minutes."""

    status = 429


class _Window:
    """The counts of the current ten minutes, forgotten with their key."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.number = -1
        self.key = b""
        self.counts: Counter[bytes] = Counter()

    def count(self, what: str, network: str, number: int) -> int:
        with self.lock:
            if number != self.number:
                self.number, self.key, self.counts = number, secrets.token_bytes(32), Counter()
            digest = hmac.new(self.key, f"{what}\n{network}".encode(), hashlib.sha256).digest()
            self.counts[digest] += 1
            return self.counts[digest]


_window = _Window()


def network_of(request: HttpRequest) -> str:
    """The network that the request comes from. ``X-Forwarded-For`` counts only behind a trusted proxy."""
    address = request.META.get("REMOTE_ADDR", "")
    if address in settings.TRUSTED_PROXIES:
        # the last address that is no proxy of ours was seen by one of ours; what stands before it is a claim
        for forwarded in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
            if forwarded.strip() not in settings.TRUSTED_PROXIES:
                address = forwarded.strip()
                break
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 56), strict=False))


def limit(request: HttpRequest, what: str, *, most: int, now: float) -> None:
    """Count this request; ``now`` is in seconds since the epoch.

    Raises:
        TooOften: more than ``most`` in the current ten minutes.
    """
    if _window.count(what, network_of(request), int(now // WINDOW_SECONDS)) > most:
        raise TooOften(_("短い時間に何度も送られました。10分ほど待って、もう一度お試しください。"))
