"""Who may open a view, written on the view itself; whatever is not marked is refused.

    @public()                                   anybody; no session, no user, no CSRF token
    @public(cache_seconds=60)                   the same, and shared caches may keep the page for a minute
    @public(fresh=True)                         what was changed a moment ago must be seen: no replica
    @public(newest=True)                        the same, but without the primary a replica will do
    @public(only_reads=True)                    a POST, too, changes nothing: a replica may answer it
    @public(keeps=("text", "kind"))             words that are not lost while nothing can be written
    @signed_in                                  every member of staff
    @roles("editor", "admin")                   whoever holds one of these roles in some organisation
    @roles("admin", within="organization_id")   … in the organisation that this part of the URL names

Marks only say it: `tsunagari.accounts.middleware.AccessMiddleware` enforces them. Views of third parties,
which cannot be marked, stand in `tsunagari.config.access`. Roles are plain strings here because `core`
knows no domain; `accounts.models.Role` lists them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any, TypeVar, overload

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

View = TypeVar("View", bound=Callable[..., Any])


class Kind(StrEnum):
    """The kinds of access, from the widest to the narrowest."""

    PUBLIC = "public"
    # The doors of the desk (login, invitation, password reset): open to all, but with session and CSRF token.
    ENTRANCE = "entrance"
    SIGNED_IN = "signed_in"
    ROLES = "roles"


@dataclass(frozen=True, slots=True)
class Access:
    """Who may open a view.

    `within` names the URL's argument that holds the organisation's id; None: a role in any organisation.
    `second_factor` is False only where a second factor is set up or asked for. `adds_factor`: one is added
    here, which asks for the one that there is already, if there is one.
    """

    kind: Kind
    roles: frozenset[str] = frozenset()
    within: str | None = None
    second_factor: bool = True
    adds_factor: bool = False


SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
PUBLIC = Access(Kind.PUBLIC)
ENTRANCE = Access(Kind.ENTRANCE, second_factor=False)
SIGNED_IN = Access(Kind.SIGNED_IN)
SIGNED_IN_BEFORE_SECOND_FACTOR = Access(Kind.SIGNED_IN, second_factor=False)
SIGNED_IN_TO_ADD_A_FACTOR = Access(Kind.SIGNED_IN, second_factor=False, adds_factor=True)


def access_of(view: Callable[..., Any]) -> Access | None:
    """Return the mark of a view, or None when it has none."""
    access = getattr(view, "access", None)
    return access if isinstance(access, Access) else None


def mark(view: View, access: Access) -> View:
    """Write `access` on a view and return it.

    Raises:
        ValueError: the view is marked already; two marks would contradict each other.
    """
    if access_of(view) is not None:
        raise ValueError(f"{view!r} is marked twice")
    view.access = access  # type: ignore[attr-defined]
    return view


def public(
    *,
    cache_seconds: int = 0,
    fresh: bool = False,
    newest: bool = False,
    only_reads: bool = False,
    keeps: tuple[str, ...] = (),
    busy: Callable[..., HttpResponseBase] | None = None,
) -> Callable[[View], View]:
    """Mark a view as open to everybody, without credentials.

    It is exempt from CSRF tokens because it ignores credentials: it may never touch `request.session` or
    `request.user`. With `cache_seconds`, a 200 to GET or HEAD says `Cache-Control: public, max-age=…`
    unless the view has set that header itself.

    Safe methods may be answered from a replica of the database (`core.routers`), other methods not, unless
    `only_reads` says that they change nothing; with `fresh`, none is; with `newest`, only while the primary
    is away.

    `keeps` names the fields of a form that the page of lines shows again, to be sent once more, when what was
    posted could not be written; the first of them is the text that somebody wrote.

    `busy` answers in the view's place when too many ask at once (`core.fairness`): it takes what the view
    takes and `status`, and may look up next to nothing. Without it, the page of lines is shown.
    """

    def decorate(view: View) -> View:
        marked = mark(csrf_exempt(_cached(view, cache_seconds) if cache_seconds else view), PUBLIC)
        marked.replica_methods = _replica_methods(fresh, only_reads)  # type: ignore[attr-defined]
        marked.primary_first = newest  # type: ignore[attr-defined]
        marked.keeps = keeps  # type: ignore[attr-defined]
        if busy is not None:
            marked.busy = busy  # type: ignore[attr-defined]
        return marked

    return decorate


def _replica_methods(fresh: bool, only_reads: bool) -> frozenset[str]:
    if fresh:
        return frozenset()
    return SAFE_METHODS | {"POST"} if only_reads else SAFE_METHODS


def may_read_replica(view: Callable[..., Any], method: str | None) -> bool:
    """Whether a replica may answer this method of a public view."""
    return method in getattr(view, "replica_methods", frozenset())


def wants_primary(view: Callable[..., Any]) -> bool:
    """Whether a replica answers this public view only while the primary is away."""
    return bool(getattr(view, "primary_first", False))


def kept_fields(view: Callable[..., Any]) -> tuple[str, ...]:
    """The fields of this view's form that are shown again when they could not be written."""
    fields: tuple[str, ...] = getattr(view, "keeps", ())
    return fields


@overload
def signed_in(view: View) -> View: ...
@overload
def signed_in(*, second_factor: bool = True) -> Callable[[View], View]: ...
def signed_in(view: View | None = None, *, second_factor: bool = True) -> View | Callable[[View], View]:
    """Mark a view as open to every member of staff who is signed in, whatever the role."""
    access = SIGNED_IN if second_factor else SIGNED_IN_BEFORE_SECOND_FACTOR
    if view is not None:
        return mark(view, access)
    return lambda view: mark(view, access)


def entrance(view: View) -> View:
    """Mark a view as a door of the desk: open to all, with session and CSRF token."""
    return mark(view, ENTRANCE)


def roles(*names: str, within: str | None = None) -> Callable[[View], View]:
    """Mark a view as open to whoever actively holds one of the roles `names`; all others get 404.

    `within` names the URL's argument with the organisation's id (uuid) in which the role must be held.
    Without it the view itself must restrict what it shows through a selector that takes the viewer.
    """
    if not names:
        raise ValueError("roles() needs at least one role")
    access = Access(Kind.ROLES, roles=frozenset(str(name) for name in names), within=within)
    return lambda view: mark(view, access)


def _cached(view: View, seconds: int) -> View:
    """Let shared caches keep what `view` answers for `seconds`."""

    def say(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.method in {"GET", "HEAD"} and response.status_code == 200:
            response.headers.setdefault("Cache-Control", f"public, max-age={seconds}")
        return response

    if iscoroutinefunction(view):

        @wraps(view)
        async def answer_async(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return say(request, await view(request, *args, **kwargs))

        return answer_async  # type: ignore[return-value]

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return say(request, view(request, *args, **kwargs))

    return answer  # type: ignore[return-value]
