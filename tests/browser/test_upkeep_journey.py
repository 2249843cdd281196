"""An entry is changed by one person and published by another; a mail's link confirms with one tap."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django import DjangoDbBlocker

from tests.browser.test_accessibility import faults
from tests.browser.visitor import NO_TRACES, Visitor, Visitors
from tests.directory.upkeep.conftest import entry_content
from tests.factories import make_membership, make_organization, make_user, sign_in
from tsunagari.accounts.models import Membership, Role, User
from tsunagari.directory.models import (
    ConfirmationMail,
    ConfirmationRequest,
    Location,
    MistakeReport,
    Revision,
    SearchRow,
    Service,
)
from tsunagari.directory.services import confirmations
from tsunagari.directory.services.content import write_content


@dataclass(frozen=True)
class Keeping:
    """An entry, the sessions of its two editors, and the link of a mail about it."""

    service: Service
    alice: str
    bob: str
    token: str


@pytest.fixture
def keeping(site: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Keeping]:
    """Made and taken away outside the test's transaction, in which the site would not see it."""
    with django_db_blocker.unblock(), ThreadPoolExecutor(1) as elsewhere:
        made = elsewhere.submit(make).result()
        yield made
        elsewhere.submit(take_away, made).result()


def make() -> Keeping:
    organization = make_organization("ひだまりの会")
    service = write_content(entry_content(), service=None, organization=organization)
    Service.objects.filter(pk=service.pk).update(assured_on=date(2024, 12, 1))
    sessions = []
    for name in ("alice", "bob"):
        user = make_membership(make_user(name), organization, Role.EDITOR).user
        sessions.append(sign_in(Client(), user).cookies[settings.SESSION_COOKIE_NAME].value)
    now = timezone.now()
    mail = ConfirmationMail.objects.create(
        organization=organization, created_at=now, expires_at=now + timedelta(days=60)
    )
    mail.requests.add(ConfirmationRequest.objects.create(service=service, asked_at=now, last_sent_at=now))
    connection.close()
    return Keeping(service, *sessions, confirmations.token_of(mail))


def take_away(made: Keeping) -> None:
    for model in (Revision, MistakeReport, ConfirmationMail, ConfirmationRequest):
        model.objects.all().delete()
    SearchRow.objects.filter(service=made.service).delete()
    organization = made.service.organization
    Location.objects.filter(organization=organization).delete()
    made.service.delete()
    for table in (Membership, EmailAddress, Session, User):
        table.objects.all().delete()
    organization.delete()
    connection.close()


def at_the_desk(
    visitors: Visitors, session: str, *, scripts: bool, width: int, scheme: str = "light"
) -> Visitor:
    visitor = visitors(scripts=scripts, width=width, scheme=scheme)
    place = {"domain": urlsplit(visitor.site).hostname or "", "path": settings.SESSION_COOKIE_PATH}
    visitor.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, **place}])
    return visitor


SCREENS = os.environ.get("SCREENS")
"""A folder: what the pages look like is kept there, to be looked at."""


def seen(visitor: Visitor, name: str = "") -> None:
    """The page is accessible and does not scroll sideways; a picture is kept where somebody wants to look."""
    if SCREENS:
        number = len(list(Path(SCREENS).iterdir()))
        shot = f"{number:03}{name or visitor.path.replace('/', '_')[-60:]}.png"
        visitor.page.screenshot(path=Path(SCREENS) / shot, full_page=True)
    assert faults(visitor) == [], visitor.path
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), visitor.path


@pytest.mark.parametrize("width", [360, 1280])
def test_from_a_draft_to_the_public_page(visitors: Visitors, keeping: Keeping, width: int):
    alice = at_the_desk(visitors, keeping.alice, scripts=True, width=width)
    page = alice.page
    for path in ("/desk/", "/desk/entries/reports/", "/desk/entries/upkeep/", "/desk/entries/reviews/"):
        alice.go(path)
        seen(alice)
    alice.go("/desk/entries/")
    seen(alice)
    page.get_by_role("link", name="ひだまり電話").click()
    seen(alice)
    page.get_by_role("button", name="直すところがある").click()
    seen(alice)
    page.locator("#id_channels-0-hours").fill("月〜金 9:00〜20:00（祝日を除く）")
    page.get_by_role("button", name="受付時間の読みかたを見る").click()
    expect(page.get_by_text("このように読みました")).to_be_visible()
    expect(page.get_by_text("月〜金 9:00〜20:00（祝日休み）")).to_be_visible()
    for name, words in (("name", "ひだまり会館"), ("area", "東京都品川区"), ("address_1", "大井1-14-1")):
        page.locator(f"#id_places-0-{name}").fill(words)
    page.locator("#id_places-0-postal_code").fill("14-0014")
    page.get_by_role("button", name="下書きを保存する").click()
    expect(page.get_by_text("郵便番号は7けたで書いてください")).to_be_visible()
    seen(alice)
    page.locator("#id_places-0-postal_code").fill("140-0014")
    page.get_by_role("button", name="下書きを保存する").click()
    expect(page.locator("ins", has_text="20")).to_be_visible()
    expect(page.locator("ins", has_text="大井1-14-1")).to_be_visible()
    seen(alice)
    page.get_by_role("button", name="ほかの人に確認を頼む").click()
    expect(page.get_by_text("書いた人は、自分では公開できません。")).to_be_visible()
    draft = alice.path

    bob = at_the_desk(visitors, keeping.bob, scripts=True, width=width)
    bob.go(draft)
    seen(bob)
    bob.page.get_by_role("button", name="確かめました。公開する").click()
    expect(bob.page.get_by_role("link", name="第1版")).to_be_visible()
    bob.page.get_by_text("どこから来た情報か").click()
    expect(bob.page.get_by_text("人が書いた").first).to_be_visible()
    seen(bob)
    bob.go(f"/services/{keeping.service.pk}/")
    expect(bob.page.get_by_text("月〜金 9:00〜20:00").first).to_be_visible()
    for visitor in (alice, bob):
        assert (visitor.complaints, visitor.strangers()) == ([], [])


def test_one_tap_from_the_mail_without_javascript(visitors: Visitors, keeping: Keeping):
    visitor = visitors(scripts=False)
    visitor.go(f"/confirm/{keeping.token}/")
    page = visitor.page
    expect(page.get_by_text("03-1234-5678")).to_be_visible()
    page.get_by_role("button", name="正しいです").click()
    expect(page.get_by_text("今日確かめたことにしました")).to_be_visible()
    visitor.go(f"/confirm/{keeping.token}/")
    expect(page.get_by_text("に「正しい」と確かめられました")).to_be_visible()
    assert visitor.strangers() == []
    assert visitor.context.cookies() == []


def test_the_page_behind_the_link_is_accessible_and_leaves_no_trace(visitors: Visitors, keeping: Keeping):
    for width, language in ((360, ""), (1280, "/en")):
        visitor = visitors(width=width)
        visitor.go(f"{language}/confirm/{keeping.token}/")
        seen(visitor)
        visitor.page.locator("button[value=wrong]").click()
        seen(visitor)
        assert visitor.traces() == NO_TRACES
        assert visitor.complaints == []
