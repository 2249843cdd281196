"""Asking by mail and answering by one tap."""

import re
import smtplib
import threading
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core import mail as outbox
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.directory.upkeep.conftest import Scene, make_scene
from tests.factories import make_member, make_organization, make_user
from tsunagari.accounts.models import Role
from tsunagari.core.crypto import seal_token
from tsunagari.directory import tasks
from tsunagari.directory.models import (
    ConfirmationMail,
    ConfirmationRequest,
    Metadata,
    MistakeReport,
    Service,
)
from tsunagari.directory.services import confirmations
from tsunagari.directory.services.confirmations import ask_for_confirmations

NOW = timezone.now()
OLD = date(2024, 12, 1)


@pytest.fixture
def asked(scene: Scene) -> ConfirmationMail:
    """alice and bob's organisation has been asked about its two old entries."""
    return ask(scene)


def ask(scene: Scene, at: datetime = NOW) -> ConfirmationMail:
    Service.objects.filter(pk=scene.service.pk).update(assured_on=OLD)
    Service.objects.create(organization=scene.organization, name="あさひ電話", assured_on=OLD)
    ask_for_confirmations(at=at)
    return ConfirmationMail.objects.get()


def address(mail: ConfirmationMail, language: str = "") -> str:
    return f"{language}/confirm/{confirmations.token_of(mail)}/"


def assured(scene: Scene) -> date | None:
    scene.service.refresh_from_db()
    return scene.service.assured_on


def request_of(scene: Scene) -> ConfirmationRequest:
    return ConfirmationRequest.objects.get(service=scene.service)


# -- the link ----------------------------------------------------------------------------------------------


def test_opening_the_link_confirms_nothing_however_often(
    client: Client, scene: Scene, asked: ConfirmationMail
):
    for method in ("get", "head", "get"):
        response = getattr(client, method)(address(asked))
        assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
        assert not response.cookies
    assert assured(scene) == OLD
    assert not ConfirmationRequest.objects.exclude(answered_at=None).exists()
    html = client.get(address(asked)).content.decode()
    for text in (
        "相談料 0円",
        "ひだまり電話",
        "03-1234-5678",
        "月〜金 9:00〜17:00",
        "正しいです",
        "直すところがあります",
        "noindex",
    ):
        assert text in html or text in str(client.get(address(asked)).headers), text


def test_one_tap_renews_the_date_and_the_history_names_nobody(
    client: Client, scene: Scene, asked: ConfirmationMail
):
    Metadata.objects.all().delete()
    response = client.post(address(asked), {"answer": "right", "request": request_of(scene).pk})
    assert response.status_code == 200
    assert "ありがとうございます" in response.content.decode()
    assert assured(scene) == timezone.localdate()
    assert request_of(scene).answer == "confirmed"
    rows = Metadata.objects.values_list("field_name", "updated_by")
    assert list(rows) == [("assured_on", "link")]
    other = Service.objects.get(name="あさひ電話")
    assert other.assured_on == OLD


def test_used_twice_it_says_when_and_changes_nothing(client: Client, scene: Scene, asked: ConfirmationMail):
    post = {"answer": "right", "request": request_of(scene).pk}
    client.post(address(asked), post)
    first = request_of(scene).answered_at
    Service.objects.filter(pk=scene.service.pk).update(assured_on=OLD)
    response = client.post(address(asked), post)
    assert response.status_code == 410
    assert "に「正しい」と確かめられました" in response.content.decode()
    assert (assured(scene), request_of(scene).answered_at) == (OLD, first)
    client.post(address(asked), {"answer": "all"})
    assert client.get(address(asked)).status_code == 410
    assert client.post(address(asked), {"answer": "all"}).status_code == 410


def test_all_at_once(client: Client, scene: Scene, asked: ConfirmationMail):
    assert client.post(address(asked), {"answer": "all"}).status_code == 200
    today = timezone.localdate()
    assert set(Service.objects.values_list("assured_on", flat=True)) == {today}


def test_what_has_to_change_is_a_report_and_not_a_change(
    client: Client, scene: Scene, asked: ConfirmationMail
):
    request = request_of(scene)
    page = client.post(address(asked), {"answer": "wrong", "request": request.pk})
    assert (page.status_code, "どこを、どう直しますか" in page.content.decode()) == (200, True)
    assert not MistakeReport.objects.exists()
    empty = client.post(address(asked), {"answer": "change", "request": request.pk, "text": " "})
    assert empty.status_code == 422
    long = client.post(address(asked), {"answer": "change", "request": request.pk, "text": "あ" * 501})
    assert (long.status_code, "あ" * 501 in long.content.decode()) == (422, True)
    text = "<script>alert(1)</script> 土曜もやっています"
    done = client.post(address(asked), {"answer": "change", "request": request.pk, "text": text})
    assert done.status_code == 200
    report = MistakeReport.objects.get()
    assert (report.service, report.source, report.state, report.text) == (
        scene.service, "organization", "open", text,
    )  # fmt: skip
    assert (assured(scene), request_of(scene).answer) == (OLD, "needs_change")
    again = client.post(address(asked), {"answer": "change", "request": request.pk, "text": text})
    assert (again.status_code, MistakeReport.objects.count()) == (410, 1)


def test_an_altered_link_is_not_found(client: Client, scene: Scene, asked: ConfirmationMail):
    token = confirmations.token_of(asked)
    middle = len(token) // 2
    swapped = "A" if token[middle] != "A" else "B"
    other_purpose = seal_token(settings.MASTER_KEY, "search", str(asked.pk), ttl_seconds=999, at=NOW)
    no_mail = seal_token(settings.MASTER_KEY, confirmations.PURPOSE, str(uuid4()), ttl_seconds=999, at=NOW)
    no_id = seal_token(settings.MASTER_KEY, confirmations.PURPOSE, {"a": 1}, ttl_seconds=999, at=NOW)
    bad = [
        token[:middle] + swapped + token[middle + 1 :],
        token[:-5],
        token + "A",
        "x",
        other_purpose,
        no_mail,
    ]
    for one in (*bad, no_id):
        for answer in (client.get(f"/confirm/{one}/"), client.post(f"/confirm/{one}/", {"answer": "all"})):
            assert answer.status_code == 404
            assert "このリンクは使えません" in answer.content.decode()
    assert assured(scene) == OLD


def test_an_expired_link_is_gone(client: Client, scene: Scene, asked: ConfirmationMail):
    ConfirmationMail.objects.update(expires_at=NOW - timedelta(seconds=1))
    for answer in (client.get(address(asked)), client.post(address(asked), {"answer": "all"})):
        assert answer.status_code == 410
        assert "期限が切れています" in answer.content.decode()
    assert assured(scene) == OLD


@pytest.mark.parametrize("chosen", ["", "x", "00000000-0000-4000-8000-000000000000"])
def test_a_question_that_is_not_in_the_mail_is_not_answered(
    client: Client, scene: Scene, asked: ConfirmationMail, chosen: str
):
    for answer in ("right", "wrong", "change"):
        given = {"answer": answer, "request": chosen, "text": "x"}
        status = client.post(address(asked), given).status_code
        assert status == 404
    assert client.post(address(asked), {"answer": "nonsense"}).status_code in {404, 422}
    assert assured(scene) == OLD


def test_a_link_opens_no_other_organisations_question(client: Client, scene: Scene, asked: ConfirmationMail):
    other = Service.objects.create(
        organization=scene.charlie.memberships.get().organization, name="別", assured_on=OLD
    )
    theirs = ConfirmationRequest.objects.create(service=other, asked_at=NOW, last_sent_at=NOW)
    response = client.post(address(asked), {"answer": "right", "request": theirs.pk})
    assert response.status_code == 404
    other.refresh_from_db()
    assert other.assured_on == OLD


def test_the_page_is_english_under_en(client: Client, asked: ConfirmationMail):
    html = client.get(address(asked, "/en")).content.decode()
    assert '<html lang="en"' in html


def test_a_confirmation_never_turns_the_date_back(client: Client, scene: Scene, asked: ConfirmationMail):
    later = timezone.localdate() + timedelta(days=3)
    Service.objects.filter(pk=scene.service.pk).update(assured_on=later)
    client.post(address(asked), {"answer": "right", "request": request_of(scene).pk})
    assert assured(scene) == later


def test_a_page_of_many_entries_stays_readable(client: Client, scene: Scene, asked: ConfirmationMail):
    for number in range(10):
        service = Service.objects.create(organization=scene.organization, name=f"窓口{number}")
        asked.requests.add(
            ConfirmationRequest.objects.create(service=service, asked_at=NOW, last_sent_at=NOW)
        )
    html = client.get(address(asked)).content.decode()
    assert html.count('value="right"') == 12
    assert html.count("<details><summary>") == 12 - 5


@pytest.mark.django_db(transaction=True)
def test_of_two_taps_at_once_one_counts():
    scene = make_scene()
    mail = ask(scene)
    token, request = confirmations.token_of(mail), request_of(scene)
    start = threading.Barrier(2)
    outcomes: list[int] = []

    def tap() -> None:
        start.wait()
        try:
            done = confirmations.confirm_by_link(token=token, request_ids=[request.pk], at=NOW)
            outcomes.append(len(done))
        except confirmations.AlreadyAnswered:
            outcomes.append(0)
        finally:
            connection.close()

    threads = [threading.Thread(target=tap) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [0, 1]


# -- asking ------------------------------------------------------------------------------------------------


def test_one_mail_for_one_organisation_with_all_that_is_old(scene: Scene, asked: ConfirmationMail):
    assert asked.organization == scene.organization
    assert {request.service.name for request in asked.requests.all()} == {"ひだまり電話", "あさひ電話"}
    assert ask_for_confirmations(at=NOW + timedelta(days=1)) == confirmations.Asked(0, 0)


def test_fresh_ended_and_unaddressed_entries_are_not_asked_about(scene: Scene):
    Service.objects.filter(pk=scene.service.pk).update(assured_on=timezone.localdate())
    Service.objects.create(organization=scene.organization, name="終わった", status="defunct")
    Service.objects.create(organization=make_organization("だれもいない会"), name="相手がいない")
    gone = make_organization("やめた会")
    make_member("gone", Role.EDITOR, gone, second_factor=False).memberships.update(ended_at=NOW)
    Service.objects.create(organization=gone, name="やめた")
    assert ask_for_confirmations(at=NOW).mails == 0


def test_reminded_after_thirty_days_and_then_twice_a_year(scene: Scene, asked: ConfirmationMail):
    days = [29, 30, 60, 209, 210, 389, 390]
    sent = [ask_for_confirmations(at=NOW + timedelta(days=day)).entries for day in days]
    assert sent == [0, 2, 0, 0, 2, 0, 2]
    request = request_of(scene)
    assert (request.asked_at, request.times_sent) == (NOW, 4)
    assert ConfirmationRequest.objects.count() == 2


def test_who_said_that_something_has_to_change_is_not_asked_again_meanwhile(
    scene: Scene, asked: ConfirmationMail
):
    confirmations.ask_for_change_by_link(
        token=confirmations.token_of(asked), request_id=request_of(scene).pk, text="x", at=NOW
    )
    assert ask_for_confirmations(at=NOW + timedelta(days=31)).entries == 1
    MistakeReport.objects.update(state="declined", handled_at=NOW, reason="x")
    assert ask_for_confirmations(at=NOW + timedelta(days=32)).entries == 1


def test_a_run_sends_so_many_mails_the_oldest_first(scene: Scene):
    Service.objects.filter(pk=scene.service.pk).update(assured_on=timezone.localdate())
    organizations = []
    for number in range(4):
        organization = make_organization(f"会{number}")
        make_member(f"e{number}", Role.EDITOR, organization, second_factor=False)
        for place in range(2):
            Service.objects.create(
                organization=organization, name="x", assured_on=date(2025, 1, 1 + 2 * number + place)
            )
        organizations.append(organization)
    assert ask_for_confirmations(at=NOW, most_mails=3) == confirmations.Asked(3, 6)
    assert set(ConfirmationMail.objects.values_list("organization", flat=True)) == {
        organization.pk for organization in organizations[:3]
    }
    assert ask_for_confirmations(at=NOW, most_mails=3) == confirmations.Asked(1, 2)


# -- the mail ----------------------------------------------------------------------------------------------


def test_the_mail_says_what_it_is_about_in_two_languages_and_names_nobody(
    client: Client, scene: Scene, asked: ConfirmationMail
):
    tasks.send_confirmation_mail(str(asked.pk))
    (sent,) = outbox.outbox
    assert isinstance(sent, EmailMessage)
    body = str(sent.body)
    for text in ("ひだまり電話", "あさひ電話", "いまも正しいですか", "ひだまりの会"):
        assert text in body
    for name in (scene.alice.display_name, scene.alice.email, scene.bob.email, "03-1234-5678"):
        assert name not in body
    assert sorted([*sent.to, *sent.bcc]) == sorted([scene.alice.email, scene.bob.email])
    assert len(sent.to) == 1
    links = re.findall(rf"{settings.SITE_URL}(/\S+)", body)
    assert [link.split("/confirm/")[0] for link in links] == ["", "/en"]
    for link in links:
        assert client.get(link).status_code == 200
    asked.refresh_from_db()
    assert asked.sent_at is not None
    tasks.send_confirmation_mail(str(asked.pk))
    assert len(outbox.outbox) == 1


def test_the_entrys_own_address_is_asked_before_the_editors(scene: Scene, asked: ConfirmationMail):
    Service.objects.filter(pk=scene.service.pk).update(assurer_email="Desk@example.org")
    assert confirmations.recipients_of(asked) == ["desk@example.org"]
    make_user("inactive", active=False)


def test_nothing_is_sent_once_everything_is_answered(client: Client, asked: ConfirmationMail):
    client.post(address(asked), {"answer": "all"})
    tasks.send_confirmation_mail(str(asked.pk))
    assert outbox.outbox == []


@pytest.mark.parametrize(("code", "bounced"), [(550, True), (451, False)])
def test_a_refused_address_is_written_down_and_passing_trouble_tried_again(
    asked: ConfirmationMail, monkeypatch: pytest.MonkeyPatch, code: int, bounced: bool
):
    def refuse(self: EmailBackend, messages: Sequence[Any]) -> int:
        raise smtplib.SMTPRecipientsRefused({"a@example.org": (code, b"no")})

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    if bounced:
        tasks.send_confirmation_mail(str(asked.pk))
    else:
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            tasks.send_confirmation_mail(str(asked.pk))
    asked.refresh_from_db()
    assert (asked.bounced_at is not None, asked.sent_at) == (bounced, None)


def test_the_jobs_argument_is_an_id_alone(asked: ConfirmationMail):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args::text FROM procrastinate_jobs WHERE task_name = 'directory.send_confirmation_mail'"
        )
        ((arguments,),) = cursor.fetchall()
    assert arguments == f'{{"mail_id": "{asked.pk}"}}'
