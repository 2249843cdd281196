"""Which municipality an address or a code is in."""

import functools
import re
import unicodedata

from tsunagari.core.areas import AreaNode, area_tree, check_digit
from tsunagari.core.models import Area

_COUNTY = re.compile(r"^.{1,4}?郡(?=.)")
_PREFECTURE = re.compile(r"^(?:北海道|東京都|京都府|大阪府|.{2,3}県)")


@functools.cache
def _by_name(version: int) -> dict[str, str]:
    """Names as addresses begin → code; a name that several areas have leads nowhere ("")."""
    found: dict[str, str] = {}
    for area in area_tree().values():
        names = {area.full_name, area.name}
        parent = area_tree().get(area.parent_code or "")
        if area.level == Area.Level.WARD and parent:
            names = {area.full_name, f"{parent.name}{area.name}"}
            found[area.name] = ""  # 「中区」 alone is of many cities
        for name in names:
            found[name] = "" if found.get(name, area.code) != area.code else area.code
    return found


def _names() -> dict[str, str]:
    # the tree is read anew after loading: its length tells
    return _by_name(len(area_tree()))


def split_address(address: str, *, near: str = "") -> tuple[AreaNode | None, str]:
    """The municipality (or ward) that an address begins with, and what follows it.

    ``near`` is the code of the area that the list is of: it decides between equal names (府中市), and it is
    where an address that names no municipality lies.
    """
    text = unicodedata.normalize("NFKC", address).replace(" ", "").replace("\u3000", "")
    names, tree = _names(), area_tree()
    own = tree.get(near)
    prefecture = _PREFECTURE.match(text)
    head = prefecture[0] if prefecture else ""
    rest = _COUNTY.sub("", text[len(head) :])
    for whole, cut in ((head + rest, head), (rest, "")):
        for length in range(min(len(whole), 20), 1, -1):
            name = whole[:length]
            code = names.get(name)
            if code is None:
                continue
            if not code and not cut and own is not None:
                ward, following = _ward_of(own, rest)
                if ward is not own:
                    return ward, following
                code = _of_prefecture(name, own.prefecture_code)
            if not code and not cut:
                return None, text  # of which of them is not said
            if code and (area := tree[code]).level != Area.Level.PREFECTURE:
                return area, whole[length:]
        if not cut and own is not None and own.level != Area.Level.PREFECTURE:
            # 「本町1-2」 of a list of one's own city; in a designated city a ward may stand first
            return _ward_of(own, rest)
    if head and (code := names.get(head)):
        return tree[code], rest
    return None, text


def _of_prefecture(name: str, prefecture_code: str) -> str:
    codes = [a.code for a in area_tree().values() if a.name == name and a.prefecture_code == prefecture_code]
    return codes[0] if len(codes) == 1 else ""


def _ward_of(own: AreaNode, rest: str) -> tuple[AreaNode, str]:
    for area in area_tree().values():
        if area.parent_code == own.code and area.level == Area.Level.WARD and rest.startswith(area.name):
            return area, rest[len(area.name) :]
    return own, rest


def code_of(text: str) -> tuple[str, bool]:
    """A 全国地方公共団体コード of six digits, and whether it was repaired; "" where it is none.

    Five digits lack the check digit, or a leading 0 that a spreadsheet took.
    """
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", text))
    tree = area_tree()
    if len(digits) == 6 and digits in tree:
        return digits, False
    candidates = []
    if len(digits) == 5:
        candidates = [f"0{digits}", f"{digits}{check_digit(digits)}"]
    elif len(digits) == 4:
        candidates = [f"0{digits}{check_digit(f'0{digits}')}"]
    elif len(digits) == 2:
        candidates = [f"{digits}000{check_digit(f'{digits}000')}"]
    return next(((code, True) for code in candidates if code in tree), ("", False))
