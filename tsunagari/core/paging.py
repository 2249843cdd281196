"""Addresses of the pages before and after, with the filter kept."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page


def addresses(page: "Page[Any]", kept: Sequence[tuple[str, str]]) -> dict[str, str]:
    """``previous`` and ``next`` for core/partials/pagination.html; empty where there is none."""

    def to(number: int) -> str:
        return "?" + urlencode([*kept, ("page", number)])

    return {
        "previous": to(page.previous_page_number()) if page.has_previous() else "",
        "next": to(page.next_page_number()) if page.has_next() else "",
    }
