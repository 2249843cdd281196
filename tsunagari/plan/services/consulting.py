"""A version put before ministries, the public and NPOs (`council.services.rounds`), and what came of it.

What is commented upon are paragraphs; a measure is also commented upon by its name, so that nobody waits for
words before saying that they are missing.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import Organization, User
from tsunagari.core.errors import RuleBroken
from tsunagari.council.models import ConsultationRound
from tsunagari.council.services.rounds.life import ParagraphText, open_round, reflect
from tsunagari.plan.models import PlanVersion
from tsunagari.plan.selectors.versions import document_of, plans_of
from tsunagari.plan.showing import section_labels
from tsunagari.plan.text.document import Document

State = PlanVersion.State


class NotInConsultation(RuleBroken):
    """Comments are asked for only while the text can still be changed for them."""

    status = 409


def paragraphs_for_comments(document: Document, measure_ids: dict[str, UUID]) -> list[ParagraphText]:
    """Every paragraph with its permanent id and heading; a measure's name, too, with the measure's id."""
    labels = section_labels()
    found = [
        ParagraphText(paragraph.id, paragraph.plain, f"{chapter.number} {chapter.title}")
        for chapter in document.chapters
        for paragraph in chapter.paragraphs
    ]
    for key, measure in document.measures.items():
        heading = f"{key} {measure.title}"
        found.append(ParagraphText(measure_ids[key], measure.title, heading))
        found += [
            ParagraphText(paragraph.id, paragraph.plain, f"{heading}／{labels[section]}")
            for section, paragraph in measure.paragraphs
        ]
    return found


def _texts(version: PlanVersion) -> list[ParagraphText]:
    ids = dict(version.measure_texts.values_list("measure__key", "measure_id"))
    return paragraphs_for_comments(document_of(version), ids)


def _locked(actor: User, version_id: UUID) -> PlanVersion:
    return (
        PlanVersion.objects.select_for_update(of=("self",))
        .select_related("plan__secretariat")
        .get(pk=version_id, plan__in=plans_of(actor))
    )


@transaction.atomic
def ask_for_comments(
    *,
    actor: User,
    version_id: UUID,
    kind: str,
    closes_at: datetime,
    asked: Iterable[Organization] = (),
    request: str = "",
    at: datetime,
) -> ConsultationRound:
    """Open a round on the version's text as it stands now.

    Raises:
        PlanVersion.DoesNotExist: none of `actor`'s plans.
        NotInConsultation: it is not in consultation; or the public is asked about what it cannot read.
        council's BadRound, WrongState: the round lacks something, or one of its kind still runs.
    """
    version = _locked(actor, version_id)
    if version.state != State.CONSULTATION:
        raise NotInConsultation(_("意見を聞くのは、「協議中」の版だけです。先に協議を始めてください。"))
    if kind == ConsultationRound.Kind.PUBLIC and version.published_at is None:
        raise NotInConsultation(_("意見公募の前に、案を公表してください。"))
    return open_round(
        actor=actor,
        secretariat=version.plan.secretariat,
        document_id=version.pk,
        title=version.title,
        paragraphs=_texts(version),
        kind=kind,
        closes_at=closes_at,
        at=at,
        asked=asked,
        request=request,
    )


@transaction.atomic
def reflect_comments(*, actor: User, version_id: UUID, round_id: UUID, at: datetime) -> ConsultationRound:
    """Tell a round what its paragraphs say now that its comments have been worked in.

    Raises:
        PlanVersion.DoesNotExist: none of `actor`'s plans.
        ConsultationRound.DoesNotExist: none on this version that `actor` runs.
        council's NotReflected, WrongState: an accepted comment has changed nothing, or answers are missing.
    """
    version = _locked(actor, version_id)
    round_ = ConsultationRound.objects.get(pk=round_id, document_id=version.pk)
    now = {text.paragraph_id: text.text for text in _texts(version)}
    texts = {
        paragraph_id: now.get(paragraph_id, "")
        for paragraph_id in round_.paragraphs.values_list("paragraph_id", flat=True)
    }
    return reflect(actor=actor, round_id=round_id, texts=texts, at=at)
