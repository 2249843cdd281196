"""The entries of an organisation or an area in the columns of 自治体標準オープンデータ.

The columns are those of 公共施設一覧, and behind them what cities add for places to talk and こども食堂. What
came in a column that the directory has no place for goes out in it again (``ForeignFields``).
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from django.db.models import Prefetch, Q, QuerySet

from tsunagari.core.areas import area_tree
from tsunagari.core.tables.formulas import harmless
from tsunagari.directory.exchange.municipal.cells import KINDS
from tsunagari.directory.exchange.municipal.row import LANGUAGES
from tsunagari.directory.exchange.tables.values import itemised
from tsunagari.directory.models import Channel, ForeignFields, Schedule, Service, ServiceAtLocation
from tsunagari.directory.opening import hours_of
from tsunagari.directory.schedules import Hours, read_hours, render_ja, summary_parts

COLUMNS: Final = (
    *("全国地方公共団体コード", "ID", "地方公共団体名", "名称", "名称_カナ", "名称_英字", "名称_通称"),
    *("所在地_全国地方公共団体コード", "町字ID", "所在地_連結表記", "建物名等(方書)", "緯度", "経度"),
    *("電話番号", "内線番号", "連絡先メールアドレス", "連絡先FormURL", "連絡先備考（その他、SNSなど）"),
    *("郵便番号", "団体名", "利用可能曜日", "開始時間", "終了時間", "利用可能日時特記事項", "説明"),
    *("バリアフリー情報", "URL", "備考", "場所名称", "LINE", "担当課", "対象", "料金(詳細)", "申込方法"),
    *("持ち物", "対応言語", "アクセス方法", "情報更新日", "状態", "FAX番号", "分類"),
    *("つながりの種類", "つながりの困りごと"),
)
BATCH: Final = 500
_FORBIDDEN_IN_TITLES: Final = re.compile(r"[\\*?:/\[\]\x00-\x1f]")
_DAYS: Final = dict(zip(("MO", "TU", "WE", "TH", "FR", "SA", "SU"), "月火水木金土日", strict=True))
_KINDS: Final = {kind: name for name, kind in KINDS.items()}
_STATES: Final = {"temporarily closed": "休止", "defunct": "終了", "inactive": "休止", "active": ""}
_NAMES_OF_LANGUAGES: Final = {code: name for name, code in reversed(LANGUAGES.items()) if code != "ja"} | {
    "ja": "日本語"
}


def entries_of(*, organization_id: Any = None, area: str = "") -> QuerySet[Service]:
    """The entries to be listed: of an organisation, or of all that an area serves; by their names."""
    found = Service.objects.exclude(status=Service.Status.DEFUNCT)
    if organization_id is not None:
        found = found.filter(organization_id=organization_id)
    if area:
        below = [node.code for node in area_tree().values() if area in node.scope]
        found = found.filter(Q(pk__in=Service.objects.filter(service_areas__area_id__in=below).values("pk")))
    return found.order_by("name_kana", "name", "id")


def rows_of(services: QuerySet[Service]) -> Iterator[list[str]]:
    """The headings, then a row for each entry. Addresses of confidential places are not told."""
    extra = _extra_headings(services)
    headings = [*COLUMNS, *extra]
    yield headings
    places = ServiceAtLocation.objects.select_related("location__organization").prefetch_related(
        "location__accessibility"
    )
    channels = Channel.objects.order_by("position", "id").prefetch_related(
        Prefetch("schedules", Schedule.objects.order_by("id"))
    )
    found = services.select_related("organization").prefetch_related(
        Prefetch("at_locations", places), Prefetch("channels", channels), "service_areas", "languages",
        "required_documents", "contacts", "service_needs__term",
    )  # fmt: skip
    batch: list[Service] = []
    for service in found.iterator(chunk_size=BATCH):
        batch.append(service)
        if len(batch) == BATCH:
            yield from _rows(batch, headings)
            batch = []
    yield from _rows(batch, headings)


def _rows(services: Sequence[Service], headings: Sequence[str]) -> Iterator[list[str]]:
    kept = {
        row.link_id: row.fields.get("", {})
        for row in ForeignFields.objects.filter(
            link_entity="service", link_id__in=[service.pk for service in services]
        )
    }
    for service in services:
        foreign = {
            name: str(text) for name, text in kept.get(service.pk, {}).items() if isinstance(text, str)
        }
        cells = foreign | _cells(service, foreign)
        yield [cells.get(heading, "") for heading in headings]


def _extra_headings(services: QuerySet[Service]) -> list[str]:
    """The columns of their own that these entries came with."""
    found: dict[str, None] = {}
    stored = ForeignFields.objects.filter(link_entity="service", link_id__in=services.order_by().values("pk"))
    for fields in stored.values_list("fields", flat=True).iterator(chunk_size=2000):
        for name, text in fields.get("", {}).items():
            if name not in COLUMNS and isinstance(text, str) and len(found) < 60:
                found[name] = None
    return sorted(found)


def _cells(service: Service, foreign: dict[str, str]) -> dict[str, str]:
    channels = list(service.channels.all())
    phones = [channel for channel in channels if channel.type == Channel.Type.PHONE]
    code = next((row.area_id for row in service.service_areas.all() if row.area_id), "") or ""
    area = area_tree().get(code)
    cells = {
        "全国地方公共団体コード": code,
        "ID": foreign.get("ID") or str(service.pk),
        "地方公共団体名": area.full_name if area else "",
        "名称": service.name,
        "名称_カナ": service.name_kana,
        "名称_英字": service.name_en,
        "名称_通称": service.alternate_name,
        "電話番号": "\n".join(_phone(channel) for channel in phones),
        "内線番号": phones[0].extension if len(phones) == 1 else "",
        "連絡先メールアドレス": _first(channels, Channel.Type.EMAIL) or service.email,
        "連絡先FormURL": _first(channels, Channel.Type.WEB),
        "LINE": _first(channels, Channel.Type.LINE),
        "団体名": service.organization.name,
        "説明": service.description,
        "URL": service.url,
        "備考": service.note,
        "担当課": next((contact.department for contact in service.contacts.all()), ""),
        "対象": service.eligibility_description,
        "料金(詳細)": service.fees_description,
        "申込方法": service.application_process,
        "持ち物": itemised([row.document for row in service.required_documents.all()]),
        "対応言語": "、".join(_NAMES_OF_LANGUAGES.get(row.code, row.code) for row in service.languages.all()),
        "情報更新日": service.as_of,
        "つながりの種類": _KINDS[service.kind],
        "つながりの困りごと": "、".join(row.term.name for row in service.service_needs.all()),
        "状態": _STATES.get(service.status, ""),
        **_hours(channels),
    }
    for place in service.at_locations.all()[:1]:
        cells |= _place(place, service)
    return cells


def _phone(channel: Channel) -> str:
    label = f"（{channel.label}）" if channel.label else ""
    return f"{channel.value}{label}"


def _first(channels: Iterable[Channel], kind: str) -> str:
    return next((channel.value for channel in channels if channel.type == kind), "")


def _place(place: ServiceAtLocation, service: Service) -> dict[str, str]:
    location = place.location
    if location.confidential:
        return {}
    area = area_tree().get(location.area_id or "")
    return {
        "所在地_全国地方公共団体コード": location.area_id or "",
        "所在地_連結表記": f"{area.full_name if area else ''}{location.address_1}",
        "建物名等(方書)": location.address_2,
        "郵便番号": location.postal_code,
        "緯度": "" if location.latitude is None else repr(location.latitude),
        "経度": "" if location.longitude is None else repr(location.longitude),
        "場所名称": location.name if location.name != service.name else "",
        "アクセス方法": location.transportation,
        "バリアフリー情報": "、".join(row.description for row in location.accessibility.all()),
    }


def _hours(channels: Sequence[Channel]) -> dict[str, str]:
    """The hours of the first way to talk that has any: in three columns where they fit, else as words."""
    for channel in channels:
        hours = hours_of(channel.schedules.all())
        if hours.periods or channel.note:
            break
    else:
        return {}
    if channel.note and (read_hours(channel.note).hours == hours or not hours.periods):
        return {"利用可能日時特記事項": channel.note}
    if simple := _simple(hours):
        return simple
    return {"利用可能日時特記事項": render_ja(summary_parts(hours))}


def _simple(hours: Hours) -> dict[str, str] | None:
    if len(hours.periods) != 1 or hours.closures:
        return None
    (period,) = hours.periods
    days = "".join(_DAYS.get(day, "?") for day in period.byday)
    if period.freq == "DAILY" and not period.byday:
        days = "".join(_DAYS.values()) if period.holidays == "never" else "毎日"
    clock = f"{period.opens // 60}:{period.opens % 60:02d}", f"{period.closes // 60}:{period.closes % 60:02d}"
    cells = {"利用可能曜日": days, "開始時間": clock[0], "終了時間": clock[1]}
    # only what will be read as the very same hours
    return cells if read_hours(f"{days} {clock[0]}〜{clock[1]}").hours == hours else None


def csv_pieces(rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """UTF-8 with a mark, so that Excel reads it; cells that begin like formulas are shown, not computed."""
    yield codecs.BOM_UTF8
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()


def as_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """The same at once."""
    return b"".join(csv_pieces(rows))


def as_workbook(rows: Iterable[Sequence[str]], *, title: str) -> bytes:
    """A workbook of one sheet, every cell text: numbers keep their zeros, formulas stay words."""
    # openpyxl takes a second to load (with numpy), and pages are made without it
    from openpyxl import Workbook  # noqa: PLC0415
    from openpyxl.styles import Font, PatternFill  # noqa: PLC0415

    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet(_FORBIDDEN_IN_TITLES.sub("", title)[:28] or "一覧")
    sheet.freeze_panes = "E2"
    bold, ground = Font(bold=True), PatternFill("solid", fgColor="FFDDEBF7")
    for number, row in enumerate(rows):
        cells = [_text_cell(sheet, text) if text else None for text in row]
        for cell in filter(None, cells) if number == 0 else ():
            cell.font, cell.fill = bold, ground
        sheet.append(cells)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _text_cell(sheet: Any, text: str) -> Any:
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE  # noqa: PLC0415

    # a workbook cannot hold control characters, and no cell more than 32,767 others
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", text)[:32_000])
    cell.data_type, cell.number_format = "s", "@"
    return cell
