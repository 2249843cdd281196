"""What visitors say is wrong with an entry."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tsunagari.core.errors import RuleBroken
from tsunagari.directory.models import MistakeReport, Service

MOST_OPEN = 200
"""Open reports of one entry; a flood beyond it tells nothing new."""


class TooManyReports(RuleBroken):
    """The entry already has as many open reports as anybody can read."""


@transaction.atomic
def report_mistake(*, service_id: UUID, kind: str, text: str, at: datetime) -> MistakeReport:
    """Keep a visitor's report. Nothing about the visitor is stored.

    Raises:
        Service.DoesNotExist: no such entry.
        TooManyReports: the entry has 200 open reports.
    """
    service = Service.objects.select_for_update().get(pk=service_id)
    if service.mistake_reports.filter(state=MistakeReport.State.OPEN).count() >= MOST_OPEN:
        raise TooManyReports(_("この窓口へのお知らせは、もうたくさん届いています。確認を進めています。"))
    return MistakeReport.objects.create(
        service=service, kind=kind, text=text.replace("\x00", "").strip()[:500], created_at=at
    )
