"""Make documents in a process of their own, while this one reads the next services and writes the last.

The analysis of words takes more time than everything else in an import, and threads share one processor.
"""

import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from multiprocessing.connection import Connection
from pathlib import Path

from tsunagari.directory.search.document import Document, Source, document

ROOT = Path(__file__).resolve().parents[3]


class DocumentMaker(AbstractContextManager["DocumentMaker"]):
    """Makes one batch of documents at a time: ``begin`` it, do something else, ``finish`` it.

    The process is started by ``move_apart``; until then documents are made here, when they are asked for.
    It ends with the context, or when this process dies, since its pipe then ends.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None
        self._here: Sequence[Source] = ()

    @property
    def is_apart(self) -> bool:
        """Whether the other process makes what is begun now."""
        return self._pipe is not None

    def move_apart(self) -> None:
        """Make what is begun from now on in a process of its own."""
        if self.is_apart:
            return
        ours, theirs = socket.socketpair()
        with theirs:
            # not multiprocessing: a fork would copy threads, a spawn would run the main module again
            self._process = subprocess.Popen(  # noqa: S603 - this module
                [sys.executable, "-m", __name__, str(theirs.fileno())], cwd=ROOT, pass_fds=[theirs.fileno()]
            )
        self._pipe = Connection(ours.detach())

    def begin(self, sources: Sequence[Source]) -> None:
        """Take the next batch. The one before must be finished."""
        if self._pipe is None:
            self._here = sources
        else:
            self._pipe.send(sources)

    def finish(self) -> list[Document]:
        """The documents of the batch that was begun, in its order.

        Raises:
            EOFError: the process has died.
        """
        if self._here or self._pipe is None:
            sources, self._here = self._here, ()
            return [document(source) for source in sources]
        made: list[Document] = self._pipe.recv()
        return made

    def __exit__(self, *exception: object) -> None:
        """End the process."""
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.terminate()
            self._process.wait()


def serve(pipe: Connection) -> None:
    """Answer each batch of sources with its documents until the pipe ends."""
    while True:
        try:
            sources: Sequence[Source] = pipe.recv()
            pipe.send([document(source) for source in sources])
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the other side ends this one
    serve(Connection(int(sys.argv[1])))
