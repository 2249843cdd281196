"""Staff at their desk in a real browser: the way in by code and by passkey; every page by axe-core."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django import DjangoDbBlocker

from tests.browser.test_accessibility import faults
from tests.browser.visitor import Visitor, Visitors
from tests.factories import make_membership, make_passkey, make_second_factor, make_user, sign_in
from tsunagari.accounts import services
from tsunagari.accounts.models import (
    AccountEvent,
    Invitation,
    Membership,
    Organization,
    RecordReading,
    Role,
    User,
)

PASSWORD = "mizu-umi-hikari-29"
VIRTUAL_PASSKEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass(frozen=True)
class Desk:
    """An organisation with its administrator, and the cookie of a session in which all was shown."""

    organization: Organization
    alice: User
    secret: str
    session: str
    token: str


@pytest.fixture(scope="module")
def desk(site: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Desk]:
    """Committed, since the site runs beside the tests; taken away at the end, ledgers included."""
    with django_db_blocker.unblock():
        cache.clear()
        alice = make_user("alice", password=PASSWORD)
        organization = make_membership(alice).organization
        secret = make_second_factor(alice)
        bob = make_membership(make_user("bob"), organization, Role.COUNSELLOR).user
        make_passkey(alice)
        services.record_reading(
            actor=bob,
            organization=organization,
            subject_type="casework.case",
            subject_id=uuid4(),
            person_ref=uuid4(),
            basis="consent",
            at=timezone.now(),
        )
        invitation = services.invite_member(
            actor=alice,
            organization_id=organization.pk,
            email="new@example.org",
            role=Role.VIEWER,
            at=timezone.now(),
        )
        client = sign_in(Client(), alice)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        yield Desk(organization, alice, secret, session, services.token_of(invitation))
        with connection.cursor() as cursor:
            for ledger in (AccountEvent, RecordReading):
                table = ledger._meta.db_table
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
                cursor.execute(f"DELETE FROM {table}")
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER append_only")
        for model in (Invitation, Membership, Authenticator, EmailAddress, Session):
            model.objects.all().delete()
        User.objects.all().delete()
        organization.delete()


def signed_in(visitors: Visitors, desk: Desk, **options: object) -> Visitor:
    visitor = visitors(**options)  # type: ignore[arg-type]
    visitor.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": desk.session, **cookie_place(visitor)}]
    )
    return visitor


def cookie_place(visitor: Visitor) -> dict[str, str]:
    """Where the server itself puts the session's cookie; another path would be a second cookie."""
    return {"domain": urlsplit(visitor.site).hostname or "", "path": settings.SESSION_COOKIE_PATH}


def submit(visitor: Visitor) -> None:
    with visitor.page.expect_navigation():
        visitor.page.locator("main form button.main").first.click()


def log_in(visitor: Visitor, desk: Desk) -> None:
    visitor.go("/desk/login/")
    visitor.page.fill("[name=login]", desk.alice.email)
    visitor.page.fill("[name=password]", PASSWORD)
    submit(visitor)
    assert visitor.path == "/desk/login/second-factor/"
    code = format_hotp_value(hotp_value(desk.secret, list(yield_hotp_counters_from_time())[1]))
    visitor.page.fill("[name=code]", code)
    submit(visitor)


def test_a_day_at_the_desk_without_javascript(visitors: Visitors, desk: Desk) -> None:
    visitor = visitors(scripts=False)
    log_in(visitor, desk)
    assert visitor.path == "/desk/"
    page = visitor.page
    page.get_by_role("link", name=f"{desk.organization}のメンバー").click()
    page.get_by_role("button", name="招待を取り消す").click()
    page.get_by_role("button", name="元に戻す").click()
    expect(page.get_by_text("元に戻しました")).to_be_visible()
    page.get_by_role("button", name="ログアウト").click()
    assert visitor.path == "/desk/login/"
    visitor.go("/desk/")
    assert visitor.path == "/desk/login/"
    assert visitor.strangers() == []


def test_a_passkey_is_added_and_opens_the_desk(visitors: Visitors, desk: Desk) -> None:
    # passkeys need a name, not an address
    visitor = signed_in(Visitors(visitors.browser, visitors.site.replace("127.0.0.1", "localhost")), desk)
    devices = visitor.context.new_cdp_session(visitor.page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": VIRTUAL_PASSKEY})
    visitor.go("/desk/security/passkeys/add/")
    visitor.page.fill("[name=password]", PASSWORD)
    submit(visitor)
    with visitor.page.expect_navigation():
        visitor.page.click("#mfa_webauthn_add")
    visitor.go("/desk/")
    visitor.page.get_by_role("button", name="ログアウト").click()
    visitor.page.click("#passkey_login")
    visitor.page.wait_for_url("**/desk/")
    expect(visitor.page.get_by_role("heading", name="aliceさんの机")).to_be_visible()
    assert visitor.complaints == []
    visitor.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_of_the_desk_is_accessible(
    visitors: Visitors, desk: Desk, width: int, scheme: str, django_db_blocker: DjangoDbBlocker
) -> None:
    outside = visitors(width=width, scheme=scheme)
    found = {
        path: faults_at(outside, path)
        for path in (
            "/desk/login/",
            "/desk/password/reset/",
            "/desk/password/reset/sent/",
            "/desk/password/reset/abc-def/",
            "/desk/inactive/",
            f"/desk/invitations/{desk.token}/",
        )
    }
    with django_db_blocker.unblock(), ThreadPoolExecutor(1) as elsewhere:
        # a new session, since the passkey's journey has ended the first one; outside the test's transaction,
        # in which the site would not see it
        session = elsewhere.submit(new_session, desk).result()
    inside = visitors(width=width, scheme=scheme)
    inside.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, **cookie_place(inside)}]
    )
    inside.go("/desk/security/again/")
    inside.page.fill("[name=password]", PASSWORD)
    submit(inside)
    found |= {
        path: faults_at(inside, path)
        for path in (
            "/desk/",
            "/desk/profile/",
            f"/desk/organizations/{desk.organization.pk}/members/",
            "/desk/readings/",
            "/desk/readings/?person=x",
            "/desk/readings/own/",
            "/desk/security/",
            "/desk/security/password/",
            "/desk/security/again/code/",
            "/desk/security/again/passkey/",
            "/desk/security/app/remove/",
            "/desk/security/passkeys/",
            "/desk/security/passkeys/add/",
            "/desk/security/codes/",
            "/desk/security/codes/renew/",
        )
    }
    assert found == dict.fromkeys(found, [])
    assert inside.complaints == []
    assert inside.strangers() == []


def new_session(desk: Desk) -> str:
    """Sign alice in without the pages; return her cookie's value."""
    try:
        client = sign_in(Client(), desk.alice)
        return client.cookies[settings.SESSION_COOKIE_NAME].value
    finally:
        connection.close()


def faults_at(visitor: Visitor, path: str) -> list[str]:
    visitor.go(path)
    assert visitor.path == path.split("?")[0]
    sideways = visitor.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return faults(visitor) + (["scrolls sideways"] if sideways else [])
