"""Every setting that an operator can give is documented, and nothing is documented that is not a setting."""

import base64
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tsunagari.config.env import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "operations" / "settings.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]*) \|", DOCUMENT, re.MULTILINE))


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_the_setting_is_documented_with_its_default(name: str) -> None:
    assert name in ROWS, f"add {name} to docs/operations/settings.md"
    default = SETTINGS[name].default
    assert ROWS[name].strip() == (f"`{default}`" if default else "—")


def test_nothing_else_is_documented() -> None:
    assert set(ROWS) == set(SETTINGS)


def test_the_environment_is_read_in_one_place_only() -> None:
    readers = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tsunagari").rglob("*.py")
        if re.search(r"os\.environ(\.get\(|\[)|os\.getenv", path.read_text(encoding="utf-8"))
    ]
    # __main__ hands the embedded server's address down; postgres asks the desktop where sockets belong
    assert set(readers) <= {
        "tsunagari/config/env.py",
        "tsunagari/__main__.py",
        "tsunagari/core/runtime/postgres.py",
    }


@pytest.mark.parametrize("missing", ["TSUNAGARI_MASTER_KEY", "EMAIL_URL"])
def test_production_does_not_start_without(missing: str, tmp_path: Path) -> None:
    """A key in a file would be copied with its folder, and links in emails would stand in the log."""
    given = {
        "TSUNAGARI_ENV": "production",
        "TSUNAGARI_VAR": str(tmp_path),
        "TSUNAGARI_MASTER_KEY": base64.b64encode(bytes(32)).decode(),
        "EMAIL_URL": "smtp://127.0.0.1:25",
    }
    command = [sys.executable, "-c", "import tsunagari.config.settings"]
    started = subprocess.run(
        command, env={**os.environ, **given}, capture_output=True, text=True, check=False
    )
    assert started.returncode == 0, started.stderr
    refused = subprocess.run(
        command, env={**os.environ, **given, missing: ""}, capture_output=True, text=True, check=False
    )
    assert refused.returncode != 0
    assert f"production needs {missing}" in refused.stderr
