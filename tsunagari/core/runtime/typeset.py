"""Documents by typst, in a process of their own: bounds on time and memory, no network, only its own files.

What people wrote reaches a template as data (``sys.inputs``), never as source, so it is never read as markup.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

SECONDS = 20
MOST_BYTES = 2 * 1024**3
"""Address space of the process: fonts and the compiler take 300 MB."""


class NotTypeset(Exception):
    """The document could not be made in time; the message is for the log and holds no data of it."""


def typeset(template: Path, inputs: Mapping[str, str], *, fonts: Path, seconds: float = SECONDS) -> bytes:
    """Return the PDF of ``template`` with ``inputs`` as its ``sys.inputs``.

    Only files beside the template and the fonts of ``fonts`` are read.

    Raises:
        NotTypeset: the template failed, or took longer than ``seconds``.
    """
    order = {"template": str(template), "fonts": str(fonts), "inputs": dict(inputs)}
    try:
        done = subprocess.run(
            [sys.executable, "-I", __file__],
            input=json.dumps(order).encode(),
            capture_output=True,
            timeout=seconds,
            check=False,
            # no proxy, no home, no package folder: typst can fetch nothing
            env={"LANG": "C.UTF-8", "PATH": "", "HOME": "/nonexistent", "https_proxy": "http://127.0.0.1:9"},
        )
    except subprocess.TimeoutExpired:
        raise NotTypeset("out of time") from None
    if done.returncode != 0 or not done.stdout.startswith(b"%PDF-"):
        raise NotTypeset(f"typst ended with {done.returncode}")
    return done.stdout


def _main() -> None:
    """What the process does: read the order, write the PDF."""
    import typst  # noqa: PLC0415 - only here: the site's processes do without it

    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    order = json.load(sys.stdin.buffer)
    template = Path(order["template"])
    pdf = typst.compile(
        template,
        root=template.parent,
        font_paths=[order["fonts"]],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs=order["inputs"],
        package_path="/nonexistent",
        package_cache_path="/nonexistent",
        pdf_standards=["1.7", "ua-1"],
    )
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    _main()
