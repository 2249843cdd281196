"""What may be asked of search, checked; and the sentences for what may not."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from tsunagari.core import japanese
from tsunagari.core.areas import area_tree
from tsunagari.core.errors import RuleBroken
from tsunagari.directory.models import Channel, Service

MAX_CHARACTERS = 500
"""Of a question; what comes after is not read."""
PAGE_SIZE = 20
MAX_PAGE = 20
"""At most 400 results can be looked through: who needs more needs another question."""


class BadSearch(RuleBroken):
    """A search that cannot be made. ``english`` is the same sentence in English, for the API."""

    def __init__(self, sentence: str, english: str) -> None:
        super().__init__(sentence)
        self.english = english


class UnknownArea(BadSearch):
    """The area's code is none of ours."""


class UnknownChannel(BadSearch):
    """There is no such way to talk."""


class UnknownLanguage(BadSearch):
    """The language's code cannot be one."""


class UnknownKind(BadSearch):
    """There is no such kind of service."""


class BadPage(BadSearch):
    """The page's number is out of range."""


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A question and its filters. ``at`` (aware) is the moment for which "now" is answered.

    q: free text, cut at `MAX_CHARACTERS`. area_code: six digits. channel: a type of `Channel`. language:
    ISO 639. kind: a kind of `Service`. page: from 1.
    """

    q: str
    at: datetime
    area_code: str | None = None
    open_now: bool = False
    channel: str | None = None
    language: str | None = None
    kind: str | None = None
    page: int = 1


def clean(q: str) -> str:
    """The question as it is read: cut, in normal form, without control characters."""
    return japanese.normalize(q[: MAX_CHARACTERS * 2])[:MAX_CHARACTERS].strip()


def check(request: SearchRequest) -> None:
    """Refuse what cannot be searched.

    Raises:
        UnknownArea, UnknownChannel, UnknownLanguage, UnknownKind, BadPage: see there.
    """
    if request.area_code and request.area_code not in area_tree():
        raise UnknownArea(
            _("この地域は見つかりません。市区町村を選びなおしてください。"),
            "This area is not known. Please give the six-digit code of a municipality or prefecture.",
        )
    if request.channel and request.channel not in Channel.Type.values:
        raise UnknownChannel(
            _("この話し方では探せません。電話、チャット、LINEなどから選んでください。"),
            "This channel is not known. Use one of: " + ", ".join(Channel.Type.values) + ".",
        )
    if request.language and not _is_language(request.language):
        raise UnknownLanguage(
            _("このことばでは探せません。ことばを選びなおしてください。"),
            "This language is not known. Please give an ISO 639 code such as en, zh or vi.",
        )
    if request.kind and request.kind not in Service.Kind.values:
        raise UnknownKind(
            _("この種類では探せません。種類を選びなおしてください。"),
            "This kind is not known. Use one of: " + ", ".join(Service.Kind.values) + ".",
        )
    if not 1 <= request.page <= MAX_PAGE:
        raise BadPage(
            _("ページの番号は1から20までです。"), f"The page must be a number from 1 to {MAX_PAGE}."
        )


def _is_language(code: str) -> bool:
    return 2 <= len(code) <= 8 and code.isascii() and code.replace("-", "").isalpha()
