"""An organisation with two editors and an entry, an outsider, and the organisation that runs the platform."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection

from tests.factories import AT, make_member, make_organization
from tsunagari.accounts.models import Organization, Role, User
from tsunagari.core.areas import load_areas
from tsunagari.core.models import Area
from tsunagari.directory.models import Operator, Service, Taxonomy, TaxonomyTerm
from tsunagari.directory.schedules.reading import read_hours
from tsunagari.directory.search import needs
from tsunagari.directory.services.content import empty_content, write_content

WEEKDAYS = read_hours("月〜金 9:00〜17:00（祝日を除く）").hours.to_json()


@dataclass
class Scene:
    """alice and bob edit the entry's organisation, charlie another one; olga's runs the platform."""

    organization: Organization
    service: Service
    alice: User
    bob: User
    charlie: User
    olga: User
    at: datetime = AT


def entry_content(**changed: object) -> dict[str, object]:
    """A whole entry that can be published."""
    channel = {
        "id": str(uuid4()), "type": "phone", "value": "03-1234-5678", "label": "", "note": "",
        "toll_free": None, "hours": WEEKDAYS,
    }  # fmt: skip
    filled = {
        "name": "ひだまり電話", "name_kana": "ひだまりでんわ", "description": "夜に話せる電話です。",
        "areas": ["131041"], "needs": ["loneliness"], "channels": [channel],
        "costs": [{"id": str(uuid4()), "option": "相談料", "amount": "0", "amount_description": ""}],
    }  # fmt: skip
    return empty_content() | filled | changed


@pytest.fixture
def scene(bare: None) -> Scene:
    """The scene, in a transaction of the test's own."""
    return make_scene()


def make_scene() -> Scene:
    """Make all of it."""
    with connection.cursor() as cursor:
        # Django does not manage procrastinate's tables, so no test's end empties them
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
    if not Area.objects.filter(code="131041").exists():
        load_areas(settings.DATA_DIR / "municipalities.csv")
    taxonomy, _ = Taxonomy.objects.get_or_create(
        key="need", defaults={"name": "困りごと", "description": "x"}
    )
    for code, name in (("loneliness", "さびしい"), ("work", "しごと")):
        TaxonomyTerm.objects.get_or_create(
            taxonomy=taxonomy, code=code, defaults={"name": name, "description": name}
        )
    needs.forget()
    organization = make_organization()
    service = write_content(entry_content(), service=None, organization=organization)
    service.refresh_from_db()
    runs = make_organization("つながり運営室")
    Operator.objects.create(organization=runs)
    return Scene(
        organization,
        service,
        alice=make_member("alice", Role.EDITOR, organization),
        bob=make_member("bob", Role.EDITOR, organization),
        charlie=make_member("charlie", Role.ADMIN, make_organization("別の会")),
        olga=make_member("olga", Role.OFFICER, runs),
    )
