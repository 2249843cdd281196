"""Our places, and which of them nobody may find: flag, read what is sealed (written down), erase, lift."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tsunagari.accounts.models import Role
from tsunagari.accounts.views.requests import user_of
from tsunagari.core.access import roles
from tsunagari.core.areas import area_full_name, area_tree
from tsunagari.core.errors import RuleBroken
from tsunagari.core.paging import addresses
from tsunagari.directory.models.places import TELLING_TEXTS
from tsunagari.directory.selectors.places import places_kept_by
from tsunagari.directory.services import confidential as services

PER_PAGE = 50
keepers = roles(Role.ADMIN, Role.EDITOR)


@keepers
@require_safe
def places(request: HttpRequest) -> HttpResponse:
    """The places of my organisations, the confidential ones first."""
    page = Paginator(places_kept_by(user_of(request)), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "directory/places/list.html", {"page": page, **addresses(page, [])})


@keepers
@require_safe
def place(request: HttpRequest, location_id: UUID) -> HttpResponse:
    """One place, and what can be done about its address."""
    return _page(request, location_id)


@keepers
@require_POST
def flag(request: HttpRequest, location_id: UUID) -> HttpResponse:
    """Take the address out of everything."""
    get_object_or_404(places_kept_by(user_of(request)), pk=location_id)
    try:
        services.make_confidential(
            actor=user_of(request),
            location_id=location_id,
            keep_address=request.POST.get("keep") == "yes",
            tell_prefecture=request.POST.get("prefecture") == "yes",
            at=timezone.now(),
        )
    except RuleBroken as broken:
        return _page(request, location_id, sentence=str(broken.sentence), status=broken.status)
    messages.success(request, _("住所を、すべてのページ・データ・履歴から消しました。"))
    return redirect("directory:place", location_id)


@keepers
@require_POST
def read(request: HttpRequest, location_id: UUID) -> HttpResponse:
    """Show the sealed address once; that it was read is written down."""
    get_object_or_404(places_kept_by(user_of(request)), pk=location_id)
    try:
        kept = services.read_sealed_address(
            actor=user_of(request), location_id=location_id, at=timezone.now()
        )
    except RuleBroken as broken:
        return _page(request, location_id, sentence=str(broken.sentence), status=broken.status)
    return _page(request, location_id, kept=_lines(kept))


@keepers
@require_POST
def erase(request: HttpRequest, location_id: UUID) -> HttpResponse:
    """Erase the sealed address for good."""
    get_object_or_404(places_kept_by(user_of(request)), pk=location_id)
    if request.POST.get("sure") != "yes":
        sentence = _("元に戻せないので、しるしを付けてから押してください。")
        return _page(request, location_id, sentence=sentence, status=422)
    try:
        services.erase_sealed_address(actor=user_of(request), location_id=location_id, at=timezone.now())
    except RuleBroken as broken:
        return _page(request, location_id, sentence=str(broken.sentence), status=broken.status)
    messages.success(request, _("しまっていた住所を消しました。"))
    return redirect("directory:place", location_id)


@keepers
@require_POST
def lift(request: HttpRequest, location_id: UUID) -> HttpResponse:
    """Let the place be known again, without an address."""
    get_object_or_404(places_kept_by(user_of(request)), pk=location_id)
    if request.POST.get("sure") != "yes":
        sentence = _("元に戻せないので、しるしを付けてから押してください。")
        return _page(request, location_id, sentence=sentence, status=422)
    try:
        services.lift_confidentiality(actor=user_of(request), location_id=location_id)
    except RuleBroken as broken:
        return _page(request, location_id, sentence=str(broken.sentence), status=broken.status)
    messages.success(request, _("しるしを外しました。住所は空です。何も公開していません。"))
    return redirect("directory:place", location_id)


def _lines(kept: services.Kept) -> list[tuple[str, str]]:
    """The sealed address as it is read out: (what, text)."""
    labels = {
        "name": _("名前"), "name_kana": _("よみがな"), "alternate_name": _("ほかの名前"),
        "postal_code": _("郵便番号"), "address_1": _("住所"), "address_2": _("建物・部屋"),
        "transportation": _("行き方"), "description": _("説明"), "url": _("ウェブ"),
    }  # fmt: skip
    area = area_tree().get(kept.address.get("area_id") or "")
    lines = [(_("市区町村"), area_full_name(area))] if area else []
    order = (*labels, *(name for name in TELLING_TEXTS if name not in labels))
    lines += [(labels[name], str(kept.address[name])) for name in order if kept.address.get(name)]
    if kept.address.get("latitude") is not None:
        lines.append((_("緯度・経度"), f"{kept.address['latitude']}, {kept.address['longitude']}"))
    return [*lines, *((_("そのほか"), text) for text in kept.around)]


def _page(
    request: HttpRequest,
    location_id: UUID,
    *,
    kept: list[tuple[str, str]] | None = None,
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    found = get_object_or_404(places_kept_by(user_of(request)), pk=location_id)
    record = getattr(found, "sealed_address", None)
    context: dict[str, Any] = {
        "place": found,
        "record": record,
        "sealed": record is not None and record.sealed is not None,
        "kept": kept,
        "sentence": sentence,
    }
    response = render(request, "directory/places/place.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response
