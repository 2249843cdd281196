"""What stands between a plan and its decision, told to the council's desk (`council.blockers`)."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from tsunagari.accounts.models import User
from tsunagari.accounts.selectors import active_memberships
from tsunagari.council.blockers import Blocker
from tsunagari.council.policies import KEEPERS
from tsunagari.plan.models import PlanVersion
from tsunagari.plan.services.blockers import blockers_of

MOST = 10
"""Named of one version; a plan of hundreds of measures would bury everything else."""
State = PlanVersion.State


def waiting_for(viewer: User, at: datetime) -> Iterator[Blocker]:
    """What blocks the versions under way of the plans that `viewer` is secretary of."""
    organizations = [m.organization_id for m in active_memberships(viewer) if m.role in KEEPERS]
    versions = PlanVersion.objects.filter(
        plan__secretariat__in=organizations, state__in=[State.DRAFT, State.CONSULTATION, State.FINAL_DRAFT]
    ).order_by("plan", "number")
    for version in versions:
        found = blockers_of(version)
        for each in found[:MOST]:
            yield Blocker(each.sentence, each.url, version.title)
        if len(found) > MOST:
            sentence = _("ほかに%(n)s件あります") % {"n": len(found) - MOST}
            yield Blocker(sentence, reverse("plan_desk:version", args=[version.pk]), version.title)
