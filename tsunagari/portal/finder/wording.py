"""The one place that chooses which language of the finder's texts is shown."""

from django.utils.translation import get_language

from tsunagari.core import display
from tsunagari.portal.finder.rules import Words


def said(words: Words) -> str:
    """The text in the language of the request: English, やさしい日本語, or Japanese."""
    if display.is_easy():
        return words.easy_ja
    return words.en if get_language() == "en" else words.ja
