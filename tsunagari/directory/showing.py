"""An entry's document in words, for the people who keep it: names of fields, values, and differences."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from tsunagari.core.areas import NATIONWIDE, area_full_name, area_tree
from tsunagari.core.templatetags.ui import short_day
from tsunagari.directory.api.objects import LANGUAGE_NAMES
from tsunagari.directory.differences import Difference, RowDifference, changed_fields, rows_apart, words_apart
from tsunagari.directory.models import Channel, Service
from tsunagari.directory.schedules import Hours, describe_week, span_en, span_ja, summary
from tsunagari.directory.search.needs import known_needs

LABELS: dict[str, Any] = {
    "name": _("名前"),
    "name_kana": _("よみがな"),
    "name_en": _("名前（英語）"),
    "kind": _("種類"),
    "status": _("いまの状態"),
    "alert": _("お休みなどのお知らせ"),
    "description": _("説明"),
    "description_en": _("説明（英語）"),
    "description_easy": _("説明（やさしい日本語）"),
    "channels": _("連絡のしかた"),
    "url": _("ホームページ"),
    "email": _("メールアドレス"),
    "areas": _("使える地域"),
    "places": _("場所と住所"),
    "needs": _("困りごと"),
    "eligibility_description": _("だれのため"),
    "minimum_age": _("何歳から"),
    "maximum_age": _("何歳まで"),
    "languages": _("使えることば"),
    "application_process": _("申しこみかた"),
    "documents": _("持っていくもの"),
    "costs": _("費用の内訳"),
    "fees_description": _("費用の説明"),
    "note": _("知っておくこと"),
    # of a channel
    "type": _("方法"),
    "value": _("番号やアドレス"),
    "label": _("呼び名"),
    "toll_free": _("通話料"),
    "hours": _("受付時間"),
    # of a cost
    "option": _("項目"),
    "amount": _("金額（円）"),
    "amount_description": _("費用の補足"),
    "order": _("順番"),
    # of a place
    "postal_code": _("郵便番号"),
    "area": _("市区町村"),
    "address_1": _("住所"),
    "address_2": _("建物・部屋"),
    "point": _("地図の位置（緯度, 経度）"),
    "transportation": _("行き方"),
    "confidential": _("所在地を知らせない"),
}
_OF_ROWS = {"type", "value", "label", "option", "order", "area", "point", "confidential"}
# fields and groups whose source is told (`exchange.provenance`), in the order of the page
SOURCE_LABELS: dict[str, Any] = {
    **{name: label for name, label in LABELS.items() if name not in _OF_ROWS},
    "channel_schedules": _("受付時間"),
    "schedules": _("受付時間"),
    "contacts": _("担当"),
    "texts": _("ほかのことばの説明"),
    "attributes": _("分類"),
    "alternate_name": _("ほかの名前"),
    "basis": _("もとになる法律"),
    "audience": _("だれのため（分類）"),
    "wait_time": _("待つ時間"),
    "interpretation_services": _("通訳"),
    "note_en": _("知っておくこと（英語）"),
    "eligibility_description_en": _("だれのため（英語）"),
    "application_process_en": _("申しこみかた（英語）"),
    "fees_description_en": _("費用の説明（英語）"),
    "area_id": _("市区町村"),
    "latitude": _("緯度"),
    "longitude": _("経度"),
    "accessibility": _("使いやすさ"),
}
TOLL_FREE: dict[bool | None, Any] = {
    None: _("わからない"),
    True: _("かける人は無料"),
    False: _("かける人が払う"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A changed field in words: whole, or row by row."""

    name: str
    label: str
    whole: Difference | None
    rows: tuple[RowDifference, ...]


def language_of_reader() -> Literal["ja", "en"]:
    """The language of the request, of the two that the hours speak."""
    return "en" if get_language() == "en" else "ja"


def hours_in_words(hours: str) -> str:
    """One line for stored hours, in the reader's language; "" when not known."""
    return summary(Hours.from_json(hours), language_of_reader()) if hours else ""


def hours_to_edit(hours: str) -> str:
    """The line that is edited: always Japanese, since that is what is read back."""
    return summary(Hours.from_json(hours), "ja") if hours else ""


def week_of_hours(hours: str, at: datetime) -> list[dict[str, Any]]:
    """Seven days as rows of a table: label, periods, holiday."""
    language = language_of_reader()
    span = span_en if language == "en" else span_ja
    return [
        {
            "label": short_day(day.on),
            "periods": [span(opening) for opening in day.openings],
            "holiday": day.holiday,
        }
        for day in describe_week(Hours.from_json(hours), at, language)
    ]


def area_names(codes: list[str]) -> list[str]:
    """Names of areas, whole; codes that are unknown stay codes."""
    tree = area_tree()
    return [
        gettext("全国") if code == NATIONWIDE else (area_full_name(tree[code]) if code in tree else code)
        for code in codes
    ]


def in_words(name: str, value: Any) -> str:
    """A field's value as text, lists one a line."""
    match name:
        case "kind":
            return str(Service.Kind(value).label) if value else ""
        case "status":
            return str(Service.Status(value).label) if value else ""
        case "areas":
            return "\n".join(area_names(value or []))
        case "needs":
            known = known_needs()
            return "\n".join(known[code].shown if code in known else code for code in value or [])
        case "languages":
            return "\n".join(LANGUAGE_NAMES.get(code, code) for code in value or [])
        case "documents":
            return "\n".join(value or [])
        case "costs":
            return "\n".join(map(_cost_line, value or []))
        case _:
            return "" if value is None else str(value)


def channel_in_words(row: Mapping[str, Any]) -> dict[str, str]:
    """A channel's row as texts."""
    kind = str(Channel.Type(row["type"]).label)
    return {
        "id": row["id"],
        "name": f"{kind} {row['label'] or row['value']}",
        "type": kind,
        "value": row["value"],
        "label": row["label"],
        "note": row["note"],
        "toll_free": "" if row["toll_free"] is None else str(TOLL_FREE[row["toll_free"]]),
        "hours": hours_in_words(row["hours"]),
    }


def cost_in_words(row: Mapping[str, Any]) -> dict[str, str]:
    """A cost's row as texts."""
    return {
        "id": row["id"],
        "name": row["option"] or row["amount_description"],
        "option": row["option"],
        "amount": row["amount"] or "",
        "amount_description": row["amount_description"],
    }


def place_name(row: Mapping[str, Any]) -> str:
    """What a place is called: by its name, else its address; a confidential one by a part of its id."""
    if row["confidential"]:
        return gettext("所在地を知らせない場所（%(id)s）") % {"id": row["id"][:8]}
    return str(row["name"] or row["address_1"] or gettext("名前のない場所"))


def place_in_words(row: Mapping[str, Any]) -> dict[str, str]:
    """A place's row as texts."""
    point = (row["latitude"], row["longitude"])
    return {
        "id": row["id"],
        "name": place_name(row),
        "place": row["name"],
        "postal_code": row["postal_code"],
        "area": "、".join(area_names([row["area"]] if row["area"] else [])),
        "address_1": row["address_1"],
        "address_2": row["address_2"],
        "point": "" if None in point else f"{row['latitude']}, {row['longitude']}",
        "transportation": row["transportation"],
        "note": row["note"],
        "confidential": gettext("はい") if row["confidential"] else "",
    }


ROWS = {"channels": channel_in_words, "costs": cost_in_words, "places": place_in_words}


def _cost_line(row: Mapping[str, Any]) -> str:
    amount = gettext("%(amount)s円") % {"amount": row["amount"]} if row["amount"] else ""
    return " ".join(filter(None, [row["option"], amount, row["amount_description"]]))


def label_of(name: str) -> str:
    """What a field is called."""
    return str(LABELS.get(name, name))


def _labelled(row: RowDifference) -> RowDifference:
    """The same with the names of its fields in words."""
    return replace(row, fields=tuple(replace(one, field=_row_label(one.field)) for one in row.fields))


def _row_label(name: str) -> str:
    special = {"note": gettext("補足"), "place": gettext("場所の名前")}
    return special.get(name) or label_of(name)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Shown]:
    """What changes between two documents, in the order of the form; from an empty one: all that is filled."""
    changed = set(changed_fields(before, after))
    found = []
    for name in LABELS:
        if name not in changed:
            continue
        if (words := ROWS.get(name)) is not None:
            rows = rows_apart(name, map(words, before.get(name) or []), map(words, after[name]))
            if rows:
                found.append(Shown(name, label_of(name), None, tuple(map(_labelled, rows))))
            continue
        old, new = in_words(name, before.get(name)), in_words(name, after[name])
        if old != new:
            found.append(Shown(name, label_of(name), Difference(name, *words_apart(old, new)), ()))
    return found
