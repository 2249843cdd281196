"""Marks on views."""

import asyncio

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from tsunagari.core import access


def answer(request: HttpRequest, status: int = 200) -> HttpResponse:
    return HttpResponse("ok", status=status)


def test_an_unmarked_view_has_no_access() -> None:
    assert access.access_of(answer) is None


def test_public_is_exempt_from_csrf_and_sets_no_header_unless_cached(rf: RequestFactory) -> None:
    view = access.public()(answer)
    assert access.access_of(view) == access.PUBLIC
    assert view.csrf_exempt is True  # type: ignore[attr-defined]
    assert "Cache-Control" not in view(rf.get("/")).headers


@pytest.mark.parametrize(
    ("method", "status", "header"),
    [
        ("get", 200, "public, max-age=60"),
        ("head", 200, "public, max-age=60"),
        ("post", 200, None),
        ("get", 404, None),
    ],
)
def test_only_a_good_answer_to_get_is_cached(
    rf: RequestFactory, method: str, status: int, header: str | None
) -> None:
    view = access.public(cache_seconds=60)(answer)
    response = view(getattr(rf, method)("/"), status=status)
    assert response.headers.get("Cache-Control") == header


def test_a_view_may_forbid_caching_itself(rf: RequestFactory) -> None:
    @access.public(cache_seconds=60)
    def private(request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"Cache-Control": "no-store"})

    assert private(rf.get("/")).headers["Cache-Control"] == "no-store"


def test_asynchronous_views_stay_asynchronous(rf: RequestFactory) -> None:
    @access.public(cache_seconds=5)
    async def live(request: HttpRequest) -> HttpResponse:
        return HttpResponse("ok")

    assert asyncio.run(live(rf.get("/"))).headers["Cache-Control"] == "public, max-age=5"


def test_roles_carry_names_and_the_place_of_the_organization() -> None:
    @access.roles("admin", "editor", within="organization_id")
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    mark = access.access_of(view)
    assert mark == access.Access(
        access.Kind.ROLES, roles=frozenset({"admin", "editor"}), within="organization_id", second_factor=True
    )


def test_roles_need_a_role_and_a_view_is_marked_once() -> None:
    with pytest.raises(ValueError, match="at least one"):
        access.roles()
    with pytest.raises(ValueError, match="marked twice"):
        access.signed_in(access.signed_in(lambda request: HttpResponse()))
