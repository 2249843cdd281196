"""Files come only where a page of the desk expects them; the outermost bound knows these addresses."""

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.factories import make_member, sign_in
from tsunagari.accounts.models import Role
from tsunagari.config.asgi import ALLOWANCES, bounded
from tsunagari.core.tables.grid import MOST_BYTES as LIST
from tsunagari.council.files import MOST_BYTES as PAPER
from tsunagari.council.round_forms.reading import MOST_BYTES as FORM
from tsunagari.plan.services.evidence import MOST_BYTES as EVIDENCE
from tsunagari.plan.services.evidence import MOST_FILES

LARGEST = {
    "directory:import_upload": LIST,
    "council_desk:upload": PAPER,
    "council_desk:form_upload": FORM,
    "plan_desk:observe": EVIDENCE * MOST_FILES,
}


@pytest.mark.parametrize("route", LARGEST)
def test_what_a_page_takes_reaches_it(route: str) -> None:
    allowance = bounded.allowances[reverse(route)]
    assert allowance.most_bytes > LARGEST[route]


def test_nothing_else_is_let_through() -> None:
    assert {allowance.path for allowance in ALLOWANCES} == {reverse(route) for route in LARGEST}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("role", "admitted"), [(Role.OFFICER, True), (Role.VIEWER, False)])
def test_evidence_comes_from_who_keeps_figures(role: Role, admitted: bool) -> None:
    cookie = sign_in(Client(), make_member("alice", role)).cookies[settings.SESSION_COOKIE_NAME].value
    allowance = bounded.allowances[reverse("plan_desk:observe")]
    assert async_to_sync(allowance.admits)(f"{settings.SESSION_COOKIE_NAME}={cookie}") is admitted
