"""Configuration of the app directory."""

import importlib

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts import desk

# the strings of accounts.models.Role: models are not there yet when this is imported
KEEPERS = frozenset({"admin", "editor", "officer"})


class DirectoryConfig(AppConfig):
    """Organisations, services, places, hours, search and open data."""

    name = "tsunagari.directory"
    label = "directory"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the app's indicators (they need the models, so not at import)."""
        importlib.import_module("tsunagari.directory.indicators")
        selectors = importlib.import_module("tsunagari.directory.selectors.upkeep")
        for door in (
            desk.Door(
                label=_("窓口の掲載"),
                text=_("載せている窓口を直す、いまも正しいと確かめる、前の版に戻す"),
                url_name="directory:entries",
                roles=KEEPERS,
                order=100,
                waiting=selectors.reviews_waiting,
            ),
            desk.Door(
                label=_("まちがいの知らせ"),
                text=_("サイトを見た人からの知らせに、こたえる"),
                url_name="directory:reports",
                roles=KEEPERS,
                order=110,
                waiting=selectors.reports_waiting,
            ),
            desk.Door(
                label=_("情報の手入れ"),
                text=_("古くなった窓口、返事のない窓口の一覧"),
                url_name="directory:upkeep",
                roles=KEEPERS,
                order=120,
            ),
            desk.Door(
                label=_("一覧の取り込み"),
                text=_("ExcelやCSVの一覧を、まとめて載せる。書き出す"),
                url_name="directory:imports",
                roles=frozenset({"admin", "editor"}),
                order=130,
            ),
        ):
            desk.add(door)
        desk.add(
            desk.Door(
                label=_("場所と住所"),
                text=_("シェルターなど、所在地を知らせない場所のしるし"),
                url_name="directory:places",
                roles=frozenset({"admin", "editor"}),
                order=240,
            )
        )
        desk.add(
            desk.Door(
                label=_("つながりやすさ"),
                text=_("月ごとの、かかってきた回数とつながった回数"),
                url_name="directory:reachability",
                roles=frozenset({"admin", "editor"}),
                order=250,
            )
        )
