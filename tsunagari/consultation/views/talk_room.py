"""The room: what was said, where the contact stands, and writing. With and without JavaScript."""

import json
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tsunagari.consultation.forms.talk import MessageForm
from tsunagari.consultation.models import Conversation, Message
from tsunagari.consultation.selectors import queue, talking
from tsunagari.consultation.selectors.conversations import messages_after
from tsunagari.consultation.services.messages import BadMessage
from tsunagari.consultation.services.talking import (
    BEFORE_QUEUE,
    be_here,
    read_until,
    say_as_person,
    take_a_place,
)
from tsunagari.consultation.states import ENDED, WAITING, TaskState
from tsunagari.consultation.streams import signal_typing
from tsunagari.consultation.views.talk_doors import ROOM, in_the_room, wants_json
from tsunagari.core.access import public

MOST_SHOWN = 500


@public(fresh=True)
@require_safe
@in_the_room
def room(request: HttpRequest, *, conversation: Conversation, at: datetime) -> HttpResponse:
    """Everything on one page; whoever only loads it again is seen to be there."""
    be_here(conversation_id=conversation.pk, at=at)
    read_until(conversation_id=conversation.pk, seq=conversation.last_seq)
    return _page(request, conversation, at)


@public(fresh=True)
@require_safe
@in_the_room
def status(request: HttpRequest, *, conversation: Conversation, at: datetime) -> HttpResponse:
    """The part of the room that says where the contact stands."""
    return render(request, "consultation/talk/partials/status.html", where_it_stands(conversation, at))


@public(fresh=True)
@require_POST
@in_the_room
def say(request: HttpRequest, *, conversation: Conversation, at: datetime) -> HttpResponse:
    """Take a message; what cannot be one is given back with a sentence, so that nothing is lost."""
    try:
        given = json.loads(request.body) if request.content_type == "application/json" else request.POST
        form, text = MessageForm(given), str(given.get("text", ""))
    except (ValueError, AttributeError):
        sentence = _("文字ではないものが届きました。文字だけで送ってください。")
        return _refuse(request, conversation, at, sentence, code=400)
    if "client_id" in form.errors:
        sentence = _("うまく届きませんでした。もう一度送ってください。")
        return _refuse(request, conversation, at, sentence, text=text, code=400)
    try:
        message = say_as_person(
            conversation_id=conversation.pk, client_id=form.cleaned_data["client_id"], text=text, at=at
        )
    except BadMessage as bad:
        return _refuse(request, conversation, at, str(bad.sentence), text=text, code=bad.status)
    if wants_json(request):
        return JsonResponse(
            {
                "seq": message.seq,
                "client_id": str(message.client_id),
                "sent_at": message.sent_at.isoformat(),
            }
        )
    return HttpResponseRedirect(f"{ROOM}#write", status=303)


@public(fresh=True)
@require_POST
@in_the_room
def here(request: HttpRequest, *, conversation: Conversation, at: datetime) -> HttpResponse:
    """ "I'm still here": a sign of life, how far was read, whether something is being typed."""
    if request.POST.get("wait"):
        take_a_place(conversation_id=conversation.pk, at=at)
    be_here(conversation_id=conversation.pk, at=at)
    seq = request.POST.get("read", "")
    if seq.isascii() and seq.isdigit() and len(seq) < 10:
        read_until(conversation_id=conversation.pk, seq=int(seq))
    if request.POST.get("typing"):
        signal_typing(conversation.pk, by_staff=False)
    if wants_json(request):
        return JsonResponse({})
    return HttpResponseRedirect(ROOM, status=303)


def where_it_stands(conversation: Conversation, at: datetime) -> dict[str, Any]:
    """What the status says: which stage, the wait, whether a person can be expected."""
    task = talking.last_task(conversation)
    state = TaskState(task.state) if task is not None else None
    waiting = state in WAITING
    return {
        "task": task,
        "before_queue": state in BEFORE_QUEUE,
        "waiting": waiting,
        "talking": state in (TaskState.CONNECTED, TaskState.TRANSFERRING),
        "wrapping": state == TaskState.WRAP_UP,
        "ended": state is None or state in ENDED,
        "silent": state == TaskState.ABANDONED_SILENT,
        "wait": queue.wait_of(task, at) if task is not None and waiting else None,
        "receives": queue.can_receive(conversation.helpline, at),
        "room": ROOM,
    }


def _page(
    request: HttpRequest,
    conversation: Conversation,
    at: datetime,
    *,
    text: str = "",
    refused: str = "",
    code: int = 200,
) -> HttpResponse:
    told = event_sentences()
    first = max(0, conversation.last_seq - MOST_SHOWN)
    said = messages_after({conversation.pk: first}, staff=False, most=MOST_SHOWN).get(conversation.pk, [])
    shown = where_it_stands(conversation, at) | {
        "conversation": conversation,
        "messages": [
            (one, told.get(one.text, "") if one.kind == Message.Kind.EVENT else one.text)
            for one in said
            # an event that says nothing to the person
            if one.kind != Message.Kind.EVENT or one.text in told
        ],
        "last_seq": conversation.last_seq,
        "client_id": uuid4(),
        "text": text,
        "refused": refused,
        "events": told,
    }
    return render(request, "consultation/talk/room.html", shown, status=code)


def event_sentences() -> dict[str, str]:
    """What happened, by its code, as the person is told."""
    return {
        "joined": _("相談員が来ました。"),
        "left": _("相談員との話が終わりました。"),
        "interrupted": _(
            "相談員との接続が切れました。すぐに、ほかの相談員をさがしています。このままお待ちください。"
        ),
        "handover": _("ほかの相談員に代わりました。ここまでの話は伝わっています。"),
    }


def _refuse(
    request: HttpRequest,
    conversation: Conversation,
    at: datetime,
    sentence: str,
    *,
    text: str = "",
    code: int,
) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"error": sentence}, status=code)
    return _page(request, conversation, at, text=text, refused=sentence, code=code)
