"""Accepting an invitation: the only way to an account."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tsunagari.accounts import selectors, services
from tsunagari.accounts.forms import NewcomerForm
from tsunagari.accounts.models import Invitation, User
from tsunagari.accounts.services.invitations import require_open
from tsunagari.core.access import entrance
from tsunagari.core.errors import RuleBroken


@entrance
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show who invites whom as what; a POST accepts."""
    offered = selectors.invitation_of_token(token)
    user = request.user if isinstance(request.user, User) else None
    try:
        require_open(offered, timezone.now())
    except RuleBroken as broken:
        return render(request, "accounts/invitation_closed.html", {"sentence": broken.sentence}, status=410)
    known = selectors.user_of_address(offered.email) is not None
    form = NewcomerForm(request.POST if request.method == "POST" and not known else None)
    if request.method == "POST" and (known or form.is_valid()):
        try:
            services.accept_invitation(
                token=token, user=user, at=timezone.now(), **({} if known else form.cleaned_data)
            )
        except services.PasswordTooWeak as weak:
            for sentence in weak.sentences:
                form.add_error("password", sentence)
        except RuleBroken as broken:
            return _page(request, offered, form, known, str(broken.sentence), broken.status)
        else:
            messages.success(request, _("招待を承諾しました。"))
            return redirect("accounts:home")
    return _page(request, offered, form, known, status=422 if form.is_bound else 200)


def _page(
    request: HttpRequest,
    offered: Invitation,
    form: NewcomerForm,
    known: bool,
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    signed_in_as_invited = isinstance(request.user, User) and request.user.email == offered.email
    context = {
        "invitation": offered,
        "form": form,
        "known": known,
        "is_invited": signed_in_as_invited,
        "is_other": isinstance(request.user, User) and not signed_in_as_invited,
        "sentence": sentence,
    }
    return render(request, "accounts/invitation.html", context, status=status)
