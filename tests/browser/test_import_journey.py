"""A city's list goes the whole way at the desk: upload, columns, dry run, import, pairs, undo."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from playwright.sync_api import Route, expect
from pytest_django import DjangoDbBlocker

from tests.browser.test_upkeep_journey import at_the_desk, seen
from tests.browser.visitor import Visitor, Visitors
from tests.directory.exchange.tables import cities
from tests.factories import make_membership, make_organization, make_user, sign_in
from tsunagari.accounts.models import Membership, Organization, Role, User
from tsunagari.directory import tasks
from tsunagari.directory.models import (
    ColumnMapping,
    ImportRun,
    ImportUpload,
    MatchKey,
    Merge,
    MergeProposal,
    SearchRow,
    Service,
)

LIST = cities.csv_bytes(
    [
        ["窓口の名前", "電話", "受付", "ひとこと"],
        ["ひだまり相談室", "044-200-1111", "月〜金 9時～17時（祝日除く）", "だれでも話せます。"],
        ["ひだまり相談室（電話）", "044-200-1111", "月〜金 9時～17時（祝日除く）", "だれでも話せます。"],
        ["夜のひだまり", "044-200-22", "毎日 よるだけ", "夜に話せます。"],
        ["", "044-200-3333", "", "名前のない行です。"],
    ]
)


@dataclass(frozen=True)
class City:
    """A city with an editor's session; ``work`` runs the jobs that wait for its newest file."""

    organization: Organization
    session: str
    work: Callable[[str], Any]


@pytest.fixture(params=["ja"])
def city(request: pytest.FixtureRequest, site: str, django_db_blocker: DjangoDbBlocker) -> Iterator[City]:
    """Made and taken away outside the test's transaction, in which the site would not see it."""
    with django_db_blocker.unblock(), ThreadPoolExecutor(1) as elsewhere:
        organization, session = elsewhere.submit(make, request.param).result()
        yield City(organization, session, lambda job: elsewhere.submit(work, job).result())
        elsewhere.submit(take_away, organization).result()


def make(language: str) -> tuple[Organization, str]:
    organization = make_organization("川崎市", kind=Organization.Kind.MUNICIPALITY)
    Organization.objects.filter(pk=organization.pk).update(area="141305")
    user = make_membership(make_user("alice"), organization, Role.EDITOR).user
    User.objects.filter(pk=user.pk).update(language=language)
    session = sign_in(Client(), user).cookies[settings.SESSION_COOKIE_NAME].value
    connection.close()
    return organization, session


def work(job: str) -> None:
    """Do what the worker would do next."""
    upload = ImportUpload.objects.latest("created_at")
    getattr(tasks, job).func(upload_id=str(upload.pk))
    connection.close()


def take_away(organization: Organization) -> None:
    ours = Service.objects.filter(organization=organization)
    MatchKey.objects.filter(service_id__in=ours.values("pk")).delete()
    for model in (Merge, MergeProposal, ImportUpload, ImportRun, ColumnMapping):
        model.objects.all().delete()
    SearchRow.objects.filter(service__in=ours).delete()
    ours.delete()
    for table in (Membership, EmailAddress, Session, User):
        table.objects.all().delete()
    Organization.objects.filter(pk=organization.pk).delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    connection.close()


def press(visitor: Visitor, action: str) -> None:
    """Press the button of the form that goes to this address, whatever language it speaks."""
    visitor.page.locator(f"main form[action$='{action}'] button").first.click()


@pytest.mark.parametrize(
    ("city", "width", "scheme"),
    [("ja", 360, "light"), ("ja", 1280, "light"), ("en", 360, "dark"), ("en", 1280, "dark")],
    indirect=["city"],
)
def test_a_list_goes_the_whole_way(visitors: Visitors, city: City, width: int, scheme: str):
    alice = at_the_desk(visitors, city.session, scripts=True, width=width, scheme=scheme)
    page = alice.page
    alice.go("/desk/imports/")
    seen(alice, "1-upload")
    page.set_input_files("#id_file", {"name": "窓口一覧.csv", "mimeType": "text/csv", "buffer": LIST})
    press(alice, "/upload/")
    seen(alice, "2-columns")
    assert page.get_by_label("窓口の名前").input_value() == "name"
    page.locator("main form button.main").click()
    expect(page.locator("progress")).to_be_visible()
    seen(alice, "3-checking")
    city.work("check_upload")
    # htmx asks, and the page comes anew by itself
    expect(page.locator("main form[action$='/start/']")).to_be_visible()
    expect(page.get_by_text("夜のひだまり").first).to_be_visible()
    assert not Service.objects.filter(organization=city.organization).exists(), "a dry run changes nothing"
    assert page.locator("main .facts-list dd").all_inner_texts() == ["3", "0", "0", "1"]
    seen(alice, "4-dry-run")
    press(alice, "/start/")
    expect(page.locator("progress")).to_be_visible()
    city.work("publish_upload")
    expect(page.locator("main form[action$='/undo/']")).to_be_visible()
    seen(alice, "5-imported")
    where = alice.path

    alice.go("/desk/merges/")
    expect(page.locator("main form[action$='/decline/']")).to_have_count(1)
    seen(alice, "6-pairs")
    page.locator("main form[action] input[name=survivor] + button").first.click()
    expect(page.locator("main form[action$='/undo/']")).to_have_count(1)
    seen(alice, "7-merged")
    press(alice, "/undo/")
    expect(page.locator("main form[action$='/undo/']")).to_have_count(0)

    alice.go(where)
    press(alice, "/undo/")
    expect(page.locator("progress")).to_be_visible()
    seen(alice, "8-undoing")
    city.work("undo_upload")
    expect(page.locator("main form[action$='/undo/']")).to_have_count(1)
    seen(alice, "9-changed-since")
    press(alice, "/undo/")
    city.work("undo_upload")
    expect(page.locator("progress")).to_have_count(0)
    seen(alice, "10-undone")
    assert (alice.complaints, alice.strangers()) == ([], [])


def _show_noscript(route: Route) -> None:
    """Read the page as a browser without JavaScript does: Playwright's switch alone skips ``noscript``."""
    answer = route.fetch(max_redirects=0)
    if not answer.headers.get("content-type", "").startswith("text/html"):
        route.fulfill(response=answer)
        return
    route.fulfill(response=answer, body=re.sub("</?noscript>", "", answer.text()))


def test_without_javascript_the_page_renews_itself(visitors: Visitors, city: City):
    alice = at_the_desk(visitors, city.session, scripts=False, width=360)
    alice.page.route(re.compile(r"/desk/imports/[0-9a-f-]{36}/$"), _show_noscript)
    page = alice.page
    alice.go("/desk/imports/")
    page.set_input_files("#id_file", {"name": "窓口一覧.csv", "mimeType": "text/csv", "buffer": LIST})
    press(alice, "/upload/")
    page.locator("main form button.main").click()
    # what follows a redirect is not routed; the page itself is
    page.get_by_role("link", name="いまの様子を見る").click()
    expect(page.get_by_text("5秒ごとに新しくなります")).to_be_visible()
    city.work("check_upload")
    expect(page.locator("main form[action$='/start/']")).to_be_visible(timeout=40_000)
    assert page.locator("meta[http-equiv=refresh]").count() == 0, "what is done stands still"
    press(alice, "/start/")
    page.get_by_role("link", name="いまの様子を見る").click()
    city.work("publish_upload")
    expect(page.locator("main form[action$='/undo/']")).to_be_visible(timeout=40_000)
    press(alice, "/undo/")
    page.get_by_role("link", name="いまの様子を見る").click()
    expect(page.locator("progress")).to_be_visible()
    city.work("undo_upload")
    expect(page.locator("progress")).to_have_count(0, timeout=40_000)
    assert alice.strangers() == []
