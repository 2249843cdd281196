"""Deny by default, as the middleware enforces it."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from pytest_django import Settings

from tests.factories import make_member, make_membership, make_organization, make_user, sign_in
from tsunagari.accounts.middleware import UnmarkedView
from tsunagari.accounts.models import Role
from tsunagari.accounts.urls import urlpatterns as accounts_urls
from tsunagari.accounts.views.requests import memberships_of
from tsunagari.core import access
from tsunagari.core.urls import urlpatterns as core_urls
from tsunagari.council.urls import public as council_urls
from tsunagari.plan.urls import public as plan_urls
from tsunagari.portal.urls import urlpatterns as portal_urls

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def unmarked(request: HttpRequest) -> HttpResponse:
    return HttpResponse("secret")


@access.public()
def everybody(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.method)


@access.signed_in
def staff(request: HttpRequest) -> HttpResponse:
    return HttpResponse(",".join(m.role for m in memberships_of(request)))


@access.roles("editor", "officer")
def editors(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


@access.roles("editor", within="organization_id")
def own_editors(request: HttpRequest, organization_id: object) -> HttpResponse:
    return HttpResponse("ok")


def failing(exception: type[Exception]) -> Callable[[HttpRequest], HttpResponse]:
    @access.public()
    def view(request: HttpRequest) -> HttpResponse:
        raise exception("a secret")

    return view


urlpatterns = [
    path("try/unmarked/", unmarked, name="unmarked"),
    path("try/everybody/", everybody),
    path("try/staff/", staff),
    path("try/editors/", editors),
    path("try/own/<uuid:organization_id>/", own_editors),
    path("try/denied/", failing(PermissionDenied)),
    path("try/missing/", failing(ObjectDoesNotExist)),
    *core_urls,
    *accounts_urls,
    path("council/", include((council_urls, "council"))),
    path("plan/", include((plan_urls, "plan"))),
    path("", include((portal_urls, "portal"))),
]


def test_an_unmarked_view_is_a_loud_error_in_tests(client: Client) -> None:
    with pytest.raises(UnmarkedView, match="unmarked"):
        client.get("/try/unmarked/")


@pytest.mark.parametrize("environment", ["production", "demo"])
def test_an_unmarked_view_does_not_exist_outside_tests(
    client: Client, settings: Settings, environment: str
) -> None:
    settings.ENVIRONMENT = environment
    sign_in(client, make_member())
    response = client.get("/try/unmarked/")
    assert response.status_code == 404
    assert "secret" not in response.content.decode()


def test_a_public_view_knows_nobody_and_sets_nothing(client: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    sign_in(strict, make_member())
    for method in ("get", "post"):
        response = getattr(strict, method)("/try/everybody/")
        assert response.status_code == 200
        assert "Cookie" not in response.get("Vary", "")
        assert not response.cookies


def test_a_staff_view_wants_a_csrf_token() -> None:
    strict = Client(enforce_csrf_checks=True)
    sign_in(strict, make_member("bob", Role.VIEWER))
    assert strict.get("/try/staff/").status_code == 200
    assert strict.post("/try/staff/").status_code == 403


def test_desk_pages_let_the_browser_name_its_origin_and_public_pages_tell_nothing(client: Client) -> None:
    sign_in(client, make_member("bob", Role.VIEWER))
    assert client.get("/try/staff/")["Referrer-Policy"] == "same-origin"
    assert client.get("/desk/password/reset/")["Referrer-Policy"] == "same-origin"
    assert client.get("/try/everybody/")["Referrer-Policy"] == "no-referrer"


def test_anonymous_is_led_to_the_login_and_back(client: Client) -> None:
    assert client.get("/try/staff/?a=1")["Location"] == "/desk/login/?next=/try/staff/%3Fa%3D1"
    # what was posted is not repeated after the login
    assert client.post("/try/staff/")["Location"] == "/desk/login/?next=/desk/"
    part = client.get("/try/staff/", headers={"HX-Request": "true"})
    assert (part.status_code, part["HX-Redirect"]) == (200, "/desk/login/?next=/try/staff/")


def test_the_view_gets_the_active_memberships(client: Client) -> None:
    bob = make_member("bob", Role.VIEWER)
    make_membership(bob, role=Role.EDITOR)
    ended = make_membership(bob, role=Role.OFFICER)
    ended.ended_at = ended.started_at
    ended.save(update_fields=["ended_at"])
    sign_in(client, bob)
    assert sorted(client.get("/try/staff/").content.decode().split(",")) == ["editor", "viewer"]


def test_a_role_opens_and_its_end_closes_with_the_next_request(client: Client) -> None:
    bob = make_member("bob", Role.EDITOR)
    sign_in(client, bob)
    assert client.get("/try/editors/").status_code == 200
    membership = bob.memberships.get()
    membership.ended_at = membership.started_at
    membership.save(update_fields=["ended_at"])
    assert client.get("/try/editors/").status_code == 404


def test_a_role_counts_in_the_organization_that_the_address_names(client: Client) -> None:
    bob = make_member("bob", Role.EDITOR)
    own = bob.memberships.get().organization
    other = make_organization("別の会")
    make_membership(bob, other, Role.VIEWER)
    sign_in(client, bob)
    assert client.get(f"/try/own/{own.pk}/").status_code == 200
    assert client.get(f"/try/own/{other.pk}/").status_code == 404


def test_a_stopped_user_is_nobody(client: Client) -> None:
    bob = make_member("bob", Role.EDITOR)
    sign_in(client, bob)
    bob.is_active = False
    bob.save(update_fields=["is_active"])
    assert client.get("/try/staff/")["Location"].startswith("/desk/login/")


@pytest.mark.parametrize("path_", ["/try/denied/", "/try/missing/"])
def test_denied_and_missing_look_alike(client: Client, path_: str) -> None:
    response = client.get(path_)
    assert response.status_code == 404
    assert "a secret" not in response.content.decode()
    assert response.content == client.get("/try/nowhere/").content.replace(b"/try/nowhere/", path_.encode())


def test_the_desk_speaks_its_users_language(client: Client) -> None:
    bob = make_user("bob")
    sign_in(client, bob)
    assert client.get("/desk/")["Content-Language"] == "ja"
    bob.language = "en"
    bob.save(update_fields=["language"])
    assert client.get("/desk/")["Content-Language"] == "en"
