"""The desk's first page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tsunagari.accounts import desk
from tsunagari.accounts.models import Role
from tsunagari.accounts.views.requests import memberships_of
from tsunagari.core.access import signed_in


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where I belong, and the doors that my roles open."""
    memberships = memberships_of(request)
    managed = [m.organization for m in memberships if m.role == Role.ADMIN]
    context = {"memberships": memberships, "managed": managed, "doors": desk.doors_for(memberships)}
    return render(request, "accounts/home.html", context)
