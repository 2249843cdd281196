"""The desk's home: each app adds the doors to its own pages, for the roles that work there.

    desk.add(desk.Door(label=_("掲載内容"), text=_("…"), url_name="directory:listings", roles=EDITORS))

Call it in the app's `AppConfig.ready`. Roles are the strings of `accounts.models.Role`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:  # an AppConfig imports this before models can be loaded
    from tsunagari.accounts.models import Membership, User


@dataclass(frozen=True, slots=True)
class Door:
    """A card on the desk's home. `roles` is empty for everybody; `order` sorts, small first.

    `waiting` says what waits behind the door for somebody, in a few words; "" for nothing.
    """

    label: str | Promise
    text: str | Promise
    url_name: str
    roles: frozenset[str] = frozenset()
    order: int = 100
    waiting: "Callable[[User, datetime], str] | None" = None


_OWN = (
    Door(
        label=_("だれが何を見たか"),
        text=_("ひとの記録が、だれに、どんな根拠で見られたか"),
        url_name="accounts:readings",
        roles=frozenset({"admin", "privacy_officer"}),
        order=800,
    ),
    Door(
        label=_("自分が見た記録"),
        text=_("あなたが開いた、ひとの記録の一覧"),
        url_name="accounts:own_readings",
        order=900,
    ),
)
_doors: dict[str, Door] = {door.url_name: door for door in _OWN}


def add(door: Door) -> None:
    """Add a door, or replace the one to the same page."""
    _doors[door.url_name] = door


def doors_for(memberships: "Iterable[Membership]") -> list[Door]:
    """The doors that somebody with these active memberships may open."""
    held = {membership.role for membership in memberships}
    doors = (door for door in _doors.values() if not door.roles or door.roles & held)
    return sorted(doors, key=lambda door: (door.order, door.url_name))
