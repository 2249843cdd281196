"""One value of a file → one value of a column, or what is wrong with it; made from the models' fields."""

import functools
import math
import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeGuard
from urllib.parse import urlsplit

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tsunagari.core.areas import area_tree
from tsunagari.directory.exchange.aggregates import DERIVED

LONGEST_TEXT: Final = 20_000
_KEPT_CONTROLS = frozenset("\n\t")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
_SLUG = re.compile(r"[-a-zA-Z0-9_]+")
_INTEGER = re.compile(r"[+-]?[0-9]{1,15}(\.0+)?", re.ASCII)
_POSTAL = re.compile(r"[0-9]{3}-?[0-9]{4}", re.ASCII)
_TRUE = frozenset({"true", "1", "yes", "t", "はい", "有", "可", "○", "◯"})
_FALSE = frozenset({"false", "0", "no", "f", "いいえ", "無", "不可", "×"})

Cleaner = Callable[[Any], Any]


class Unusable(Exception):
    """A value that a column cannot take: a code of ``problems.CATALOGUE`` and the words for its sentence."""

    def __init__(self, code: str, **words: Any) -> None:
        super().__init__(code)
        self.code = code
        self.words = words


def clean_text(value: Any) -> str:
    """Text without what PostgreSQL or a page cannot hold: NUL, other controls, lone surrogates.

    Raises:
        Unusable: it is no text (numbers are written out).
    """
    if not isinstance(value, str):
        if not _is_number(value) or not math.isfinite(value):
            raise Unusable("not_text")
        value = str(value)
    if value.isprintable():
        return str(value)
    if "\r" in value:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        character
        for character in value
        if character in _KEPT_CONTROLS or unicodedata.category(character) not in {"Cc", "Cs", "Cn"}
    )


def _text(limit: int, *, strip: bool = True) -> Cleaner:
    def clean(value: Any) -> str:
        text = clean_text(value)
        if strip:
            text = text.strip()
        if len(text) > limit:
            raise Unusable("too_long", length=len(text), limit=limit)
        return text

    return clean


def _choice(limit: int, allowed: frozenset[str]) -> Cleaner:
    base = _text(limit + 60)

    def clean(value: Any) -> str:
        text: str = base(value)
        if text in allowed:
            return text
        folded = text.lower()
        if folded in allowed:
            return folded
        raise Unusable("not_allowed", allowed=", ".join(sorted(allowed)))

    return clean


@functools.lru_cache(maxsize=50_000)
def _is_url(text: str) -> bool:
    if any(character <= " " or character in '<>"\\^`{|}' for character in text):
        return False
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    return parts.scheme.lower() in {"http", "https"} and bool(host) and "." in str(host)


def _url(limit: int) -> Cleaner:
    base = _text(limit)

    def clean(value: Any) -> str:
        text: str = base(value)
        if text and not _is_url(text):
            raise Unusable("not_url")
        return text

    return clean


def _email(limit: int) -> Cleaner:
    base = _text(limit)

    def clean(value: Any) -> str:
        text: str = base(value)
        if text and not _EMAIL.fullmatch(text):
            raise Unusable("not_email")
        return text

    return clean


def _is_number(value: Any) -> TypeGuard[int | float | Decimal]:
    # `isfinite` raises for integers larger than a float can hold
    return (
        isinstance(value, int | float | Decimal)
        and not isinstance(value, bool)
        and -(10**300) < value < 10**300
    )


def _whole(value: Any, low: int, high: int) -> int | None:
    if isinstance(value, str):
        value = unicodedata.normalize("NFKC", value.strip()[:40])
        if value == "":
            return None
        if not _INTEGER.fullmatch(value):
            raise Unusable("not_number")
        number = int(value.split(".")[0])
    elif _is_number(value) and math.isfinite(value) and value == int(value):
        number = int(value)
    else:
        raise Unusable("not_number")
    if not low <= number <= high:
        raise Unusable("out_of_range", low=low, high=high)
    return number


def _integer(low: int, high: int) -> Cleaner:
    return lambda value: _whole(value, low, high)


def _real(low: float, high: float) -> Cleaner:
    def clean(value: Any) -> float | None:
        if isinstance(value, str):
            text = unicodedata.normalize("NFKC", value.strip()[:60])
            if text == "":
                return None
            try:
                number = float(text) if "_" not in text else math.nan
            except ValueError:
                number = math.nan
        else:
            number = float(value) if _is_number(value) else math.nan
        if not math.isfinite(number):
            raise Unusable("not_number")
        if not low <= number <= high:
            raise Unusable("out_of_range", low=low, high=high)
        return number

    return clean


def _decimal(digits: int, places: int) -> Cleaner:
    def clean(value: Any) -> float | None:
        if not isinstance(value, str) and not _is_number(value):
            raise Unusable("not_number")
        text = unicodedata.normalize("NFKC", str(value).strip()[:60]).replace(",", "")
        if text == "":
            return None
        try:
            number = Decimal(text)
        except InvalidOperation as error:
            raise Unusable("not_number") from error
        if not number.is_finite():
            raise Unusable("not_number")
        if not 0 <= number < 10 ** (digits - places):
            raise Unusable("out_of_range", low=0, high=10 ** (digits - places) - 1)
        return float(round(number, places))

    return clean


def _date(value: Any) -> str | None:
    if type(value) is date:
        return value.isoformat()
    text = clean_text(value).strip() if isinstance(value, str) else "?"
    if text == "":
        return None
    try:
        day = date.fromisoformat(text[:10] if re.match(r"\d{4}-\d{2}-\d{2}T", text, re.ASCII) else text)
    except ValueError as error:
        raise Unusable("not_date") from error
    return day.isoformat()


def clean_boolean(value: Any) -> bool | None:
    """True, false, or None for an empty cell.

    Raises:
        Unusable: anything else.
    """
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    text = unicodedata.normalize("NFKC", value.strip()[:20]).lower() if isinstance(value, str) else "?"
    if text == "":
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise Unusable("not_boolean")


def _area(value: Any) -> str | None:
    text = unicodedata.normalize("NFKC", clean_text(value).strip()[:40])
    if text == "":
        return None
    if text not in area_tree():
        raise Unusable("unknown_area")
    return text


def _postal(value: Any) -> str:
    text = unicodedata.normalize("NFKC", clean_text(value).strip()[:40]).removeprefix("〒").strip()
    text = re.sub("[‐-―−ー]", "-", text)
    if text and not _POSTAL.fullmatch(text):
        raise Unusable("bad_postal_code")
    return text


def _slug(limit: int, *, null: bool) -> Cleaner:
    base = _text(limit)

    def clean(value: Any) -> str | None:
        text: str = base(value)
        if text and not _SLUG.fullmatch(text):
            raise Unusable("not_allowed", allowed="A-Z a-z 0-9 - _")
        return None if null and not text else text

    return clean


def _list(item: Cleaner) -> Cleaner:
    def clean(value: Any) -> list[Any]:
        if isinstance(value, str):
            value = [part for part in re.split("[,;、，；]", value) if part.strip()]
        if not isinstance(value, list | tuple):
            raise Unusable("not_text")
        if len(value) > 200:
            raise Unusable("too_long", length=len(value), limit=200)
        return [cleaned for part in value if (cleaned := item(part))]

    return clean


def _never_null(clean: Cleaner, default: Any) -> Cleaner:
    def cleaned(value: Any) -> Any:
        result = clean(value)
        return default if result is None else result

    return cleaned


def _cleaner(field: "models.Field[Any, Any]") -> Cleaner:
    column = str(field.column)
    limit = int(getattr(field, "max_length", None) or LONGEST_TEXT)
    if column == "postal_code":
        return _postal
    if column.endswith("area_id"):
        return _area
    if isinstance(field, ArrayField):
        return _list(_cleaner(field.base_field))
    if field.choices:
        return _choice(limit, frozenset(str(value) for value, _label in field.flatchoices))
    match field:
        case models.SlugField():
            return _slug(limit, null=field.null)
        case models.URLField():
            return _url(limit)
        case models.EmailField():
            return _email(limit)
        case models.CharField() | models.TextField():
            return _text(limit)
        case models.BooleanField():
            return clean_boolean if field.null else _never_null(clean_boolean, field.get_default())
        case models.FloatField():
            size = 90 if column == "latitude" else 180
            return _real(-size, size)
        case models.DecimalField():
            return _decimal(field.max_digits, field.decimal_places)
        case models.DateField():
            return _date
        case models.PositiveSmallIntegerField():
            return _integer(0, 32_767)
        case models.IntegerField():
            return _integer(0, 2_147_483_647)
        case _:
            raise TypeError(field)


@functools.cache
def cleaners(model: type[models.Model]) -> dict[str, Cleaner]:
    """A cleaner for each column that is no key to another object."""
    return {
        str(field.column): _cleaner(field)
        for field in model._meta.concrete_fields
        if field.column not in DERIVED
        and not isinstance(field, models.UUIDField | models.JSONField)
        and (not isinstance(field, models.ForeignKey) or str(field.column).endswith("area_id"))
        and not isinstance(field, models.DateTimeField)
    }
