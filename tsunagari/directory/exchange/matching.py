"""Services that may be the same: keys by which they find each other, and a score with its reasons."""

import functools
import hashlib
import re
import unicodedata
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlsplit

from tsunagari.core.japanese import fold

# Words that say what sort of body runs it, not who: left out before names are compared
_BODIES: Final = re.compile(
    r"(一般|公益)?(社団|財団)法人|特定非営利活動法人|npo法人|認定|社会福祉法人|社会医療法人|医療法人|学校法人|宗教法人"
    r"|独立行政法人|国立大学法人|株式会社|有限会社|合同会社|\((株|有|特非|社福|一社|公財|公社|一財)\)"
    r"|[㈱㈲]|任意団体|ボランティア団体"
)
_SOFT: Final = re.compile(
    r"[\s・･,，、。.．\-‐-―−_'\"“”‘’「」『』()（）\[\]【】<>〈〉!！?？☆★♪~〜:：/／&＆+]+"
)
_PHONE_NOISE: Final = re.compile(r"[^0-9]")


@functools.lru_cache(maxsize=100_000)
def folded_name(name: str) -> str:
    """A name without its sort of body, marks and spaces, katakana as hiragana: what it is called."""
    text = _BODIES.sub("", fold(name).lower())
    return _SOFT.sub("", text).replace("ー", "") or _SOFT.sub("", fold(name))


def phone_digits(value: str) -> str:
    """The digits of a telephone number in Japan's own writing, or "" when there are too few."""
    text = unicodedata.normalize("NFKC", value[:60])
    if "+81" in text[:4]:
        text = "0" + text.split("+81", 1)[1].removeprefix("(0)")
    digits = _PHONE_NOISE.sub("", text)
    return digits if 9 <= len(digits) <= 12 else ""


@functools.lru_cache(maxsize=50_000)
def web_place(url: str) -> str:
    """Host and path of a URL, or "" for a bare host, which many services of one body share."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    path = parts.path.rstrip("/").removesuffix("/index.html").removesuffix("/index.htm")
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{path}{query}" if host and (path or query) else ""


def digest(kind: str, value: str) -> int:
    """A signed 64-bit key."""
    hashed = hashlib.blake2b(f"{kind}\x1f{value}".encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(hashed, "big", signed=True)


def keys_of(
    *, names: Iterable[str], numbers: Iterable[str], urls: Iterable[str], areas: Iterable[str | None]
) -> list[int]:
    """The keys of a service: services that share one are looked at together."""
    keys = {digest("phone", digits) for value in numbers if (digits := phone_digits(value))}
    keys |= {digest("web", place) for url in urls if url and (place := web_place(url))}
    places = [code or "JP" for code in areas] or [""]
    for name in names:
        if folded := folded_name(name):
            keys |= {digest("name", f"{code} {folded}") for code in places[:3]}
            if len(folded) >= 6:
                # a slip at either end still finds the other
                keys |= {digest("begins", f"{code} {folded[:5]}{len(folded) // 3}") for code in places[:1]}
                keys |= {digest("ends", f"{code} {folded[-5:]}{len(folded) // 3}") for code in places[:1]}
    return sorted(keys)


def keys_of_rows(service: dict[str, Any], payload: dict[str, Any]) -> list[int]:
    """The keys of a service as an import brings it."""
    channels = [*payload.get("channels", ()), *payload.get("place_channels", ())]
    return keys_of(
        names=[service["name"], *([service["alternate_name"]] if service.get("alternate_name") else [])],
        numbers=[row["value"] for row in channels if row["type"] == "phone"],
        urls=[
            service.get("url") or "",
            *(row["value"] for row in channels if row["type"] in ("web", "chat")),
        ],
        areas=[row["area_id"] for row in payload.get("areas", ())],
    )
