"""What changed in the directory, as Atom (RFC 4287): one entry for each service, said in words, no values.

An entry tells which facts changed and never what they were or are: an address that was told once would stay
in readers for ever. The page of the service tells what holds now.
"""

import re
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from tsunagari.core import atom as atoms
from tsunagari.core.addresses import whole_address
from tsunagari.core.areas import AreaNode, area_full_name
from tsunagari.core.models import Area
from tsunagari.core.templatetags.ui import day, listed
from tsunagari.directory.models import (
    Channel,
    CostOption,
    Language,
    Metadata,
    RequiredDocument,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
)
from tsunagari.portal.cards import text_of

PAGE: Final = 50
SAME_CHANGE: Final = timedelta(days=7)
"""What changed in the week before a service's last change is told with it."""
MOST_ROWS: Final = 5_000
_CURSOR = re.compile(r"([0-9]{1,17})-([0-9a-f]{32})\Z")


@dataclass(frozen=True, slots=True)
class Change:
    """The last change of a service. ``kind``: new, changed or ended."""

    service: Service
    at: datetime
    kind: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of changes, the newest first, and where the next one begins ("" at the end)."""

    changes: list[Change]
    next: str


class BadCursor(ValueError):
    """The address of a page names no place in the feed."""


def _words(resource: str, field: str) -> str:
    """What a change of a field is called; empty for what concerns nobody outside."""
    if resource == "service":
        return {
            "name": gettext("名前"), "name_en": gettext("名前"), "description": gettext("説明"),
            "description_en": gettext("説明"), "description_easy": gettext("説明"), "url": gettext("サイト"),
            "email": gettext("連絡先"), "status": gettext("利用できるかどうか"),
            "application_process": gettext("申しこみ方"), "fees_description": gettext("費用"),
            "eligibility_description": gettext("対象になる人"), "alert": gettext("お知らせ"),
            "note": gettext("知っておくこと"), "contact_verified": gettext("連絡先"),
            "assured_on": gettext("確かめた日"), "as_of": gettext("情報の時点"),
        }.get(field, "")  # fmt: skip
    return {
        "channel": gettext("連絡先"), "schedule": gettext("受付時間"), "language": gettext("使えることば"),
        "service_area": gettext("使える地域"), "cost_option": gettext("費用"),
        "required_document": gettext("持っていくもの"), "service_at_location": gettext("場所"),
        "attribute": gettext("困りごとの分類"),
    }.get(resource, "")  # fmt: skip


def services_of_feed(area: AreaNode | None) -> QuerySet[Service]:
    """Services of the whole country, or of an area with those above and inside it."""
    if area is None:
        return Service.objects.filter(pk__in=ServiceArea.objects.filter(area=None).values("service"))
    areas = Q(area__in=area.scope) | Q(area__parent=area.code)
    if area.level == Area.Level.PREFECTURE:
        areas |= Q(area__prefecture=area.code)
    return Service.objects.filter(pk__in=ServiceArea.objects.filter(areas).values("service"))


def page_of(area: AreaNode | None, cursor: str) -> Page:
    """The changes after ``cursor`` (as a page before has named it; "" for the newest).

    Raises:
        BadCursor: it is not one of ours.
    """
    services = services_of_feed(area).select_related("organization__profile").order_by("-modified_at", "-id")
    if cursor:
        at, pk = _read_cursor(cursor)
        services = services.filter(Q(modified_at__lt=at) | Q(modified_at=at, pk__lt=pk))
    found = list(services[: PAGE + 1])
    shown = found[:PAGE]
    last = _cursor(shown[-1]) if len(found) > PAGE else ""
    return Page(_changes(shown), last)


def _cursor(service: Service) -> str:
    microseconds = (service.modified_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return f"{microseconds}-{service.pk.hex}"


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    match = _CURSOR.match(cursor)
    if match is None:
        raise BadCursor(cursor)
    # seventeen digits end in the year 5138: no date is beyond reach
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(match[1])), UUID(match[2])


def _changes(services: Sequence[Service]) -> list[Change]:
    owners = _owners(services)
    rows = Metadata.objects.filter(resource_id__in=list(owners)).order_by("-last_action_date", "id")
    words: defaultdict[UUID, dict[str, None]] = defaultdict(dict)
    created: dict[UUID, datetime] = {}
    latest = {service.pk: service.modified_at for service in services}
    for row in rows.values_list(
        "resource_id", "resource_type", "field_name", "last_action_type", "last_action_date"
    )[:MOST_ROWS]:
        resource, kind, field, action, at = row
        owner = owners[resource]
        if kind == "service" and action == "create":
            created[owner] = at
        elif latest[owner] - at <= SAME_CHANGE and (word := _words(kind, field)):
            words[owner][word] = None
    return [_change(each, created.get(each.pk), tuple(words[each.pk])) for each in services]


def _change(service: Service, created: datetime | None, words: tuple[str, ...]) -> Change:
    is_new = created is not None and service.modified_at - created <= timedelta(hours=1)
    kind = "new" if is_new else "changed"
    if service.status == Service.Status.DEFUNCT:
        kind = "ended"
    return Change(service, service.modified_at, kind, () if kind != "changed" else words)


def _owners(services: Iterable[Service]) -> dict[UUID, UUID]:
    """Each id in the history that belongs to one of these services, with the service's."""
    ids = [service.pk for service in services]
    owners = {pk: pk for pk in ids}
    for model in (Channel, Language, CostOption, RequiredDocument, ServiceArea):
        owners |= dict(model.objects.filter(service__in=ids).values_list("pk", "service"))
    owners |= dict(Schedule.objects.filter(channel__service__in=ids).values_list("pk", "channel__service"))
    # where a shelter is does not even change here
    offered = ServiceAtLocation.objects.filter(service__in=ids, location__confidential=False)
    return owners | dict(offered.values_list("pk", "service"))


def atom(area: AreaNode | None, page: Page, *, address: str, at: datetime) -> bytes:
    """The feed's document. ``address``: of its first page; ``at``: when nothing has changed yet."""
    place = area_full_name(area) if area else gettext("全国")
    feed = atoms.feed(
        f"feed/{area.code}" if area else "feed",
        title=gettext("つながり：%(place)sの更新") % {"place": place},
        author=gettext("つながり"),
        updated=page.changes[0].at if page.changes else at,
    )
    home = whole_address("portal:area", area.code) if area else whole_address("portal:home")
    atoms.add_link(feed, "alternate", home, "text/html")
    atoms.add_link(feed, "first", address)
    if page.next:
        atoms.add_link(feed, "next", f"{address}?after={page.next}")
    for change in page.changes:
        _add(feed, change)
    return atoms.document(feed)


def _add(feed: ET.Element, change: Change) -> None:
    # a title is shown in lists that others may see: it says that something changed, not whose help it is
    titles = {
        "new": gettext("新しく載りました"),
        "changed": gettext("内容が変わりました"),
        "ended": gettext("終わりました"),
    }
    ended = change.kind == "ended"
    name, _language = text_of(change.service.name, change.service.name_en)
    what = gettext("変わったところ：%(what)s") % {"what": listed(change.words)} if change.words else ""
    atoms.add_entry(
        feed,
        f"services/{change.service.pk}",
        title=f"{titles[change.kind]}（{day(change.at)}）",
        updated=change.at,
        link=whole_address("portal:home") if ended else whole_address("portal:service", change.service.pk),
        category=change.kind,
        summary="。".join(filter(None, (name, what))),
    )
