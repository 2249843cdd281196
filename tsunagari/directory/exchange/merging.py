"""Two services become one, with undo: what belongs to the second moves to the first.

The second stays as a defunct row, so that what others know of it keeps its place; its addresses lead to the
survivor (``survivor_of``).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.core.errors import RuleBroken
from tsunagari.directory.exchange.aggregates import Row, State, groups_of, states_of
from tsunagari.directory.exchange.applying import act_as, apply_states, check_at_once
from tsunagari.directory.models import MatchKey, Merge, MergeProposal, Service
from tsunagari.directory.search.index import reindex_services

MOST_STEPS: Final = 20
# group → what makes two of its rows the same: only one of them is kept
SAME: Final[dict[str, Callable[[Row], Any]]] = {
    "areas": lambda row: row["area_id"],
    "needs": lambda row: row["term_id"],
    "languages": lambda row: row["code"],
    "places": lambda row: row["location_id"],
    "texts": lambda row: (row["language"], row["field"]),
    "documents": lambda row: row["document"],
    "attributes": lambda row: (row["term_id"], row["value"]),
}
FILLED: Final = frozenset({"id", "organization_id", "key", "name", "status", "kind", "contact_verified"})
"""Columns that the survivor does not take from the other."""


class NotMergeable(RuleBroken):
    """One of the two is gone, merged already, or both are the same."""

    def __init__(self) -> None:
        super().__init__(_("この二つは、一つにまとめられません。すでにまとめたか、なくなっています。"))


class ChangedAfterMerge(RuleBroken):
    """One of the two was changed after the merge: undoing it would lose that."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("まとめたあとに変わったので、もとに戻せません。"))


class Decided(RuleBroken):
    """The proposal was decided already."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("この組は、もう判断ずみです。"))


def survivor_of(service_id: UUID) -> UUID | None:
    """The service that a merged one has become, through several merges; None for one that is not merged."""
    found: UUID | None = None
    current = service_id
    for _step in range(MOST_STEPS):
        merge = Merge.objects.filter(merged_id=current, undone_at=None).values_list("survivor_id", flat=True)
        if (following := merge.first()) is None:
            return found
        found = current = following
    return found


@transaction.atomic
def accept_proposal(*, proposal_id: UUID, survivor_id: UUID, actor: User | None, at: datetime) -> Merge:
    """Merge the pair of a proposal into ``survivor_id``, one of the two.

    Raises:
        Decided: it was decided already.
        NotMergeable: the pair cannot be merged any more.
    """
    proposal = MergeProposal.objects.select_for_update().get(pk=proposal_id)
    if proposal.state != MergeProposal.State.OPEN:
        raise Decided
    pair = {proposal.first_id, proposal.second_id}
    if survivor_id not in pair:
        raise NotMergeable
    (merged_id,) = pair - {survivor_id}
    merge = merge_services(survivor_id=survivor_id, merged_id=merged_id, actor=actor, at=at)
    _decide(proposal, MergeProposal.State.ACCEPTED, actor, at)
    return merge


@transaction.atomic
def decline_proposal(*, proposal_id: UUID, actor: User | None, at: datetime) -> None:
    """Remember that the two are different, so that they are not proposed again.

    Raises:
        Decided: it was decided already.
    """
    proposal = MergeProposal.objects.select_for_update().get(pk=proposal_id)
    if proposal.state != MergeProposal.State.OPEN:
        raise Decided
    _decide(proposal, MergeProposal.State.DECLINED, actor, at)


def _decide(proposal: MergeProposal, state: str, actor: User | None, at: datetime) -> None:
    proposal.state, proposal.decided_by, proposal.decided_at = state, actor, at
    proposal.save(update_fields=["state", "decided_by", "decided_at"])


@transaction.atomic
def merge_services(*, survivor_id: UUID, merged_id: UUID, actor: User | None, at: datetime) -> Merge:
    """Move what belongs to ``merged_id`` to the survivor and retire it.

    Rows that say the same stand once. Texts that the survivor lacks are taken over; its own stay.

    Raises:
        NotMergeable: one of the two is gone or merged already, or both are the same.
    """
    list(Service.objects.select_for_update().filter(pk__in=[survivor_id, merged_id]).order_by("pk"))
    states = states_of("service", [survivor_id, merged_id])
    if survivor_id == merged_id or len(states) != 2:
        raise NotMergeable
    if Merge.objects.filter(merged_id__in=[survivor_id, merged_id], undone_at=None).exists():
        raise NotMergeable
    act_as(f"merge:{actor.pk}" if actor else "merge:system")
    check_at_once()
    survivor, merged = states[survivor_id], states[merged_id]
    kept, retired = _merged(str(survivor_id), survivor, merged)
    # rows change their owner: those that stay under the same id are moved, not deleted and made anew
    apply_states("service", [(_both(survivor, merged), _both(kept, retired))])
    after = states_of("service", [survivor_id, merged_id])
    merge = Merge.objects.create(
        survivor_id=survivor_id,
        merged_id=merged_id,
        before={"survivor": survivor, "merged": merged},
        after={"survivor": after[survivor_id], "merged": after[merged_id]},
        merged_at=at,
        merged_by=actor,
    )
    MatchKey.objects.filter(service_id__in=[survivor_id, merged_id])._raw_delete(using="default")
    reindex_services([survivor_id, merged_id])
    return merge


@transaction.atomic
def undo_merge(*, merge_id: UUID, at: datetime, actor: User | None = None) -> None:
    """Put both services back exactly as they were before the merge.

    Raises:
        ChangedAfterMerge: one of them is no longer as the merge left it, or the merge was undone already.
    """
    merge = Merge.objects.select_for_update().get(pk=merge_id)
    ids = [merge.survivor_id, merge.merged_id]
    list(Service.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    states = states_of("service", ids)
    now = {"survivor": states.get(merge.survivor_id), "merged": states.get(merge.merged_id)}
    if merge.undone_at is not None or not merge.before or now != merge.after:
        raise ChangedAfterMerge
    act_as(f"merge:{actor.pk}" if actor else "merge:system")
    check_at_once()
    before = _both(merge.before["survivor"], merge.before["merged"])
    current = _both(merge.after["survivor"], merge.after["merged"])
    apply_states("service", [(current, {name: before.get(name, []) for name in groups_of("service")})])
    merge.undone_at = at
    merge.save(update_fields=["undone_at"])
    MatchKey.objects.filter(service_id__in=ids)._raw_delete(using="default")
    reindex_services(ids)


def _both(first: State, second: State) -> State:
    """Two services' rows together."""
    return {
        name: [*first.get(name, ()), *second.get(name, ())]
        for name in groups_of("service")
        if name in first or name in second
    }


def _merged(survivor_id: str, survivor: State, merged: State) -> tuple[State, State]:
    """(the survivor's rows with those that move to it, what stays of the other)."""
    row, other = dict(survivor["service"][0]), merged["service"][0]
    for column, value in other.items():
        if column not in FILLED and row.get(column) in (None, "", []) and value not in (None, "", []):
            row[column] = value
    kept: State = {name: list(survivor.get(name, ())) for name in groups_of("service")}
    kept["service"] = [row]
    stays: State = {name: [] for name in groups_of("service")}
    stays["service"] = [{**other, "status": Service.Status.DEFUNCT}]
    left: set[str] = set()
    for name, group in groups_of("service").items():
        if name in ("service", "foreign"):
            continue
        there = {SAME[name](one) for one in kept[name]} if name in SAME else set()
        numbers = {(one["type"], one["value"]) for one in kept["channels"]} if name == "channels" else set()
        for one in merged.get(name, ()):
            if (
                (name in SAME and SAME[name](one) in there)
                or (name == "channels" and (one["type"], one["value"]) in numbers)
                or one.get(group.key) in left
            ):
                left.add(one["id"])
                continue
            if group.parent == "service":
                one = {**one, group.key: survivor_id}
            kept[name].append(one)
    # what the other's source said besides stays with the other
    stays["foreign"] = list(merged.get("foreign", ()))
    return kept, stays
