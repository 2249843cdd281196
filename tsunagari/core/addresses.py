"""Addresses that leave the site: printed, framed or fed. They are whole and never taken from a request."""

from typing import Any

from django.conf import settings
from django.urls import reverse


def whole_address(route: str, *args: Any) -> str:
    """The address of a page (``portal:area``) with scheme and host, as the operator has set them."""
    return f"{settings.SITE_URL}{reverse(route, args=args)}"
