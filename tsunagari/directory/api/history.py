"""``attributes`` and ``metadata`` for everything in an answer, in two queries whatever its size."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, F, Func, Q, UUIDField, Value, Window
from django.db.models.functions import RowNumber

from tsunagari.directory.api.objects import attribute_item
from tsunagari.directory.models import Attribute, Metadata

NEWEST: Final = 50
"""Changes told of one object."""

# who confirmed an entry is personal; a contact's earlier name or address is no longer anybody's business
UNTOLD_FIELDS: Final = ("assurer_email",)
UNTOLD_VALUES: Final = frozenset({"contact.name", "contact.email", "contact.title"})
# everything with an id that is not a row of its own, or that stands elsewhere in the answer
_WITHOUT_HISTORY: Final = frozenset({"channels", "closures", "taxonomy_term", "taxonomy_detail", "metadata"})


def moment(at: datetime) -> str:
    """A moment as RFC 3339 in UTC, microseconds only if there are any."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


class AnyOf(Func):
    """``column = ANY(array)``: one parameter however many ids there are (an IN list is bounded at 65,535)."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()

    def __init__(self, column: str, ids: Collection[UUID]) -> None:
        super().__init__(F(column), Value(sorted(ids), output_field=ArrayField(UUIDField())))


def add_history(items: Sequence[Any]) -> None:
    """Give every object in these answers the terms on it and its changes.

    The items' own beginnings are told; of what belongs to them, only changes.
    """
    found: defaultdict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for item in items:
        for described in _objects(item):
            found[UUID(described["id"])].append(described)
    if not found:
        return
    own = {UUID(item["id"]) for item in items}
    attributes = (
        Attribute.objects.filter(AnyOf("link_id", found))
        .select_related("term__taxonomy")
        .order_by("link_id", "id")
    )
    for attribute in attributes.order_by("link_id", "id"):
        for described in found[attribute.link_id]:
            described.setdefault("attributes", []).append(attribute_item(attribute))
    changes = (
        Metadata.objects.filter(AnyOf("resource_id", found))
        .filter(Q(AnyOf("resource_id", own)) | ~Q(last_action_type="create"))
        .exclude(field_name__in=UNTOLD_FIELDS)
        .annotate(
            newness=Window(
                RowNumber(),
                partition_by=F("resource_id"),
                order_by=[F("last_action_date").desc(), F("id").asc()],
            )
        )
        .filter(newness__lte=NEWEST)
        .order_by("resource_id", "newness")
    )
    for change in changes:
        for described in found[change.resource_id]:
            described.setdefault("metadata", []).append(metadata_item(change))


def metadata_item(change: Metadata) -> dict[str, Any]:
    """HSDS ``metadata``. Who of the staff made a change is not told, only that it was not the system."""
    untold = f"{change.resource_type}.{change.field_name}" in UNTOLD_VALUES
    return {
        "id": str(change.pk),
        "resource_id": str(change.resource_id),
        "resource_type": change.resource_type,
        "last_action_date": moment(change.last_action_date),
        "last_action_type": change.last_action_type,
        "field_name": change.field_name,
        "previous_value": "" if untold else change.previous_value,
        "replacement_value": "" if untold else change.replacement_value,
        "updated_by": "system" if change.updated_by == "system" else "staff",
    }


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "id" in value:
            yield value
        for name, child in value.items():
            if name not in _WITHOUT_HISTORY and isinstance(child, dict | list):
                yield from _objects(child)
    elif isinstance(value, list):
        for child in value:
            yield from _objects(child)
