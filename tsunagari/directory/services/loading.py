"""Load the real data of ``data/`` into the directory.

Ids are derived from the entries' keys, so that every installation has the same ones and a second load
changes the same rows. Municipal kinds are expanded over the areas where the law puts them; such an entry has
no verified contact and says so.
"""

import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from tsunagari.accounts.models import Organization
from tsunagari.core.areas import AreaNode, area_tree, load_areas
from tsunagari.core.models import Area
from tsunagari.core.romaji import area_in_romaji
from tsunagari.directory.models import (
    Channel,
    Language,
    LoadedData,
    OrganizationProfile,
    RequiredDocument,
    Service,
    ServiceArea,
    ServiceNeed,
    Taxonomy,
    TaxonomyTerm,
)
from tsunagari.directory.opening import schedule_rows
from tsunagari.directory.schedules import hours_from_source
from tsunagari.directory.search.index import reindex_services
from tsunagari.directory.services.bulk import ServiceBundle, replace_services

NAMESPACE = uuid.UUID("6f1c7e0a-4d0c-5a43-9a54-0f2f5f8f2b10")
"""Namespace (RFC 9562, version 5) of the ids of entries from ``data/``."""

FILES = (
    "municipalities.csv",
    "lexicon/needs.json",
    "services.json",
    "services_en.json",
    "programmes.json",
    "programmes_easy.json",
)


def entry_id(*parts: str) -> uuid.UUID:
    """The id of an entry of ``data/``: the same on every installation."""
    return uuid.uuid5(NAMESPACE, "/".join(parts))


def load_directory(*, folder: Path, at: datetime, force: bool = False) -> dict[str, int]:
    """Load areas, needs, services and programmes, and index them, if a file has changed since the last load.

    One load at a time (advisory lock), all or nothing.

    Returns:
        How many of each were written; empty when nothing had changed.
    """
    digest = hashlib.sha256(b"".join((folder / name).read_bytes() for name in FILES)).hexdigest()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [0x6C6F6164])
        if not force and LoadedData.objects.filter(name="directory", digest=digest).exists():
            return {}
        source = json.loads((folder / "services.json").read_text(encoding="utf-8"))
        english = json.loads((folder / "services_en.json").read_text(encoding="utf-8"))
        programmes = json.loads((folder / "programmes.json").read_text(encoding="utf-8"))
        easy = json.loads((folder / "programmes_easy.json").read_text(encoding="utf-8"))
        counts = {"areas": load_areas(folder / "municipalities.csv")}
        terms = _load_needs(json.loads((folder / "lexicon" / "needs.json").read_text(encoding="utf-8")))
        counts["needs"] = len(terms)
        bundles = [
            *(_nationwide(entry, english[entry["id"]], terms) for entry in source["services"]),
            *(_programme(entry, easy[entry["id"]], terms) for entry in programmes["programmes"]),
            *(
                bundle
                for kind in source["municipal_services"]
                for bundle in _municipal(kind, english[kind["id"]], terms)
            ),
        ]
        counts["services"] = replace_services(bundles)
        _retire_entries({bundle.service.id for bundle in bundles})
        counts["search_rows"] = reindex_services([bundle.service.id for bundle in bundles])
        LoadedData.objects.update_or_create(
            name="directory", defaults={"digest": digest, "loaded_at": at}
        )
        return counts


def _retire_entries(kept: set[uuid.UUID]) -> None:
    """Entries that came from ``data/`` and are no longer there are defunct; they are not deleted."""
    gone = Service.objects.filter(key__isnull=False).exclude(id__in=kept).exclude(status=Service.Status.DEFUNCT)
    retired = list(gone.values_list("id", flat=True))
    gone.update(status=Service.Status.DEFUNCT)
    if retired:
        reindex_services(retired)


def _load_needs(source: dict[str, Any]) -> dict[str, TaxonomyTerm]:
    """Write the taxonomy ``need`` and return its terms by key."""
    taxonomy, _ = Taxonomy.objects.update_or_create(
        key="need",
        defaults={
            "name": "困りごと",
            "description": "人が困っていること、話したいこと。tsunagari の言い回し辞典が指す先。",
        },
        create_defaults={
            "id": entry_id("taxonomy", "need"),
            "name": "困りごと",
            "description": "人が困っていること、話したいこと。tsunagari の言い回し辞典が指す先。",
        },
    )
    terms = {
        need["key"]: TaxonomyTerm(
            id=entry_id("need", need["key"]),
            taxonomy=taxonomy,
            code=need["key"],
            name=need["name_ja"],
            name_en=need["name_en"],
            name_kana=need["kana"],
            name_easy=need["easy_ja"],
            description=need["description_ja"],
            parent_id=entry_id("need", need["parent"]) if need["parent"] else None,
            position=position,
        )
        for position, need in enumerate(source["needs"])
    }
    TaxonomyTerm.objects.bulk_create(
        # parents first
        sorted(terms.values(), key=lambda term: term.parent_id is not None),
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["name", "name_en", "name_kana", "name_easy", "description", "parent", "position"],
    )
    return terms


def _organization(name: str, kind: str, *, area: AreaNode | None = None, description: str) -> OrganizationProfile:
    organization = Organization(
        id=entry_id("organization", area.code if area else "JP", name),
        name=name,
        kind=kind,
        area_id=area.code if area else None,
    )
    return OrganizationProfile(organization=organization, description=description)


MINISTRY_ENDINGS = ("省", "庁", "府")


def _national_organization(name: str) -> OrganizationProfile:
    """The organisation that runs a nationwide entry, its kind told by its name."""
    if name.endswith(MINISTRY_ENDINGS) or name.startswith("内閣府"):
        kind = Organization.Kind.MINISTRY
    elif "NPO法人" in name:
        kind = Organization.Kind.NPO
    else:
        kind = Organization.Kind.PUBLIC_BODY if "法人" in name or "センター" in name else Organization.Kind.OTHER
    return _organization(name, kind, description=f"{name}。全国を対象に相談や支援を行っています。")


def _needs(service: Service, keys: Iterable[str], terms: dict[str, TaxonomyTerm]) -> list[ServiceNeed]:
    return [
        ServiceNeed(id=entry_id(str(service.id), "need", key), service=service, term=terms[key], position=place)
        for place, key in enumerate(keys)
    ]


def _service_area(service: Service, code: str | None) -> ServiceArea:
    return ServiceArea(id=entry_id(str(service.id), "area", code or "JP"), service=service, area_id=code)


def _kind_of(entry: dict[str, Any]) -> str:
    if "emergency" in entry["topics"] and entry["id"].startswith("kinkyu-"):
        return Service.Kind.EMERGENCY
    return Service.Kind.INFORMATION if "information" in entry["topics"] else Service.Kind.CONSULTATION


def _nationwide(
    entry: dict[str, Any], english: dict[str, Any], terms: dict[str, TaxonomyTerm]
) -> ServiceBundle:
    profile = _national_organization(entry["organization"])
    service = Service(
        id=entry_id("service", entry["id"]),
        organization=profile.organization,
        key=entry["id"],
        kind=_kind_of(entry),
        name=entry["name"],
        name_kana=entry["name_kana"],
        name_en=english["name_en"],
        description=entry["description"],
        description_en=english["description_en"],
        description_easy=english["description_easy"],
        url=entry["url"],
        status=entry["status"],
        audience=entry["audience"],
        note=entry["note"],
        as_of=entry["as_of"],
        certainty=entry["certainty"],
    )
    bundle = ServiceBundle(
        service=service,
        profile=profile,
        areas=[_service_area(service, None)],
        needs=_needs(service, entry["topics"], terms),
        languages=[
            Language(id=entry_id(str(service.id), "language", code), service=service, code=code)
            for code in entry["languages"]
        ],
    )
    for position, source in enumerate(entry["channels"]):
        channel = Channel(
            id=entry_id(str(service.id), "channel", str(position)),
            service=service,
            type=source["type"],
            value=source["value"],
            label=source["label"] if "label" in source else "",
            note=source["note"] or "" if "note" in source else "",
            toll_free=source["toll_free"],
            from_mobile=_from_mobile(source),
            position=position,
        )
        bundle.channels.append(channel)
        bundle.schedules.extend(schedule_rows(hours_from_source(source), channel=channel))
    return bundle


def _from_mobile(source: dict[str, Any]) -> bool | None:
    """Whether a mobile connects, where the source's label says so."""
    label = source.get("label") or ""
    if "携帯" in label:
        return True
    return False if "固定電話" in label else None


def _programme(entry: dict[str, Any], easy: str, terms: dict[str, TaxonomyTerm]) -> ServiceBundle:
    service = Service(
        id=entry_id("service", entry["id"]),
        organization=(profile := _national_organization(entry["organization"])).organization,
        key=entry["id"],
        kind=Service.Kind.PROGRAMME,
        name=entry["name"],
        name_kana=entry["name_kana"],
        name_en=entry["name_en"],
        alternate_name=entry["name_easy"],
        description=entry["description"],
        description_en=entry["description_en"],
        description_easy=easy,
        url=entry["url"],
        eligibility_description=entry["for_whom"],
        application_process=entry["where_to_apply"],
        fees_description=entry["cost"],
        basis=entry["basis"],
        audience=entry["audience"],
        as_of=entry["as_of"],
        certainty=entry["certainty"],
    )
    return ServiceBundle(
        service=service,
        profile=profile,
        areas=[_service_area(service, None)],
        needs=_needs(service, entry["topics"], terms),
        languages=[Language(id=entry_id(str(service.id), "language", "ja"), service=service, code="ja")],
        documents=[
            RequiredDocument(
                id=entry_id(str(service.id), "document", str(position)),
                service=service,
                document=document,
                position=position,
            )
            for position, document in enumerate(entry["required_documents"])
        ],
    )


def areas_of_level(level: str) -> Iterator[tuple[AreaNode, list[str]]]:
    """Yield (area that runs the service, codes of the areas that it serves) for a level of ``services.json``.

    ``prefecture_for_towns_and_villages``: a prefecture runs it for its towns and villages, since those have
    no welfare office of their own (生活困窮者自立支援法, 社会福祉法14条).
    """
    tree = area_tree()
    cities = {Area.Kind.CITY, Area.Kind.DESIGNATED_CITY}
    for area in tree.values():
        match level:
            case "municipality" if area.level == Area.Level.MUNICIPALITY:
                yield area, [area.code]
            case "city" if area.kind in cities:
                yield area, [area.code]
            case "special_ward" | "designated_city" if area.kind == level:
                yield area, [area.code]
            case "prefecture" if area.level == Area.Level.PREFECTURE:
                yield area, [area.code]
            case "prefecture_for_towns_and_villages" if area.level == Area.Level.PREFECTURE:
                served = [
                    other.code
                    for other in tree.values()
                    if other.prefecture_code == area.code and other.kind in {Area.Kind.TOWN, Area.Kind.VILLAGE}
                ]
                if served:
                    yield area, served


def _municipal(
    kind: dict[str, Any], english: dict[str, Any], terms: dict[str, TaxonomyTerm]
) -> Iterator[ServiceBundle]:
    for level in kind["levels"]:
        for area, served in areas_of_level(level):
            name = kind["name_pattern"].format(area=area.name)
            if kind["id"] == "shakyo":
                profile = _organization(
                    name, Organization.Kind.PUBLIC_BODY, area=area, description=f"{name}（{area.full_name}）。"
                )
            else:
                profile = _organization(
                    area.name,
                    Organization.Kind.PREFECTURE
                    if area.level == Area.Level.PREFECTURE
                    else Organization.Kind.MUNICIPALITY,
                    area=area,
                    description=f"{area.full_name}の行政。",
                )
            service = Service(
                id=entry_id("service", kind["id"], level, area.code),
                organization=profile.organization,
                key=kind["id"],
                name=name,
                name_kana=f"{area.name_kana}{kind['kana']}",
                name_en=english["name_en"].format(area=area_in_romaji(area.name, area.name_kana)),
                description=kind["description"],
                description_en=english["description_en"],
                description_easy=english["description_easy"],
                basis=kind["basis"],
                audience=["anyone"],
                contact_verified=False,
                contact_area_id=area.code,
                as_of="2024-12",
            )
            yield ServiceBundle(
                service=service,
                profile=profile,
                areas=[_service_area(service, code) for code in served],
                needs=_needs(service, kind["topics"], terms),
                languages=[Language(id=entry_id(str(service.id), "language", "ja"), service=service, code="ja")],
            )
