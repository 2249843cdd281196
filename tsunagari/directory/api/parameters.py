"""What may be asked. Each parameter has one sentence in Japanese and English that says what it takes.

The sentence is the parameter's description in the OpenAPI document and the answer to whoever gives it
wrongly, so the two cannot differ. A parameter that an address does not know is refused: a misspelt filter
that is ignored would give a person the wrong services.
"""

import re
from collections.abc import Iterable
from datetime import datetime, time
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from ninja import Schema
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

TOKYO = ZoneInfo("Asia/Tokyo")

PER_PAGE = 50
MOST_PER_PAGE = 500
MOST_MINIMAL = 10_000
LAST_PAGE = 1_000_000_000
LONGEST_SEARCH = 200
MOST_VALUES = 10
LARGEST_RADIUS = 200
YEARS = range(1900, 2200)

SENTENCES: dict[str, tuple[str, str]] = {
    "search": (
        f"探す言葉を{LONGEST_SEARCH}文字まで。すべての言葉を含むものを返します。",
        f"Words to look for, at most {LONGEST_SEARCH} characters; what has all of them is answered.",
    ),
    "page": (
        "ページの番号。1以上の整数。最後のページより先は空です。",
        "Number of the page, a whole number from 1; empty beyond the last page.",
    ),
    "per_page": (
        f"1ページの件数。1から{MOST_PER_PAGE}まで。ふつうは{PER_PAGE}件（minimal では{MOST_MINIMAL}件）。",
        f"Items of a page, 1 to {MOST_PER_PAGE}; {PER_PAGE} unless said ({MOST_MINIMAL} with minimal).",
    ),
    "format": (
        "json か ndjson。ndjson はすべての行を id の順に流し、page と per_page は使いません。",
        "json or ndjson; ndjson streams all rows in the order of ids, without regard to page and per_page.",
    ),
    "taxonomy_term_id": (
        "分類の言葉の id かコード（たとえば dv）。10個まで繰り返せ、すべてに当たるものを返します。",
        "Id or code of a taxonomy term (such as dv); up to 10 of them, all of which must apply.",
    ),
    "taxonomy_id": (
        "分類の id かキー（たとえば need）。",
        "Id or key of a taxonomy (such as need).",
    ),
    "organization_id": ("団体の id（UUID）。", "Id (UUID) of an organization."),
    "parent_id": ("上の言葉の id（UUID）。", "Id (UUID) of the parent term."),
    "top_only": (
        "true なら、上の言葉を持たない言葉だけを返します。true か false。",
        "true: only terms without a parent. true or false.",
    ),
    "modified_after": (
        "この日時以後に変わったものを返します。ISO 8601 の日付か日時。時差がなければ日本時間。",
        "What has changed at or after this ISO 8601 date or date-time; Japan's time without offset.",
    ),
    "minimal": (
        "true なら、id と更新日時（と HSDS が求める name、status）だけを返します。true か false。",
        "true: only ids and dates of modification (and name and status, which HSDS requires). true or false.",
    ),
    "full": (
        "true なら、属するものをすべて入れて返します。true か false。",
        "true: with everything that belongs to the item. true or false.",
    ),
    "full_service": (
        "true なら、団体のサービスもすべて入れて返します。true か false。",
        "true: with the organization's services in full. true or false.",
    ),
    "area": (
        "全国地方公共団体コード（6桁）。そこから使えるもの（全国、都道府県、市区町村）を返します。",
        "Six-digit code of a municipality, ward or prefecture: what can be used from there.",
    ),
    "open_at": (
        "この時に話せるもの。now か ISO 8601 の日時（1900年から2199年）。時差がなければ日本時間。",
        "What can be talked to at this moment: now, or an ISO 8601 date-time (1900 to 2199); Japan's time"
        " without offset.",
    ),
    "language": (
        "言語のコード（ISO 639、たとえば vi）。10個まで繰り返せ、すべてを話すものを返します。",
        "Code of a language (ISO 639, such as vi); up to 10 of them, all of which must be spoken.",
    ),
    "free": (
        "true なら無料とわかっているもの、false ならそうでないもの。true か false。",
        "true: known to be free; false: not known to be free. true or false.",
    ),
    "channel": (
        "方法。phone、chat、line、email、visit、web。繰り返すと、すべてを持つものを返します。",
        "Way to talk: phone, chat, line, email, visit, web; all of them must exist when repeated.",
    ),
    "kind": (
        "種類。consultation、programme、place、information、emergency。",
        "Kind: consultation, programme, place, information, emergency.",
    ),
    "status": (
        "状態。active、inactive、defunct、temporarily closed。指定がなければすべて。",
        "Status: active, inactive, defunct, temporarily closed; every status unless said.",
    ),
    "lat": (
        "中心の緯度（-90から90の度）。lng と一緒に書きます。",
        "Latitude of the centre, -90 to 90 degrees; together with lng.",
    ),
    "lng": (
        "中心の経度（-180から180の度）。lat と一緒に書きます。",
        "Longitude of the centre, -180 to 180 degrees; together with lat.",
    ),
    "radius": (
        f"中心からの距離（km、{LARGEST_RADIUS}まで）。lat、lng と一緒に書きます。ふつうは10。",
        f"Distance from the centre in km, at most {LARGEST_RADIUS}; with lat and lng; 10 unless said.",
    ),
}
HINTS = {
    "postcode": "郵便番号からは探せません。area か lat、lng、radius を使ってください。",
    "proximity": "郵便番号からは探せません。lat、lng、radius を使ってください。",
}
HINTS_EN = {
    "postcode": "There is no search by postcode here; use area, or lat, lng and radius.",
    "proximity": "There is no search by postcode here; use lat, lng and radius.",
}


class Refused(Exception):
    """A request that cannot be answered: the status, and one sentence each in Japanese and English."""

    def __init__(self, status: int, ja: str, en: str) -> None:
        super().__init__(en)
        self.status = status
        self.ja = ja
        self.en = en


def refused_value(name: str) -> Refused:
    """The refusal of a parameter's value."""
    ja, en = SENTENCES[name]
    return Refused(422, f"{name} の値を読めません。{ja}", f"The value of {name} cannot be read. {en}")


def _parameter(name: str, **bounds: Any) -> Any:
    ja, en = SENTENCES[name]
    return Field(description=f"{ja} / {en}", **bounds)


def _true_or_false(value: object) -> object:
    if isinstance(value, bool) or value in ("true", "false"):
        return value in (True, "true")
    raise ValueError(value)


def _whole(value: object) -> object:
    # int() would also take "1_000", " 1 " and other scripts' digits
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,40}", value, re.ASCII):
        raise ValueError(value)
    return value


def _number(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(
        r"-?[0-9]{1,20}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?", value, re.ASCII
    ):
        raise ValueError(value)
    return value


def read_moment(text: str) -> datetime:
    """An aware moment of an ISO 8601 date or date-time; without an offset it is Japan's.

    An offset's plus sign that the address turned into a space is read as a plus.

    Raises:
        ValueError: anything else, or a year that the calendar of 祝日 cannot reach.
    """
    mended = re.sub(r"(:[0-9.]+) (\d\d:?\d\d)$", r"\1+\2", text)
    if not mended.isascii():
        raise ValueError(text)
    try:
        moment = datetime.fromisoformat(mended)
    except ValueError:
        moment = datetime.combine(datetime.strptime(mended, "%Y-%m-%d").replace(tzinfo=TOKYO), time.min)
    if moment.year not in YEARS:
        raise ValueError(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=TOKYO)


def _moment(value: object) -> object:
    return read_moment(value) if isinstance(value, str) else value


def _moment_or_now(value: object) -> object:
    return value if value == "now" else _moment(value)


def _without_nul(value: str) -> str:
    if "\x00" in value:
        raise ValueError(value)
    return value


Flag = Annotated[bool, BeforeValidator(_true_or_false)]
Whole = Annotated[int, BeforeValidator(_whole)]
Number = Annotated[float, BeforeValidator(_number)]
Text = Annotated[str, AfterValidator(_without_nul)]
Moment = Annotated[
    datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})
]
MomentOrNow = Annotated[
    datetime | Literal["now"],
    BeforeValidator(_moment_or_now),
    WithJsonSchema({"anyOf": [{"const": "now"}, {"type": "string", "format": "date-time"}]}),
]
Key = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9_-]+$")]
LanguageCode = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,5})?$", max_length=8)]
ChannelType = Literal["phone", "chat", "line", "email", "visit", "web"]
Kind = Literal["consultation", "programme", "place", "information", "emergency"]
Status = Literal["active", "inactive", "defunct", "temporarily closed"]


class PageParameters(Schema):
    """What every list takes."""

    search: Text | None = _parameter("search", default=None, min_length=1, max_length=LONGEST_SEARCH)
    page: Whole = _parameter("page", default=1, ge=1, le=LAST_PAGE)
    per_page: Whole | None = _parameter("per_page", default=None, ge=1, le=MOST_PER_PAGE)
    format: Literal["json", "ndjson"] = _parameter("format", default="json")

    @property
    def size(self) -> int:
        """Items of a page."""
        return self.per_page or PER_PAGE


class ServiceFilters(PageParameters):
    """What services, and services at their places, can be asked for. All of it must hold."""

    taxonomy_term_id: list[Key] = _parameter("taxonomy_term_id", default_factory=list, max_length=MOST_VALUES)
    taxonomy_id: Key | None = _parameter("taxonomy_id", default=None)
    organization_id: UUID | None = _parameter("organization_id", default=None)
    modified_after: Moment | None = _parameter("modified_after", default=None)
    full: Flag = _parameter("full", default=False)
    area: Annotated[str, Field(pattern=r"^[0-9]{6}$")] | None = _parameter("area", default=None)
    open_at: MomentOrNow | None = _parameter("open_at", default=None)
    language: list[LanguageCode] = _parameter("language", default_factory=list, max_length=MOST_VALUES)
    free: Flag | None = _parameter("free", default=None)
    channel: list[ChannelType] = _parameter("channel", default_factory=list, max_length=MOST_VALUES)
    kind: Kind | None = _parameter("kind", default=None)
    status: Status | None = _parameter("status", default=None)
    lat: Number | None = _parameter("lat", default=None, ge=-90, le=90, allow_inf_nan=False)
    lng: Number | None = _parameter("lng", default=None, ge=-180, le=180, allow_inf_nan=False)
    radius: Number | None = _parameter("radius", default=None, gt=0, le=LARGEST_RADIUS, allow_inf_nan=False)

    def centre(self) -> tuple[float, float, float] | None:
        """(latitude, longitude, radius in km), or None. Degrees to 10 cm.

        Raises:
            Refused: one of them stands alone.
        """
        if self.lat is None or self.lng is None:
            for name in ("lat", "lng"):
                if (self.lat, self.lng, self.radius) != (None, None, None) and getattr(self, name) is None:
                    raise refused_value(name)
            return None
        return round(self.lat, 6), round(self.lng, 6), 10.0 if self.radius is None else self.radius

    def conditions(self) -> str:
        """One text for one set of conditions: what decides which rows there are, apart from their page."""
        return self.model_dump_json(exclude={"page", "per_page", "format", "full", "minimal"})


class ServiceParameters(ServiceFilters):
    """What the list of services takes."""

    minimal: Flag = _parameter("minimal", default=False)

    @property
    def size(self) -> int:
        """Items of a page: as many as there are, nearly, with ``minimal``."""
        return self.per_page or (MOST_MINIMAL if self.minimal else PER_PAGE)


class OrganizationDetail(Schema):
    """What one organisation takes."""

    full_service: Flag = _parameter("full_service", default=False)


class OrganizationParameters(PageParameters):
    """What the list of organisations takes."""

    full_service: Flag = _parameter("full_service", default=False)
    full: Flag = _parameter("full", default=False)


class TaxonomyTermParameters(PageParameters):
    """What the list of terms takes."""

    taxonomy_id: Key | None = _parameter("taxonomy_id", default=None)
    top_only: Flag = _parameter("top_only", default=False)
    parent_id: UUID | None = _parameter("parent_id", default=None)


def check_names(request: HttpRequest, known: Iterable[str], *, repeated: Iterable[str] = ()) -> None:
    """Refuse parameters that are not known here, that stand twice, or that hold a NUL byte.

    Raises:
        Refused: with 400.
    """
    for name, values in request.GET.lists():
        if name not in known:
            shown = name[:40].replace("\x00", "")
            names = ", ".join(known) or "-"
            raise Refused(
                400,
                HINTS.get(name, f"「{shown}」という条件はここにはありません。使えるもの: {names}"),
                HINTS_EN.get(name, f'There is no parameter "{shown}" here. There are: {names}'),
            )
        if any("\x00" in value for value in values):
            raise Refused(
                400,
                f"{name} に使えない文字（NUL）があります。",
                f"{name} holds a character (NUL) that cannot be.",
            )
        if len(values) > 1 and name not in repeated:
            raise Refused(400, f"{name} は一度だけ書いてください。", f"Write {name} only once.")
