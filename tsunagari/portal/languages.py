"""Languages: what can be used in which one, and an entry's own texts in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils.translation import get_language

from tsunagari.core import display
from tsunagari.core.areas import NATIONWIDE
from tsunagari.directory.models import Language, SearchRow, Service, ServiceArea, ServiceText
from tsunagari.portal.cards import LANGUAGE_NAMES, LANGUAGE_NAMES_EN
from tsunagari.portal.selectors import services_for_cards

MOST_SERVICES = 60
LANGUAGE_NAMES_JA = {
    "ja": "日本語", "en": "英語", "zh": "中国語", "ko": "韓国・朝鮮語", "tl": "フィリピン語",
    "pt": "ポルトガル語", "es": "スペイン語", "th": "タイ語", "vi": "ベトナム語", "ne": "ネパール語",
    "id": "インドネシア語", "my": "ビルマ語", "km": "クメール語", "mn": "モンゴル語", "fr": "フランス語",
    "ru": "ロシア語", "si": "シンハラ語",
}  # fmt: skip
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ps", "ur"})


@dataclass(frozen=True, slots=True)
class NamedLanguage:
    """A language by its code: its name in itself and in the language of the page."""

    code: str
    own: str
    here: str
    count: int = 0

    @property
    def direction(self) -> str:
        """``rtl`` or ``ltr``, for the ``dir`` of its texts."""
        return "rtl" if self.code.split("-")[0] in RIGHT_TO_LEFT else "ltr"


@dataclass(frozen=True, slots=True)
class Translation:
    """An entry's texts in one language, by field; ``unchecked``: a machine's that nobody has looked at."""

    texts: dict[str, str]
    unchecked: bool


def named(code: str, count: int = 0) -> NamedLanguage:
    """A language by its code; one whose name we do not know goes by its code."""
    names = LANGUAGE_NAMES_EN if get_language() == "en" else LANGUAGE_NAMES_JA
    return NamedLanguage(code, LANGUAGE_NAMES.get(code, code), names.get(code, code), count)


def _nationwide_rows() -> QuerySet[SearchRow]:
    return SearchRow.objects.filter(
        area_code=NATIONWIDE,
        service__kind=Service.Kind.CONSULTATION,
        service__status=Service.Status.ACTIVE,
        service__contact_verified=True,
    )


def languages_spoken() -> list[NamedLanguage]:
    """The languages other than Japanese in which something nationwide can be used, with how many."""
    counts = (
        Language.objects.filter(
            Exists(_nationwide_rows().filter(service=OuterRef("service"))),
            Exists(ServiceArea.objects.filter(service=OuterRef("service"), area=None)),
        )
        .exclude(code="ja")
        .values_list("code")
        .annotate(count=Count("service_id", distinct=True))
    )
    return sorted(
        (named(code, count) for code, count in counts), key=lambda each: (-each.count, _order(each.code))
    )


def _order(code: str) -> tuple[int, str]:
    """The order of our table of names; others behind, by code."""
    known = list(LANGUAGE_NAMES)
    return (known.index(code) if code in known else len(known), code)


def services_in(code: str) -> QuerySet[Service]:
    """Nationwide lines in which ``code`` is spoken: at most sixty, the best."""
    best = (
        _nationwide_rows()
        .filter(Exists(Language.objects.filter(service=OuterRef("service"), code=code)))
        .order_by("-quality", "id")
        .values_list("service_id", flat=True)[:MOST_SERVICES]
    )
    return services_for_cards().filter(pk__in=list(best))


def text_languages(service: Service) -> list[NamedLanguage]:
    """The languages in which an entry has its description, besides Japanese and English."""
    codes = ServiceText.objects.filter(service=service, field=ServiceText.Field.DESCRIPTION).values_list(
        "language", flat=True
    )
    return [named(code) for code in sorted(codes, key=_order)]


def translations(services: Iterable[UUID], code: str) -> dict[UUID, Translation]:
    """The texts of entries (by their ids) in a language, by the service's id."""
    found: dict[UUID, dict[str, str]] = {}
    unchecked: set[UUID] = set()
    for text in ServiceText.objects.filter(service__in=list(services), language=code):
        found.setdefault(text.service_id, {})[text.field] = text.text
        if text.source == ServiceText.Source.MACHINE and text.checked_on is None:
            unchecked.add(text.service_id)
    return {pk: Translation(texts, pk in unchecked) for pk, texts in found.items()}


def spoken_in(service: Service) -> str:
    """The languages of a service for its own page: in themselves, and in the page's language in Japanese."""
    codes = [language.code for language in service.languages.all()]
    if get_language() == "en":
        return ", ".join(named(code).here for code in codes)
    comma = "、 " if display.is_easy() else "、"
    return comma.join(
        each.own if each.own == each.here else f"{each.own}（{each.here}）" for each in map(named, codes)
    )
