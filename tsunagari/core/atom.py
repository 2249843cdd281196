"""What every Atom feed (RFC 4287) is made of; each app says what its entries are."""

import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from tsunagari.core import display

ATOM: Final = "http://www.w3.org/2005/Atom"
XML: Final = "http://www.w3.org/XML/1998/namespace"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ET.register_namespace("", ATOM)


def feed(name: str, *, title: str, author: str, updated: datetime) -> ET.Element:
    """A feed's element in the language of the page, with what is said once."""
    made = ET.Element(f"{{{ATOM}}}feed", {f"{{{XML}}}lang": display.language_tag()})
    add_text(made, "id", _tag(name))
    add_text(made, "title", title)
    add_text(made, "updated", _moment(updated))
    add_text(add_text(made, "author", ""), "name", author)
    return made


def add_entry(
    parent: ET.Element, name: str, *, title: str, updated: datetime, link: str, category: str, summary: str
) -> None:
    """Add an entry. ``name`` outlives every address; ``link`` is the page that tells what holds now."""
    entry = ET.SubElement(parent, f"{{{ATOM}}}entry")
    add_text(entry, "id", _tag(name))
    add_text(entry, "title", title)
    add_text(entry, "updated", _moment(updated))
    add_link(entry, "alternate", link, "text/html")
    ET.SubElement(entry, f"{{{ATOM}}}category", {"term": category})
    add_text(entry, "summary", summary, type="text")


def add_text(parent: ET.Element, name: str, text: str, **attributes: str) -> ET.Element:
    """Add an element with a text, without the characters that XML cannot hold."""
    element = ET.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    element.text = _NOT_XML.sub(" ", text)
    return element


def add_link(parent: ET.Element, rel: str, href: str, kind: str = "") -> None:
    """Add a link; ``kind``: the media type of what is there."""
    attributes = {"rel": rel} | ({"type": kind} if kind else {}) | {"href": href}
    ET.SubElement(parent, f"{{{ATOM}}}link", attributes)


def document(made: ET.Element) -> bytes:
    """The feed as a file."""
    text: bytes = ET.tostring(made, encoding="utf-8", xml_declaration=True)
    return text


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _tag(name: str) -> str:
    """A name that outlives every address (RFC 4151)."""
    language = display.language_tag()
    path = name if language == "ja" else f"{language}/{name}"
    return f"tag:{urlsplit(settings.SITE_URL).hostname},2026:{path}"
