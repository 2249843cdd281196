"""The upkeep list: what is oldest, whom we asked, who did not answer; as a page and as CSV."""

import csv
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from tsunagari.accounts.views.requests import user_of
from tsunagari.core.paging import addresses
from tsunagari.core.tables.formulas import harmless
from tsunagari.directory.ageing import TOKYO
from tsunagari.directory.models import Service
from tsunagari.directory.selectors import upkeep
from tsunagari.directory.services import confirmations
from tsunagari.directory.views.entries import PER_PAGE
from tsunagari.directory.views.roles import keepers

FILTERS = {
    "oldest": gettext_lazy("古いもの"),
    "never_asked": gettext_lazy("まだ聞いていない"),
    "unanswered": gettext_lazy("返事がない"),
    "silent": gettext_lazy("1年返事がない"),
    "bounced": gettext_lazy("メールが届かない"),
    "nobody": gettext_lazy("聞く相手がいない"),
    "curated": gettext_lazy("全国の窓口"),
    "files": gettext_lazy("data/ とちがう"),
}
EXPORTED_AT_MOST = 100_000


@keepers
@require_safe
def upkeep_page(request: HttpRequest) -> HttpResponse:
    """What wants care, one list at a time, the oldest first."""
    viewer, at = user_of(request), timezone.now()
    wanted = _wanted(request)
    page = Paginator(upkeep.upkeep_list(viewer, wanted, at), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "wanted": wanted,
        "filters": [(key, FILTERS[key]) for key in upkeep.UPKEEP_FILTERS],
        **addresses(page, [("list", wanted)]),
    }
    return render(request, "directory/entries/upkeep.html", context)


def _wanted(request: HttpRequest) -> str:
    wanted = request.GET.get("list", "oldest")
    if wanted not in upkeep.UPKEEP_FILTERS:
        raise Http404
    return wanted


@keepers
@require_safe
def upkeep_csv(request: HttpRequest) -> HttpResponse:
    """The same list as CSV (UTF-8 with a mark, so that Excel reads it); no addresses are in it."""
    found = upkeep.upkeep_list(user_of(request), _wanted(request), timezone.now())
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="upkeep.csv"'
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow(
        [
            "id", _("窓口"), _("団体"), _("いまの状態"), _("さいごに確かめた日"), _("聞いた日"),
            _("届かなかった日"), _("聞く相手"), _("未対応の知らせ"),
        ]
    )  # fmt: skip
    for row in _rows(found):
        writer.writerow([harmless(cell) for cell in row])
    return response


def _rows(found: QuerySet[Service]) -> Any:
    for entry in found[:EXPORTED_AT_MOST].iterator(chunk_size=2000):
        values: Any = entry
        yield [
            str(entry.pk),
            entry.name,
            entry.organization.name,
            str(entry.get_status_display()),
            values.confirmed.isoformat() if values.confirmed else "",
            _day(values.asked_at),
            _day(values.bounced_at),
            _("あり") if values.has_address else _("なし"),
            str(values.open_reports),
        ]


def _day(moment: datetime | None) -> str:
    return moment.astimezone(TOKYO).date().isoformat() if moment else ""


@keepers
@require_POST
def bounced(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """Write down that the mail about an entry came back."""
    confirmations.mark_bounced(actor=user_of(request), service_id=service_id, at=timezone.now())
    messages.success(request, _("メールが届かなかったことを記録しました。"))
    return redirect("directory:entry", service_id)
