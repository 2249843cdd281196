"""Copies of a town's pages that need neither our server nor a network: one file, or a folder of pages.

A copy may be read days later, so nothing in it says what is open at this minute: it gives the hours.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.template.loader import get_template
from django.utils.translation import get_language, gettext, override

from tsunagari.core.addresses import whole_address
from tsunagari.core.areas import AreaNode, area_full_name, area_name
from tsunagari.core.templatetags.ui import listed
from tsunagari.directory.models import Service
from tsunagari.portal import guidance, selectors
from tsunagari.portal.cards import fact_of, language_name, text_of
from tsunagari.portal.easy_words import easy_list
from tsunagari.portal.need_groups import NEED_GROUPS
from tsunagari.portal.reach.entries import (
    Entry,
    data_month,
    entries_for,
    entries_in,
    entry_of,
    nationwide_entries,
)
from tsunagari.portal.reach.sheet import area_sheet

LANGUAGES = ("ja", "en")
STYLE = Path(settings.BASE_DIR) / "static/css/offline.css"
_NOT_FOR_COPIES = re.compile(r"<(nav|form|script|button|svg)\b.*?</\1>|<h1\b.*?</h1>", re.S)
_OWN_LINK = re.compile(r'(href=")(/[^"]*)')


@dataclass(frozen=True, slots=True)
class Detail:
    """An entry with all that its own page says."""

    entry: Entry
    facts: tuple[tuple[str, str, str], ...]
    steps: tuple[str, ...]
    words: tuple[str, ...]


class Copies:
    """A town's copies at the moment ``at``, in the language of the thread. What they share is read once.

    ``read``: copies in another language, whose readings serve these too.
    """

    def __init__(self, area: AreaNode, at: datetime, *, read: "Copies | None" = None) -> None:
        self.area, self.at = area, at
        self._read = read

    @cached_property
    def here(self) -> list[Service]:
        """Services of this area and of those above it, as they were read."""
        return self._read.here if self._read else list(selectors.services_in_area(self.area))

    @cached_property
    def offices(self) -> list[Entry]:
        """The same as entries in this language."""
        return entries_in(self.area, self.at, self.here)

    @cached_property
    def lines(self) -> list[Entry]:
        """Lines of the whole country."""
        return nationwide_entries(self.at)

    @cached_property
    def programmes(self) -> list[tuple[Any, list[Any]]]:
        """Support programmes by the twelve words."""
        return selectors.programmes_by_need(self.at)

    @cached_property
    def services(self) -> dict[UUID, Service]:
        """Everything that has a page of its own."""
        if self._read is not None:
            return self._read.services
        ids = {entry.id for entry in [*self.offices, *self.lines]}
        ids |= {card.pk for _, cards in self.programmes for card in cards if card.pk}
        return {service.pk: service for service in selectors.any_service().filter(pk__in=ids)}

    @cached_property
    def shared(self) -> dict[str, Any]:
        """What every page of the copy has."""
        return {
            "area": self.area,
            "full_name": area_full_name(self.area),
            "name": area_name(self.area),
            "at": self.at,
            "newest": whole_address("portal:area", self.area.code),
            "month": data_month([*self.offices, *self.lines]),
            "language": "en" if get_language() == "en" else "ja",
        }

    def page(self, template: str, **context: Any) -> str:
        """One page of the copy."""
        return get_template(f"portal/copies/{template}").render({**self.shared, **context})

    def single(self, *, style: str = "", links: dict[str, str] | None = None) -> str:
        """All in one document; ``style`` is written into it, ``links`` name files of the site instead."""
        context = {"offices": self.offices, "lines": self.lines, "safety": safety_text(), "inline": style}
        return self.page("single.html", programmes=self.programmes, links=links, **context)

    def pages(self) -> Iterator[tuple[str, str]]:
        """(path, page) of every public page of the town, with links relative to each other."""
        terms = {pk: {term.code for term in each.needs.all()} for pk, each in self.services.items()}
        yield (
            "index.html",
            self.page("index.html", root="", offices=self.offices, lines=self.lines[:6], needs=NEED_GROUPS),
        )
        yield "lines.html", self.page("lines.html", root="", lines=self.lines)
        yield "programmes.html", self.page("programmes.html", root="", programmes=self.programmes)
        yield "safety.html", self.page("safety.html", root="", safety=safety_text())
        for group in NEED_GROUPS:
            cards = [card for each, found in self.programmes if each is group for card in found]
            yield (
                f"needs/{group.key}.html",
                self.page(
                    "need.html",
                    root="../",
                    group=group,
                    offices=entries_for(group, self.offices, terms),
                    lines=entries_for(group, self.lines, terms),
                    cards=cards,
                ),
            )
        made = {entry.id: entry for entry in [*self.offices, *self.lines]}
        for pk, service in self.services.items():
            detail = detail_of(service, self.at, entry=made.get(pk))
            yield f"services/{pk}.html", self.page("service.html", root="../", detail=detail)


def safety_text() -> str:
    """The words of the page on staying unseen, with whole addresses and nothing that needs the site."""
    text = _NOT_FOR_COPIES.sub("", get_template("portal/partials/safety_text.html").render())
    return _OWN_LINK.sub(lambda link: f"{link[1]}{settings.SITE_URL}{link[2]}", text)


def detail_of(service: Service, at: datetime, *, entry: Entry | None = None) -> Detail:
    """An entry with its facts, steps and first words; prefetch as for its page (``any_service``).

    ``entry``: the service's entry, where it has been made already.
    """
    reading = "en" if get_language() == "en" else "ja"
    channels = list(service.channels.all())
    first = channels[0] if channels else None
    documents = [each.document for each in service.required_documents.all()]
    documents_en = [each.document_en for each in service.required_documents.all()]
    languages = [each.code for each in service.languages.all()]
    traces = dict.fromkeys(filter(None, (guidance.traces(channel.type) for channel in channels)))
    facts: Sequence[tuple[str, tuple[str, str]]] = (
        (gettext("だれのため"), fact_of(service.eligibility_description, service.eligibility_description_en)),
        (gettext("どこで申しこむ"), fact_of(service.application_process, service.application_process_en)),
        (
            gettext("持っていくもの"),
            text_of(
                "\n".join(documents),
                "\n".join(documents_en) if all(documents_en) else "",
                easy_list(documents, mark=""),
            ),
        ),
        (gettext("費用"), fact_of(service.fees_description, service.fees_description_en)),
        (gettext("使えることば"), (listed(map(language_name, languages)), reading)),
        (gettext("あとに残るもの"), ("\n".join(traces), reading)),
        (gettext("根拠の法律"), (service.basis, "ja")),
        (gettext("知っておくこと"), text_of(service.note, service.note_en)),
    )
    needs = [term.code for term in service.needs.all()]
    talks = first is not None and first.type != "web"
    return Detail(
        entry=entry or entry_of(service, at),
        facts=tuple((label, text, language) for label, (text, language) in facts if text),
        steps=tuple(guidance.steps(first)) if first else (),
        words=tuple(guidance.first_words(needs, first.type)) if first and talks else (),
    )


def style_text() -> str:
    """The style sheet of copies."""
    return STYLE.read_text(encoding="utf-8")


def bundle(area: AreaNode, at: datetime) -> dict[str, bytes]:
    """Every public page of a town as files by their paths: Japanese, English below ``en/``, the sheet."""
    style = style_text().encode()
    files: dict[str, bytes] = {}
    made: dict[str, Copies] = {}
    for language in LANGUAGES:
        folder = "" if language == "ja" else f"{language}/"
        with override(language):
            copies = made[language] = Copies(area, at, read=made.get("ja"))
            for path, page in copies.pages():
                files[f"{folder}{path}"] = page.encode()
        files[f"{folder}style.css"] = style
    with override("ja"):
        japanese = made["ja"]
        files["sheet.pdf"] = area_sheet(area, at, lines=japanese.lines, here=japanese.offices)
    return files


def zipped(files: dict[str, bytes], at: datetime) -> bytes:
    """The files as one ZIP; the same files give the same bytes."""
    moment = at.timetuple()[:6]
    with io.BytesIO() as buffer:
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            for path, content in sorted(files.items()):
                entry = zipfile.ZipInfo(path, date_time=moment)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, content)
        return buffer.getvalue()
