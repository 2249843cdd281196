"""Every setting that an operator can give through the environment, in one table.

``docs/operations/settings.md`` documents each of them; a test fails when one is missing there.
"""

import os
from dataclasses import dataclass


class MissingSetting(Exception):
    """A setting that this environment requires is not given."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting: its variable's name, its default and what it is for."""

    name: str
    default: str
    help: str


SETTINGS: dict[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting("TSUNAGARI_ENV", "demo", "demo, test or production; production refuses every convenience"),
        Setting("TSUNAGARI_VAR", "var", "folder for the embedded database, the demo's key and logs"),
        Setting("DATABASE_URL", "", "postgresql://user:password@host:port/name; empty: the embedded server"),
        Setting("DATABASE_POOL", "8", "database connections that one web process keeps at most"),
        Setting("DATABASE_REPLICA_URL", "", "a streaming replica from which public pages read; empty: none"),
        Setting("DATABASE_REPLICA_POOL", "", "connections to the replica; empty: as DATABASE_POOL"),
        Setting("DATABASE_REPLICA_LAG", "30", "seconds that the replica may be behind before it is left"),
        Setting("VALKEY_URL", "", "redis://host:port/0 of a Valkey; empty: each process keeps its own"),
        Setting(
            "STATEMENT_TIMEOUT", "0", "seconds that one statement may take; 10 in web processes; 0: no limit"
        ),
        Setting(
            "TSUNAGARI_MASTER_KEY", "", "32 bytes in base64; wraps every data key; required in production"
        ),
        Setting("TSUNAGARI_HOSTS", "127.0.0.1,localhost", "host names of the site, separated by commas"),
        Setting("TSUNAGARI_URL", "http://127.0.0.1:8000", "the site's public address, for links in emails"),
        Setting("WEB_PROCESSES", "", "web processes; empty: one per processor, at most 8"),
        Setting("WEB_ADDRESS", "127.0.0.1:8000", "address and port that the site listens on"),
        Setting("TRUSTED_PROXIES", "", "addresses of reverse proxies whose X-Forwarded-For and -Proto count"),
        Setting(
            "EMAIL_URL", "", "smtp://user:password@host:port (smtps:// for TLS); empty: shown on the console"
        ),
        Setting("EMAIL_FROM", "tsunagari@localhost", "sender of emails"),
    )
}


def env(name: str) -> str:
    """Return the setting ``name`` from the environment, or its default. Unknown names are a ``KeyError``."""
    return os.environ.get(name, "") or SETTINGS[name].default
