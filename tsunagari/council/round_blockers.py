"""What waits in rounds of consultation, for the secretariat's desk."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tsunagari.accounts.models import User
from tsunagari.council.blockers import Blocker
from tsunagari.council.selectors import rounds as selectors


def rounds_waiting(viewer: User, at: datetime) -> Iterator[Blocker]:
    """Rounds of `viewer`'s secretariat in which replies or answers are missing, one sentence each."""
    for round_ in selectors.rounds_run_by(viewer).exclude(state__in=("draft", "answered", "reflected")):
        counts = selectors.counts_of(round_)
        words = []
        if counts.waiting:
            words.append(
                ngettext("返事のない府省・団体 %(n)d", "返事のない府省・団体 %(n)d", counts.waiting)
                % {"n": counts.waiting}
            )
        if counts.unanswered:
            words.append(
                ngettext("回答のない意見 %(n)d件", "回答のない意見 %(n)d件", counts.unanswered)
                % {"n": counts.unanswered}
            )
        if words or round_.closes_at <= at:
            yield Blocker(
                sentence=_("%(kind)s：%(what)s")
                % {"kind": round_.get_kind_display(), "what": "、".join(words) or _("回答ずみにできます")},
                url=reverse("council_desk:round", args=[round_.pk]),
                subject=round_.document_title,
                due_on=timezone.localdate(round_.closes_at) if counts.waiting else None,
            )
