"""What happened to the plan, as Atom (RFC 4287): steps of versions, and measures that a decision changed.

Reasons that are written for colleagues are not told.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext

from tsunagari.core import display
from tsunagari.plan.exchange.addresses import whole_address
from tsunagari.plan.models import Plan, VersionEvent
from tsunagari.plan.selectors.versions import KEY, document_of
from tsunagari.plan.showing import change_labels
from tsunagari.plan.text.differences import Part, compare

ATOM: Final = "http://www.w3.org/2005/Atom"
XML: Final = "http://www.w3.org/XML/1998/namespace"
MOST: Final = 100
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ET.register_namespace("", ATOM)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the feed; ``name`` outlives every address."""

    name: str
    title: str
    summary: str
    at: datetime
    link: str
    category: str


def _titles() -> dict[str, str]:
    return {
        "publish_draft": gettext("案を公表しました"),
        "consult": gettext("案について意見を聞いています"),
        "finish": gettext("最終案になりました"),
        "back_to_draft": gettext("案に戻りました"),
        "decide": gettext("決定しました"),
        "enter_into_force": gettext("実施が始まりました"),
        "supersede": gettext("新しい版に変わりました"),
        "begin": gettext("次の版の案づくりを始めました"),
    }


def entries() -> list[Entry]:
    """The newest entries of published versions, the newest first."""
    titles = _titles()
    events = (
        VersionEvent.objects.filter(version__plan__key=KEY, version__published_at__isnull=False)
        .select_related("version__plan", "version__predecessor__plan")
        .order_by("-at", "-id")[:MOST]
    )
    found: list[Entry] = []
    for event in events:
        version = event.version
        link = whole_address("version", version.number)
        title = f"{version.title}：{titles.get(event.step, event.step)}"
        found.append(Entry(f"events/{event.pk}", title, version.note, event.at, link, event.step))
        if event.step == "decide" and version.predecessor is not None and len(found) < MOST:
            parts = compare(document_of(version.predecessor), document_of(version))
            found += _of_measures(version.number, parts, event.at)
    return found[:MOST]


def _of_measures(number: int, parts: Sequence[Part], at: datetime) -> list[Entry]:
    labels = change_labels()
    return [
        Entry(
            f"versions/{number}/measures/{part.key}",
            f"{part.key} {part.title}（{labels[part.change]}）",
            gettext("%(count)sか所が変わりました") % {"count": len(part.rows)},
            at,
            whole_address("measure", part.key),
            part.change,
        )
        for part in parts
        if part.kind == "measure"
    ]


def _text(parent: ET.Element, name: str, text: str, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    element.text = _NOT_XML.sub(" ", text)
    return element


def _link(parent: ET.Element, rel: str, href: str, kind: str = "") -> None:
    attributes = {"rel": rel, "href": href} | ({"type": kind} if kind else {})
    ET.SubElement(parent, f"{{{ATOM}}}link", attributes)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _tag(name: str) -> str:
    """A name that outlives every address (RFC 4151)."""
    language = display.language_tag()
    path = f"plan/{name}" if language == "ja" else f"{language}/plan/{name}"
    return f"tag:{urlsplit(settings.SITE_URL).hostname},2026:{path}"


def atom(plan: Plan, found: Sequence[Entry], *, at: datetime) -> bytes:
    """The feed's document. ``at``: when nothing has happened yet."""
    feed = ET.Element(f"{{{ATOM}}}feed", {f"{{{XML}}}lang": display.language_tag()})
    _text(feed, "id", _tag("feed"))
    _text(feed, "title", gettext("%(plan)sの更新") % {"plan": plan.title})
    _text(feed, "updated", _moment(found[0].at if found else at))
    _text(_text(feed, "author", ""), "name", plan.secretariat.name)
    _link(feed, "alternate", whole_address("plan"), "text/html")
    _link(feed, "self", whole_address("feed"), "application/atom+xml")
    for each in found:
        entry = ET.SubElement(feed, f"{{{ATOM}}}entry")
        _text(entry, "id", _tag(each.name))
        _text(entry, "title", each.title)
        _text(entry, "updated", _moment(each.at))
        _link(entry, "alternate", each.link, "text/html")
        ET.SubElement(entry, f"{{{ATOM}}}category", {"term": each.category})
        _text(entry, "summary", each.summary or each.title, type="text")
    document: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return document
