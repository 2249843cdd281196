"""Configuration of the app plan."""

import importlib

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts import desk
from tsunagari.council import blockers

# the strings of accounts.models.Role: models are not there yet when this is imported
FIGURES = frozenset({"officer", "researcher", "secretary", "admin", "viewer"})


class PlanConfig(AppConfig):
    """The Priority Plan and its PDCA cycle."""

    name = "tsunagari.plan"
    label = "plan"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the app's indicators (they need the models, so not at import)."""
        importlib.import_module("tsunagari.plan.indicators")
        blockers.register("plan", importlib.import_module("tsunagari.plan.waiting").waiting_for)
        desk.add(
            desk.Door(
                label=_("重点計画"),
                text=_("計画の案を書く、意見を聞く、くらべる、決定と実施を記録する"),
                url_name="plan_desk:versions",
                roles=frozenset({"admin", "secretary", "officer", "researcher", "viewer"}),
                order=300,
            )
        )
        desk.add(
            desk.Door(
                label=_("指標と実績"),
                text=_("計画の数字を入れる、訂正する。おくれているものの一覧"),
                url_name="plan_desk:indicators",
                roles=FIGURES,
                order=320,
            )
        )
        desk.add(
            desk.Door(
                label=_("年ごとの評価"),
                text=_("数字と事例をならべて、計画を見直す。見直し要求に答える"),
                url_name="plan_desk:reviews",
                roles=FIGURES,
                order=330,
            )
        )
