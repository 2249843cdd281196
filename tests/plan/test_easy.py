"""The public pages of plan and council in やさしい日本語: what the site says there has easy words."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.config.test_access import EXPECTED
from tests.portal.test_easy import plain_messages, texts_of
from tests.published import publish_everything
from tsunagari.core.access import Kind
from tsunagari.core.areas import load_areas

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
# forms that are sent, and what is reached by a sealed address
LED_TO = {"council:receipt", "council:traced", "plan:found"}


def test_no_page_says_in_plain_words_what_it_has_easy_ones_for(client: Client):
    load_areas(settings.DATA_DIR / "municipalities.csv")
    published = publish_everything(timezone.now())
    plain = plain_messages()
    arguments = published.arguments()
    names = [
        name
        for name, access in EXPECTED.items()
        if access.kind is Kind.PUBLIC and name.startswith(("plan:", "council:")) and name not in LED_TO
    ]
    addresses = {name: reverse(name, kwargs=arguments.get(name)) for name in names}
    answered = {"kwargs": {"round_id": published.answered_round.pk}}
    addresses["an answered round"] = reverse("council:round", **answered)
    seen, said = 0, {}
    for name, address in addresses.items():
        response = client.get(f"/y{address}")
        assert response.status_code == 200, name
        if not response["Content-Type"].startswith("text/html"):
            continue
        texts = texts_of(response.content.decode())
        assert len(texts) > 20, name
        seen += 1
        if found := [text for text in texts if text in plain]:
            said[name] = found
    assert said == {}
    assert seen > 20
    for path, words in (
        (reverse("plan:search"), {"q": "電話"}),
        (addresses["council:comment_whole"], {"body": "夜の電話がほしい。", "sure": "on"}),
        (addresses["council:comment_whole"], {"body": ""}),
    ):
        page = client.post(f"/y{path}", words, follow=True)
        assert [text for text in texts_of(page.content.decode()) if text in plain] == [], path
