"""The installation: only when something changed, and never half done."""

import subprocess
import sys
from pathlib import Path

import pytest

from tsunagari.core.runtime import install


def test_the_fingerprint_follows_the_requirements(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("django==5.2\n")
    first = install.fingerprint(requirements, Path(sys.executable))
    assert install.fingerprint(requirements, Path(sys.executable)) == first
    requirements.write_text("django==5.3\n")
    assert install.fingerprint(requirements, Path(sys.executable)) != first


@pytest.mark.slow
def test_an_environment_is_made_filled_once_and_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(install, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    nothing = tmp_path / "requirements.txt"
    nothing.write_text("# no library\n")

    install.make_environment()
    assert install.works(install.PYTHON)
    assert install.install(nothing)
    assert not install.install(nothing)

    # a system upgrade takes the interpreter away: the environment is made again
    install.PYTHON.unlink()
    assert not install.works(install.PYTHON)
    install.make_environment()
    assert install.works(install.PYTHON)

    nothing.write_text("-r missing.txt\n")
    with pytest.raises(install.InstallFailed):
        install.install(nothing)
    nothing.write_text("# no library\n")
    assert install.install(nothing)  # the failure left no stamp


def test_the_pins_name_no_registry_and_cover_what_is_asked_for() -> None:
    for name in ("requirements", "requirements-dev"):
        pins = (install.ROOT / f"{name}.txt").read_text()
        assert "://" not in pins
        pinned = {line.split("==")[0].lower() for line in pins.splitlines() if "==" in line}
        for line in (install.ROOT / f"{name}.in").read_text().splitlines():
            wanted = line.split("[")[0].split("==")[0].strip().lower()
            if wanted and not wanted.startswith(("#", "-r")):
                assert wanted in pinned


def test_an_old_python_is_told_so_in_both_languages(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")  # what every question about the version gets
    old.chmod(0o755)
    done = subprocess.run(
        ["make", "setup", "PYTHON="], cwd=install.ROOT, check=False, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "Python 3.11 以上" in done.stderr
    assert "No Python 3.11 or newer" in done.stderr
