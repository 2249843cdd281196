"""A frightened person on a phone talks with somebody: with a script, without one, over a line that breaks."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django.plugin import DjangoDbBlocker

from tests.browser.test_accessibility import faults
from tests.browser.visitor import Visitor, Visitors
from tests.consultation.making import make_helpline, make_shift
from tsunagari.accounts.models import Membership, Organization, User
from tsunagari.consultation.models import ChatSession, Conversation, Message, Shift, Task
from tsunagari.consultation.services.messages import write_message
from tsunagari.consultation.states import ENDED
from tsunagari.core.templatetags.ui import NEUTRAL_PAGE

ROOM = "/talk/room/"
Elsewhere = Callable[..., Any]


@pytest.fixture
def elsewhere(site: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Elsewhere]:
    """Calls something outside the test's transaction, in which the site would not see it."""
    with django_db_blocker.unblock(), ThreadPoolExecutor(1) as apart:
        others = apart.submit(lambda: set(Organization.objects.values_list("pk", flat=True))).result()
        yield lambda act, *given: apart.submit(act, *given).result()
        apart.submit(take_away, others).result()


def take_away(others: set[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE consultation_helpline, consultation_person, consultation_tracingdecision CASCADE"
        )
    Membership.objects.all().delete()
    User.objects.all().delete()
    Organization.objects.exclude(pk__in=others).delete()
    connection.close()


def on_duty() -> str:
    """A helpline where somebody is there, by its key."""
    now = timezone.now()
    helpline = make_helpline()
    Shift.objects.filter(helpline=helpline).update(started_at=now, seen_at=now, confirmed_at=now)
    make_shift(helpline, at=now)
    return helpline.key


def answer(text: str) -> None:
    """The counsellor on duty says something."""
    write_message(
        conversation_id=Conversation.objects.get().pk,
        client_id=uuid4(),
        author=Message.Author.COUNSELLOR,
        user=Shift.objects.get(kind=Shift.Kind.COUNSELLOR).user,
        text=text,
        at=timezone.now(),
    )


def stands() -> list[str]:
    return [one.author for one in Message.objects.order_by("seq")]


def enter(visitor: Visitor, key: str) -> None:
    visitor.go("/talk/")
    assert faults(visitor) == []
    visitor.page.click(f'a[href="/talk/to/{key}/"]')
    assert faults(visitor) == []
    visitor.page.check('input[name="about"][value="self"]')
    visitor.page.click("main form button[type=submit]")
    visitor.page.wait_for_url(f"**{ROOM}safety/")
    assert faults(visitor) == []
    visitor.page.click('button[name="skip"]')
    visitor.page.wait_for_url(f"**{ROOM}")


def write(visitor: Visitor, text: str) -> None:
    visitor.page.fill("#text", text)
    visitor.page.click("#write button[type=submit]")


def test_with_a_script_over_a_line_that_breaks(visitors: Visitors, elsewhere: Elsewhere):
    key = elsewhere(on_duty)
    visitor = visitors()
    enter(visitor, key)
    page, said = visitor.page, visitor.page.locator("#said li")
    write(visitor, "ねむれない")
    expect(said).to_have_count(1)
    expect(said.first.locator(".fate")).to_have_text("送りました")
    assert faults(visitor) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    elsewhere(answer, "読んでいます。")
    expect(said).to_have_count(2)
    expect(said.nth(1)).to_contain_text("読んでいます。")

    visitor.context.set_offline(True)
    write(visitor, "切れた")
    write(visitor, "まだ切れている")
    expect(said.nth(2).locator(".fate")).to_contain_text("まだ届いていません")
    visitor.context.set_offline(False)
    expect(said.nth(3).locator(".fate")).to_have_text("送りました", timeout=30_000)
    assert elsewhere(stands) == ["person", "counsellor", "person", "person"]

    page.reload()
    expect(said).to_have_count(4)
    second = visitor.context.new_page()
    second.goto(f"{visitor.site}{ROOM}")
    second.fill("#text", "もうひとつの画面から")
    second.click("#write button[type=submit]")
    expect(said).to_have_count(5)
    expect(second.locator("#said li")).to_have_count(5)
    second.close()

    traces = visitor.traces()
    (cookie,) = traces.pop("cookies")
    assert (cookie["name"], cookie["path"], cookie["httpOnly"], cookie["sameSite"]) == (
        "talk", "/talk/", True, "Strict",
    )  # fmt: skip
    assert traces == {
        "cookie": "", "local": {}, "session": {}, "databases": [], "workers": 0, "caches": [],
    }  # fmt: skip
    assert visitor.strangers() == []
    assert visitor.complaints == []


def test_the_quick_exit_ends_the_browsers_session_and_not_the_contact(
    visitors: Visitors, elsewhere: Elsewhere
):
    key = elsewhere(on_duty)
    visitor = visitors()
    visitor.page.route(f"{NEUTRAL_PAGE}**", lambda route: route.fulfill(body="<title>x</title>"))
    enter(visitor, key)
    write(visitor, "だれか来る")
    expect(visitor.page.locator("#said .fate")).to_have_text("送りました")
    visitor.page.click("[data-quick-exit]")
    visitor.page.wait_for_url(f"{NEUTRAL_PAGE}**")
    for _ in range(50):
        if not visitor.context.cookies():
            break
        visitor.page.wait_for_timeout(100)
    assert visitor.context.cookies() == []
    assert elsewhere(lambda: ChatSession.objects.filter(ended_at=None).count()) == 0
    assert elsewhere(lambda: Task.objects.exclude(state__in=ENDED).count()) == 1


def test_without_a_script(visitors: Visitors, elsewhere: Elsewhere):
    key = elsewhere(on_duty)
    visitor = visitors(scripts=False)
    visitor.go(f"/talk/to/{key}/")
    visitor.page.check('input[name="about"][value="self"]')
    visitor.page.click("main form button[type=submit]")
    visitor.page.click('button[name="skip"]')
    write(visitor, "もしもし")
    said = visitor.page.locator("#said li")
    expect(said).to_have_count(1)
    elsewhere(answer, "はい、聞いています。")
    visitor.page.click("text=新しい発言を見る")
    expect(said).to_have_count(2)
    write(visitor, "あ" * 4001)
    expect(visitor.page.locator("#refused")).to_contain_text("4,000文字まで")
    assert visitor.page.locator("#text").input_value() == "あ" * 4001
    visitor.page.click("summary:has-text('ほかにできること')")
    visitor.page.click("text=あとで戻るための4つの言葉をもらう")
    expect(visitor.page.locator(".talk-words li")).to_have_count(4)
    visitor.page.click("text=書きとめました。話に進む")
    visitor.page.click("summary:has-text('ほかにできること')")
    visitor.page.click("button:has-text('話を終える')")
    assert visitor.path == f"{ROOM}after/"
    visitor.page.click("button:text-is('閉じる')")
    assert visitor.path == "/talk/"
    assert visitor.context.cookies() == []
