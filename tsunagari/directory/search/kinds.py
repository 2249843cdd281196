"""Municipal kinds of service: what the law puts in every municipality, so that one card can stand for all."""

import functools
import json
from dataclasses import dataclass

from django.conf import settings

KIND_AREA = "KIND"
"""Area code of the rows that stand for a municipal kind as a whole: one card when no area is given."""


@dataclass(frozen=True, slots=True)
class MunicipalKind:
    """A kind such as 社会福祉協議会. ``name`` and ``name_en`` are its names without a municipality's."""

    key: str
    name: str
    name_kana: str
    name_en: str
    description: str
    description_en: str
    basis: str
    needs: tuple[str, ...]


@functools.cache
def municipal_kinds() -> dict[str, MunicipalKind]:
    """The kinds of ``data/services.json`` by key, in the file's order."""
    content = json.loads((settings.DATA_DIR / "services.json").read_text(encoding="utf-8"))
    english = json.loads((settings.DATA_DIR / "services_en.json").read_text(encoding="utf-8"))
    return {
        kind["id"]: MunicipalKind(
            key=kind["id"],
            name=kind["name_pattern"].replace("{area}", "").strip(),
            name_kana=kind["kana"],
            name_en=_without_area(english[kind["id"]]["name_en"]),
            description=kind["description"],
            description_en=english[kind["id"]]["description_en"],
            basis=kind["basis"],
            needs=tuple(kind["topics"]),
        )
        for kind in content["municipal_services"]
    }


def _without_area(pattern: str) -> str:
    """The English name of a kind as it begins a line: "Support desk for …" of "{area} support desk for …"."""
    name = pattern.replace("{area}", "").strip()
    return name[:1].upper() + name[1:]
