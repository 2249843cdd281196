"""The states of tasks and reservations, and what may follow what. Code, tests and documentation read these.

Words: docs/glossary.md, "Consultation". Pure: no Django here but translated labels.
"""

from collections.abc import Mapping
from types import MappingProxyType

from django.db import models
from django.utils.translation import gettext_lazy as _


class TaskState(models.TextChoices):
    """Where one contact stands."""

    ARRIVED = "arrived", _("来たところ")
    SCREENED = "screened", _("安全の質問まで")
    QUEUED = "queued", _("待っている")
    OFFERED = "offered", _("相談員に知らせている")
    CONNECTED = "connected", _("話している")
    TRANSFERRING = "transferring", _("引き継ぎ中")
    WRAP_UP = "wrap_up", _("まとめ中")
    CLOSED = "closed", _("終結")
    ABANDONED_EXPLICIT = "abandoned_explicit", _("本人が待つのをやめた")
    ABANDONED_SILENT = "abandoned_silent", _("返事がなくなった")
    DIVERTED = "diverted", _("ほかの道を案内した")


class ReservationState(models.TextChoices):
    """What became of an offer."""

    CREATED = "created", _("返事待ち")
    ACCEPTED = "accepted", _("受けた")
    REJECTED = "rejected", _("受けられない")
    TIMEOUT = "timeout", _("返事なし")
    CANCELLED = "cancelled", _("本人が待つのをやめた")
    RESCINDED = "rescinded", _("取り下げ")


class RiskLevel(models.IntegerChoices):
    """How grave a contact is thought to be. A machine only raises it; a person lowers it."""

    NONE = 0, _("しるしなし")
    CONCERN = 1, _("気がかり")
    HIGH = 2, _("高い")
    IMMINENT = 3, _("いま危ない")


_T, _R = TaskState, ReservationState

TASK_TRANSITIONS: Mapping[TaskState, frozenset[TaskState]] = MappingProxyType(
    {
        # a person may leave, be silent or be led elsewhere from every place in which nobody talks with them
        _T.ARRIVED: frozenset(
            {_T.SCREENED, _T.QUEUED, _T.ABANDONED_EXPLICIT, _T.ABANDONED_SILENT, _T.DIVERTED}
        ),
        _T.SCREENED: frozenset({_T.QUEUED, _T.ABANDONED_EXPLICIT, _T.ABANDONED_SILENT, _T.DIVERTED}),
        _T.QUEUED: frozenset({_T.OFFERED, _T.ABANDONED_EXPLICIT, _T.ABANDONED_SILENT, _T.DIVERTED}),
        # back to the queue when nobody answers the offer
        _T.OFFERED: frozenset({_T.CONNECTED, _T.QUEUED, _T.ABANDONED_EXPLICIT, _T.ABANDONED_SILENT}),
        # back to the queue when the counsellor has vanished
        _T.CONNECTED: frozenset({_T.TRANSFERRING, _T.WRAP_UP, _T.QUEUED}),
        # the next counsellor accepts, or it stays with the first
        _T.TRANSFERRING: frozenset({_T.CONNECTED, _T.WRAP_UP, _T.QUEUED}),
        # closed by the record; connected again when the person writes before it is written
        _T.WRAP_UP: frozenset({_T.CLOSED, _T.CONNECTED, _T.QUEUED}),
        _T.CLOSED: frozenset(),
        _T.ABANDONED_EXPLICIT: frozenset(),
        _T.ABANDONED_SILENT: frozenset(),
        _T.DIVERTED: frozenset(),
    }
)

RESERVATION_TRANSITIONS: Mapping[ReservationState, frozenset[ReservationState]] = MappingProxyType(
    {
        _R.CREATED: frozenset({_R.ACCEPTED, _R.REJECTED, _R.TIMEOUT, _R.CANCELLED, _R.RESCINDED}),
        _R.ACCEPTED: frozenset(),
        _R.REJECTED: frozenset(),
        _R.TIMEOUT: frozenset(),
        _R.CANCELLED: frozenset(),
        _R.RESCINDED: frozenset(),
    }
)

ENDED = frozenset(state for state, following in TASK_TRANSITIONS.items() if not following)
"""States of a contact that has its outcome."""
WAITING = frozenset({_T.ARRIVED, _T.SCREENED, _T.QUEUED, _T.OFFERED})
"""Nobody talks with the person yet."""
WITH_COUNSELLOR = frozenset({_T.CONNECTED, _T.TRANSFERRING, _T.WRAP_UP})
"""A counsellor's place is taken."""


class Disposition(models.TextChoices):
    """How a contact ended (終結区分)."""

    TALKED = "talked", _("話をきいた")
    INFORMED = "informed", _("情報を伝えた")
    REFERRED = "referred", _("ほかの窓口につないだ")
    HANDED_OVER = "handed_over", _("支援ケースに引き継いだ")
    EMERGENCY = "emergency", _("緊急の対応をした")
    LEFT = "left", _("本人が途中で離れた")
    SILENT = "silent", _("返事がなくなった")
    ABUSIVE = "abusive", _("相談員への加害のため終えた")
    DIVERTED = "diverted", _("ほかの道を案内した")
    TEST = "test", _("いたずら・試し")
