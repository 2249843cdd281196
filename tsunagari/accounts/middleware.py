"""Deny by default: a view opens only for those whom its mark, or `config/access.py`, names."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NoReturn

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, ObjectDoesNotExist, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, reverse
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from tsunagari.accounts import devices, policies, selectors
from tsunagari.accounts.models import Membership, User
from tsunagari.core.access import Access, Kind, access_of

logger = logging.getLogger("tsunagari.access")

# A desk that was left alone closes; a night shift of twelve hours needs one login.
IDLE = timedelta(hours=1)
ABSOLUTE = timedelta(hours=12)
# Writing "seen" with every request would write the session with every request.
SEEN_EVERY = timedelta(minutes=1)

BEGAN = "began_at"
SEEN = "seen_at"
SECOND_FACTOR_SET_UP = "second_factor_set_up"


class UnmarkedView(ImproperlyConfigured):
    """A view says nowhere who may open it. Mark it (`tsunagari.core.access`)."""


@cache
def table() -> dict[str, Access]:
    """The access of third parties' routes; `settings.ACCESS_TABLE` names it, for we are below `config`."""
    found: dict[str, Access] = import_string(settings.ACCESS_TABLE)
    return found


def access_to(match: ResolverMatch) -> Access | None:
    """Who may open what a URL resolved to: the view's mark, else the table's line; None: nobody."""
    marked = access_of(match.func)
    if marked is not None:
        return marked
    named = table().get(match.view_name)
    if named is not None:
        return named
    return table().get(f"{match.namespace}:*") if match.namespace else None


class AccessMiddleware:
    """Enforces the marks; must stand after the session's, the user's and allauth's middleware.

    At desk views the request gets `memberships`, the active memberships of its user. A person without the
    role, or of another organisation, gets 404: what exists is nobody else's business.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; the work is done once the view is known."""
        response = self.get_response(request)
        if getattr(request, "is_desk", False):
            # Under "no-referrer" browsers post with "Origin: null", which Django's CSRF check refuses.
            response["Referrer-Policy"] = "same-origin"
            devices.remember(request, response)
        if isinstance(getattr(request, "memberships", None), list):
            # The desk speaks its user's language, whatever the path says.
            response["Content-Language"] = translation.get_language() or settings.LANGUAGE_CODE
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Let the view answer (None), lead to a login or set-up page, or raise Http404."""
        match = request.resolver_match
        access = access_to(match) if match is not None else access_of(view)
        if access is None:
            self._refuse_unmarked(match)
        if access.kind is Kind.PUBLIC:
            return None
        request.is_desk = True  # type: ignore[attr-defined]
        if access.kind is Kind.ENTRANCE:
            if isinstance(request.user, User) and _expired(request, timezone.now()):
                logout(request)  # whoever finds a desk that was left alone accepts no invitation there
            return None
        if not isinstance(request.user, User):
            return _lead(request, redirect_to_login(_way_back(request), reverse("account_login")))
        if _expired(request, timezone.now()):
            logout(request)
            messages.info(request, _("しばらく操作がなかったため、安全のためにログアウトしました。"))
            return _lead(request, redirect_to_login(_way_back(request), reverse("account_login")))
        # Undone with the request: core's DisplayFromPath overrides the language around us.
        translation.activate(request.user.language)
        memberships = selectors.active_memberships(request.user)
        request.memberships = memberships  # type: ignore[attr-defined]
        if access.kind is Kind.ROLES and not _holds_a_role(access, memberships, kwargs):
            raise Http404
        if access.second_factor and policies.needs_second_factor(memberships):
            return _lead_to_second_factor(request, request.user)
        if access.adds_factor and selectors.has_second_factor(request.user):
            return _lead_to_second_factor(request, request.user)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Show what somebody may not see, and what is not there, alike.

        Raises:
            Http404: for PermissionDenied and ObjectDoesNotExist.
        """
        if isinstance(exception, PermissionDenied | ObjectDoesNotExist):
            raise Http404 from exception

    def _refuse_unmarked(self, match: ResolverMatch | None) -> NoReturn:
        name = match.view_name if match is not None else "?"
        if settings.ENVIRONMENT == "test":
            raise UnmarkedView(f"{name} is not marked; see tsunagari.core.access")
        logger.error("unmarked view refused: %s", name)
        raise Http404


def _holds_a_role(access: Access, memberships: list[Membership], kwargs: dict[str, Any]) -> bool:
    if access.within is None:
        return any(m.role in access.roles for m in memberships)
    organization_id = str(kwargs[access.within])
    return any(m.role in access.roles and str(m.organization_id) == organization_id for m in memberships)


def _way_back(request: HttpRequest) -> str:
    """Where to go after the login; a POST cannot be repeated, so it leads to the desk."""
    return request.get_full_path() if request.method in {"GET", "HEAD"} else reverse("accounts:home")


def _lead(request: HttpRequest, response: HttpResponseRedirect) -> HttpResponseBase:
    """Redirect the whole page, also when htmx asked for a part of it."""
    return HttpResponseClientRedirect(response.url) if getattr(request, "htmx", False) else response


def _expired(request: HttpRequest, at: datetime) -> bool:
    """Whether the session was idle, or has lasted, too long; else note that it was seen."""
    now = int(at.timestamp())
    began, seen = request.session.setdefault(BEGAN, now), request.session.setdefault(SEEN, now)
    if now - seen > IDLE.total_seconds() or now - began > ABSOLUTE.total_seconds():
        return True
    if now - seen >= SEEN_EVERY.total_seconds():
        request.session[SEEN] = now
    return False


def _lead_to_second_factor(request: HttpRequest, user: User) -> HttpResponseBase | None:
    """None when a second factor was shown in this session; else to where it is set up or shown."""
    if not selectors.has_second_factor(user):
        return _lead(request, HttpResponseRedirect(reverse("mfa_index")))
    shown = any(record["method"] == "mfa" for record in get_authentication_records(request, user))
    if shown or request.session.get(SECOND_FACTOR_SET_UP):
        return None
    return _lead(request, redirect_to_login(_way_back(request), reverse("mfa_reauthenticate")))
