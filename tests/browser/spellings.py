"""Every way in which a word may stand somewhere: plain, escaped, encoded, hashed."""

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

CHARSETS = ("utf-8", "utf-16-le", "utf-16-be", "cp932", "euc_jp", "iso2022_jp")
HASHES = ("md5", "sha1", "sha256", "sha384", "sha512", "blake2b", "sha3_256")


def spellings(word: str) -> Iterator[tuple[str, bytes]]:
    """(how, bytes) of a word in any spelling; what ignores case is in lower case."""
    for charset in CHARSETS:
        raw = word.encode(charset)
        yield charset, raw
        yield f"{charset}, percent", quote(raw, safe="").lower().encode()
        yield f"{charset}, percent twice", quote(quote(raw, safe=""), safe="").lower().encode()
        yield f"{charset}, hex", raw.hex().encode()
        for shift in range(3):
            # the letters that depend on this word alone, wherever it stands in what was encoded
            packed = base64.b64encode(b"\0" * shift + raw)
            sure = packed[(0, 2, 3)[shift] : len(packed) // 4 * 4 - 4]
            yield f"{charset}, base64+{shift}", sure
            yield f"{charset}, base64url+{shift}", sure.translate(bytes.maketrans(b"+/", b"-_"))
        for name in HASHES:
            digest = hashlib.new(name, raw).digest()
            yield f"{name} of {charset}", digest
            yield f"{name} of {charset}, hex", digest.hex().encode()
            yield f"{name} of {charset}, base64", base64.b64encode(digest).rstrip(b"=")
            yield f"{name} of {charset}, base64url", base64.urlsafe_b64encode(digest).rstrip(b"=")
    yield "json", json.dumps(word).strip('"').encode()
    yield "entities", "".join(f"&#{ord(letter)};" for letter in word).encode()
    yield "hex entities", "".join(f"&#x{ord(letter):x};" for letter in word).encode()
    yield "escape()", "".join(f"%u{ord(letter):04x}" for letter in word).encode()
    yield "reversed", word[::-1].encode()


class Words:
    """The words of a visitor, to be looked for."""

    def __init__(self, words: Iterable[str]) -> None:
        self.needles = {
            (word, how): needle for word in words for how, needle in spellings(word) if len(needle) >= 6
        }
        lower = {needle.lower() for needle in self.needles.values()}
        self._any = re.compile(b"|".join(re.escape(needle) for needle in sorted(lower)))

    def found_in(self, text: str | bytes) -> list[str]:
        """How they stand in a text, if they do."""
        raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        candidates = [raw, html.unescape(raw.decode("utf-8", "replace")).encode("utf-8", "replace")]
        found = []
        for each in candidates:
            # one pass over everything; the slow look only where something is
            if self._any.search(each.lower()):
                found += [
                    f"{word} ({how})"
                    for (word, how), needle in self.needles.items()
                    if needle.lower() in each.lower()
                ]
        return sorted(set(found))
