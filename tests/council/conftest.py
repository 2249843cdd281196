"""A body with a chair and members, its secretariat's people, and outsiders; and the real council."""

import io
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import pytest
from django.conf import settings
from pypdf import PdfWriter

from tests.factories import AT, make_member, make_organization
from tsunagari.accounts.models import Organization, Role, User
from tsunagari.council.models import Body, Meeting, Membership, Post
from tsunagari.council.services import bodies, meetings, posts
from tsunagari.council.services.loading import load_council

FOUNDED = date(2026, 1, 1)


@dataclass
class Council:
    """alice keeps the body's papers, bob reads them, charlie keeps another body's."""

    secretariat: Organization
    body: Body
    alice: User
    bob: User
    charlie: User
    chair: Membership
    members: list[Membership] = field(default_factory=list)

    def meeting(
        self, *, number: int | None = None, day: date = date(2026, 11, 24), **more: object
    ) -> Meeting:
        """A meeting that was called for `AT`'s day, or another one."""
        planned = meetings.plan_meeting(
            actor=self.alice,
            body_id=self.body.pk,
            title="会議",
            date_text=f"{day.month}月{day.day}日",
            year=day.year,
            number=number,
            at=AT,
            **more,  # type: ignore[arg-type]
        )
        return meetings.call_meeting(actor=self.alice, meeting_id=planned.pk, held_on=day, at=AT)

    def post(self, label: str, *, role: str = "member") -> UUID:
        """A post without anybody on it."""
        return posts.open_post(
            actor=self.alice, body_id=self.body.pk, role=role, label=label, mode="ex_officio",
            begins_on=FOUNDED, at=AT,
        ).pk  # fmt: skip


def make_council(name: str = "テスト会議", *, members: int = 4) -> Council:
    """A chair and members, each with a name, since the founding."""
    secretariat = make_organization(f"{name}の庶務", kind=Organization.Kind.MINISTRY)
    alice = make_member("alice", Role.SECRETARY, secretariat)
    body = bodies.found_body(
        actor=alice, secretariat_id=secretariat.pk, name=name, classification="council",
        founding_on=FOUNDED, basis="決裁", at=AT,
    )  # fmt: skip
    made = Council(
        secretariat,
        body,
        alice,
        bob=make_member("bob", Role.VIEWER, secretariat),
        charlie=make_member("charlie", Role.SECRETARY, make_organization("別の庶務")),
        chair=Membership(),
    )
    for number in range(members + 1):
        role = Post.Role.CHAIR if number == 0 else Post.Role.MEMBER
        seat = posts.appoint(
            actor=alice,
            post_id=made.post(f"官職{number}", role=role),
            name=f"委員{number}",
            begins_on=FOUNDED,
            authority="任命",
            at=AT,
        )
        if number == 0:
            made.chair = seat
        else:
            made.members.append(seat)
    return made


@pytest.fixture
def council(db: None) -> Council:
    """A council in a transaction of the test's own."""
    return make_council()


@pytest.fixture
def real_council(db: None) -> dict[str, int]:
    """The council of ``data/``; what was written."""
    return load_council(folder=settings.DATA_DIR, at=AT)


def make_pdf(pages: int = 1) -> bytes:
    """A PDF of so many empty pages."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(width=595, height=842)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
