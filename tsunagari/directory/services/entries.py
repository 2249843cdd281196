"""Turn the records of ``data/`` into services, unsaved. Municipal kinds are expanded over the areas."""

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from tsunagari.accounts.models import Organization
from tsunagari.core.areas import AreaNode, area_tree
from tsunagari.core.models import Area
from tsunagari.core.romaji import area_in_romaji
from tsunagari.directory.models import (
    Channel,
    Language,
    OrganizationProfile,
    RequiredDocument,
    Service,
    ServiceArea,
    ServiceNeed,
    TaxonomyTerm,
)
from tsunagari.directory.opening import schedule_rows
from tsunagari.directory.schedules import hours_from_source
from tsunagari.directory.services.bulk import ServiceBundle

NAMESPACE = uuid.UUID("6f1c7e0a-4d0c-5a43-9a54-0f2f5f8f2b10")
"""Namespace (RFC 9562, version 5) of the ids of entries from ``data/``."""

MINISTRY_ENDINGS = ("省", "庁", "府")


def entry_id(*parts: str) -> uuid.UUID:
    """The id of an entry of ``data/``: the same on every installation."""
    return uuid.uuid5(NAMESPACE, "/".join(parts))


class Entries:
    """Builds services from records, with their English texts and the terms of the taxonomy of needs.

    ``nationwide`` are the records of nationwide services and programmes, ``english`` the texts of all by id.
    """

    def __init__(
        self,
        nationwide: Iterable[dict[str, Any]],
        english: dict[str, Any],
        terms: dict[str, TaxonomyTerm],
    ) -> None:
        self.english = english
        self.terms = terms
        self.organizations_en = {
            entry["organization"]: english[entry["id"]]["organization_en"] for entry in nationwide
        }

    def nationwide(self, entry: dict[str, Any]) -> ServiceBundle:
        """A nationwide service with its channels and hours."""
        english = self.english[entry["id"]]
        profile = self._national_organization(entry["organization"])
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
            note_en=english["note_en"],
            as_of=entry["as_of"],
            certainty=entry["certainty"],
        )
        bundle = self._bundle(service, profile, [None], entry["topics"], entry["languages"])
        for position, source in enumerate(entry["channels"]):
            label, note = source.get("label") or "", source.get("note") or ""
            channel = Channel(
                id=entry_id(str(service.id), "channel", str(position)),
                service=service,
                type=source["type"],
                value=source["value"],
                label=label,
                label_en=english["labels_en"].get(label, ""),
                note=note,
                note_en=english["labels_en"].get(note, ""),
                toll_free=source["toll_free"],
                from_mobile=_from_mobile(label),
                position=position,
            )
            bundle.channels.append(channel)
            bundle.schedules.extend(schedule_rows(hours_from_source(source), channel=channel))
        return bundle

    def programme(self, entry: dict[str, Any], easy: str) -> ServiceBundle:
        """A national support programme with what it rests on and where to apply."""
        english = self.english[entry["id"]]
        profile = self._national_organization(entry["organization"])
        service = Service(
            id=entry_id("service", entry["id"]),
            organization=profile.organization,
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
            eligibility_description_en=english["for_whom"],
            application_process=entry["where_to_apply"],
            application_process_en=english["where_to_apply"],
            fees_description=entry["cost"],
            fees_description_en=english["cost"],
            basis=entry["basis"],
            audience=entry["audience"],
            as_of=entry["as_of"],
            certainty=entry["certainty"],
        )
        bundle = self._bundle(service, profile, [None], entry["topics"], ["ja"])
        bundle.documents.extend(
            RequiredDocument(
                id=entry_id(str(service.id), "document", str(position)),
                service=service,
                document=document,
                document_en=document_en,
                position=position,
            )
            for position, (document, document_en) in enumerate(
                zip(entry["required_documents"], english["required_documents"], strict=True)
            )
        )
        return bundle

    def municipal(self, kind: dict[str, Any]) -> Iterator[ServiceBundle]:
        """One entry of a municipal kind for each area that the law gives it to; no contact is verified."""
        english = self.english[kind["id"]]
        for level in kind["levels"]:
            for area, served in areas_of_level(level):
                name = kind["name_pattern"].format(area=area.name)
                name_en = english["name_en"].format(area=area_in_romaji(area.name, area.name_kana))
                profile = _local_organization(kind["id"], name, name_en, area)
                service = Service(
                    id=entry_id("service", kind["id"], level, area.code),
                    organization=profile.organization,
                    key=kind["id"],
                    name=name,
                    name_kana=f"{area.name_kana}{kind['kana']}",
                    name_en=name_en,
                    description=kind["description"],
                    description_en=english["description_en"],
                    description_easy=english["description_easy"],
                    basis=kind["basis"],
                    audience=["anyone"],
                    contact_verified=False,
                    contact_area_id=area.code,
                    as_of="2024-12",
                )
                yield self._bundle(service, profile, served, kind["topics"], ["ja"])

    def _national_organization(self, name: str) -> OrganizationProfile:
        """The organisation that runs a nationwide entry, its kind told by its name."""
        if name.endswith(MINISTRY_ENDINGS) or name.startswith("内閣府"):
            kind = Organization.Kind.MINISTRY
        elif "NPO法人" in name:
            kind = Organization.Kind.NPO
        else:
            known = "法人" in name or "センター" in name
            kind = Organization.Kind.PUBLIC_BODY if known else Organization.Kind.OTHER
        description = f"{name}。全国を対象に相談や支援を行っています。"
        return _organization(name, kind, name_en=self.organizations_en[name], description=description)

    def _bundle(
        self,
        service: Service,
        profile: OrganizationProfile,
        areas: Iterable[str | None],
        needs: Iterable[str],
        languages: Iterable[str],
    ) -> ServiceBundle:
        owner = str(service.id)
        return ServiceBundle(
            service=service,
            profile=profile,
            areas=[
                ServiceArea(id=entry_id(owner, "area", code or "JP"), service=service, area_id=code)
                for code in areas
            ],
            needs=[
                ServiceNeed(
                    id=entry_id(owner, "need", key), service=service, term=self.terms[key], position=place
                )
                for place, key in enumerate(needs)
            ],
            languages=[
                Language(id=entry_id(owner, "language", code), service=service, code=code)
                for code in languages
            ],
        )


def areas_of_level(level: str) -> Iterator[tuple[AreaNode, list[str]]]:
    """Yield (area that runs the service, codes of the areas that it serves) for a level of ``services.json``.

    ``prefecture_for_towns_and_villages``: a prefecture runs it for its towns and villages, since those have
    no welfare office of their own (生活困窮者自立支援法, 社会福祉法14条).
    """
    tree = area_tree()
    cities = {Area.Kind.CITY, Area.Kind.DESIGNATED_CITY}
    small = {Area.Kind.TOWN, Area.Kind.VILLAGE}
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
                inside = (other for other in tree.values() if other.prefecture_code == area.code)
                if served := [other.code for other in inside if other.kind in small]:
                    yield area, served


def _local_organization(kind: str, name: str, name_en: str, area: AreaNode) -> OrganizationProfile:
    """The council of social welfare is an organisation of its own; the other kinds are the government's."""
    if kind == "shakyo":
        description = f"{name}（{area.full_name}）。"
        return _organization(
            name, Organization.Kind.PUBLIC_BODY, area=area, name_en=name_en, description=description
        )
    of_prefecture = area.level == Area.Level.PREFECTURE
    return _organization(
        area.name,
        Organization.Kind.PREFECTURE if of_prefecture else Organization.Kind.MUNICIPALITY,
        area=area,
        name_en=area_in_romaji(area.name, area.name_kana),
        description=f"{area.full_name}の行政。",
    )


def _organization(
    name: str, kind: str, *, area: AreaNode | None = None, name_en: str, description: str
) -> OrganizationProfile:
    organization = Organization(
        id=entry_id("organization", area.code if area else "JP", name),
        name=name,
        kind=kind,
        area_id=area.code if area else None,
    )
    return OrganizationProfile(organization=organization, name_en=name_en, description=description)


def _kind_of(entry: dict[str, Any]) -> str:
    if "emergency" in entry["topics"] and entry["id"].startswith("kinkyu-"):
        return Service.Kind.EMERGENCY
    return Service.Kind.INFORMATION if "information" in entry["topics"] else Service.Kind.CONSULTATION


def _from_mobile(label: str) -> bool | None:
    """Whether a mobile connects, where the channel's label says so."""
    if "携帯" in label:
        return True
    return False if "固定電話" in label else None
