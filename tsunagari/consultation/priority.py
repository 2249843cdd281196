"""Who is offered first, and why. Pure: the weights are data (`data/consultation/priority.json`).

Waiting counts minute for minute for everybody, so the order of two people never turns while they wait: it is
that of ``rank``, the moment at which somebody began to wait less their head start. Hence the bound: nobody
who began to wait more than ``Weights.largest`` after you is offered before you to a counsellor who could take
either of you. The head start of "in danger now" is the largest but for what a familiar counsellor adds.
"""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from tsunagari.consultation.states import RiskLevel


@dataclass(frozen=True, slots=True)
class Weights:
    """The head starts and limits of one version of the data."""

    version: str
    risk: Mapping[RiskLevel, timedelta]
    interrupted: timedelta
    familiar: timedelta
    any_language_after: timedelta
    not_again: timedelta
    lease: timedelta

    @property
    def largest(self) -> timedelta:
        """The bound: the largest head start that anybody can have over anybody."""
        return max(self.risk.values()) + self.interrupted + self.familiar

    def head_start(self, *, risk: int, interrupted: bool) -> timedelta:
        """By how much somebody stands before others who began to wait at the same moment."""
        return self.risk[RiskLevel(risk)] + (self.interrupted if interrupted else timedelta())

    def rank(self, *, queued_at: datetime, risk: int, interrupted: bool) -> datetime:
        """The key of the queue, smallest first."""
        return queued_at - self.head_start(risk=risk, interrupted=interrupted)

    def reasons(
        self, *, queued_at: datetime, risk: int, interrupted: bool, familiar: bool, at: datetime
    ) -> list[dict[str, Any]]:
        """Why here in the queue: codes with minutes, of which the sum orders; no words of the person."""
        parts = [
            ("waited", at - queued_at),
            (f"risk_{risk}", self.risk[RiskLevel(risk)]),
            ("interrupted", self.interrupted if interrupted else timedelta()),
            ("familiar", self.familiar if familiar else timedelta()),
        ]
        return [
            {"code": code, "minutes": round(length.total_seconds() / 60)} for code, length in parts if length
        ]


def read_weights(file: Path) -> Weights:
    """Read the weights.

    Raises:
        ValueError: a level is missing, or a graver one has the smaller head start.
    """
    given = json.loads(file.read_text(encoding="utf-8"))
    starts = given["head_start_minutes"]
    risk = {level: timedelta(minutes=starts["risk"][str(level.value)]) for level in RiskLevel}
    if list(risk.values()) != sorted(risk.values()) or risk[RiskLevel.NONE] < timedelta():
        raise ValueError("a graver risk has the larger head start")
    return Weights(
        version=given["version"],
        risk=risk,
        interrupted=timedelta(minutes=starts["interrupted"]),
        familiar=timedelta(minutes=given["familiar_minutes"]),
        any_language_after=timedelta(minutes=given["any_language_after_minutes"]),
        not_again=timedelta(seconds=given["not_again_seconds"]),
        lease=timedelta(seconds=given["lease_seconds"]),
    )


@functools.cache
def weights() -> Weights:
    """The weights of this installation."""
    return read_weights(settings.DATA_DIR / "consultation" / "priority.json")


def spoken(language: str) -> str:
    """The language that a counsellor must speak: easy Japanese is Japanese."""
    return language.split("-")[0]
