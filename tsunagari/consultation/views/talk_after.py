"""Around the talk: safety questions, return key, ending, rating, a summary to take away, deletion."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tsunagari.consultation.forms.talk import RatingForm
from tsunagari.consultation.models import Conversation, Rating
from tsunagari.consultation.selectors import talking
from tsunagari.consultation.services import endings, erasure, queue, return_keys, screening
from tsunagari.consultation.services.conversations import end_sessions
from tsunagari.consultation.services.talking import BEFORE_QUEUE, take_a_place
from tsunagari.consultation.states import ENDED
from tsunagari.consultation.views.talk_doors import (
    COOKIE,
    PATH,
    ROOM,
    drop_cookie,
    in_the_room,
    wants_json,
)
from tsunagari.core.access import public


@public(fresh=True)
@require_http_methods(["GET", "HEAD", "POST"])
@in_the_room
def safety(request: HttpRequest, *, conversation: Conversation, at: datetime) -> HttpResponse:
    """The safety questions, which may be left out; either way the person waits in the queue."""
    task = talking.open_task(conversation)
    if task is None or (request.method != "POST" and task.state not in BEFORE_QUEUE):
        return HttpResponseRedirect(ROOM)
    if request.method != "POST":
        questions = screening.questions_in(conversation.language)
        return render(request, "consultation/talk/safety.html", {"questions": questions})
    answers = {key: request.POST.get(key, "") for key in request.POST if key != "skip"}
    answers = {key: value for key, value in answers.items() if value}
    if answers and not request.POST.get("skip"):
        screening.answer_screening(task_id=task.pk, answers=answers, at=at)
    take_a_place(conversation_id=conversation.pk, at=at)
    return HttpResponseRedirect(ROOM, status=303)


@public(fresh=True)
@require_POST
@in_the_room
def key(request: HttpRequest, *, conversation: Conversation, at: datetime) -> HttpResponse:
    """Four words, shown this once; earlier ones no longer hold."""
    words = return_keys.make_return_key(conversation_id=conversation.pk, at=at)
    shown = {"words": words.split(), "room": ROOM, "again": False}
    return render(request, "consultation/talk/return_key.html", shown)


@public(fresh=True)
@require_safe
@in_the_room
def callback(request: HttpRequest, *, conversation: Conversation, at: datetime) -> HttpResponse:
    """Come back at another time: by four words, since nobody knows how to reach this person."""
    return render(request, "consultation/talk/callback.html", {"room": ROOM})


@public(fresh=True)
@require_POST
@in_the_room
def end(request: HttpRequest, *, conversation: Conversation, at: datetime) -> HttpResponse:
    """Stop waiting, or end the talk."""
    queue.leave(conversation_id=conversation.pk, at=at)
    return HttpResponseRedirect(f"{ROOM}after/", status=303)


@public(fresh=True)
@require_safe
@in_the_room
def after(request: HttpRequest, *, conversation: Conversation, at: datetime) -> HttpResponse:
    """What can be done when the talk is over."""
    return _after(request, conversation, RatingForm())


@public(fresh=True)
@require_POST
@in_the_room
def rate(request: HttpRequest, *, conversation: Conversation, at: datetime) -> HttpResponse:
    """How it was; asked once for each contact."""
    task = talking.last_task(conversation)
    form = RatingForm(request.POST)
    if task is None or not form.is_valid():
        return _after(request, conversation, form, status=422)
    endings.rate(task_id=task.pk, heard=form.cleaned_data["heard"], words=form.cleaned_data["words"], at=at)
    return _after(request, conversation, RatingForm(), done=_("ありがとうございます。受け取りました。"))


@public(fresh=True)
@require_safe
@in_the_room
def summary(request: HttpRequest, *, conversation: Conversation, at: datetime) -> HttpResponse:
    """What to take away, on paper or as a copy."""
    shown = {"summary": endings.summary_of(conversation, at), "room": ROOM}
    return render(request, "consultation/talk/summary.html", shown)


@public(fresh=True)
@require_POST
@in_the_room
def delete(request: HttpRequest, *, conversation: Conversation, at: datetime) -> HttpResponse:
    """Ask to have it all deleted; a talk that goes on ends with it."""
    queue.leave(conversation_id=conversation.pk, at=at)
    erasure.ask_erasure(conversation_id=conversation.pk, at=at)
    conversation.refresh_from_db()
    end_sessions(conversation.pk, at=at)
    shown = {"erased": conversation.erased_at is not None, "asked": True}
    response = render(request, "consultation/talk/deleted.html", shown)
    drop_cookie(response)
    return response


@public(fresh=True)
@require_POST
@in_the_room
def leave(request: HttpRequest, *, conversation: Conversation, at: datetime) -> HttpResponse:
    """Close it on this device alone: the contact stays, and the four words lead back."""
    end_sessions(conversation.pk, at=at, token=request.COOKIES[COOKIE])
    response = JsonResponse({}) if wants_json(request) else HttpResponseRedirect(PATH, status=303)
    drop_cookie(response)
    return response


def _after(
    request: HttpRequest,
    conversation: Conversation,
    form: RatingForm,
    *,
    done: str = "",
    status: int = 200,
) -> HttpResponse:
    task = talking.last_task(conversation)
    ended = task is not None and task.state in ENDED
    can_rate = ended and not Rating.objects.filter(task=task).exists()
    shown = {"form": form, "can_rate": can_rate, "done": done, "room": ROOM}
    return render(request, "consultation/talk/after.html", shown, status=status)
