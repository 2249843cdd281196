"""The page behind a mail's link: is this entry still right? Without login, without a cookie.

Opening it never changes anything: mail scanners and previews open every link. Only a button, a POST, does.
"""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from tsunagari.core.access import public
from tsunagari.core.errors import RuleBroken
from tsunagari.core.rate_limits import limit
from tsunagari.directory import showing
from tsunagari.directory.ageing import confirmed_on
from tsunagari.directory.forms.entries import ChangeWantedForm
from tsunagari.directory.models import ConfirmationMail, ConfirmationRequest
from tsunagari.directory.services import confirmations
from tsunagari.directory.services.content import content_of

MOST_ANSWERS = 300
"""From one network in ten minutes: an organisation with many entries answers them one by one."""
SHOWN_IN_FULL = 5
"""Entries beyond this are shown folded, by name: a page of five hundred entries would be endless."""


@public(fresh=True)
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The entries of one mail as they are published, with two buttons for each."""
    at = timezone.now()
    try:
        mail = confirmations.mail_of_token(token, at=at)
        if request.method != "POST":
            return _page(request, mail)
        limit(request, "confirm", most=MOST_ANSWERS, now=at.timestamp())
        return _answered(request, mail, token)
    except confirmations.AlreadyAnswered as done:
        return _page(request, mail, sentence=str(done.sentence), status=done.status)
    except (confirmations.LinkUnknown, confirmations.LinkExpired) as closed:
        context = {"sentence": closed.sentence}
        return _private(render(request, "directory/confirm/closed.html", context, status=closed.status))


def _answered(request: HttpRequest, mail: ConfirmationMail, token: str) -> HttpResponse:
    at = timezone.now()
    answer = request.POST.get("answer")
    if answer == "all":
        waiting = [request.pk for request in confirmations.requests_of(mail) if request.answered_at is None]
        done = confirmations.confirm_by_link(token=token, request_ids=waiting or _every(mail), at=at)
        return _page(request, mail, thanks=done)
    chosen = _uuid(request.POST.get("request"))
    if chosen not in _every(mail):
        raise confirmations.LinkUnknown(confirmations.NOT_OF_THIS_LINK)
    if answer == "right":
        return _page(
            request, mail, thanks=confirmations.confirm_by_link(token=token, request_ids=[chosen], at=at)
        )
    form = ChangeWantedForm(request.POST if answer == "change" else None)
    if answer == "change" and form.is_valid():
        try:
            confirmations.ask_for_change_by_link(
                token=token, request_id=chosen, text=form.cleaned_data["text"], at=at
            )
        except confirmations.AlreadyAnswered:
            raise
        except RuleBroken as broken:
            if isinstance(broken, confirmations.LinkUnknown | confirmations.LinkExpired):
                raise
            return _page(request, mail, sentence=str(broken.sentence), status=broken.status)
        return _page(request, mail, told=True)
    if answer not in {"change", "wrong"}:
        return _page(request, mail, status=422)
    # "there is something to change": asks what, on the same page
    return _page(request, mail, writing=chosen, form=form, status=422 if form.is_bound else 200)


def _every(mail: ConfirmationMail) -> list[UUID]:
    return [request.pk for request in confirmations.requests_of(mail)]


def _uuid(value: str | None) -> UUID:
    """The question that was answered.

    Raises:
        LinkUnknown: what was sent is no id.
    """
    try:
        return UUID(value or "")
    except ValueError as error:
        raise confirmations.LinkUnknown(confirmations.NOT_OF_THIS_LINK) from error


def _page(
    request: HttpRequest,
    mail: ConfirmationMail,
    *,
    status: int = 200,
    thanks: list[ConfirmationRequest] | None = None,
    **more: Any,
) -> HttpResponse:
    found = confirmations.requests_of(mail)
    waiting = [one for one in found if one.answered_at is None]
    done = [one for one in found if one.answered_at is not None]
    if not waiting and not thanks and not more.get("told") and status == 200:
        status = confirmations.AlreadyAnswered.status
    context = {
        "mail": mail,
        "waiting": [_shown(one, full=place < SHOWN_IN_FULL) for place, one in enumerate(waiting)],
        "done": done,
        "thanks": thanks or [],
        **more,
    }
    return _private(render(request, "directory/confirm/page.html", context, status=status))


def _shown(request: ConfirmationRequest, *, full: bool) -> dict[str, Any]:
    """An entry as it is published: labels and words."""
    service = request.service
    content = content_of(service)
    channels = content.pop("channels")
    return {
        "request": request,
        "service": service,
        "full": full,
        "confirmed": confirmed_on(service.assured_on, service.as_of),
        "channels": [showing.channel_in_words(row) for row in channels],
        "facts": [
            (showing.label_of(name), showing.in_words(name, content[name]))
            for name in showing.LABELS
            if name in content and name not in {"needs", "name", "kind"} and content[name]
        ],
    }


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
