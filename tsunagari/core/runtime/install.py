"""Make ``.venv`` and put the pinned libraries into it; run by ``make`` with the system's own Python.

Nothing but the standard library may be imported here: there is nothing else yet. The libraries are installed
again only when the requirements have changed: a stamp in ``.venv`` holds the hash of what was installed last,
and is written only after everything went well, so that an interrupted installation starts again.
"""

import hashlib
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)


class InstallFailed(Exception):
    """The installation cannot go on; the message says what to do."""


def say(text: str) -> None:
    """Print one line of progress at once."""
    print(f"[tsunagari] {text}", flush=True)


def fingerprint(requirements: Path, python: Path) -> str:
    """Return the hash of what ``requirements`` asks for and of the interpreter that it is installed for."""
    version = subprocess.run(
        [str(python), "-c", "import sys; print(sys.version_info[:2])"], check=True, capture_output=True
    ).stdout
    return hashlib.sha256(requirements.read_bytes() + version).hexdigest()


def works(python: Path) -> bool:
    """Return whether ``python`` starts and is new enough (upgrading the system breaks a ``.venv``)."""
    if not python.exists():
        return False
    test = f"import sys; sys.exit(sys.version_info < {OLDEST})"
    return subprocess.run([str(python), "-c", test], capture_output=True, check=False).returncode == 0


def pip_command(python: Path) -> list[str]:
    """Return the command that starts a pip which installs into ``python``'s environment.

    Raises:
        InstallFailed: neither the environment nor the system has pip.
    """
    own = [str(python), "-m", "pip"]
    if subprocess.run([*own, "--version"], capture_output=True, check=False).returncode == 0:
        return own
    systems = [sys.executable, "-m", "pip", "--python", str(python)]
    if subprocess.run([*systems, "--version"], capture_output=True, check=False).returncode == 0:
        return systems
    raise InstallFailed(
        "この Python には pip がありません。Debian や Ubuntu では `apt install python3-venv` のあと、"
        "もう一度お試しください。\n"
        "  This Python has no pip. On Debian and Ubuntu: `apt install python3-venv`, then try again."
    )


def make_environment() -> None:
    """Make ``.venv`` unless a working one is there.

    Raises:
        InstallFailed: this Python is too old, or cannot make environments.
    """
    if sys.version_info < OLDEST:
        raise InstallFailed(
            f"Python 3.11 以上が必要です（いまは {sys.version.split()[0]}）。\n"
            f"  Python 3.11 or newer is needed (this is {sys.version.split()[0]})."
        )
    if works(PYTHON):
        return
    say("仮想環境 .venv を作ります / making the virtual environment")
    if VENV.exists():
        shutil.rmtree(VENV)
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False, capture_output=True)
    if made.returncode:
        # Debian ships Python without ensurepip; the system's pip can still install into the environment
        shutil.rmtree(VENV, ignore_errors=True)
        bare = [sys.executable, "-m", "venv", "--without-pip", str(VENV)]
        if subprocess.run(bare, check=False).returncode:
            raise InstallFailed(
                "仮想環境を作れません。`apt install python3-venv` のあと、もう一度お試しください。\n"
                "  Cannot make a virtual environment: `apt install python3-venv`, then try again."
            )


def install(requirements: Path) -> bool:
    """Install ``requirements`` into ``.venv`` if they differ from what is there; return whether it did.

    Raises:
        InstallFailed: pip did not succeed.
    """
    stamp = VENV / f"installed-{requirements.stem}"
    wanted = fingerprint(requirements, PYTHON)
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    say(f"ライブラリを入れます（{requirements.name}、初回は数分）/ installing the libraries")
    began = time.monotonic()
    command = [*pip_command(PYTHON), "install", "--disable-pip-version-check", "--no-input"]
    if subprocess.run([*command, "-r", str(requirements)], check=False).returncode:
        raise InstallFailed(
            "ライブラリを入れられませんでした。ネットワークを確かめて、もう一度お試しください。\n"
            "  The libraries could not be installed. Check the network, then try again."
        )
    stamp.write_text(wanted)
    say(f"ライブラリが入りました / libraries installed ({time.monotonic() - began:.0f} s)")
    return True


def main(arguments: list[str]) -> int:
    """Make the environment, then install each requirements file named; 0 when all went well."""
    try:
        make_environment()
        for name in arguments:
            install(ROOT / name)
    except InstallFailed as error:
        print(f"\n{error}\n", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
