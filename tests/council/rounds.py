"""Rounds for tests, ready made: a secretariat, two ministries, a draft of three paragraphs."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from tests.factories import make_member, make_organization
from tsunagari.accounts.models import Organization, Role, User
from tsunagari.council.models import Comment, ConsultationRound, RoundAddressee
from tsunagari.council.services import rounds
from tsunagari.council.services.rounds import asked, visitors

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
"""Noon in Tokyo."""
CLOSES = AT + timedelta(days=7)
AFTER = CLOSES + timedelta(days=1)
TEXTS = (
    ("現状", "孤独・孤立の状態にある人の数は、まだ調べられていない。"),
    ("目標", "令和５年度までに、すべての市区町村に相談窓口を置く。"),
    ("対策", "SNSによる相談を、24時間受け付ける。"),
)


@dataclass
class Scene:
    """Who is there: alice runs the secretariat, bob answers for one ministry, charlie for the other."""

    secretariat: Organization
    health: Organization
    education: Organization
    alice: User
    bob: User
    charlie: User

    def addressee(
        self, round_: ConsultationRound, organization: Organization | None = None
    ) -> RoundAddressee:
        """The place of a ministry in a round; 厚生労働省 by default."""
        return round_.addressees.get(organization=organization or self.health)


def make_scene() -> Scene:
    """A secretariat and two ministries."""
    ministry = Organization.Kind.MINISTRY
    secretariat = make_organization("内閣官房孤独・孤立対策担当室", kind=ministry)
    health = make_organization("厚生労働省", kind=ministry)
    education = make_organization("文部科学省", kind=ministry)
    return Scene(
        secretariat,
        health,
        education,
        make_member("alice", Role.SECRETARY, secretariat, second_factor=False),
        make_member("bob", Role.OFFICER, health, second_factor=False),
        make_member("charlie", Role.OFFICER, education, second_factor=False),
    )


def paragraphs(texts: tuple[tuple[str, str], ...] = TEXTS) -> list[rounds.ParagraphText]:
    """A draft, each paragraph with a permanent id of its own."""
    return [rounds.ParagraphText(uuid4(), text, heading) for heading, text in texts]


def make_round(scene: Scene, kind: str = "ministry", **changes: Any) -> ConsultationRound:
    """A round that is open at `AT` and closes a week later."""
    asks = [] if kind == "public" else [scene.health, scene.education]
    given: dict[str, Any] = {
        "actor": scene.alice,
        "secretariat": scene.secretariat,
        "document_id": uuid4(),
        "title": "孤独・孤立対策の重点計画（案）",
        "paragraphs": paragraphs(),
        "kind": kind,
        "closes_at": CLOSES,
        "at": AT,
        "asked": asks,
        **changes,
    }
    return rounds.open_round(**given)


def make_comment(
    scene: Scene,
    round_: ConsultationRound,
    body: str = "数を書くべきです。",
    place: int | None = 1,
    **more: Any,
) -> Comment:
    """A comment of 厚生労働省 on a paragraph."""
    paragraph = None if place is None else round_.paragraphs.get(position=place).pk
    return asked.add_comment(
        actor=scene.bob,
        addressee_id=scene.addressee(round_).pk,
        paragraph_id=paragraph,
        body=body,
        at=AT + timedelta(hours=1),
        **more,
    )


def submit(
    round_: ConsultationRound, body: str = "窓口をふやしてください。", place: int | None = 1, **more: Any
) -> tuple[Comment, str]:
    """(a comment of the public, not read yet; its code)."""
    comment_id: UUID = more.pop("comment_id", None) or uuid4()
    code = visitors.submit_comment(
        round_id=round_.pk,
        paragraph_id=None if place is None else round_.paragraphs.get(position=place).pk,
        comment_id=comment_id,
        body=body,
        label=more.pop("label", ""),
        at=more.pop("at", AT + timedelta(hours=1)),
    )
    return Comment.objects.get(pk=comment_id), code
