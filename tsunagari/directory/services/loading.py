"""Load the real data of ``data/`` into the directory.

Ids are derived from the entries' keys, so that every installation has the same ones and a second load
changes the same rows; what people have changed in between stays (`loaded`). Municipal kinds are expanded
over the areas where the law puts them; such an entry has no verified contact and says so.
"""

import hashlib
import json
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from tsunagari.core.areas import load_areas
from tsunagari.directory.models import LoadedData, Service, ServiceText, Taxonomy, TaxonomyTerm
from tsunagari.directory.search.index import reindex_services
from tsunagari.directory.services.bulk import replace_services
from tsunagari.directory.services.coverage import compute_coverage
from tsunagari.directory.services.entries import Entries, entry_id
from tsunagari.directory.services.loaded import edited_entries, keep_what_people_wrote, remember

FILES = (
    "municipalities.csv",
    "lexicon/needs.json",
    "services.json",
    "services_en.json",
    "programmes.json",
    "programmes_en.json",
    "programmes_easy.json",
    "service_texts.json",
)


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
        counts = {"areas": load_areas(folder / "municipalities.csv")}
        terms = _load_needs(_read(folder / "lexicon" / "needs.json"))
        counts["needs"] = len(terms)
        source, programmes = _read(folder / "services.json"), _read(folder / "programmes.json")["programmes"]
        english = _read(folder / "services_en.json") | _read(folder / "programmes_en.json")
        entries = Entries([*source["services"], *programmes], english, terms)
        easy = _read(folder / "programmes_easy.json")
        bundles = [
            *(entries.nationwide(entry) for entry in source["services"]),
            *(entries.programme(entry, easy[entry["id"]]) for entry in programmes),
            *(bundle for kind in source["municipal_services"] for bundle in entries.municipal(kind)),
        ]
        words = keep_what_people_wrote(bundles, at=at)
        counts["services"] = replace_services(bundles)
        remember(words)
        counts["texts"] = _load_texts(_read(folder / "service_texts.json"))
        _retire_entries({bundle.service.id for bundle in bundles}, at)
        counts["search_rows"] = reindex_services([bundle.service.id for bundle in bundles])
        compute_coverage(at=at)
        LoadedData.objects.update_or_create(name="directory", defaults={"digest": digest, "loaded_at": at})
        return counts


def _read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def _load_texts(source: dict[str, Any]) -> int:
    """Write the entries' texts in further languages; what a person has written or checked stays as it is."""
    texts = [
        ServiceText(
            id=entry_id("text", key, language, field),
            service_id=entry_id("service", key),
            language=language,
            field=field,
            text=text,
            source=source["source"],
        )
        for key, languages in source["texts"].items()
        for language, fields in languages.items()
        for field, text in fields.items()
    ]
    stored = {
        (text.service_id, text.language, text.field): text
        for text in ServiceText.objects.filter(service__in={text.service_id for text in texts})
    }
    new = [text for text in texts if (text.service_id, text.language, text.field) not in stored]
    changed = []
    for text in texts:
        known = stored.get((text.service_id, text.language, text.field))
        ours = known is not None and known.source == source["source"] and known.checked_on is None
        if known is not None and ours and known.text != text.text:
            known.text = text.text
            changed.append(known)
    ServiceText.objects.bulk_create(new)
    ServiceText.objects.bulk_update(changed, ["text"])
    return len(new) + len(changed)


def _retire_entries(kept: set[uuid.UUID], at: datetime) -> None:
    """Entries that came from ``data/`` and are no longer there are defunct; they are not deleted.

    Those that people have changed since stay as they are: their keepers are told, and decide.
    """
    gone = (
        Service.objects.filter(key__isnull=False).exclude(id__in=kept).exclude(status=Service.Status.DEFUNCT)
    )
    missing = list(gone.values_list("id", flat=True))
    if not missing:
        return
    edited = edited_entries(missing, at=at)
    retired = [pk for pk in missing if pk not in edited]
    Service.objects.filter(pk__in=retired).update(status=Service.Status.DEFUNCT)
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
