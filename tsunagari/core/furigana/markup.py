"""Where in a page readings may be written: in its text, never in tags, attributes, scripts, fields or titles.

A tokenizer of our own, after the states of the HTML standard (13.2.5), since it must give back every
character that it does not touch: a parser would write the page anew. It reads pages that our templates made.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape

_SPACE = " \t\n\r\f"
# their content is text to the end tag, whatever stands in it
_RAW = frozenset({"script", "style", "textarea", "title", "iframe", "noembed", "noframes", "xmp"})
# elements whose text may hold no ruby (select, svg), is no Japanese prose (code), or has its reading (ruby)
_UNTOUCHED = frozenset(
    {"select", "option", "svg", "math", "code", "kbd", "samp", "template", "ruby", "rt", "rp"}
)
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)


@dataclass(slots=True)
class _Inside:
    """An element that decides about the text in it; ``depth`` counts elements of the same name inside."""

    name: str
    reads: bool
    kana: str = ""
    depth: int = 1


def annotate(
    html: str,
    read: Callable[[str], str],
    *,
    by_kana: Callable[[str, str], str],
    everywhere: bool = True,
) -> str:
    """Return ``html`` with ``read`` applied to its Japanese text, nothing else changed.

    Text in another language (by ``lang``) is left alone. With ``everywhere`` False only text marked
    ``lang="ja"`` is read: what stands in plain Japanese on a page in easy words. An element with
    ``data-kana`` knows its own reading: ``by_kana(text, kana)``.
    """
    out: list[str] = []
    stack = [_Inside("", everywhere)]
    at = 0
    length = len(html)
    while at < length:
        opens = html.find("<", at)
        if opens == -1:
            opens = length
        if opens > at:
            text, top = html[at:opens], stack[-1]
            if not top.reads or text.isspace():
                out.append(text)
            else:
                out.append(by_kana(text, top.kana) if top.kana else read(text))
        if opens == length:
            break
        at = _markup_end(html, opens)
        tag = html[opens:at]
        out.append(tag)
        name = _name(tag)
        if not name:
            continue
        if tag[1] == "/":
            _leave(stack, name)
        elif name in _RAW:
            end = _raw_end(html, at, name)
            out.append(html[at:end])
            at = end
        elif name not in _VOID and not tag.endswith("/>"):
            _enter(stack, name, tag, everywhere)
    return "".join(out)


def _enter(stack: list[_Inside], name: str, tag: str, everywhere: bool) -> None:
    top = stack[-1]
    if name in _UNTOUCHED:
        stack.append(_Inside(name, reads=False))
        return
    if " lang=" in tag or " data-kana=" in tag:
        attributes = dict(_attributes(tag))
        if "lang" in attributes or "data-kana" in attributes:
            reads = top.reads
            if "lang" in attributes and not _untouched(stack):
                language = attributes["lang"].lower()
                reads = language.split("-")[0] == "ja" if everywhere else language == "ja"
            stack.append(_Inside(name, reads, attributes.get("data-kana", "")))
            return
    if name == top.name:
        top.depth += 1


def _untouched(stack: list[_Inside]) -> bool:
    return any(inside.name in _UNTOUCHED for inside in stack)


def _leave(stack: list[_Inside], name: str) -> None:
    top = stack[-1]
    if top.name == name:
        top.depth -= 1
        if top.depth == 0:
            stack.pop()


def _name(tag: str) -> str:
    """The name of a start or end tag in lower case; empty for comments, doctypes and a lone ``<``."""
    start = 2 if tag.startswith("</") else 1
    # nearly always a name of letters and digits up to a space or the end of the tag
    name = tag[start : tag.find(" ")] if " " in tag else tag[start:-1]
    if name.isalnum() and name.isascii() and name[0].isalpha():
        return name.lower()
    end = start
    while end < len(tag) and tag[end] not in " \t\n\r\f/>":
        end += 1
    name = tag[start:end]
    return name.lower() if name[:1].isascii() and name[:1].isalpha() else ""


def _markup_end(html: str, at: int) -> int:
    """The index after the markup that begins with the ``<`` at ``at``; after it alone if it begins none."""
    following = html[at + 1 : at + 2]
    if following == "/":
        letter = html[at + 2 : at + 3]
        if letter.isascii() and letter.isalpha():
            return _tag_end(html, at + 2)
        return _after(html, ">", at + 2) if letter else len(html)
    if following.isascii() and following.isalpha():
        return _tag_end(html, at + 1)
    if following == "!":
        if html.startswith("<!--", at):
            # "<!-->" and "<!--->" are comments too
            for short in ("<!-->", "<!--->"):
                if html.startswith(short, at):
                    return at + len(short)
            return _after(html, "-->", at + 4)
        return _after(html, ">", at + 2)
    if following == "?":
        return _after(html, ">", at + 2)
    return at + 1


def _after(html: str, what: str, at: int) -> int:
    found = html.find(what, at)
    return len(html) if found == -1 else found + len(what)


def _tag_end(html: str, at: int) -> int:
    """The index after the ``>`` that ends a tag; one in a quoted value does not."""
    while True:
        closes = html.find(">", at)
        if closes == -1:
            return len(html)
        equals = html.find("=", at, closes)
        if equals == -1:
            return closes + 1
        at = equals + 1
        while html[at] in _SPACE:
            at += 1
        quote = html[at]
        if quote in "\"'":
            at = _after(html, quote, at + 1)
        else:
            while html[at] not in _SPACE and html[at] != ">":
                at += 1


def _attributes(tag: str) -> Iterator[tuple[str, str]]:
    """(name, value) of a start tag's attributes."""
    at = len(_name(tag)) + 1
    end = len(tag) - 1
    while at < end:
        while at < end and tag[at] in " \t\n\r\f/":
            at += 1
        start = at
        while at < end and tag[at] not in " \t\n\r\f/=":
            at += 1
        name = tag[start:at].lower()
        while at < end and tag[at] in _SPACE:
            at += 1
        value = ""
        if at < end and tag[at] == "=":
            at += 1
            while at < end and tag[at] in _SPACE:
                at += 1
            if at < end and tag[at] in "\"'":
                close = _after(tag, tag[at], at + 1)
                value = tag[at + 1 : close - 1]
                at = close
            else:
                start = at
                while at < end and tag[at] not in _SPACE:
                    at += 1
                value = tag[start:at]
        if name:
            yield name, unescape(value)
        elif at < end:
            at += 1


def _raw_end(html: str, at: int, name: str) -> int:
    """The index of the end tag that ends a raw element; the page's end if there is none."""
    while True:
        found = html.find("</", at)
        if found == -1:
            return len(html)
        after = found + 2 + len(name)
        if html[found + 2 : after].lower() == name and html[after : after + 1] in (*_SPACE, "/", ">"):
            return found
        at = found + 2
