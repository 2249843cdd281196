"""What a view of the desk may rely on once the access middleware has let the request through."""

from django.http import HttpRequest

from tsunagari.accounts.models import Membership, User


def user_of(request: HttpRequest) -> User:
    """The member of staff who is signed in.

    Raises:
        TypeError: the view is public or an entrance, where there may be none.
    """
    if not isinstance(request.user, User):
        raise TypeError("nobody is signed in; is the view marked @signed_in or @roles?")
    return request.user


def memberships_of(request: HttpRequest) -> list[Membership]:
    """The active memberships, with organisations, that the middleware has looked up."""
    memberships: list[Membership] = request.memberships  # type: ignore[attr-defined]
    return memberships
