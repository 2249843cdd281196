"""A draft is commented upon by somebody on a phone without scripts, and by a ministry at its desk."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django import DjangoDbBlocker

from tests.browser.test_upkeep_journey import at_the_desk, seen
from tests.browser.visitor import NO_TRACES, Visitors
from tests.council.rounds import Scene, make_round, make_scene
from tests.factories import sign_in
from tsunagari.accounts.models import Membership, Organization, User


@dataclass(frozen=True)
class Consulting:
    """Two open rounds by their ids, and the sessions of alice (secretariat) and bob (a ministry).

    The tests themselves ask the database nothing: their transaction would hold the tables that are emptied.
    """

    scene: Scene
    public: UUID
    paragraph: UUID
    ministry: UUID
    asked: UUID
    alice: str
    bob: str


@pytest.fixture
def consulting(site: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Consulting]:
    """Made and taken away outside the test's transaction, in which the site would not see it."""
    with django_db_blocker.unblock(), ThreadPoolExecutor(1) as elsewhere:
        made = elsewhere.submit(make).result()
        yield made
        elsewhere.submit(take_away, made).result()


def make() -> Consulting:
    scene, now = make_scene(), timezone.now()
    document = uuid4()
    given = {"document_id": document, "at": now, "closes_at": now + timedelta(days=7)}
    public, ministry = (make_round(scene, kind, **given) for kind in ("public", "ministry"))
    paragraph = public.paragraphs.earliest("position").paragraph_id
    asked = scene.addressee(ministry).pk
    cookies = [
        sign_in(Client(), user).cookies[settings.SESSION_COOKIE_NAME].value
        for user in (scene.alice, scene.bob)
    ]
    connection.close()
    return Consulting(scene, public.pk, paragraph, ministry.pk, asked, *cookies)


def take_away(made: Consulting) -> None:
    with connection.cursor() as cursor:  # the journal refuses to be deleted row by row
        cursor.execute("TRUNCATE council_consultationround CASCADE")
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = 'council.tell_addressee'")
    for table in (Membership, EmailAddress, Session, User):
        table.objects.all().delete()
    scene = made.scene
    Organization.objects.filter(pk__in=[scene.secretariat.pk, scene.health.pk, scene.education.pk]).delete()
    connection.close()


def test_somebody_comments_on_a_phone_without_scripts(visitors: Visitors, consulting: Consulting) -> None:
    visitor = visitors(scripts=False)
    page = visitor.page
    visitor.go("/council/rounds/")
    page.get_by_role("link", name="読んで、意見を書く").click()
    page.get_by_role("link", name=re.compile("ここに意見を書く")).nth(1).click()
    page.get_by_label("意見", exact=True).fill("夜も話せる窓口がほしいです。090-1234-5678")
    page.get_by_role("button", name="意見を送る").click()
    expect(page.get_by_text("電話番号のようなもの")).to_be_visible()
    page.get_by_label("意見", exact=True).fill("夜も話せる窓口がほしいです。")
    page.get_by_role("button", name="意見を送る").click()
    code = page.locator(".receipt").inner_text()
    assert visitor.traces() == NO_TRACES
    page.get_by_role("link", name="受付番号で、自分の意見を見る").click()
    page.get_by_label("受付番号").fill(code.lower())
    page.get_by_role("button", name="見る").click()
    expect(page.get_by_text("読むのを待っています")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_public_and_desk_pages_can_be_read_by_everybody(
    visitors: Visitors, consulting: Consulting, width: int, scheme: str
) -> None:
    visitor = visitors(width=width, scheme=scheme)
    public, ministry = consulting.public, consulting.ministry
    for address in (
        "/council/rounds/",
        f"/council/rounds/{public}/",
        f"/council/rounds/{public}/comment/{consulting.paragraph}/",
        "/council/rounds/trace/",
        "/en/council/rounds/",
    ):
        visitor.go(address)
        seen(visitor)
    for session, addresses in (
        (consulting.alice, (f"/desk/council/rounds/{ministry}/", f"/desk/council/rounds/{public}/groups/")),
        (consulting.bob, ("/desk/council/rounds/", f"/desk/council/rounds/asked/{consulting.asked}/")),
    ):
        member = at_the_desk(visitors, session, scripts=True, width=width, scheme=scheme)
        for address in addresses:
            member.go(address)
            seen(member)


def test_an_officer_replies_at_the_desk(visitors: Visitors, consulting: Consulting) -> None:
    officer = at_the_desk(visitors, consulting.bob, scripts=True, width=1280)
    page = officer.page
    officer.go("/desk/council/rounds/")
    page.get_by_role("link", name="孤独・孤立対策の重点計画（案）").first.click()
    page.get_by_text("この段落に意見を書く").nth(1).click()
    page.locator("details[open]").get_by_label("意見").fill("市区町村の数を書くべきです。")
    page.locator("details[open]").get_by_role("button", name="意見を出す").click()
    expect(page.get_by_text("意見を受け付けました。")).to_be_visible()
    expect(page.locator(".badge", has_text="意見あり").first).to_be_visible()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Excelの様式").click()
    assert downloading.value.suggested_filename.endswith(".xlsx")
    expect(page.locator("p", has_text="市区町村の数を書くべきです。").first).to_be_visible()
