"""Who a request is of, by its cookies alone."""

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.test import Client
from django.utils import timezone

from tests.factories import make_membership, make_organization, make_user, sign_in
from tsunagari.accounts.models import Role
from tsunagari.accounts.session_cookies import holds_a_role

pytestmark = pytest.mark.django_db(transaction=True)
EDITORS = {"admin", "editor"}


def cookies_of(client: Client) -> str:
    return f"a=b; {settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def test_only_a_session_of_somebody_with_the_role_counts() -> None:
    holds = async_to_sync(holds_a_role)
    alice, viewer = make_user("alice"), make_user("charlie")
    held = make_membership(alice, make_organization(), Role.EDITOR)
    make_membership(viewer, make_organization("別の会"), Role.VIEWER)
    editor = cookies_of(sign_in(Client(), alice))
    assert holds(editor, EDITORS) is True
    assert holds(cookies_of(sign_in(Client(), viewer)), EDITORS) is False
    for strange in ("", "desk=", "desk=unknown", "desk=" + "x" * 5_000, "%%%", "desk=\x00"):
        assert holds(strange, EDITORS) is False
    held.ended_at = timezone.now()
    held.save(update_fields=["ended_at"])
    assert holds(editor, EDITORS) is False
