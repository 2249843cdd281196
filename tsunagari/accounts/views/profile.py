"""One's own name and language."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tsunagari.accounts import services
from tsunagari.accounts.forms import ProfileForm
from tsunagari.accounts.views.requests import user_of
from tsunagari.core.access import signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Change the name that colleagues see, and the language of the desk."""
    user = user_of(request)
    initial = {"display_name": user.display_name, "language": user.language}
    form = ProfileForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        services.change_profile(actor=user, **form.cleaned_data)
        with translation.override(user.language):
            messages.success(request, _("変えました。"))
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form}, status=422 if form.is_bound else 200)
