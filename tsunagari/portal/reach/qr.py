"""A page's address as a QR code in SVG: one path, a quiet zone, a name for who cannot see it."""

import functools
from itertools import groupby

import qrcode
from django.utils.html import escape
from qrcode.constants import ERROR_CORRECT_M

QUIET_ZONE = 4
"""Modules of white around the code (ISO/IEC 18004 asks for four)."""
MODULE_PIXELS = 6


@functools.lru_cache(maxsize=512)
def _path(address: str) -> tuple[int, str]:
    """(modules from side to side with the quiet zone, path of the dark ones)."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(address)
    matrix = code.get_matrix()
    runs = []
    for y, row in enumerate(matrix):
        x = 0
        for dark, modules in groupby(row):
            length = len(list(modules))
            if dark:
                runs.append(f"M{x} {y}h{length}v1h-{length}z")
            x += length
    return len(matrix), "".join(runs)


def qr_svg(address: str, title: str = "") -> str:
    """Return the code of ``address`` as an SVG document, black on white whatever the page's colours.

    ``title`` names it for screen readers; without one it is a drawing beside its address in words.
    """
    size, path = _path(address)
    name = f'role="img"><title>{escape(title)}</title>' if title else 'aria-hidden="true">'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="{size * MODULE_PIXELS}" '
        f'height="{size * MODULE_PIXELS}" shape-rendering="crispEdges" {name}'
        f'<rect width="{size}" height="{size}" fill="#fff"/><path fill="#000" d="{path}"/></svg>'
    )
