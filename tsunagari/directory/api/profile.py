"""The Japanese profile of HSDS 3.0: what this API adds to the standard, and what each addition means.

The table is served at the profile's address, and a test compares it with what the API really answers.
"""

from typing import Any, Final

NAME: Final = "HSDS-JP"
HSDS_VERSION: Final = "3.0"

# object → field → (JSON type, Japanese, English)
EXTENSIONS: Final[dict[str, dict[str, tuple[str, str, str]]]] = {
    "service": {
        "key": ("string", "data/ の項目の鍵", "Key of the entry in the project's data files"),
        "kind": (
            "string",
            "種類: consultation 相談、programme 支援制度、place 居場所、information 情報、emergency 緊急通報",
            "consultation, programme (benefit, loan, reduction), place, information, emergency",
        ),
        "name_kana": ("string", "名称のかな", "Name in kana"),
        "name_en": ("string", "英語の名称", "Name in English"),
        "description_en": ("string", "英語の説明", "Description in English"),
        "description_easy": ("string", "やさしい日本語の説明", "Description in plain Japanese"),
        "audience": ("array", "対象（鍵の並び）", "Keys of those whom it is for"),
        "basis": ("string", "根拠となる法令", "The law that it rests on"),
        "note": ("string", "注意", "Note"),
        "note_en": ("string", "英語の注意", "Note in English"),
        "as_of": ("string", "情報の時点（YYYY-MM）", "Month that the information is of (YYYY-MM)"),
        "certainty": ("string", "確からしさ", "How certain the information is"),
        "contact_verified": (
            "boolean",
            "連絡先を確認したか。false なら contact_area_code の自治体に聞く",
            "Whether a contact is verified; if not, ask the municipality contact_area_code",
        ),
        "contact_area_code": (
            "string",
            "聞く先の自治体（全国地方公共団体コード）",
            "Municipality to ask (six-digit code)",
        ),
        "open_now": (
            "boolean or null",
            "いま話せるか。null は受付時間が不明",
            "Whether one can talk to somebody now; null: the hours are not known",
        ),
        "distance_km": (
            "number",
            "lat、lng からの距離（その条件があるとき）",
            "Distance from lat, lng (when asked for)",
        ),
        "modified_date": (
            "string",
            "minimal で、last_modified と同じ",
            "With minimal, the same as last_modified",
        ),
        "channels": ("array", "すべての連絡方法", "Every way to reach it, not only telephones"),
        "closures": (
            "array",
            "休みの期間（schedules に優先する）",
            "Days of closure; they override schedules",
        ),
    },
    "channel": {
        "id": ("string", "id。電話は phones と同じ", "Id; a telephone's is the same as in phones"),
        "type": ("string", "phone、chat、line、email、visit、web", "phone, chat, line, email, visit, web"),
        "value": ("string", "番号、URL、LINE の名前、アドレス", "Number, URL, name on LINE, address"),
        "extension": ("string", "内線", "Extension"),
        "label": ("string", "どんなときの連絡先か", "What it is for"),
        "label_en": ("string", "英語でどんなときの連絡先か", "What it is for, in English"),
        "note": ("string", "注意", "Note"),
        "note_en": ("string", "英語の注意", "Note in English"),
        "toll_free": ("boolean", "通話料無料か。なければ不明", "Whether the call is free; absent: not known"),
        "from_mobile": (
            "boolean",
            "携帯電話からつながるか。なければ不明",
            "Whether mobiles connect; absent: not known",
        ),
        "languages": ("array", "言語（ISO 639）", "Languages (ISO 639)"),
        "open_now": ("boolean or null", "いま受け付けているか", "Whether it is open now"),
        "reachability": (
            "array",
            "つながりやすさ: attempts 回かけて answered 回つながった。share は割合",
            "How often it answered: attempts, answered, share, typical_wait_minutes,"
            " kind (reported, measured, published), source, observed_from, observed_on",
        ),
    },
    "closure": {
        "id": ("string", "id", "Id"),
        "channel_id": ("string", "この連絡方法だけの休み", "Only this channel is closed"),
        "closed_from": (
            "string",
            "始まり: MM-DD（毎年）か YYYY-MM-DD",
            "First day: MM-DD (each year) or YYYY-MM-DD",
        ),
        "closed_to": ("string", "終わり（その日を含む）", "Last day, inclusive"),
        "description": ("string", "説明", "Description"),
    },
    "phone": {
        "toll_free": ("boolean", "通話料無料か", "Whether the call is free"),
        "from_mobile": ("boolean", "携帯電話からつながるか", "Whether mobiles connect"),
    },
    "schedule": {
        "channel_id": ("string", "この連絡方法の受付時間", "The hours are of this channel"),
        "closes_next_day": (
            "boolean",
            "closes_at が翌日の時刻か（24:00 は翌日の 00:00）",
            "closes_at lies on the next day (24:00 is 00:00 of the next day)",
        ),
        "holidays": (
            "string",
            "祝日: never 祝日を除く、also 祝日も、only 祝日だけ、as_weekday 暦どおり",
            "On public holidays: never, also (and on every holiday), only, as_weekday (whatever the day is)",
        ),
        "rrule": (
            "string",
            "RFC 5545 の規則全体。HSDS の freq などで表せないとき",
            "The whole RFC 5545 rule, where HSDS's own fields cannot say it",
        ),
    },
    "service_area": {
        "nationwide": ("boolean", "全国で使えるか", "Usable from everywhere in Japan"),
        "area_code": ("string", "全国地方公共団体コード", "Six-digit code of the area"),
        "area_level": ("string", "prefecture、municipality、ward", "prefecture, municipality, ward"),
    },
    "address": {"area_code": ("string", "全国地方公共団体コード", "Six-digit code of the municipality")},
    "location": {
        "name_kana": ("string", "名称のかな", "Name in kana"),
        "area_code": ("string", "全国地方公共団体コード", "Six-digit code of the municipality"),
        "closures": ("array", "休みの期間", "Days of closure"),
        "confidential": (
            "boolean",
            "所在地を知らせない場所（シェルターなど）。住所も位置もない",
            "A place whose address nobody may learn, such as a shelter: no address, no point",
        ),
    },
    "service_at_location": {
        "closures": ("array", "休みの期間", "Days of closure"),
        "name": ("string", "サービスの名称", "The service's name"),
        "status": ("string", "サービスの状態", "The service's status"),
    },
    "organization": {
        "name_kana": ("string", "名称のかな", "Name in kana"),
        "name_en": ("string", "英語の名称", "Name in English"),
        "kind": ("string", "団体の種別", "Kind of organization"),
        "area_code": ("string", "全国地方公共団体コード", "Six-digit code of its area"),
    },
    "taxonomy": {"key": ("string", "短い鍵", "Short key")},
    "taxonomy_term": {
        "name_kana": ("string", "かな", "In kana"),
        "name_en": ("string", "英語", "In English"),
        "name_easy": ("string", "やさしい日本語", "In plain Japanese"),
    },
    "attribute": {"label": ("string", "見出し", "Label")},
}


def document() -> dict[str, Any]:
    """The profile as it is served."""
    return {
        "name": NAME,
        "hsds_version": HSDS_VERSION,
        "description": (
            "HSDS 3.0 に、日本の相談窓口に要るものを足したもの。足した項目は、HSDS の検証を妨げません。"
            "祝日は「国民の祝日に関する法律」による。時刻は日本時間。電話番号は国内の書き方。"
        ),
        "description_en": (
            "HSDS 3.0 with what services in Japan need, in ways that validate against HSDS."
            " Public holidays are those of Japan's law; times are Japan's; telephone numbers are written"
            " as in Japan."
        ),
        "documentation": "docs/api.md",
        "extensions": {
            name: {
                field: {"type": kind, "description": ja, "description_en": en}
                for field, (kind, ja, en) in fields.items()
            }
            for name, fields in EXTENSIONS.items()
        },
    }
