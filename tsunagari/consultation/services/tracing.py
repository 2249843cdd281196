"""Where a connection came from: sealed for 72 hours where the organisation decided so, else never kept."""

import json
from datetime import datetime, timedelta

from django.conf import settings

from tsunagari.consultation.models import Conversation, SealedConnection, TracingDecision
from tsunagari.core.crypto import derive_key, seal

KEPT = timedelta(hours=72)


def seal_connection(*, conversation: Conversation, address: str, port: int, at: datetime) -> bool:
    """Seal address, port and time under a key of their own; False where the decision is to keep nothing."""
    decision = conversation.tracing
    if decision is None or decision.choice != TracingDecision.Choice.SEALED or not address:
        return False
    plain = json.dumps({"address": address, "port": port, "at": at.isoformat()}).encode()
    key = derive_key(settings.MASTER_KEY, "connection")
    SealedConnection.objects.create(
        conversation=conversation,
        sealed=seal(key, plain, conversation.pk.bytes),
        seen_at=at,
        expires_at=at + KEPT,
    )
    return True


def forget_connections(*, at: datetime) -> int:
    """Delete what is older than 72 hours; return how many."""
    deleted, _each = SealedConnection.objects.filter(expires_at__lte=at).delete()
    return deleted
