"""What happened to the plan, as Atom (RFC 4287): steps of versions, and measures that a decision changed.

Reasons that are written for colleagues are not told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import gettext

from tsunagari.core import atom as atoms
from tsunagari.core.addresses import whole_address
from tsunagari.plan.models import Plan, VersionEvent
from tsunagari.plan.selectors.versions import KEY, document_of
from tsunagari.plan.showing import change_labels
from tsunagari.plan.text.differences import Part, compare

MOST: Final = 100


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
        link = whole_address("plan:version", version.number)
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
            whole_address("plan:measure", part.key),
            part.change,
        )
        for part in parts
        if part.kind == "measure"
    ]


def atom(plan: Plan, found: Sequence[Entry], *, at: datetime) -> bytes:
    """The feed's document. ``at``: when nothing has happened yet."""
    feed = atoms.feed(
        "plan/feed",
        title=gettext("%(plan)sの更新") % {"plan": plan.title},
        author=plan.secretariat.name,
        updated=found[0].at if found else at,
    )
    atoms.add_link(feed, "alternate", whole_address("plan:plan"), "text/html")
    atoms.add_link(feed, "self", whole_address("plan:feed"), "application/atom+xml")
    for each in found:
        atoms.add_entry(
            feed,
            f"plan/{each.name}",
            title=each.title,
            updated=each.at,
            link=each.link,
            category=each.category,
            summary=each.summary or each.title,
        )
    return atoms.document(feed)
