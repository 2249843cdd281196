"""A logic model as SVG: boxes in three columns, arrows between them. Pure: no Django, no style attributes.

Colours come from the page's style sheet by class, and a kind is told by its column and its heading, not by
colour alone. The table beside the picture says the same.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from xml.sax.saxutils import quoteattr

from tsunagari.plan.logic_model import Edge, Node, columns

WIDTH, GAP_X, GAP_Y, TOP, MARGIN = 250, 80, 24, 44, 8
LINE, CELLS, MOST_LINES = 20, 30, 4
"""A box holds four lines of thirty half-width letters."""
HEIGHT = MOST_LINES * LINE + 40


def cells(text: str) -> int:
    """How wide a text is, in half-width letters."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in text)


def lines(text: str, most: int = MOST_LINES) -> list[str]:
    """A text in lines that fit into a box; what does not fit ends with 「…」."""
    parts = [""]
    for word in _pieces(text):
        if cells(parts[-1] + word) > CELLS and parts[-1]:
            parts.append("")
        parts[-1] += word.lstrip() if not parts[-1] else word
    kept = [part.rstrip() for part in parts[:most]]
    if len(parts) > most:
        last = kept[-1]
        while cells(last) > CELLS - 2:
            last = last[:-1]
        kept[-1] = last + "…"
    return kept


def _pieces(text: str) -> Iterable[str]:
    """Japanese letter by letter, other words whole (cut where one alone is too long)."""
    word = ""
    for letter in text:
        if unicodedata.east_asian_width(letter) in "WFA" or letter == " " or cells(word) >= CELLS:
            if word:
                yield word
            word = letter if letter == " " else ""
            if letter != " ":
                if unicodedata.east_asian_width(letter) in "WFA":
                    yield letter
                else:
                    word = letter
        else:
            word += letter
    if word:
        yield word


def draw(
    nodes: Sequence[Node],
    edges: Sequence[Edge],
    *,
    title: str,
    description: str,
    headings: Mapping[str, str],
    links: Mapping[str, str] | None = None,
) -> str:
    """The picture; ``headings`` names the three kinds, ``links`` gives a node's address."""
    placed = columns(nodes, edges)
    rows = max((len(column) for column in placed), default=0) or 1
    # beside the last column there is room for arrows within it
    width = 2 * MARGIN + 3 * WIDTH + 2 * GAP_X + GAP_X // 2
    height = TOP + rows * (HEIGHT + GAP_Y)
    corner = {
        node.key: (MARGIN + x * (WIDTH + GAP_X), TOP + y * (HEIGHT + GAP_Y))
        for x, column in enumerate(placed)
        for y, node in enumerate(column)
    }
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="logic" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}" role="img" aria-labelledby="logic-title logic-description">',
        f'<title id="logic-title">{escape(title)}</title>',
        f'<desc id="logic-description">{escape(description)}</desc>',
        '<defs><marker id="logic-head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"'
        ' orient="auto"><path class="logic-head" d="M0 0 L8 4 L0 8 z"/></marker></defs>',
    ]
    for x, kind in enumerate(("activity", "output", "outcome")):
        left = MARGIN + x * (WIDTH + GAP_X) + WIDTH / 2
        parts.append(f'<text class="logic-heading" x="{left:g}" y="26" text-anchor="middle">')
        parts.append(f"{escape(headings[kind])}</text>")
    parts += [_arrow(corner[a], corner[b]) for a, b in sorted(edges) if a in corner and b in corner]
    parts += [
        _box(node, corner[node.key], (links or {}).get(node.key)) for column in placed for node in column
    ]
    return "".join([*parts, "</svg>"])


def _arrow(a: tuple[int, int], b: tuple[int, int]) -> str:
    middle = HEIGHT / 2
    if a[0] == b[0]:  # within a column: round the right side
        x, bend = a[0] + WIDTH, GAP_X * 0.6
        way = f"M{x} {a[1] + middle:g} C{x + bend:g} {a[1] + middle:g} {x + bend:g} {b[1] + middle:g} "
        way += f"{x} {b[1] + middle:g}"
    else:
        x, to = a[0] + WIDTH, b[0]
        bend = (to - x) / 2
        way = f"M{x} {a[1] + middle:g} C{x + bend:g} {a[1] + middle:g} {to - bend:g} {b[1] + middle:g} "
        way += f"{to} {b[1] + middle:g}"
    return f'<path class="logic-edge" d="{way}" marker-end="url(#logic-head)"/>'


def _box(node: Node, corner: tuple[int, int], link: str | None) -> str:
    x, y = corner
    foreign = " logic-foreign" if node.foreign else ""
    parts = [f'<g class="logic-node logic-{node.kind}{foreign}">']
    if link:
        parts.append(f"<a href={quoteattr(link)}>")
    parts.append(f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="8"/>')
    for number, line in enumerate(lines(node.name)):
        parts.append(f'<text x="{x + 14}" y="{y + 28 + number * LINE}">{escape(line)}</text>')
    if node.owner:
        owner = lines(node.owner, most=1)[0]
        parts.append(f'<text class="logic-owner" x="{x + 14}" y="{y + HEIGHT - 10}">{escape(owner)}</text>')
    return "".join([*parts, "</a>" if link else "", "</g>"])
