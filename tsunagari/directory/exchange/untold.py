"""An import tells nobody where a confidential place is, in whatever text of its organisation."""

from uuid import UUID

from tsunagari.accounts.models import Organization
from tsunagari.directory.models import ConfidentialAddress, ImportRow, ImportRun, Location, Service
from tsunagari.directory.services.confidential import refuse_public_addresses


def refuse_telling(run: ImportRun) -> None:
    """Look at what the public would read of organisations that keep secrets and that this run has written.

    Call it in the transaction that publishes, after everything is written.

    Raises:
        AddressTold: a text says where a confidential place is.
    """
    keeping = set(
        ConfidentialAddress.objects.filter(sealed__isnull=False).values_list(
            "location__organization", flat=True
        )
    ) - {None}
    if keeping:
        refuse_public_addresses(_written(run, [pk for pk in keeping if pk is not None]))


def _written(run: ImportRun, organizations: list[UUID]) -> set[UUID]:
    """Those of the organisations of which the run has written anything."""
    found: set[UUID] = set()
    for kind, model, owner in (
        ("service", Service, "organization_id"),
        ("location", Location, "organization_id"),
        ("organization", Organization, "id"),
    ):
        rows = ImportRow.objects.filter(run=run, kind=kind, action__in=["created", "changed"])
        owners = model._default_manager.filter(
            pk__in=rows.values("object_id"), **{f"{owner}__in": organizations}
        )
        found.update(owners.values_list(owner, flat=True).distinct())
    return found
