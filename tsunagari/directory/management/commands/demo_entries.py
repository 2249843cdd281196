"""Entries of the demo's organisations, so that a newcomer sees the desk work. Refused in production."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from tsunagari.accounts.management.commands.demo_accounts import ORGANIZATIONS, address
from tsunagari.accounts.models import Organization, Role, User
from tsunagari.directory.models import MistakeReport, Operator, Service
from tsunagari.directory.schedules.reading import read_hours
from tsunagari.directory.services.content import empty_content, write_content
from tsunagari.directory.services.mistakes import report_mistake
from tsunagari.directory.services.revisions import begin_revision, save_revision, submit_revision
from tsunagari.directory.tasks import reindex

ENTRIES: tuple[dict[str, Any], ...] = (
    {
        "name": "デモのいばしょ 夜の電話",
        "name_kana": "でものいばしょ よるのでんわ",
        "name_en": "Demo evening line",
        "description": "だれかと話したい夜に。名前を言わなくても話せます。これは見本の窓口です。",
        "description_en": "For evenings when you want to talk. This is a sample entry.",
        "description_easy": "だれかと 話したい 夜に。名前は 言わなくて いいです。これは 見本です。",
        "needs": ["loneliness", "just-talk"],
        "kind": "consultation",
        "channel": ("phone", "03-0000-0000", "月〜金 18:00〜22:00（祝日を除く）"),
    },
    {
        "name": "デモのいばしょ 土曜カフェ",
        "name_kana": "でものいばしょ どようかふぇ",
        "name_en": "Demo Saturday café",
        "description": "お茶を飲むだけでもいい場所です。これは見本の窓口です。",
        "description_en": "A place where a cup of tea is enough. This is a sample entry.",
        "description_easy": "お茶を 飲むだけでも いい 場所です。これは 見本です。",
        "needs": ["loneliness"],
        "kind": "place",
        "channel": ("visit", "デモ市公民館 2階", "第2・第4土曜 13:00〜16:00"),
    },
)


class Command(BaseCommand):
    """Give the demo NPO two entries, a draft and a report, and let the demo ministry run the platform."""

    help = "デモの団体の窓口を作ります（本番では動きません） / makes the demo organisations' entries"

    def handle(self, *args: Any, **options: Any) -> None:
        """Create what is missing.

        Raises:
            CommandError: in production.
        """
        if settings.PRODUCTION:
            raise CommandError("本番環境では、デモの窓口を作りません。")
        create_demo_entries()


@transaction.atomic
def create_demo_entries() -> None:
    """Make them once; whoever has changed or deleted them keeps that."""
    npo = _organization(Organization.Kind.NPO)
    ministry = _organization(Organization.Kind.MINISTRY)
    if npo is None or ministry is None or npo.services.exists():
        return
    at = timezone.now()
    Operator.objects.get_or_create(organization=ministry)
    made = [write_content(_content(entry), service=None, organization=npo) for entry in ENTRIES]
    # the first is eight months old: marked, and on the upkeep list
    Service.objects.filter(pk=made[0].pk).update(assured_on=(at - timedelta(days=240)).date())
    Service.objects.filter(pk=made[1].pk).update(assured_on=(at - timedelta(days=20)).date())
    report_mistake(
        service_id=made[0].pk,
        kind=MistakeReport.Kind.HOURS,
        text="金曜日は、夜9時には終わっていました。",
        at=at - timedelta(days=15),
    )
    editor = User.objects.get(email=address(Role.EDITOR))
    draft = begin_revision(actor=editor, service_id=made[1].pk, at=at)
    content = draft.content | {
        "description": "お茶を飲むだけでも、話さなくてもいい場所です。これは見本の窓口です。"
    }
    save_revision(actor=editor, revision_id=draft.pk, content=content, version=draft.version, at=at)
    submit_revision(actor=editor, revision_id=draft.pk, at=at)
    reindex.defer(service_ids=[str(service.pk) for service in made])


def _organization(kind: Organization.Kind) -> Organization | None:
    return Organization.objects.filter(name=ORGANIZATIONS[kind][0], kind=kind).first()


def _content(entry: dict[str, Any]) -> dict[str, Any]:
    kind, value, hours = entry["channel"]
    channel = {"id": str(uuid4()), "type": kind, "value": value, "label": "", "note": "", "toll_free": None}
    texts = {name: value for name, value in entry.items() if name != "channel"}
    return (
        empty_content()
        | texts
        | {
            "areas": [ORGANIZATIONS[Organization.Kind.NPO][2]],
            "channels": [channel | {"hours": read_hours(hours).hours.to_json()}],
        }
    )
