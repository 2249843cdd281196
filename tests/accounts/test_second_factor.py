"""The second factor: required of those who read persons' records."""

import json
import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.db import connection
from django.test import Client
from fido2.utils import websafe_encode

from tests.factories import make_member, make_membership, make_passkey, make_second_factor, make_user, sign_in
from tests.passkeys import SoftPasskey
from tsunagari.accounts.models import MFA_ROLES, AccountEvent, Role

pytestmark = pytest.mark.django_db

PASSWORD = "mizu-umi-hikari-29"


@pytest.fixture(autouse=True)
def _no_counts_from_before() -> None:
    cache.clear()


def code(secret: str) -> str:
    """The code that the app shows now."""
    return format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[1]))


def log_in(client: Client, email: str):  # type: ignore[no-untyped-def]
    return client.post("/desk/login/", {"login": email, "password": PASSWORD})


def test_roles_that_read_records_need_one() -> None:
    assert {
        Role.COUNSELLOR,
        Role.SUPERVISOR,
        Role.CASEWORKER,
        Role.LINK_WORKER,
        Role.PRIVACY_OFFICER,
        Role.ADMIN,
    } == MFA_ROLES


@pytest.mark.parametrize("role", list(Role))
def test_without_one_such_roles_get_no_further_than_setting_it_up(client: Client, role: Role) -> None:
    alice = make_member("alice", role, password=PASSWORD, second_factor=False)
    assert log_in(client, alice.email)["Location"] == "/desk/"
    response = client.get("/desk/")
    if role in MFA_ROLES:
        assert (response.status_code, response["Location"]) == (302, "/desk/security/")
    else:
        assert response.status_code == 200
    assert client.get("/desk/security/").status_code == 200


@pytest.mark.django_db(transaction=True)  # allauth tells the news on commit, and the session keeps it
def test_setting_up_an_app_opens_the_desk_and_gives_recovery_codes(client: Client) -> None:
    alice = make_member("alice", Role.COUNSELLOR, password=PASSWORD, second_factor=False)
    log_in(client, alice.email)
    # setting up asks for the password again
    again = client.get("/desk/security/app/add/")
    assert again["Location"].startswith("/desk/security/again/")
    client.post(again["Location"], {"password": PASSWORD, "next": "/desk/security/app/add/"})
    page = client.get("/desk/security/app/add/")
    secret = client.session["mfa.totp.secret"]
    assert secret in page.content.decode()
    assert client.post("/desk/security/app/add/", {"code": "000000"}).status_code == 200
    done = client.post("/desk/security/app/add/", {"code": code(secret)})
    assert done["Location"] == "/desk/security/codes/"
    assert client.get(done["Location"]).status_code == 200
    assert client.get("/desk/").status_code == 200
    stored = json.dumps(list(Authenticator.objects.filter(user=alice).values_list("data", flat=True)))
    assert secret not in stored
    kinds = AccountEvent.objects.filter(user=alice, kind="mfa_added").values_list("detail__type", flat=True)
    assert "totp" in kinds


def test_login_asks_for_the_code_and_each_code_works_once(client: Client) -> None:
    alice = make_member("alice", Role.COUNSELLOR, password=PASSWORD, second_factor=False)
    secret = make_second_factor(alice)
    assert log_in(client, alice.email)["Location"] == "/desk/login/second-factor/"
    assert client.get("/desk/")["Location"].startswith("/desk/login/")
    assert client.post("/desk/login/second-factor/", {"code": "000000"}).status_code == 200
    good = code(secret)
    assert client.post("/desk/login/second-factor/", {"code": good})["Location"] == "/desk/"
    assert client.get("/desk/").status_code == 200
    thief = Client()
    log_in(thief, alice.email)
    assert thief.post("/desk/login/second-factor/", {"code": good}).status_code == 200
    assert thief.get("/desk/").status_code == 302


def test_a_code_works_once_for_as_long_as_its_clock_allows(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A code is good for three periods, because clocks differ: 40 seconds later it is still no key."""
    alice = make_member("alice", Role.COUNSELLOR, password=PASSWORD, second_factor=False)
    secret = make_second_factor(alice)
    log_in(client, alice.email)
    # of the next period: an owner's clock that is fast, read over the shoulder
    seen = format_hotp_value(hotp_value(secret, max(yield_hotp_counters_from_time())))
    assert client.post("/desk/login/second-factor/", {"code": seen})["Location"] == "/desk/"
    thief = Client()
    log_in(thief, alice.email)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 40)
    with connection.cursor() as cursor:  # what allauth itself remembers has run out by then
        cursor.execute("DELETE FROM accounts_cache WHERE expires < now() + interval '40 seconds'")
    for spelt in (seen, f"{seen[:3]} {seen[3:]}"):
        assert thief.post("/desk/login/second-factor/", {"code": spelt}).status_code == 200
    assert thief.get("/desk/").status_code == 302


def test_guessing_codes_is_throttled(client: Client) -> None:
    alice = make_member("alice", Role.COUNSELLOR, password=PASSWORD, second_factor=False)
    secret = make_second_factor(alice)
    log_in(client, alice.email)
    for _ in range(5):
        client.post("/desk/login/second-factor/", {"code": "000000"})
    refused = client.post("/desk/login/second-factor/", {"code": code(secret)})
    assert "しばらくログインできません" in refused.content.decode()


def test_a_session_without_the_factor_is_asked_to_show_it(client: Client) -> None:
    """As after a role was added to somebody who was signed in with a password alone."""
    alice = make_member("alice", Role.COUNSELLOR)
    sign_in(client, alice, second_factor=False)
    response = client.get("/desk/readings/own/")
    assert response["Location"] == "/desk/security/again/code/?next=/desk/readings/own/"


def test_one_such_role_anywhere_asks_for_the_factor_everywhere(client: Client) -> None:
    alice = make_member("alice", Role.EDITOR, second_factor=False)
    sign_in(client, alice, second_factor=False)
    assert client.get("/desk/").status_code == 200
    membership = make_membership(alice, role=Role.COUNSELLOR)
    assert client.get("/desk/")["Location"] == "/desk/security/"
    membership.ended_at = membership.started_at
    membership.save(update_fields=["ended_at"])
    assert client.get("/desk/").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "app/add/",
        "app/remove/",
        "passkeys/add/",
        "codes/renew/",
    ],
)
def test_changing_factors_asks_again_who_it_is(client: Client, path: str) -> None:
    alice = make_member("alice", Role.VIEWER, password=PASSWORD, second_factor=path != "app/add/")
    sign_in(client, alice)
    response = client.get(f"/desk/security/{path}")
    assert response["Location"].startswith("/desk/security/again/?next=%2Fdesk%2Fsecurity%2F")


def remove_app(client: Client):  # type: ignore[no-untyped-def]
    client.post("/desk/security/again/", {"password": PASSWORD})
    return client.post("/desk/security/app/remove/")


def test_the_last_factor_of_such_a_role_stays(client: Client) -> None:
    alice = make_member("alice", Role.COUNSELLOR, password=PASSWORD)
    sign_in(client, alice)
    refused = remove_app(client)
    assert refused.status_code == 200
    assert "先に別の方法を加えてください" in refused.content.decode()
    make_passkey(alice)
    assert remove_app(client).status_code == 302
    kinds = list(AccountEvent.objects.filter(user=alice).values_list("kind", "detail__type"))
    assert kinds == [("mfa_removed", "totp")]


def test_others_may_do_without(client: Client) -> None:
    alice = make_member("alice", Role.VIEWER, password=PASSWORD)
    sign_in(client, alice)
    assert remove_app(client).status_code == 302
    assert not Authenticator.objects.filter(user=alice).exists()


def data_in(content: str) -> dict[str, Any]:
    """The options that the page hands to the browser."""
    (script,) = re.findall(r'<script id="js_data" type="application/json">(.*?)</script>', content)
    return dict(json.loads(script))


def add_passkey(client: Client) -> SoftPasskey:
    client.post("/desk/security/again/", {"password": PASSWORD})
    options = data_in(client.get("/desk/security/passkeys/add/").content.decode())["creation_options"]
    passkey = SoftPasskey()
    answer = json.dumps(passkey.register(options))
    data = {"name": "電話", "passwordless": "on", "credential": answer}
    assert client.post("/desk/security/passkeys/add/", data).status_code == 302
    return passkey


def test_a_session_from_before_the_factor_cannot_add_one_of_its_own(client: Client) -> None:
    """Whoever knows the password and was signed in when alice set up her app must not step over it."""
    alice = make_member("alice", Role.COUNSELLOR, password=PASSWORD, second_factor=False)
    log_in(client, alice.email)
    make_second_factor(alice)  # elsewhere
    client.post("/desk/security/again/", {"password": PASSWORD})
    for path in ("passkeys/add/", "app/add/"):
        response = client.get(f"/desk/security/{path}")
        assert response["Location"] == f"/desk/security/again/code/?next=/desk/security/{path}"
        assert client.post(f"/desk/security/{path}", {"code": "000000"}).status_code == 302
    assert client.get("/desk/").status_code == 302


def test_a_passkey_is_added_and_opens_the_desk_without_a_password(client: Client) -> None:
    alice = make_member("alice", Role.COUNSELLOR, password=PASSWORD, second_factor=False)
    log_in(client, alice.email)
    passkey = add_passkey(client)
    assert client.get("/desk/").status_code == 200
    elsewhere = Client()
    options = elsewhere.get("/desk/login/passkey/", headers={"Accept": "application/json"}).json()
    answer = json.dumps(passkey.sign(options["request_options"]))
    done = elsewhere.post("/desk/login/passkey/", {"credential": answer})
    assert done["Location"] == "/desk/"
    assert elsewhere.get("/desk/").status_code == 200
    # the same answer does not open again
    assert Client().post("/desk/login/passkey/", {"credential": answer})["Location"] != "/desk/"


def test_a_passkey_is_a_second_factor_after_the_password(client: Client) -> None:
    alice = make_member("alice", Role.COUNSELLOR, password=PASSWORD, second_factor=False)
    log_in(client, alice.email)
    passkey = add_passkey(client)
    elsewhere = Client()
    page = elsewhere.get(log_in(elsewhere, alice.email)["Location"])
    answer = passkey.sign(data_in(page.content.decode())["request_options"])
    forged = {**answer, "response": {**answer["response"], "signature": "AAAA"}}
    address = "/desk/login/second-factor/"
    assert elsewhere.post(address, {"credential": json.dumps(forged)}).status_code == 200
    page = elsewhere.get(address)
    answer = passkey.sign(data_in(page.content.decode())["request_options"])
    assert elsewhere.post(address, {"credential": json.dumps(answer)})["Location"] == "/desk/"


@pytest.mark.parametrize(
    "credential",
    [
        "",
        "x",
        "[]",
        "1",
        "null",
        '"x"',
        "{}",
        '{"response": []}',
        '{"response": {"userHandle": 1}}',
        '{"response": {"userHandle": "////"}}',
        '{"response": {"userHandle": "bm90IGEgdXVpZA"}}',
        '{"id": "x", "rawId": "eA", "type": "public-key", "response": {"userHandle": "%s"}}',
    ],
)
def test_a_broken_answer_of_a_passkey_is_no_error_of_ours(client: Client, credential: str) -> None:
    alice = make_member("alice", Role.COUNSELLOR, password=PASSWORD, second_factor=False)
    make_passkey(alice)
    if "%s" in credential:
        credential %= websafe_encode(alice.pk.hex.encode())
    client.get("/desk/login/passkey/", headers={"Accept": "application/json"})
    response = client.post("/desk/login/passkey/", {"credential": credential})
    assert response.status_code in {200, 302}
    log_in(client, alice.email)
    assert client.post("/desk/login/second-factor/", {"credential": credential}).status_code == 200
    assert "_auth_user_id" not in client.session
    sign_in(client, alice)
    client.post("/desk/security/again/", {"password": PASSWORD})
    client.get("/desk/security/passkeys/add/")
    assert client.post("/desk/security/passkeys/add/", {"credential": credential}).status_code == 200
    client.get("/desk/security/again/passkey/")
    assert client.post("/desk/security/again/passkey/", {"credential": credential}).status_code in {200, 302}


def test_passkeys_belong_to_their_owner(client: Client) -> None:
    alice, bob = make_member("alice", Role.VIEWER, password=PASSWORD), make_user("bob")
    own, other = make_passkey(alice, "わたしの電話"), make_passkey(bob, "bobの電話")
    sign_in(client, alice)
    client.post("/desk/security/again/", {"password": PASSWORD})
    page = client.get("/desk/security/passkeys/").content.decode()
    assert "わたしの電話" in page
    assert "bobの電話" not in page
    assert client.get(f"/desk/security/passkeys/{own.pk}/").status_code == 200
    assert client.get(f"/desk/security/passkeys/{other.pk}/").status_code == 404
    assert client.post(f"/desk/security/passkeys/{other.pk}/remove/").status_code == 404
    assert Authenticator.objects.filter(pk=other.pk).exists()


@pytest.mark.parametrize(
    "path", ["", "passkeys/add/", "app/add/", "codes/renew/", "password/", "app/remove/"]
)
def test_pages_of_security_have_no_inline_script_or_style(client: Client, path: str) -> None:
    alice = make_member("alice", Role.VIEWER, password=PASSWORD, second_factor=path != "app/add/")
    sign_in(client, alice)
    client.post("/desk/security/again/", {"password": PASSWORD})
    page = client.get(f"/desk/security/{path}")
    content = page.content.decode()
    assert page.status_code == 200
    assert "style=" not in content
    assert "<style" not in content
    for tag in content.split("<script")[1:]:
        opening = tag.split(">")[0]
        assert "src=" in opening or "application/json" in opening
