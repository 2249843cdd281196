"""Who belongs to an organisation: invite, change, end, undo. For its administrators."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tsunagari.accounts import selectors, services
from tsunagari.accounts.forms import InvitationForm, RoleForm
from tsunagari.accounts.models import Role
from tsunagari.accounts.services.invitations import UNDO_WITHIN
from tsunagari.accounts.views.requests import user_of
from tsunagari.core.access import roles
from tsunagari.core.errors import RuleBroken

administrators = roles(Role.ADMIN, within="organization_id")


@administrators
@require_safe
def members(request: HttpRequest, organization_id: UUID) -> HttpResponse:
    """The members and the open invitations; what was ended a moment ago can be undone."""
    return _page(request, organization_id)


@administrators
@require_POST
def invite(request: HttpRequest, organization_id: UUID) -> HttpResponse:
    """Send an invitation."""
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return _page(request, organization_id, form=form, status=422)
    try:
        services.invite_member(
            actor=user_of(request), organization_id=organization_id, at=timezone.now(), **form.cleaned_data
        )
    except RuleBroken as broken:
        return _page(request, organization_id, form=form, sentence=broken.sentence, status=broken.status)
    messages.success(request, _("招待のメールを送ります。リンクは7日間使えます。"))
    return redirect("accounts:members", organization_id)


@administrators
@require_POST
def revoke(request: HttpRequest, organization_id: UUID, invitation_id: UUID) -> HttpResponse:
    """Take an invitation back."""
    try:
        services.revoke_invitation(actor=user_of(request), invitation_id=invitation_id, at=timezone.now())
    except RuleBroken as broken:
        return _page(request, organization_id, sentence=broken.sentence, status=broken.status)
    messages.success(request, _("招待を取り消しました。10分間は下から元に戻せます。"))
    return redirect("accounts:members", organization_id)


@administrators
@require_POST
def unrevoke(request: HttpRequest, organization_id: UUID, invitation_id: UUID) -> HttpResponse:
    """Undo taking an invitation back."""
    try:
        services.restore_invitation(actor=user_of(request), invitation_id=invitation_id, at=timezone.now())
    except RuleBroken as broken:
        return _page(request, organization_id, sentence=broken.sentence, status=broken.status)
    messages.success(request, _("元に戻しました。送ったリンクはまた使えます。"))
    return redirect("accounts:members", organization_id)


@administrators
@require_POST
def change_role(request: HttpRequest, organization_id: UUID, membership_id: UUID) -> HttpResponse:
    """Give a member another role."""
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _page(request, organization_id, sentence=_("役割を選んでください。"), status=422)
    try:
        services.change_role(
            actor=user_of(request), membership_id=membership_id, at=timezone.now(), **form.cleaned_data
        )
    except RuleBroken as broken:
        return _page(request, organization_id, sentence=broken.sentence, status=broken.status)
    messages.success(request, _("役割を変えました。"))
    return _to_members(request, organization_id)


@administrators
@require_POST
def end(request: HttpRequest, organization_id: UUID, membership_id: UUID) -> HttpResponse:
    """End a membership."""
    try:
        services.end_membership(actor=user_of(request), membership_id=membership_id, at=timezone.now())
    except RuleBroken as broken:
        return _page(request, organization_id, sentence=broken.sentence, status=broken.status)
    messages.success(request, _("所属を終わりにしました。10分間は下から元に戻せます。"))
    return _to_members(request, organization_id)


@administrators
@require_POST
def restore(request: HttpRequest, organization_id: UUID, membership_id: UUID) -> HttpResponse:
    """Undo the end of a membership."""
    try:
        services.restore_membership(actor=user_of(request), membership_id=membership_id, at=timezone.now())
    except RuleBroken as broken:
        return _page(request, organization_id, sentence=broken.sentence, status=broken.status)
    messages.success(request, _("元に戻しました。"))
    return redirect("accounts:members", organization_id)


def _to_members(request: HttpRequest, organization_id: UUID) -> HttpResponse:
    """Back to the members, or home for an administrator who has just stopped being one."""
    if selectors.organizations_managed_by(user_of(request)).filter(pk=organization_id).exists():
        return redirect("accounts:members", organization_id)
    return redirect("accounts:home")


def _page(
    request: HttpRequest,
    organization_id: UUID,
    *,
    form: InvitationForm | None = None,
    sentence: str | Promise | None = None,
    status: int = 200,
) -> HttpResponse:
    viewer, at = user_of(request), timezone.now()
    organization = get_object_or_404(selectors.organizations_managed_by(viewer), pk=organization_id)
    memberships = selectors.memberships_managed_by(viewer).filter(organization=organization)
    invitations = selectors.invitations_managed_by(viewer).filter(organization=organization, accepted_at=None)
    context = {
        "organization": organization,
        "memberships": memberships.filter(ended_at=None),
        "ended": memberships.filter(ended_at__gte=at - UNDO_WITHIN),
        "invitations": invitations.filter(revoked_at=None),
        "revoked": invitations.filter(revoked_at__gte=at - UNDO_WITHIN),
        "roles": Role.choices,
        "form": form or InvitationForm(),
        "sentence": sentence,
        "at": at,
    }
    return render(request, "accounts/members.html", context, status=status)
