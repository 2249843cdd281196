"""Configuration of the app council."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from tsunagari.accounts import desk
from tsunagari.council import blockers

if TYPE_CHECKING:  # models are not there yet when this is imported
    from tsunagari.accounts.models import User
    from tsunagari.council.blockers import Blocker

# the strings of accounts.models.Role: models are not there yet when this is imported
READERS = frozenset({"admin", "secretary", "officer", "viewer"})
ASKED = frozenset({"admin", "secretary", "officer", "editor"})


def _rounds_waiting(user: "User", at: datetime) -> str:
    from tsunagari.council.selectors.rounds import waiting_for  # noqa: PLC0415 - models come after apps

    asked, unanswered = waiting_for(user, at)
    words = []
    if asked:
        words.append(
            ngettext("返事を待たれている案 %(n)d件", "返事を待たれている案 %(n)d件", asked) % {"n": asked}
        )
    if unanswered:
        words.append(
            ngettext("回答のない意見 %(n)d件", "回答のない意見 %(n)d件", unanswered) % {"n": unanswered}
        )
    return "、".join(words)


def _rounds_at_the_desk(user: "User", at: datetime) -> "Iterable[Blocker]":
    from tsunagari.council.round_blockers import rounds_waiting  # noqa: PLC0415 - models come after apps

    return rounds_waiting(user, at)


class CouncilConfig(AppConfig):
    """Bodies, meetings, minutes and rounds of consultation."""

    name = "tsunagari.council"
    label = "council"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Add the doors of the desk, and what rounds tell the secretariat's desk."""
        blockers.register("rounds", _rounds_at_the_desk)
        desk.add(
            desk.Door(
                label=_("会議の机"),
                text=_("会議の日どり、資料、採決、議事録。今週が期限のものと、遅れているもの"),
                url_name="council_desk:desk",
                roles=READERS,
                order=400,
            )
        )
        desk.add(
            desk.Door(
                label=_("協議と意見公募"),
                text=_("案への意見を求め、集め、ひとつずつ答えます。ファイルでも返事ができます"),
                url_name="council_desk:rounds",
                roles=ASKED,
                order=410,
                waiting=_rounds_waiting,
            )
        )
