"""What shared caches (a CDN, a proxy, the browser) may do with an answer: RFC 9111, RFC 5861. No Django here.

A view says ``Cache-Control: public, max-age=N`` and nothing more; the outermost layer turns that into the
rules below.

    N up to 60    the page tells what is open at this minute: kept until the minute ends and not a second
                  longer, never stale
    N above 60    nothing in it depends on the minute: may be shown for a minute while a fresh one is fetched,
                  and for a day while the site is away
    anything else (no-store, private, immutable, rules written out by the view): as it is
"""

from collections.abc import Sequence

Headers = list[tuple[bytes, bytes]]

MINUTE = 60
STALE_WHILE_FETCHING = 60
STALE_WHILE_AWAY = 24 * 60 * 60


def for_shared_caches(value: bytes, now: float) -> bytes:
    """The ``Cache-Control`` that goes out for what the view said; ``now`` in seconds since the epoch."""
    directives = [part.strip().lower() for part in value.split(b",")]
    if b"public" not in directives or len(directives) != 2:
        return value
    (other,) = (part for part in directives if part != b"public") if len(set(directives)) == 2 else (b"",)
    name, _, seconds = other.partition(b"=")
    if name != b"max-age" or not seconds.isdigit():
        return value
    age = int(seconds)
    if age > MINUTE:
        return b"public, max-age=%d, s-maxage=%d, stale-while-revalidate=%d, stale-if-error=%d" % (
            age,
            age,
            STALE_WHILE_FETCHING,
            STALE_WHILE_AWAY,
        )
    rest = min(age, int(MINUTE - now % MINUTE))
    return b"public, max-age=%d, s-maxage=%d, must-revalidate" % (rest, rest)


def with_shared_rules(headers: Sequence[tuple[bytes, bytes]], now: float) -> Headers:
    """These headers with the rules for shared caches."""
    return [
        (name, for_shared_caches(value, now) if name.lower() == b"cache-control" else value)
        for name, value in headers
    ]


def with_vary(headers: Sequence[tuple[bytes, bytes]]) -> Headers:
    """These headers with one ``Vary`` that names Accept-Encoding once."""
    named: list[bytes] = []
    for name, value in headers:
        if name.lower() == b"vary":
            named += [part.strip() for part in value.split(b",") if part.strip()]
    others = [part for part in named if part.lower() != b"accept-encoding"]
    kept = [(name, value) for name, value in headers if name.lower() != b"vary"]
    return [*kept, (b"vary", b", ".join([*others, b"accept-encoding"]))]


def is_known(etag: bytes, if_none_match: bytes) -> bool:
    """Whether the client has this representation (RFC 9110, 13.1.2: compared weakly; ``*`` is any)."""
    tags = [tag.strip().removeprefix(b"W/") for tag in if_none_match.split(b",")]
    return etag in tags or tags == [b"*"]
