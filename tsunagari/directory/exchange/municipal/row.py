"""One row of a table → one service with its place, channels, hours and prices."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from tsunagari.directory.exchange.municipal.cells import Row
from tsunagari.directory.exchange.municipal.hours import RowHours, row_hours
from tsunagari.directory.exchange.municipal.localities import code_of, split_address
from tsunagari.directory.exchange.municipal.places import location_of
from tsunagari.directory.exchange.organizations import corporate_number_is_valid
from tsunagari.directory.exchange.records import (
    AreaRecord,
    ChannelRecord,
    ContactRecord,
    LanguageRecord,
    NeedRecord,
    OrganizationRecord,
    PartRecord,
    PlaceRecord,
    ServiceRecord,
    schedules_of,
)
from tsunagari.directory.exchange.tables.values import (
    ages,
    costs,
    day_of,
    flag,
    items,
    link,
    mail,
    phones,
    several,
    told,
    wide,
)
from tsunagari.directory.lexicon import understand
from tsunagari.directory.search.needs import known_needs

# 名称 of a language as lists write it → ISO 639-1
LANGUAGES: Final = {
    "日本語": "ja", "英語": "en", "english": "en", "中国語": "zh", "韓国語": "ko", "韓国・朝鮮語": "ko",
    "ハングル": "ko", "ポルトガル語": "pt", "スペイン語": "es", "ベトナム語": "vi", "タガログ語": "tl",
    "フィリピン語": "tl", "タイ語": "th", "インドネシア語": "id", "ネパール語": "ne", "フランス語": "fr",
    "ロシア語": "ru", "ドイツ語": "de", "イタリア語": "it", "ミャンマー語": "my", "クメール語": "km",
    "モンゴル語": "mn", "マレー語": "ms", "シンハラ語": "si", "ヒンディー語": "hi", "ベンガル語": "bn",
    "ウクライナ語": "uk", "ペルシャ語": "fa", "アラビア語": "ar", "やさしい日本語": "ja",
}  # fmt: skip
_STATES: Final = (
    (re.compile(r"休止|休業中|お休み中|中断"), "temporarily closed"),
    (re.compile(r"廃止|終了|閉鎖|閉館|解散"), "defunct"),
)
_BETWEEN_NEEDS: Final = re.compile(r"[、,;\n/|]+")
# a need of a name must be this plain; descriptions name many
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SURE: Final = 0.5
# kept with the entry and given back on export: columns of the standard that the directory has no place for
_FOREIGN: Final = {
    "source_id": "ID",
    "town_id": "町字ID",
    "fax": "FAX番号",
    "contact_note": "連絡先備考（その他、SNSなど）",
    "category": "分類",
    "fee_needed": "料金_要否",
}


def record_of(row: Row) -> ServiceRecord | None:
    """The service of a row; None (with a problem in ``row.problems``) where it has no name."""
    context = row.context
    name = re.sub(r"\s+", " ", row["name"] or row["place_name"])
    if not name:
        row.sayer("name")("name_missing")
        return None
    own = _own_area(row)
    location, place_text = location_of(row, own)
    key = _key(row, name, own, place_text)
    if key is None:
        return None
    says_hours = ("hours", "days", "opens", "hours_note", "closed_days")
    first = next((column for column in says_hours if row.has(column)), "hours")
    hours = row_hours(row.values, row.sayer(first))
    record = ServiceRecord(
        number=row.number,
        part=context.part,
        key=key,
        fields=_fields(row, name, hours),
        organization=_organization(row),
        areas=[AreaRecord(code=own)] if own else None,
        needs=_needs(row, name),
        languages=_languages(row),
        channels=_channels(row, hours, place_text),
        documents=[PartRecord({"document": text[:300]}) for text in items(row["documents"])]
        if row.has("documents")
        else None,
        costs=_costs(row),
        contacts=[ContactRecord({"department": wide(row["department"])[:200]})]
        if row["department"]
        else ([] if row.has("department") else None),
        places=[PlaceRecord(location=location)] if location else None,
        foreign=_foreign(row) or None,
        labels=dict(row.headings),
    )
    return record


def _key(row: Row, name: str, own: str, place: str) -> str | None:
    """The source's own number, or name and place; None where the same stood before in the file."""
    number = wide(row["source_id"])
    if _UUID.fullmatch(number.lower()):
        key = number.lower()
    elif number:
        key = f"{row.context.kind.key}/{row.context.scope}/{own}/{number}"
    else:
        key = f"{row.context.kind.key}/{own}/{name}/{place}"
    if (first := row.context.seen.get(key)) is not None:
        row.sayer("source_id" if number else "name")("key_twice", number or name, first=first)
        return None
    row.context.seen[key] = row.number
    return key[:400]


def _own_area(row: Row) -> str:
    """The municipality that the list is of: its code, its name, else that of the organisation."""
    if row["code"]:
        code, repaired = code_of(row["code"])
        if code:
            if repaired:
                row.sayer("code")("code_zero_restored", row["code"], now=code)
            return code
        row.sayer("code")("unknown_place", row["code"])
    named = row["municipality"] or f"{row['prefecture_name']}{row['city_name']}"
    if named:
        area, rest = split_address(named, near=row.context.area)
        if area is not None and not rest:
            return area.code
    return row.context.area


def _fields(row: Row, name: str, hours: RowHours) -> dict[str, Any]:
    say = row.sayer
    fields: dict[str, Any] = {"name": name, "kind": row.kind}
    texts = {"name_en": 200, "alternate_name": 200, "name_kana": 300}
    for column, limit in texts.items():
        if row.has(column):
            fields[column] = wide(row[column]).replace("\n", " ")[:limit]
    for column, target in (
        ("description", "description"),
        ("note", "note"),
        ("eligibility", "eligibility_description"),
    ):
        if row.has(column):
            fields[target] = _together(row, column)
    if row.has("eligibility"):
        fields["minimum_age"], fields["maximum_age"] = ages(row["eligibility"])
    if row.has("url"):
        fields["url"] = link(row["url"], say("url"), field=row.headings["url"])
    if row.has("email"):
        fields["email"] = mail(row["email"], say("email"), field=row.headings["email"])
    if row.has("application", "reservation"):
        fields["application_process"] = _application(row)
    if row.has("fees", "fee_needed"):
        fields["fees_description"] = _fees(row)
    if row["updated_on"] and (
        day := day_of(row["updated_on"], say("updated_on"), field=row.headings["updated_on"])
    ):
        fields["as_of"] = f"{day:%Y-%m}"
    if row.has("status"):
        state = next((state for pattern, state in _STATES if pattern.search(row["status"])), "active")
        fields["status"] = state
    return fields


def _together(row: Row, column: str) -> str:
    """All columns of one meaning, each named where there are several."""
    texts = [told(text) for text in row.all[column]]
    return "\n".join(dict.fromkeys(filter(None, texts)))


def _application(row: Row) -> str:
    words = row["reservation"]
    if words and (wanted := flag(words)) is not None:
        words = "予約が必要です。" if wanted else "予約はいりません。"
    return "\n".join(dict.fromkeys(filter(None, (words, row["application"]))))


def _fees(row: Row) -> str:
    text = _together(row, "fees") if row.has("fees") else ""
    if text.isdigit():
        text = f"{int(text):,}円" if int(text) else "無料"
    if not text and row["fee_needed"] and flag(row["fee_needed"]) is False:
        text = "無料"
    return text or (row["fee_needed"] if row["fee_needed"] in {"有料", "無料"} else "")


def _costs(row: Row) -> list[PartRecord] | None:
    if not row.has("fees", "fee_needed"):
        return None
    found = costs(_fees(row))
    return [
        PartRecord(
            {"option": cost.option or None, "amount": cost.amount, "amount_description": cost.words[:500]}
        )
        for cost in found
        if cost.amount is not None
    ]


def _organization(row: Row) -> OrganizationRecord | None:
    """Who runs it, if that is not the organisation whose list it is."""
    name = wide(row["organization_name"]).replace("\n", " ")[:200]
    own = re.sub(r"\s", "", wide(row.context.organization))
    if not name or re.sub(r"\s", "", name) == own or own.endswith(re.sub(r"\s", "", name)):
        return None
    fields: dict[str, Any] = {"name": name}
    number = re.sub(r"\D", "", wide(row["corporate_number"]))
    if number and corporate_number_is_valid(number):
        fields["corporate_number"] = number
    elif number:
        row.sayer("corporate_number")("not_flag", row["corporate_number"])
    return OrganizationRecord(number=row.number, part=row.context.part, fields=fields)


def _needs(row: Row, name: str) -> list[NeedRecord] | None:
    """The needs that a column names; else those of the list, and what name and category plainly tell."""
    if row.has("needs"):
        named = _named_needs(row["needs"])
        return [NeedRecord(taxonomy="need", code=code) for code in dict.fromkeys(named)]
    text = "。".join(filter(None, (name, row["category"])))
    codes = list(row.context.kind.needs)
    codes += [match.key for match in understand(text).needs if match.score >= _SURE]
    return [NeedRecord(taxonomy="need", code=code) for code in dict.fromkeys(codes)][:8] or None


def _named_needs(text: str) -> Iterable[str]:
    """The codes of the needs that a cell names; what is none stays as it is, and is told later."""
    known = {wide(need.name): key for key, need in known_needs().items()} | {
        key: key for key in known_needs()
    }
    for piece in _BETWEEN_NEEDS.split(wide(text)):
        # names of needs have 「・」 in them, so a piece is looked for as a whole before it is divided
        whole = known.get(piece.strip())
        yield from [whole] if whole else (known.get(word, word) for word in several(piece))


def _languages(row: Row) -> list[LanguageRecord] | None:
    if not row.has("languages"):
        return None
    codes = (LANGUAGES.get(word.lower(), "") for word in several(row["languages"]))
    return [LanguageRecord(code) for code in dict.fromkeys(filter(None, codes))]


def _channels(row: Row, hours: RowHours, place: str) -> list[ChannelRecord] | None:
    """The ways to reach it: each with the row's hours, since a list has no others."""
    if not row.has("phone", "email", "form_url", "line") and not place:
        return None
    found: list[ChannelRecord] = []
    letters: list[str] = []
    for text in row.all.get("phone", ()):
        if "@" in text or "＠" in text or "★" in text:
            letters.append(mail(text, lambda *_, **__: None))
            if letters[-1]:
                continue
        for phone in phones(text, row.sayer("phone"), extension=row["extension"]):
            if phone.is_fax:
                row.sayer("phone")("fax_left_out", phone.number)
                row.kept.setdefault("FAX番号", phone.number)
                continue
            fields = {"value": phone.number, "extension": phone.extension, "label": phone.label}
            found.append(ChannelRecord("phone", fields | {"toll_free": _is_free(phone.number)}))
    if place:
        found.append(ChannelRecord("visit", {"value": place[:500]}))
    if row["line"]:
        found.append(ChannelRecord("line", {"value": wide(row["line"])[:500]}))
    for channel in found:
        channel.fields["note"] = hours.note
        if hours.hours is not None:
            channel.schedules = schedules_of(hours.hours)
    for address in filter(None, [mail(row["email"], lambda *_, **__: None), *letters]):
        found.append(ChannelRecord("email", {"value": address}))
    if form := link(row["form_url"], row.sayer("form_url"), field=row.headings.get("form_url", "")):
        found.append(ChannelRecord("web", {"value": form, "label": "お問い合わせフォーム"}))
    return _each_once(found)


def _each_once(found: Iterable[ChannelRecord]) -> list[ChannelRecord]:
    return list({(channel.type, channel.fields["value"]): channel for channel in found}.values())


def _is_free(number: str) -> bool | None:
    digits = number.replace("-", "")
    return True if digits.startswith(("0120", "0800")) else False if digits.startswith("0570") else None


def _foreign(row: Row) -> dict[str, str]:
    found = dict(row.kept)
    for name, heading in _FOREIGN.items():
        if (text := row[name]) and not (name == "source_id" and _UUID.fullmatch(text)):
            found[heading] = text
    return found
