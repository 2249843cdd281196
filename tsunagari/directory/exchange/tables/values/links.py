"""Addresses of the web and of email."""

from __future__ import annotations

import re

from tsunagari.directory.exchange.tables.values.plain import Say, told, wide

_URL = re.compile(r"https?://[^\s<>\"'、。）)」]+")
_HOST = re.compile(
    r"(?:www\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:jp|com|org|net|info|me|io|city)(?:/[^\s<>\"、。]*)?"
)
_MAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+")


def link(text: str, say: Say, *, field: str = "") -> str:
    """The first address of the web in a cell; https:// is put before a bare host."""
    if not told(text):
        return ""
    plain = wide(text)
    if match := _URL.search(plain):
        return match[0].rstrip(".,")[:500]
    if match := _HOST.fullmatch(plain.lower()):
        say("link_completed", plain)
        return f"https://{plain}"[:500]
    say("not_link", text, field=field)
    return ""


def mail(text: str, say: Say, *, field: str = "") -> str:
    """The first email address in a cell; 「★」 or 「(at)」 for @ is understood."""
    if not told(text):
        return ""
    plain = re.sub(r"\s*(?:\[at\]|\(at\)|☆|★|<at>|アットマーク)\s*", "@", wide(text).lower())
    if match := _MAIL.search(plain):
        return match[0]
    say("not_mail", text, field=field)
    return ""
