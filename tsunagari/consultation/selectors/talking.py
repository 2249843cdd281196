"""What the person's pages need to know: whose browser it is, and where the contact stands."""

from collections.abc import Sequence

from tsunagari.consultation.models import ChatSession, Conversation, Helpline, Task, TracingDecision
from tsunagari.consultation.states import ENDED


def session_of(digest: bytes) -> ChatSession | None:
    """The browser's session, even one that has ended or whose conversation is erased."""
    return ChatSession.objects.filter(digest=digest).select_related("conversation__helpline").first()


def helplines() -> Sequence[Helpline]:
    """All helplines that people can write to, by name."""
    return list(Helpline.objects.select_related("organization").order_by("name", "id"))


def tracing_of(helpline: Helpline) -> str:
    """What the helpline's organisation has decided on tracing; undecided: nothing is kept."""
    chosen = (
        TracingDecision.objects.filter(organization=helpline.organization_id)
        .order_by("-decided_at")
        .values_list("choice", flat=True)
        .first()
    )
    return str(chosen or TracingDecision.Choice.NEVER)


def open_task(conversation: Conversation) -> Task | None:
    """The contact that goes on."""
    return conversation.tasks.exclude(state__in=ENDED).first()


def last_task(conversation: Conversation) -> Task | None:
    """The newest contact, open or ended."""
    return conversation.tasks.order_by("-arrived_at").first()
