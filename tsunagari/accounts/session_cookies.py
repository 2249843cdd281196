"""Who sends a request, told by its cookies alone: for the outermost bounds, before Django has seen it."""

from collections.abc import Collection
from importlib import import_module

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import DatabaseError, connection
from django.http import parse_cookie

from tsunagari.accounts.models import Membership


async def holds_a_role(cookies: str, roles: Collection[str]) -> bool:
    """Whether these cookies are of a session of somebody who holds one of the roles now.

    Only for bounds: what may be seen and done is decided by ``accounts.middleware`` again.
    """
    key = parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME, "")
    return bool(key) and len(key) < 100 and await sync_to_async(_holds, thread_sensitive=False)(key, roles)


def _holds(key: str, roles: Collection[str]) -> bool:
    store = import_module(settings.SESSION_ENGINE).SessionStore(key)
    try:
        user_id = store.get(SESSION_KEY)
        held = Membership.objects.filter(
            user_id=user_id, user__is_active=True, role__in=list(roles), ended_at=None
        )
        return user_id is not None and held.exists()
    except DatabaseError:
        return False
    finally:
        connection.close()
