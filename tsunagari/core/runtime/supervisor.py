"""One process that owns all the others: the embedded PostgreSQL, the web processes, the job worker.

It binds the listening socket itself and hands it down, so that a killed web process loses no connection that
waits. It brings back what dies, ends everything when told to, and everything ends with it if it is killed
(``runtime.child``, ``runtime.guard``). It holds no state: whatever happens, the next start puts it right.
"""

import contextlib
import errno
import fcntl
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import psycopg

from tsunagari.core.runtime.postgres import DatabaseProblem, Server, ensure_server, say

ROOT = Path(__file__).resolve().parents[3]
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
CHILD_GRACE = 2.8  # seconds from SIGTERM to SIGKILL
ALL_GRACE = 4.5  # seconds until the database, too, is ended the hard way: everything is gone within 5 s
SHORT_LIFE = 5.0  # seconds; a child that dies younger is brought back later and later
LONGEST_DELAY = 30.0


class CannotRun(Exception):
    """The site cannot start; the message says what to do."""


class _Interrupted(BaseException):
    """We were told to end while still preparing."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to run.

    Args:
        var: the folder for everything that is written.
        address: ``host:port`` to listen on; port 0 takes a free one.
        database_url: an own PostgreSQL; empty for the embedded server.
        web_processes: how many; 0 for one per processor, at least 2 and at most 8.
        trusted_proxies: addresses, separated by commas, whose X-Forwarded headers count.
        application: the ASGI application, ``module:name``.
    """

    var: Path
    address: str = "127.0.0.1:8000"
    database_url: str = ""
    web_processes: int = 0
    trusted_proxies: str = ""
    application: str = "tsunagari.config.asgi:application"


@dataclass(slots=True)
class Child:
    """A process that has to be there: its name, its command, and what became of it."""

    name: str
    arguments: list[str]
    descriptors: tuple[int, ...]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    short_lives: int = 0
    ready: bool = field(default=False)

    def start(self, environment: dict[str, str]) -> None:
        """Start it, in a session of its own: a terminal's Ctrl-C reaches the supervisor alone."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tsunagari.core.runtime.child", *self.arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            pass_fds=self.descriptors,
            start_new_session=True,
        )
        self.started = time.monotonic()
        self.ready = False

    def died(self, now: float) -> None:
        """Decide when it is brought back: at once, or later each time if it keeps dying young."""
        self.short_lives = self.short_lives + 1 if now - self.started < SHORT_LIFE else 0
        delay = 0.0 if self.short_lives <= 1 else min(LONGEST_DELAY, 0.5 * 2 ** (self.short_lives - 2))
        self.due = now + delay
        self.process = None


def web_process_count(wanted: int) -> int:
    """Return how many web processes to run: ``wanted``, or one per processor between 2 and 8."""
    if wanted > 0:
        return wanted
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2
    return max(2, min(8, processors))


def listen_on(address: str) -> socket.socket:
    """Return a bound socket for ``host:port``; it does not listen yet, so nobody waits for a first start.

    Raises:
        CannotRun: the address is malformed, taken or not ours.
    """
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise CannotRun(
            f"WEB_ADDRESS は 127.0.0.1:8000 のように書きます: {address!r}\n"
            f"  WEB_ADDRESS is written like 127.0.0.1:8000, not {address!r}."
        )
    try:
        family = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, int(port)))
        except OSError:
            listener.close()
            raise
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotRun(
                f"{address} はほかのプログラムが使っています。それを止めるか、別の番号で始めてください:\n"
                f"  WEB_ADDRESS={host}:{int(port) + 1} make run\n"
                f"  {address} is in use by another program. Stop that one, or choose another port as above."
            ) from error
        raise CannotRun(
            f"{address} で待ち受けられません（{error.strerror}）。WEB_ADDRESS を確かめてください。\n"
            f"  Cannot listen on {address} ({error.strerror}). Check WEB_ADDRESS."
        ) from error
    return listener


@contextlib.contextmanager
def only_one(var: Path, address: str) -> Iterator[None]:
    """Hold ``var/supervisor.lock``; the kernel releases it however we end.

    Raises:
        CannotRun: another supervisor holds it.
    """
    with contextlib.suppress(FileExistsError):
        var.mkdir(mode=0o711, parents=True)
    handle = os.open(var / "supervisor.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid, _, where = os.read(handle, 200).decode("utf-8", "replace").strip().partition(" ")
            raise CannotRun(
                f"tsunagari はもう動いています: http://{where}（プロセス {pid}）。"
                f"止めるには `kill {pid}`。別に動かすには TSUNAGARI_VAR と WEB_ADDRESS を変えてください。\n"
                f"  tsunagari already runs at http://{where} (process {pid}). To stop it: `kill {pid}`. "
                "To run another one, set TSUNAGARI_VAR and WEB_ADDRESS."
            ) from None
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()} {address}\n".encode())
        yield
    finally:
        os.close(handle)


def supervisor_pid(var: Path) -> int | None:
    """Return the process number of the supervisor that runs for ``var``, or None."""
    try:
        handle = os.open(var / "supervisor.lock", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return int(os.read(handle, 200).split()[0])
    finally:
        os.close(handle)
    return None


def wait_for_database(url: str, *, patience: float = 30.0) -> None:
    """Wait until the PostgreSQL at ``url`` answers.

    Raises:
        CannotRun: it does not within ``patience`` seconds; the message does not show the password.
    """
    began = time.monotonic()
    word = 0.0
    while True:
        try:
            psycopg.connect(url, connect_timeout=5).close()
            return
        except psycopg.OperationalError as error:
            waited = time.monotonic() - began
            if waited > patience:
                raise CannotRun(
                    "DATABASE_URL の PostgreSQL につながりません。"
                    "アドレス、パスワード、起動しているかを確かめてください。\n"
                    "  The PostgreSQL of DATABASE_URL does not answer. Check the address, the password and "
                    f"whether it runs.\n  {str(error).splitlines()[0]}"
                ) from None
            if waited >= word:
                say(f"データベースを待っています… / waiting for the database ({waited:.0f} s)")
                word += 5
            time.sleep(0.5)


class Supervisor:
    """The running whole; ``run`` returns when it was told to end."""

    def __init__(self, options: Options, listener: socket.socket) -> None:
        self.options = options
        self.listener = listener
        self.began = time.monotonic()
        self.server: Server | None = None
        self.children: list[Child] = []
        self.stopping = 0
        self.preparing = True
        self.opened = False
        self.next_revival = 0.0
        self.failed_revivals = 0
        # children see the end of `lifeline` when we die; `announce` is how they tell that they are ready
        self.lifeline, self._our_life = os.pipe()
        self.announced, self.announce = os.pipe()
        os.set_blocking(self.announced, False)
        self.wakeup, wakeup_end = os.pipe()
        os.set_blocking(self.wakeup, False)
        os.set_blocking(wakeup_end, False)
        signal.set_wakeup_fd(wakeup_end, warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            signal.signal(number, self._told_to_stop)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)  # only to be woken

    def _told_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping += 1
        if self.preparing:
            self.preparing = False  # a second Ctrl-C must not interrupt the tidying up
            raise _Interrupted

    @property
    def environment(self) -> dict[str, str]:
        """The children's environment: ours, and where the database is."""
        url = self.server.url if self.server else self.options.database_url
        return os.environ | {"DATABASE_URL": url, "TSUNAGARI_VAR": str(self.options.var)}

    def run(self) -> int:
        """Prepare, open, keep open until told to end; the exit status."""
        try:
            try:
                self._prepare()
                self.preparing = False
            except _Interrupted:
                return 0
            self._open()
            self._watch()
            return 0
        finally:
            self.preparing = False
            self._end()

    def _prepare(self) -> None:
        """Database, tables, data.

        Raises:
            CannotRun, DatabaseProblem: it does not work; the message says why.
        """
        if self.options.database_url:
            wait_for_database(self.options.database_url)
        else:
            self.server = ensure_server(self.options.var)
        child = Child("prepare", ["prepare", str(self.lifeline)], (self.lifeline,))
        self.children = [child]
        child.start(self.environment)
        if child.process is None or child.process.wait() != 0:
            raise CannotRun(
                "準備が途中で止まりました。上の記録を確かめて、もう一度始めてください。\n"
                "  Preparing did not succeed; see the lines above, then start again."
            )
        self.children = []

    def _open(self) -> None:
        """Listen and start the children."""
        self.listener.listen(2048)
        self.listener.set_inheritable(True)
        web = [
            "web",
            *(str(self.lifeline), str(self.announce), str(self.listener.fileno())),
            *(self.options.application, self.options.trusted_proxies),
        ]
        handed = (self.lifeline, self.announce, self.listener.fileno())
        count = web_process_count(self.options.web_processes)
        self.children = [Child(f"web {number + 1}", web, handed) for number in range(count)]
        work = ["jobs", str(self.lifeline), str(self.announce)]
        self.children.append(Child("jobs", work, (self.lifeline, self.announce)))
        for child in self.children:
            child.start(self.environment)

    def _watch(self) -> None:
        """Bring back what dies, until told to end."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.wakeup, selectors.EVENT_READ)
            selector.register(self.announced, selectors.EVENT_READ)
            while not self.stopping:
                selector.select(timeout=0.5)
                with contextlib.suppress(BlockingIOError):
                    os.read(self.wakeup, 4096)
                self._hear()
                self._revive_database()
                self._revive_children()

    def _hear(self) -> None:
        """Take note of the children that say they are ready; the first web process opens the site."""
        try:
            pids = {int(line) for line in os.read(self.announced, 4096).split()}
        except BlockingIOError:
            return
        for child in self.children:
            if child.process is not None and child.process.pid in pids:
                child.ready = True
                if self.opened:
                    say(f"{child.name} が戻りました / is back ({time.monotonic() - child.started:.1f} s)")
        if not self.opened and any(child.ready and child.name.startswith("web") for child in self.children):
            self.opened = True
            host, port = self.listener.getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            say(f"開きました / open: http://{shown}:{port} ({time.monotonic() - self.began:.1f} s)")
            say("止めるには Ctrl-C / Ctrl-C to stop")

    def _revive_children(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                status = child.process.returncode
                child.died(now)
                say(
                    f"{child.name} が止まりました（{status}）。{child.due - now:.1f} 秒後に戻します / "
                    f"ended, back in {child.due - now:.1f} s"
                )
            if child.process is None and child.due <= now and not self.stopping:
                child.start(self.environment)

    def _revive_database(self) -> None:
        now = time.monotonic()
        if self.server is None or now < self.next_revival or self.server.alive():
            return
        say("データベースが止まりました。戻します / the database ended; bringing it back")
        try:
            # recovery may take long: a Ctrl-C has to interrupt it
            self.preparing = True
            if self.stopping:
                return
            self.server.revive()
            self.failed_revivals = 0
            say("データベースが戻りました / the database is back")
        except _Interrupted:
            return
        except DatabaseProblem as error:
            self.failed_revivals += 1
            self.next_revival = now + min(LONGEST_DELAY, 2.0**self.failed_revivals)
            say(str(error))
        finally:
            self.preparing = False

    def _end(self) -> None:
        """End the children, then the database; everything is gone within 5 s."""
        began = time.monotonic()
        living = [child.process for child in self.children if child.process is not None]
        if self.opened:
            say("終わります… / stopping")
        for process in living:
            if process.poll() is None:
                process.terminate()
        told = self.stopping
        while any(process.poll() is None for process in living):
            if time.monotonic() - began > CHILD_GRACE or self.stopping > told:  # a second Ctrl-C: at once
                for process in living:
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)
                for process in living:
                    process.wait()
                break
            time.sleep(0.02)
        if self.server is not None:
            self.server.stop(grace=began + ALL_GRACE - time.monotonic())
        if self.opened:
            say(f"終わりました / stopped ({time.monotonic() - began:.1f} s)")


def run(options: Options) -> int:
    """Run the site until it is told to end; return the exit status, 1 if it could not start."""
    try:
        with (
            only_one(options.var, options.address),
            contextlib.closing(listen_on(options.address)) as listener,
        ):
            return Supervisor(options, listener).run()
    except _Interrupted:
        return 0
    except (CannotRun, DatabaseProblem) as error:
        print(f"\n{error}\n", file=sys.stderr)
        return 1
