"""The way from "talk now" to the site's own chat: only where somebody can be received."""

import pytest
from django.test import Client
from django.utils import timezone

from tests.consultation.making import make_helpline, make_shift

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("path", "word"), [("/talk-now/", "チャット"), ("/en/talk-now/", "chat")])
def test_an_open_chat_is_one_tap_away_and_a_closed_one_is_not(path: str, word: str):
    helpline, closed = make_helpline(), make_helpline(opened=False)
    helpline.shifts.update(confirmed_at=timezone.now())
    make_shift(helpline)
    html = Client().get(path).content.decode()
    assert f'/talk/to/{helpline.key}/"' in html
    assert f"/talk/to/{closed.key}/" not in html
    assert word in html


def test_without_a_chat_nothing_is_promised():
    make_helpline(opened=False)
    assert "/talk/to/" not in Client().get("/talk-now/").content.decode()
