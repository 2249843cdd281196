"""Logging in: throttled, silent about who exists, in a session that is renewed and ends."""

import hashlib
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, identify_hasher
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from tests.factories import make_member, make_user, sign_in
from tsunagari.accounts import tasks
from tsunagari.accounts.hashers import TakingTurns
from tsunagari.accounts.middleware import ABSOLUTE, BEGAN, IDLE, SEEN
from tsunagari.accounts.models import AccountEvent, Role, User
from tsunagari.accounts.views.login import MOST_PASSKEY_LOGINS
from tsunagari.config import settings as ours

pytestmark = pytest.mark.django_db

PASSWORD = "mizu-umi-hikari-29"
LOGIN = "/desk/login/"
WRONG = "メールアドレスかパスワードが違います"
LOCKED = "しばらくログインできません"


@pytest.fixture(autouse=True)
def _no_counts_from_before() -> None:
    cache.clear()


def log_in(client: Client, email: str, password: str = PASSWORD, **extra: str):  # type: ignore[no-untyped-def]
    return client.post(LOGIN, {"login": email, "password": password}, **extra)


def test_login_by_address_in_any_case_leads_to_the_desk(client: Client) -> None:
    alice = make_member("alice", Role.VIEWER, password=PASSWORD, second_factor=False)
    assert client.get(LOGIN).status_code == 200
    response = log_in(client, alice.email.upper())
    assert (response.status_code, response["Location"]) == (302, "/desk/")
    assert client.get("/desk/").status_code == 200
    assert identify_hasher(alice.password).algorithm == "argon2"
    event = AccountEvent.objects.get()
    assert (event.kind, event.user, event.detail) == ("logged_in", alice, {})


def test_login_goes_back_to_where_one_came_from_but_not_elsewhere(client: Client) -> None:
    alice = make_member("alice", Role.VIEWER, password=PASSWORD, second_factor=False)
    response = client.get("/desk/readings/own/?page=2")
    assert response["Location"] == "/desk/login/?next=/desk/readings/own/%3Fpage%3D2"
    data = {"login": alice.email, "password": PASSWORD, "next": "https://evil.example/"}
    assert client.post(LOGIN, data)["Location"] == "/desk/"


def test_the_session_has_a_new_key_after_login_and_careful_cookies(client: Client) -> None:
    alice = make_member("alice", Role.VIEWER, password=PASSWORD, second_factor=False)
    session = client.session
    session["before"] = True
    session.save()
    before = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = before
    cookie = log_in(client, alice.email).cookies[settings.SESSION_COOKIE_NAME]
    assert cookie.value not in {"", before}
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", "")
    page = Client().get(LOGIN)
    assert page.cookies["csrftoken"]["samesite"] == "Strict"
    assert page.cookies["csrftoken"]["httponly"] is True


@pytest.mark.parametrize("exists", [True, False])
def test_failed_logins_say_the_same_and_name_nobody(client: Client, exists: bool) -> None:
    email = make_user("alice", password=PASSWORD).email if exists else "nobody@example.org"
    response = log_in(client, email, "not the password")
    assert response.status_code == 200
    assert WRONG in response.content.decode()
    event = AccountEvent.objects.get()
    assert (event.kind, event.user, event.actor, event.detail) == ("login_failed", None, None, {})


def test_a_password_is_hashed_whether_or_not_the_address_exists(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time of a failed login is that of one Argon2 hash; so count hashes instead of milliseconds."""
    alice = make_user("alice", password=PASSWORD)
    hasher = identify_hasher(alice.password)
    hashed: list[str] = []
    original = type(hasher).encode

    def counting(self: object, password: str, salt: str) -> str:
        hashed.append(password)
        return str(original(self, password, salt))

    monkeypatch.setattr(type(hasher), "encode", counting)
    monkeypatch.setattr(type(hasher), "verify", lambda self, password, encoded: bool(hashed.append(password)))
    log_in(client, alice.email, "wrong")
    log_in(client, "nobody@example.org", "wrong")
    assert hashed == ["wrong", "wrong"]


def fail(client: Client, email: str, times: int, **extra: str) -> None:
    for _ in range(times):
        log_in(client, email, "wrong", **extra)


def test_after_five_failures_even_the_right_password_waits(client: Client) -> None:
    alice = make_member("alice", Role.VIEWER, password=PASSWORD, second_factor=False)
    for _ in range(5):
        assert WRONG in log_in(client, alice.email, "wrong").content.decode()
    # the account and the network are counted together
    assert LOCKED in log_in(client, alice.email, REMOTE_ADDR="127.0.0.9").content.decode()
    bob = make_member("bob", Role.VIEWER, password=PASSWORD, second_factor=False)
    assert log_in(client, bob.email).status_code == 302


def test_wrong_passwords_from_elsewhere_lock_nobody_out(client: Client) -> None:
    """A known address, tried again and again from one network: its owner comes in from another."""
    alice = make_member("alice", Role.VIEWER, password=PASSWORD, second_factor=False)
    fail(client, alice.email, 20, REMOTE_ADDR="198.51.100.1")
    assert LOCKED in log_in(Client(), alice.email, REMOTE_ADDR="198.51.100.2").content.decode()
    assert log_in(Client(), alice.email, REMOTE_ADDR="203.0.113.9").status_code == 302


def test_a_device_that_is_known_comes_in_whatever_its_network_does() -> None:
    """The attacker sits in the same hospital: 200 wrong passwords for the account, and for its neighbours."""
    alice = make_member("alice", Role.VIEWER, password=PASSWORD, second_factor=False)
    own = Client()
    assert log_in(own, alice.email).status_code == 302
    cookie = own.cookies["device"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/desk/", True, "Strict")
    own.post("/desk/logout/")
    fail(Client(), alice.email, 130)
    assert log_in(Client(), alice.email).status_code == 429
    assert log_in(own, alice.email).status_code == 302


def test_from_many_networks_an_account_is_tried_a_hundred_times_an_hour() -> None:
    alice = make_member("alice", Role.VIEWER, password=PASSWORD, second_factor=False)
    own = Client()
    log_in(own, alice.email)
    own.post("/desk/logout/")
    for number in range(25):
        fail(Client(), alice.email, 4, REMOTE_ADDR=f"198.51.{number}.1")
    assert LOCKED in log_in(Client(), alice.email, REMOTE_ADDR="203.0.113.9").content.decode()
    assert log_in(own, alice.email, REMOTE_ADDR="203.0.113.9").status_code == 302


def test_a_device_is_known_to_its_own_account_alone() -> None:
    """Whoever has an account may not try others' passwords more often for it."""
    alice = make_member("alice", Role.VIEWER, password=PASSWORD, second_factor=False)
    mallory = make_member("mallory", Role.VIEWER, password=PASSWORD, second_factor=False)
    device = Client()
    log_in(device, mallory.email)
    device.post("/desk/logout/")
    fail(device, alice.email, 5)
    assert LOCKED in log_in(device, alice.email).content.decode()
    for number in range(24):
        fail(Client(), alice.email, 4, REMOTE_ADDR=f"198.51.{number}.1")
    fresh = Client()
    fresh.cookies["device"] = device.cookies["device"].value
    assert LOCKED in log_in(fresh, alice.email, REMOTE_ADDR="203.0.113.9").content.decode()


@pytest.mark.parametrize("change", ["altered", "password"])
def test_a_cookie_that_was_altered_or_of_an_old_password_makes_no_device_known(change: str) -> None:
    alice = make_member("alice", Role.VIEWER, password=PASSWORD, second_factor=False)
    own = Client()
    log_in(own, alice.email)
    own.post("/desk/logout/")
    value = own.cookies["device"].value
    if change == "altered":
        own.cookies["device"] = ("A" if value[9] != "A" else "B").join((value[:9], value[10:]))
    else:
        alice.set_password(f"{PASSWORD}-new")
        alice.save(update_fields=["password"])
    for number in range(25):
        fail(Client(), alice.email, 4, REMOTE_ADDR=f"198.51.{number}.1")
    password = PASSWORD if change == "altered" else f"{PASSWORD}-new"
    assert LOCKED in log_in(own, alice.email, password).content.decode()


def test_the_cookie_tells_nothing_and_no_public_page_sees_it(client: Client) -> None:
    alice = make_member("alice", Role.VIEWER, password=PASSWORD, second_factor=False)
    log_in(client, alice.email)
    cookie = client.cookies["device"]
    assert cookie["path"] == settings.SESSION_COOKIE_PATH
    assert str(alice.pk) not in cookie.value
    assert "alice" not in cookie.value


def test_a_network_is_throttled_as_a_whole(client: Client) -> None:
    for number in range(30):
        log_in(client, f"nobody{number}@example.org", "wrong", REMOTE_ADDR=f"198.51.100.{number}")
    alice = make_member("alice", Role.VIEWER, password=PASSWORD, second_factor=False)
    refused = log_in(client, alice.email, REMOTE_ADDR="198.51.100.250")
    assert "しばらくログインできません" in refused.content.decode()
    assert log_in(client, alice.email, REMOTE_ADDR="198.51.101.1").status_code == 302


def test_counters_tell_neither_address_nor_network(client: Client) -> None:
    log_in(client, "nobody@example.org", "wrong", REMOTE_ADDR="198.51.100.7")
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key, value FROM accounts_cache")
        rows = cursor.fetchall()
    assert rows
    kept = repr(rows)
    guessed = hashlib.sha256(b"testserver:nobody@example.org").hexdigest()
    for secret in ("nobody", "198.51.100", guessed):
        assert secret not in kept
    assert all(re.fullmatch("[0-9a-f]{64}", key) for key, _ in rows)


def test_a_stopped_account_is_told_so_only_after_the_right_password(client: Client) -> None:
    alice = make_user("alice", password=PASSWORD, active=False)
    assert WRONG in log_in(client, alice.email, "wrong").content.decode()
    assert log_in(client, alice.email)["Location"] == "/desk/inactive/"
    assert client.get("/desk/")["Location"].startswith(LOGIN)


def test_passwords_are_hashed_with_argon2() -> None:
    assert ours.PASSWORD_HASHERS == ["tsunagari.accounts.hashers.TakingTurns"]
    assert issubclass(TakingTurns, Argon2PasswordHasher)


def test_logging_out_ends_the_session(client: Client) -> None:
    sign_in(client, make_member("alice", Role.VIEWER))
    assert client.post("/desk/logout/")["Location"] == LOGIN
    assert client.get("/desk/")["Location"].startswith(LOGIN)
    assert list(AccountEvent.objects.values_list("kind", flat=True)) == ["logged_out"]


@pytest.mark.parametrize(
    ("began", "seen", "open_"),
    [
        (ABSOLUTE - timedelta(minutes=1), IDLE - timedelta(minutes=1), True),
        (ABSOLUTE - timedelta(minutes=1), IDLE + timedelta(minutes=1), False),
        (ABSOLUTE + timedelta(minutes=1), timedelta(0), False),
    ],
)
def test_a_session_ends_when_idle_and_after_a_shift(
    client: Client, began: timedelta, seen: timedelta, open_: bool
) -> None:
    sign_in(client, make_member("alice", Role.VIEWER))
    session = client.session
    now = timezone.now()
    session[BEGAN], session[SEEN] = int((now - began).timestamp()), int((now - seen).timestamp())
    session.save()
    response = client.get("/desk/")
    assert response.status_code == (200 if open_ else 302)
    assert ("_auth_user_id" in client.session) is open_
    if open_:
        assert client.session[SEEN] >= int(now.timestamp())


def test_nobody_signs_up(client: Client) -> None:
    for path in ("/desk/signup/", "/accounts/signup/", "/desk/email/"):
        assert client.get(path).status_code == 404


# -- a new password ------------------------------------------------------------------------------------------


def ask_for_password(client: Client, email: str) -> tuple[int, str, str]:
    """Ask for a reset; return status, where it led, and the page there without its CSRF token."""
    response = client.post("/desk/password/reset/", {"email": email})
    page = client.get(response["Location"]).content.decode()
    return (
        response.status_code,
        response["Location"],
        re.sub(r"csrfmiddlewaretoken.*?>|X-CSRFToken.*?\}", "", page),
    )


def newest_job() -> ProcrastinateJob:
    jobs = ProcrastinateJob.objects.filter(task_name="accounts.send_password_reset")
    return jobs.latest("id")


def test_asking_for_a_new_password_does_the_same_for_everybody(client: Client) -> None:
    alice = make_user("alice")
    known = ask_for_password(client, alice.email)
    known_job = newest_job()
    unknown = ask_for_password(Client(), "nobody@example.org")
    unknown_job = newest_job()
    assert known == unknown
    assert known_job.pk != unknown_job.pk
    for job in (known_job, unknown_job):
        assert list(job.args) == ["sealed"]
        assert "@" not in job.args["sealed"]
        tasks.send_password_reset(**job.args)
    assert [message.to for message in mail.outbox] == [[alice.email]]


def test_the_number_of_queries_tells_nothing_either(client: Client) -> None:
    alice = make_user("alice")
    counts = []
    for email in (alice.email, "nobody@example.org"):
        with CaptureQueriesContext(connection) as queries:
            client.post("/desk/password/reset/", {"email": email})
        counts.append(len(queries))
    assert counts[0] == counts[1] > 0


def test_the_link_sets_a_new_password_once(client: Client) -> None:
    alice = make_user("alice", password=PASSWORD)
    ask_for_password(client, alice.email)
    tasks.send_password_reset(**newest_job().args)
    (message,) = mail.outbox
    (path,) = re.findall(r"https?://[^/\s]+(/desk/password/reset/\S+)", message.body)
    form = client.get(path)
    assert path.rsplit("-", 1)[-1].strip("/") not in form["Location"]
    new = "hoshi-kaze-tsuki-83"
    done = client.post(form["Location"], {"password1": new, "password2": new})
    assert done["Location"] == "/desk/password/reset/done/"
    alice.refresh_from_db()
    assert alice.check_password(new)
    assert "このリンクは使えません" in Client().get(path).content.decode()
    assert AccountEvent.objects.filter(kind="password_reset", user=alice).count() == 1


def test_no_link_for_a_stopped_account_or_an_old_request(client: Client) -> None:
    stopped = make_user("bob", active=False)
    ask_for_password(client, stopped.email)
    tasks.send_password_reset(**newest_job().args)
    tasks.send_password_reset("AAAA")
    assert mail.outbox == []


def test_a_new_password_ends_the_other_sessions(client: Client) -> None:
    alice = make_member("alice", Role.VIEWER, password=PASSWORD, second_factor=False)
    elsewhere = Client()
    for one in (client, elsewhere):
        log_in(one, alice.email)
    new = "hoshi-kaze-tsuki-83"
    data = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post("/desk/security/password/", data)["Location"] == "/desk/security/"
    assert client.get("/desk/").status_code == 200
    assert elsewhere.get("/desk/").status_code == 302


def test_cookies_are_of_the_desk_alone(client: Client) -> None:
    """Whoever only looked at the login keeps nothing, and no public page is asked for with a cookie."""
    client.get(LOGIN)
    csrf = client.cookies["csrftoken"]
    assert (csrf["path"], csrf["max-age"], csrf["expires"]) == ("/desk/", "", "")
    make_member("alice", Role.VIEWER, password=PASSWORD)
    log_in(client, User.objects.get().email)
    session = client.cookies[settings.SESSION_COOKIE_NAME]
    assert (session["path"], session["httponly"], session["samesite"]) == ("/desk/", True, "Lax")


def test_a_flood_of_passkey_logins_is_stopped_before_it_fills_the_table(client: Client) -> None:
    """Each begins a session."""
    address = {"REMOTE_ADDR": "198.51.100.77"}
    asked = [
        Client().get("/desk/login/passkey/", headers={"accept": "application/json"}, **address).status_code
        for _ in range(MOST_PASSKEY_LOGINS + 2)
    ]
    assert asked == [200] * MOST_PASSKEY_LOGINS + [429, 429]
    assert Session.objects.count() == MOST_PASSKEY_LOGINS
    # a known device counts alone, and another network is not touched
    alice = make_member("alice", Role.VIEWER, password=PASSWORD, second_factor=False)
    own = Client()
    log_in(own, alice.email)
    own.post("/desk/logout/")
    for client, network in ((own, address), (Client(), {"REMOTE_ADDR": "203.0.113.1"})):
        asked_again = client.get("/desk/login/passkey/", headers={"accept": "application/json"}, **network)
        assert asked_again.status_code == 200


def test_ended_sessions_are_deleted_at_night() -> None:
    now = timezone.now()
    for key, expires in (("ended", now - timedelta(seconds=1)), ("lasting", now + timedelta(hours=1))):
        Session.objects.create(session_key=key, session_data="", expire_date=expires)
    tasks.forget_expired_sessions(timestamp=0)
    assert [session.session_key for session in Session.objects.all()] == ["lasting"]
