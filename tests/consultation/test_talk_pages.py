"""The person's pages: the way in, the room, writing, and what is refused."""

import json
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from tests.consultation.making import begin, make_helpline, make_shift
from tsunagari.consultation.consent import consent
from tsunagari.consultation.models import ChatSession, Conversation, Message, SealedConnection, Task
from tsunagari.consultation.selectors.conversations import messages_after
from tsunagari.consultation.services.conversations import end_sessions
from tsunagari.consultation.states import TaskState
from tsunagari.core.crypto import derive_key, unseal

pytestmark = pytest.mark.django_db

OURS = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
ROOM = "/talk/room/"


def on_duty(**fields):
    """A helpline where somebody can answer at this minute."""
    helpline = make_helpline(**fields)
    helpline.shifts.update(seen_at=timezone.now(), confirmed_at=timezone.now())
    make_shift(helpline, at=timezone.now())
    return helpline


def visitor(begun=None) -> Client:
    """A browser; in the room of ``begun``, if one is given."""
    client = Client(headers=OURS)
    if begun is not None:
        client.cookies["talk"] = begun.token
        client.cookies["talk"]["path"] = "/talk/"
    return client


def said_in(conversation: Conversation) -> list[tuple[str, str]]:
    found = messages_after({conversation.pk: 0}, staff=False).get(conversation.pk, [])
    return [(one.author, one.text) for one in found]


def test_the_way_in_says_whether_somebody_is_there():
    helpline, closed = on_duty(), make_helpline(opened=False)
    html = visitor().get("/talk/").content.decode()
    assert f'href="/talk/to/{helpline.key}/"' in html
    assert f'href="/talk/to/{closed.key}/"' not in html


@pytest.mark.parametrize(("prefix", "language"), [("", "ja"), ("/en", "en"), ("/y", "ja-easy")])
def test_consenting_begins_a_conversation_in_the_language_of_the_page(prefix: str, language: str):
    helpline, client = on_duty(), visitor()
    page = client.get(f"{prefix}/talk/to/{helpline.key}/")
    assert page.status_code == 200
    assert "checked" not in page.content.decode()
    answer = client.post(f"{prefix}/talk/to/{helpline.key}/", {"about": "self"})
    assert (answer.status_code, answer["Location"]) == (302, "/talk/room/safety/")
    cookie = answer.cookies["talk"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/talk/", True, "Strict")
    assert (cookie["max-age"], cookie["expires"]) == ("", "")
    begun = Conversation.objects.get()
    assert (begun.language, begun.about, begun.age, begun.secondary_use_at) == (
        language,
        "self",
        "unknown",
        None,
    )
    assert client.get(ROOM)["Content-Language"] == {"ja-easy": "ja-x-easy"}.get(language, language)


def test_nothing_begins_without_saying_about_whom():
    helpline = on_duty()
    answer = visitor().post(f"/talk/to/{helpline.key}/", {})
    assert answer.status_code == 422
    assert Conversation.objects.count() == 0


def test_the_young_are_told_in_their_own_words_and_not_asked_for_research():
    helpline, client = on_duty(), visitor()
    html = client.get(f"/talk/to/{helpline.key}/young/").content.decode()
    assert "家の人や学校に、かってに言いません。" in html
    assert "secondary_use" not in html
    client.post(f"/talk/to/{helpline.key}/young/", {"about": "self", "secondary_use": "on"})
    begun = Conversation.objects.get()
    assert (begun.age, begun.secondary_use_at) == ("under_18", None)


def test_the_consent_follows_what_the_organisation_decided():
    never = consent(language="ja", young=False, tracing="never", days=365).lines
    sealed = consent(language="ja", young=False, tracing="sealed", days=30).lines
    assert len(never) == len(sealed) == 4
    assert "こちらから助けを送ることはできません" in never[3]
    assert "72時間だけ封をして残します" in sealed[3]
    assert "30日間" in sealed[0]


def test_nothing_begins_when_nobody_can_answer():
    helpline = make_helpline(opened=False)
    answer = visitor().post(f"/talk/to/{helpline.key}/", {"about": "self"})
    assert "いまは、相談員がいません。" in answer.content.decode()
    assert Conversation.objects.count() == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {},
    ],
)
def test_what_another_site_sends_begins_nothing(headers: dict[str, str]):
    helpline = on_duty()
    answer = Client(headers=headers).post(f"/talk/to/{helpline.key}/", {"about": "self"})
    assert answer.status_code == 403
    assert Conversation.objects.count() == 0


def test_an_old_browser_without_origin_may_write_with_its_cookie_but_not_from_elsewhere():
    begun = begin()
    plain = Client()
    plain.cookies["talk"] = begun.token
    assert plain.post(f"{ROOM}messages", {"client_id": uuid4(), "text": "もしもし"}).status_code == 303
    elsewhere = {"Origin": "https://evil.example"}
    answer = plain.post(f"{ROOM}messages", {"client_id": uuid4(), "text": "うそ"}, headers=elsewhere)
    assert answer.status_code == 403
    assert said_in(begun.conversation) == [("person", "もしもし")]


def test_browsers_may_name_the_origin_below_talk():
    assert visitor().get("/talk/")["Referrer-Policy"] == "same-origin"
    assert visitor(begin()).get(ROOM)["Referrer-Policy"] == "same-origin"


def test_a_message_by_form_and_by_script_is_the_same_and_stands_once():
    begun, client_id = begin(), uuid4()
    client = visitor(begun)
    sent = {"client_id": str(client_id), "text": "ねむれない"}
    first = client.post(f"{ROOM}messages", sent)
    assert (first.status_code, first["Location"]) == (303, f"{ROOM}#write")
    again = client.post(f"{ROOM}messages", json.dumps(sent), content_type="application/json")
    assert (again.json()["seq"], again.json()["client_id"]) == (1, str(client_id))
    assert said_in(begun.conversation) == [("person", "ねむれない")]
    assert "ねむれない" in client.get(ROOM).content.decode()
    assert Message.objects.get().kind == "waiting"


def test_who_writes_is_in_the_queue():
    begun = begin()
    visitor(begun).post(f"{ROOM}messages", {"client_id": uuid4(), "text": "こんばんは"})
    assert Task.objects.get().state == TaskState.QUEUED


def test_two_tabs_write_into_one_conversation():
    begun = begin()
    one, other = visitor(begun), visitor(begun)
    one.post(f"{ROOM}messages", {"client_id": uuid4(), "text": "ひとつめ"})
    other.post(f"{ROOM}messages", {"client_id": uuid4(), "text": "ふたつめ"})
    assert [text for _author, text in said_in(begun.conversation)] == ["ひとつめ", "ふたつめ"]
    assert "ふたつめ" in one.get(ROOM).content.decode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "ひとことからで、だいじょうぶです"),
        ("あ" * 4001, "4,000文字まで"),
        ("あ\x01い", "文字だけで送ってください"),
    ],
)
def test_what_cannot_be_a_message_is_given_back(text: str, said: str):
    begun = begin()
    client = visitor(begun)
    plain = client.post(f"{ROOM}messages", {"client_id": uuid4(), "text": text})
    assert plain.status_code == 422
    assert said in plain.content.decode()
    assert text.replace("\x01", "") in plain.content.decode().replace("\x01", "")
    by_script = client.post(
        f"{ROOM}messages",
        json.dumps({"client_id": str(uuid4()), "text": text}),
        content_type="application/json",
    )
    assert (by_script.status_code, said in by_script.json()["error"]) == (422, True)
    assert said_in(begun.conversation) == []


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"[]", b"3", b'{"client_id": "x", "text": "a"}', b"{}"])
def test_nonsense_by_script_gets_a_sentence(body: bytes):
    answer = visitor(begin()).post(f"{ROOM}messages", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_without_a_cookie_or_with_a_forged_one_the_way_in_is_shown():
    for token in ("", "forged", "x" * 5000):
        client = Client(headers=OURS)
        if token:
            client.cookies["talk"] = token
        answer = client.get(ROOM)
        assert (answer.status_code, answer["Location"]) == (302, "/talk/")
        assert client.post(f"{ROOM}messages", "{}", content_type="application/json").status_code == 410


def test_a_closed_session_says_so_and_an_erased_conversation_too():
    begun = begin()
    end_sessions(begun.conversation.pk, at=timezone.now())
    answer = visitor(begun).get(ROOM)
    assert (answer.status_code, "この画面の相談は、閉じられています" in answer.content.decode()) == (
        410,
        True,
    )
    Conversation.objects.update(erased_at=timezone.now())
    assert "この相談の記録は、消されています" in visitor(begun).get(ROOM).content.decode()


def test_leaving_ends_this_browser_alone_and_not_the_contact():
    begun = begin()
    client = visitor(begun)
    answer = client.post(f"{ROOM}leave")
    assert (answer.status_code, answer["Location"]) == (303, "/talk/")
    assert answer.cookies["talk"]["max-age"] == 0
    assert ChatSession.objects.get().ended_at is not None
    assert Task.objects.get().state == TaskState.ARRIVED


def test_ending_while_waiting_closes_the_contact_and_writing_again_opens_another():
    begun = begin()
    client = visitor(begun)
    client.post(f"{ROOM}messages", {"client_id": uuid4(), "text": "やっぱり"})
    assert client.post(f"{ROOM}end/")["Location"] == f"{ROOM}after/"
    assert Task.objects.get().state == TaskState.ABANDONED_EXPLICIT
    assert client.get(f"{ROOM}after/").status_code == 200
    client.post(f"{ROOM}messages", {"client_id": uuid4(), "text": "もう一度"})
    assert sorted(Task.objects.values_list("state", flat=True)) == ["abandoned_explicit", "queued"]


def test_the_room_has_no_address_in_other_languages():
    begun = begin()
    client = visitor(begun)
    assert client.get("/t/talk/room/")["Location"] == ROOM
    assert client.get("/en/talk/room/").status_code == 404


def test_no_page_of_the_room_is_kept_by_anybody():
    assert visitor(begin()).get(ROOM)["Cache-Control"] == "no-store"


def test_leaving_out_the_safety_questions_waits_all_the_same():
    begun = begin()
    client = visitor(begun)
    assert client.get(f"{ROOM}safety/").status_code == 200
    assert client.post(f"{ROOM}safety/", {"skip": "1"})["Location"] == ROOM
    assert Task.objects.get().state == TaskState.QUEUED


def test_the_four_words_lead_back_from_another_browser():
    begun = begin()
    visitor(begun).post(f"{ROOM}messages", {"client_id": uuid4(), "text": "あとで戻ります"})
    shown = visitor(begun).post(f"{ROOM}key/").context["words"]
    assert len(shown) == 4
    other = visitor()
    answer = other.post("/talk/return/", {"words": " ".join(shown)})
    assert answer.status_code == 200
    assert answer.context["words"] != shown
    assert "あとで戻ります" in other.get(ROOM).content.decode()
    assert visitor().post("/talk/return/", {"words": "あ い う え"}).status_code >= 400


@pytest.mark.parametrize(("proxies", "address"), [([], "198.51.100.7"), (["198.51.100.7"], "203.0.113.9")])
def test_what_is_sealed_is_the_persons_address_and_not_the_proxys(settings, proxies, address: str):
    settings.TRUSTED_PROXIES = proxies
    helpline = on_duty(tracing="sealed")
    visitor().post(
        f"/talk/to/{helpline.key}/",
        {"about": "self"},
        REMOTE_ADDR="198.51.100.7",
        headers={"X-Forwarded-For": "203.0.113.9"},
    )
    kept = SealedConnection.objects.get(conversation__helpline=helpline)
    key = derive_key(settings.MASTER_KEY, "connection")
    assert json.loads(unseal(key, bytes(kept.sealed), kept.conversation_id.bytes))["address"] == address
