"""One's own name and language."""

import pytest
from django.test import Client

from tests.factories import make_member, sign_in
from tsunagari.accounts.models import Role

pytestmark = pytest.mark.django_db

PAGE = "/desk/profile/"


def test_name_and_language_are_ones_own_choice(client: Client) -> None:
    bob = make_member("bob", Role.VIEWER)
    sign_in(client, bob)
    assert 'value="bob"' in client.get(PAGE).content.decode()
    assert client.post(PAGE, {"display_name": " ボブ ", "language": "en"}).status_code == 302
    bob.refresh_from_db()
    assert (bob.display_name, bob.language) == ("ボブ", "en")
    assert client.get(PAGE)["Content-Language"] == "en"


@pytest.mark.parametrize(
    "data", [{}, {"display_name": "", "language": "ja"}, {"display_name": "x" * 81, "language": "ja"},
             {"display_name": "bob", "language": "tlh"}, {"display_name": "b\u0000b", "language": "ja"}]
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_changes(client: Client, data: dict[str, str]) -> None:
    bob = make_member("bob", Role.VIEWER)
    sign_in(client, bob)
    response = client.post(PAGE, data)
    assert response.status_code == 422
    assert 'class="error"' in response.content.decode()
    bob.refresh_from_db()
    assert (bob.display_name, bob.language) == ("bob", "ja")


def test_names_are_shown_as_text(client: Client) -> None:
    bob = make_member("bob", Role.VIEWER)
    sign_in(client, bob)
    client.post(PAGE, {"display_name": "<script>alert(1)</script>", "language": "ja"})
    content = client.get("/desk/").content.decode()
    assert "&lt;script&gt;alert(1)" in content
    assert "<script>alert" not in content
