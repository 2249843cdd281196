"""Organisations as other apps bring them: from data files and imports."""

from collections.abc import Iterable

from tsunagari.accounts.models import Organization


def register_organizations(organizations: Iterable[Organization]) -> None:
    """Add the organisations that are not known yet (by id or 法人番号); known ones stay as they are."""
    Organization.objects.bulk_create(organizations, batch_size=2_000, ignore_conflicts=True)
