"""Addresses that leave the site: printed or fed. They are whole and never taken from a request."""

from typing import Any

from django.conf import settings
from django.urls import reverse


def whole_address(route: str, *args: Any) -> str:
    """The address of a public page of the plan with scheme and host, as the operator has set them."""
    return f"{settings.SITE_URL}{reverse(f'plan:{route}', args=args)}"
