"""The desk's first page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tsunagari.accounts import desk
from tsunagari.accounts.models import Role
from tsunagari.accounts.views.requests import memberships_of, user_of
from tsunagari.core.access import signed_in


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where I belong, and the doors that my roles open."""
    memberships = memberships_of(request)
    managed = [m.organization for m in memberships if m.role == Role.ADMIN]
    viewer, at = user_of(request), timezone.now()
    doors = [(door, door.waiting(viewer, at) if door.waiting else "") for door in desk.doors_for(memberships)]
    context = {"memberships": memberships, "managed": managed, "doors": doors}
    return render(request, "accounts/home.html", context)
