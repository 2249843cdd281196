"""The rules of this installation, read once a process."""

import functools
import hashlib
import json

from django.conf import settings

from tsunagari.portal.finder.rules import Rules, load_rules


@functools.cache
def rules() -> Rules:
    """The questions and results of data/guide/."""
    return load_rules(settings.DATA_DIR / "guide")


@functools.cache
def document() -> bytes:
    """All rules as one JSON document, for download."""
    return json.dumps(rules().document, ensure_ascii=False, indent=1).encode()


@functools.cache
def schema() -> bytes:
    """The JSON Schema of that document."""
    content: bytes = (settings.DATA_DIR / "guide/guide.schema.json").read_bytes()
    return content


@functools.cache
def digest(content: bytes) -> str:
    """What changes with the content: for its ETag."""
    return hashlib.sha256(content).hexdigest()[:24]
