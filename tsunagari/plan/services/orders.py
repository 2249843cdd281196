"""Which measures answer an order of a source document."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from tsunagari.accounts.models import User
from tsunagari.plan.models import Measure, SourceOrder
from tsunagari.plan.selectors.versions import plans_of


@transaction.atomic
def answer_order(*, actor: User, order_id: UUID, keys: Iterable[str], note: str) -> SourceOrder:
    """Say which measures answer an order; none is an answer that the public sees, too.

    Raises:
        SourceOrder.DoesNotExist: none of `actor`'s plans.
    """
    order = (
        SourceOrder.objects.select_for_update(of=("self",))
        .select_related("document")
        .get(pk=order_id, document__plan__in=plans_of(actor))
    )
    known = Measure.objects.filter(plan=order.document.plan_id)
    wanted = set(keys)
    order.measures.set([measure for measure in known if measure.key in wanted])
    order.note = note.strip()[:500]
    order.save(update_fields=["note"])
    return order
