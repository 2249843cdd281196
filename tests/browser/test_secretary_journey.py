"""The secretary leads the plan from a draft to its decision, through the pages alone.

The schedule of 2021 is replayed through the services (tests/plan/test_replay.py); here the same way is gone
today, with the body that decides today: reasons for no target, the ministries, final draft, the meeting.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django import DjangoDbBlocker

from tests.browser.test_upkeep_journey import at_the_desk, seen
from tests.browser.visitor import Visitor, Visitors
from tests.factories import make_member, sign_in
from tests.published import take_everything_away
from tsunagari.accounts.models import Organization, Role
from tsunagari.council.services.loading import load_council, ministry_of
from tsunagari.plan.models import Plan
from tsunagari.plan.services.loading import load_plan

MINISTRY = "厚生労働省"
REASON = "2021年の原資料に目標の記載がないため。"


@dataclass(frozen=True)
class Deciding:
    """The sessions of alice (the secretariat) and bob (a ministry), and which organisations stood there."""

    alice: str
    bob: str
    others: frozenset[UUID]


@pytest.fixture
def deciding(site: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Deciding]:
    """Loaded and taken away outside the test's transaction, in which the site would not see it."""
    with django_db_blocker.unblock(), ThreadPoolExecutor(1) as elsewhere:
        made = elsewhere.submit(make).result()
        yield made
        elsewhere.submit(take_everything_away, made.others).result()


def make() -> Deciding:
    others = frozenset(Organization.objects.values_list("pk", flat=True))
    now = timezone.now()
    load_council(folder=settings.DATA_DIR, at=now)
    load_plan(folder=settings.DATA_DIR, at=now)
    people = (
        make_member("alice", Role.SECRETARY, Plan.objects.get().secretariat),
        make_member("bob", Role.OFFICER, ministry_of(MINISTRY)),
    )
    cookies = [sign_in(Client(), user).cookies[settings.SESSION_COOKIE_NAME].value for user in people]
    connection.close()
    return Deciding(*cookies, others)


def press(page: Page, name: str) -> None:
    """Press a button and wait for the page that it leads to."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def open_act(page: Page, name: str) -> None:
    """Open the form behind a summary."""
    page.locator("summary", has_text=name).first.click()


def follow(page: Page, name: str) -> None:
    """Follow a link and wait for its page."""
    with page.expect_navigation():
        page.get_by_role("link", name=name).first.click()


def test_from_the_draft_to_the_decided_plan(visitors: Visitors, deciding: Deciding) -> None:
    alice = at_the_desk(visitors, deciding.alice, scripts=True, width=1280)
    page = alice.page
    alice.go("/desk/plan/")
    follow(page, "孤独・孤立対策の重点計画（案）")
    version = alice.path
    expect(page.locator(".blockers li")).to_have_count(17)

    # every measure has a target with a date, or the reason why not
    open_act(page, "同じ理由を書く")
    page.get_by_label("期限のある目標を定めない理由").fill(REASON)
    press(page, "理由を書く")
    expect(page.locator(".blockers li")).to_have_count(1)
    seen(alice)

    ask_the_ministries(alice, version)
    reply(at_the_desk(visitors, deciding.bob, scripts=True, width=360))
    follow(page, "各省協議")
    expect(page.get_by_text("返事を待っています：0件")).to_be_visible()
    for step in ("受付を終える", "回答を書き始める", "すべて答えた（回答ずみにする）"):
        press(page, step)
    seen(alice)
    alice.go(version)
    press(page, "いまの案の本文を、この回に反映ずみとして記録する")
    press(page, "最終案にする")
    expect(page.locator("main .badge", has_text="最終案").first).to_be_visible()

    decide_in_the_meeting(alice)
    alice.go(version)
    expect(page.get_by_label("議案")).to_contain_text("重点計画を決定")
    press(page, "結びつける")
    expect(page.get_by_text("足りないものはありません。")).to_be_visible()
    press(page, "決定を記録する")
    press(page, "実施を記録する")
    expect(page.locator("main .badge", has_text="実施中").first).to_be_visible()
    seen(alice)

    citizen = visitors()
    citizen.go("/plan/")
    expect(citizen.page.get_by_text("決定：").first).to_be_visible()
    seen(citizen)
    assert alice.complaints == citizen.complaints == []


def ask_the_ministries(alice: Visitor, version: str) -> None:
    page = alice.page
    press(page, "協議を始める")
    page.get_by_label("聞き方").select_option(label="各省協議")
    tomorrow = timezone.localdate() + timedelta(days=1)
    page.get_by_label("締め切りの日").fill(tomorrow.isoformat())
    open_act(page, "聞く府省庁・団体")
    page.get_by_label(MINISTRY, exact=True).check()
    press(page, "意見を聞き始める")
    alice.go(version)
    expect(page.locator("#rounds li")).to_have_count(1)


def reply(bob: Visitor) -> None:
    """「意見なし」 is an answer."""
    bob.go("/desk/council/rounds/")
    follow(bob.page, "孤独・孤立対策の重点計画（案）")
    press(bob.page, "意見なし")
    expect(bob.page.get_by_text("「意見なし」を").first).to_be_visible()
    seen(bob)


def decide_in_the_meeting(alice: Visitor) -> None:
    """The headquarters meets today and agrees without a vote (了承)."""
    page, today = alice.page, timezone.localdate()
    alice.go("/desk/council/")
    follow(page, "孤独・孤立対策推進本部")
    open_act(page, "会議を予定する")
    page.get_by_label("時期", exact=True).fill(f"{today.month}月{today.day}日")
    page.get_by_label("年（西暦）").fill(str(today.year))
    press(page, "会議を予定する")
    if "/meetings/" not in alice.path:
        with page.expect_navigation():
            page.locator("main .card h3 a").first.click()
    open_act(page, "日を決めて招集する")
    page.get_by_label("開催日").fill(today.isoformat())
    press(page, "日を決めて招集する")
    open_act(page, "議案を出す")
    form = page.locator("details[open]", has=page.locator("summary", has_text="議案を出す"))
    form.get_by_label("議案の文").or_(form.locator("textarea[name=text]")).first.fill("重点計画を決定")
    form.locator("select[name=classification]").select_option(label="重点計画の決定")
    form.locator("select[name=requirement]").select_option(label="了承（採決なし）")
    press(page, "議案を出す")
    press(page, "開催したと記録する")
    open_act(page, "了承で決める")
    press(page, "了承で決める")
    expect(page.locator(".badge", has_text="可決").first).to_be_visible()
    seen(alice)
