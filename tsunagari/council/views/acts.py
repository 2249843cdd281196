"""One page, many small forms: which act was meant, what it does, and the page again with the words kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.functional import Promise

from tsunagari.accounts.models import User
from tsunagari.accounts.views.requests import user_of
from tsunagari.core.errors import RuleBroken
from tsunagari.council.forms.base import ActForm

Do = Callable[[User, Any, Any, datetime], object]


@dataclass(frozen=True, slots=True)
class Act:
    """What may be done: the words on its button, its form, and the service behind it.

    ``done`` is what the person reads afterwards.
    """

    title: str | Promise
    form: type[ActForm]
    do: Do
    done: str | Promise


@dataclass(frozen=True, slots=True)
class Refused:
    """An act that was refused: the form as it was filled, the sentence, the status."""

    name: str
    form: ActForm
    sentence: str
    status: int


def perform(request: HttpRequest, acts: Mapping[str, Act], name: str, target: Any) -> Refused | None:
    """Do the act ``name`` on ``target`` with what was sent; None when it is done.

    Raises:
        Http404: there is no such act.
    """
    act = acts.get(name)
    if act is None:
        raise Http404
    form = act.form(request.POST, request.FILES, target=target, act=name)
    if not form.is_valid():
        return Refused(name, form, "", 422)
    try:
        act.do(user_of(request), target, form, timezone.now())
    except RuleBroken as broken:
        return Refused(name, form, str(broken.sentence), broken.status)
    messages.success(request, str(act.done))
    return None


def forms_of(
    acts: Mapping[str, Act], names: list[str], target: Any, refused: Refused | None
) -> dict[str, dict[str, Any]]:
    """The forms for a page, by act; the refused one as it was filled, and open."""
    return {
        name: {
            "name": name,
            "title": acts[name].title,
            "form": refused.form
            if refused is not None and refused.name == name
            else acts[name].form(target=target, act=name),
            "open": refused is not None and refused.name == name,
            "sentence": refused.sentence if refused is not None and refused.name == name else "",
            "bare": not acts[name].form.base_fields and not hasattr(acts[name].form, "presences"),
        }
        for name in names
    }
