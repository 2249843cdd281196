"""The two ledgers: who read whose record, and what happened to accounts. Entries are only ever added."""

from datetime import datetime
from uuid import UUID

from tsunagari.accounts import policies, selectors
from tsunagari.accounts.models import AccountEvent, Organization, RecordReading, User
from tsunagari.core.logs import request_id


def record_reading(
    *,
    actor: User,
    organization: Organization,
    subject_type: str,
    subject_id: UUID,
    person_ref: UUID | None,
    basis: str,
    at: datetime,
) -> RecordReading:
    """Write down that `actor` read a person's record on behalf of `organization`.

    Call it in the transaction that reads, before anything is shown. `subject_type` and `subject_id` name the
    record (`"casework.case"`, its id); `person_ref` is the person's pseudonym, None while nobody is known;
    `basis` is the key of the legal basis or purpose. The request's id is taken from the log's context.

    Raises:
        PermissionDenied: `actor` does not belong to `organization` now.
    """
    policies.require(policies.can_record_reading(selectors.active_memberships(actor), organization.pk))
    return RecordReading.objects.create(
        actor=actor,
        organization=organization,
        subject_type=subject_type,
        subject_id=subject_id,
        person_ref=person_ref,
        basis=basis,
        at=at,
        request_id=request_id.get(),
    )


def record_event(
    *,
    kind: AccountEvent.Kind,
    at: datetime,
    user: User | None = None,
    actor: User | None = None,
    organization: Organization | None = None,
    detail: dict[str, str] | None = None,
) -> AccountEvent:
    """Write down an event of an account. `detail` holds keys and roles, never an address or an IP."""
    return AccountEvent.objects.create(
        kind=kind,
        at=at,
        user=user,
        actor=actor,
        organization=organization,
        detail=detail or {},
        request_id=request_id.get(),
    )
