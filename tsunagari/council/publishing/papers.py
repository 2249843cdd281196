"""The papers of a meeting as one PDF: a cover with the agenda and a table of contents, then each paper."""

import io
import json
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext
from pypdf import PdfReader, PdfWriter
from pypdf.generic import Fit

from tsunagari.core.printable import fonts_folder, printable
from tsunagari.core.runtime.typeset import typeset
from tsunagari.core.templatetags.ui import day
from tsunagari.council.files import PDF
from tsunagari.council.models import Material, MaterialVersion, Meeting
from tsunagari.council.publishing.calendar import summary_of

TEMPLATE = Path(__file__).with_name("papers.typ")
MOST_BYTES = 100_000_000
_press = threading.BoundedSemaphore(2)


@dataclass(frozen=True, slots=True)
class Paper:
    """A material with its newest file; what is no PDF is named and not bound in."""

    material: Material
    version: MaterialVersion | None

    @property
    def pages(self) -> int:
        """How many pages are bound in."""
        bound = self.version is not None and self.version.content_type == PDF
        return (self.version.pages or 0) if bound and self.version else 0


def bound_papers(meeting: Meeting, materials: Iterable[Material]) -> bytes:
    """The PDF. ``materials`` are those that the reader may see, with ``files`` (`selectors.meetings`)."""
    papers = [Paper(each, each.files[0] if each.files else None) for each in materials]  # type: ignore[attr-defined]
    cover = PdfReader(io.BytesIO(_cover(meeting, papers, first=2)))
    if len(cover.pages) > 1:  # the contents run over: the papers begin later than they say
        cover = PdfReader(io.BytesIO(_cover(meeting, papers, first=len(cover.pages) + 1)))
    writer = PdfWriter()
    for page in cover.pages:
        writer.add_page(page)
    writer.add_outline_item(title=gettext("目次"), page_number=0, fit=Fit.fit())
    size = 0
    for paper in papers:
        if not paper.pages or paper.version is None:
            continue
        size += paper.version.size
        if size > MOST_BYTES:
            raise TooLarge
        start = len(writer.pages)
        content = MaterialVersion.objects.values_list("content", flat=True).get(pk=paper.version.pk)
        for page in PdfReader(io.BytesIO(bytes(content))).pages:
            writer.add_page(page)
        label = f"{paper.material.number}　{paper.material.title}"
        writer.add_outline_item(title=label, page_number=start, fit=Fit.fit())
    writer.add_metadata({"/Title": summary_of(meeting), "/Author": meeting.body.name})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


class TooLarge(Exception):
    """The papers together are too many bytes for one document."""


def _cover(meeting: Meeting, papers: Sequence[Paper], *, first: int) -> bytes:
    rows, page = [], first
    for paper in papers:
        where = f"{page}" if paper.pages else gettext("別添")
        rows.append(
            {
                "number": printable(paper.material.number),
                "title": printable(paper.material.title),
                "page": where,
            }
        )
        page += paper.pages
    when = day(meeting.held_on) if meeting.held_on else meeting.date_text
    order = {
        "title": printable(summary_of(meeting)),
        "author": printable(meeting.body.name),
        "when": printable(when),
        "place": printable(meeting.place),
        "agenda_title": gettext("議事"),
        "agenda": [printable(item.title) for item in meeting.agenda.all()],
        "papers_title": gettext("資料"),
        "papers": rows,
        "note": gettext("「別添」の資料は、PDFではないため、別のファイルです。")
        if any(not paper.pages for paper in papers)
        else "",
    }
    with _press:
        return typeset(TEMPLATE, {"data": json.dumps(order, ensure_ascii=False)}, fonts=fonts_folder())
