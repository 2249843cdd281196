"""How a page is shown: chosen in its address, so that nothing of the choice is kept anywhere.

The first part of a public address may be letters, each one choice, always in this order:

    /t/…     the tab, the history and a printout get a title that tells nothing
    /y/…     やさしい日本語: short sentences with spaces between words
    /f/…     furigana over the kanji

``/tyf/services/…`` is all three. English stands behind them: ``/t/en/…``; easy words and furigana are for
Japanese alone. The letters are Django's script prefix during the request, so that every ``{% url %}`` and
``reverse`` of a page keeps them, and they are part of the address by which a page is cached.
"""

import re
from dataclasses import dataclass, replace

from django.conf import settings
from django.urls import LocalePrefixPattern, URLPattern, URLResolver, get_script_prefix
from django.utils import translation

EASY = "ja-easy"
"""Django's name for やさしい日本語; its catalogue is ``locale/ja_Easy``. No address and no page names it."""

_LETTERS = re.compile(r"/([tyf]{1,12})(/.*|)", re.DOTALL)
# the room of a conversation has one address, below its cookie's path, and the conversation's language
_NOT_FOR_VISITORS = ("/desk/", "/api/", "/static/", "/talk/room/")


@dataclass(frozen=True, slots=True)
class Display:
    """What a visitor has chosen."""

    neutral: bool = False
    easy: bool = False
    furigana: bool = False

    @property
    def prefix(self) -> str:
        """The beginning of every address with these choices: ``/`` or, for instance, ``/tf/``."""
        letters = "t" * self.neutral + "y" * self.easy + "f" * self.furigana
        return f"/{letters}/" if letters else "/"

    def address(self, path: str, language: str) -> str:
        """The address of a page: ``path`` has neither choices nor language, ``language`` is ja or en."""
        if language == "en":
            return f"{self.in_english().prefix}en{path}"
        return f"{self.prefix}{path.removeprefix('/')}"

    def in_english(self) -> "Display":
        """The choices that mean something in English."""
        return replace(self, easy=False, furigana=False)


AS_IT_IS = Display()


def read(path: str) -> tuple[Display, str]:
    """(choices, the path without them); the letters may stand in any order, and twice."""
    match = _LETTERS.fullmatch(path)
    if match is None:
        return AS_IT_IS, path
    letters, rest = match.groups()
    return Display("t" in letters, "y" in letters, "f" in letters), "/" + rest.lstrip("/")


def of_visitors(path: str) -> bool:
    """Whether pages below ``path`` can be shown in different ways: not the desk, rooms, APIs and files."""
    return not path.startswith(_NOT_FOR_VISITORS)


def split_language(path: str) -> tuple[str, str]:
    """(ja or en, the path without a language) of a path without choices."""
    language = translation.get_language_from_path(path) or settings.LANGUAGE_CODE
    if path == f"/{language}":
        return language, "/"
    if language == settings.LANGUAGE_CODE or not path.startswith(f"/{language}/"):
        return settings.LANGUAGE_CODE, path
    return language, path.removeprefix(f"/{language}")


def current() -> Display:
    """The choices of the request that is being answered; none outside of one."""
    return read(get_script_prefix())[0]


def is_easy() -> bool:
    """Whether texts are wanted in やさしい日本語."""
    return translation.get_language() == EASY


def language_tag() -> str:
    """The language of the page for ``lang`` and ``Content-Language`` (BCP 47): ja, en or ja-x-easy."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    return "ja-x-easy" if language == EASY else language


class _LanguagePrefix(LocalePrefixPattern):
    """``/en/`` before English addresses; nothing before Japanese ones, in easy words or not."""

    @property
    def language_prefix(self) -> str:
        return "" if is_easy() else str(super().language_prefix)


def in_every_language(*urls: URLPattern | URLResolver) -> list[URLPattern | URLResolver]:
    """``i18n_patterns`` without a prefix for Japanese and for やさしい日本語."""
    return [URLResolver(_LanguagePrefix(prefix_default_language=False), list(urls))]
