"""Measures come, are split, merged and left out; each keeps its key for ever."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.core.errors import RuleBroken
from tsunagari.plan.models import (
    Block,
    Measure,
    MeasureLineage,
    MeasureText,
    Plan,
    PlanVersion,
    Policy,
    Target,
)
from tsunagari.plan.selectors.versions import plans_of
from tsunagari.plan.services.content import NotValid
from tsunagari.plan.services.editing import require_editable
from tsunagari.plan.text.document import SECTIONS

MOST_MEASURES = 2_000


class SameMeasure(RuleBroken):
    """A measure cannot be merged with itself."""


class TooManyMeasures(RuleBroken):
    """The version holds as many measures as a plan can."""


def _locked_version(actor: User, version_id: UUID) -> PlanVersion:
    version = (
        PlanVersion.objects.select_for_update(of=("self",))
        .select_related("plan")
        .get(pk=version_id, plan__in=plans_of(actor))
    )
    require_editable(version)
    return version


def _text(actor: User, text_id: UUID) -> MeasureText:
    found = MeasureText.objects.filter(version__plan__in=plans_of(actor)).get(pk=text_id)
    _locked_version(actor, found.version_id)
    return MeasureText.objects.select_related("version__plan", "measure").get(pk=text_id)


def next_key(plan: Plan) -> str:
    """The key after the highest that was ever used in this plan."""
    keys = Measure.objects.filter(plan=plan).values_list("key", flat=True)
    return f"M{max((int(key[1:]) for key in keys), default=0) + 1:02d}"


def _titled(title: str) -> str:
    if not title.strip() or len(title.strip()) > 200:
        raise NotValid(_("施策の名前を、200字までで書いてください。"))
    return title.strip()


def _add(version: PlanVersion, title: str, policies: Iterable[int]) -> MeasureText:
    # keys are given one at a time
    plan = Plan.objects.select_for_update().get(pk=version.plan_id)
    last = version.measure_texts.aggregate(last=Max("position"))["last"] or 0
    if version.measure_texts.count() >= MOST_MEASURES:
        raise TooManyMeasures(_("ひとつの版にのせられる施策は、2,000までです。"))
    measure = Measure.objects.create(plan=plan, key=next_key(plan))
    text = MeasureText.objects.create(
        version=version, measure=measure, position=last + 1, title=_titled(title)
    )
    text.policies.set(Policy.objects.filter(version=version, number__in=list(policies)))
    return text


@transaction.atomic
def add_measure(*, actor: User, version_id: UUID, title: str, policies: Iterable[int]) -> MeasureText:
    """Add a measure, with a key that was never used.

    Raises:
        PlanVersion.DoesNotExist: none of `actor`'s plans.
        NotEditable: it is a final draft, or decided.
        NotValid: it has no name.
    """
    return _add(_locked_version(actor, version_id), title, policies)


@transaction.atomic
def leave_out_measure(*, actor: User, text_id: UUID) -> str:
    """Leave a measure out of a draft; what earlier versions say of it stays, and so does its key.

    Raises:
        MeasureText.DoesNotExist, NotEditable: as `add_measure`.
    """
    text = _text(actor, text_id)
    key = text.measure.key
    MeasureLineage.objects.filter(version=text.version, before=text.measure, kind="renamed").delete()
    text.delete()
    return key


@transaction.atomic
def split_measure(*, actor: User, text_id: UUID, title: str, at: datetime) -> MeasureText:
    """Split a part off a measure: the measure keeps its key and words, the part is a new measure.

    Raises:
        MeasureText.DoesNotExist, NotEditable, NotValid: as `add_measure`.
    """
    text = _text(actor, text_id)
    part = _add(text.version, title, text.policies.values_list("number", flat=True))
    MeasureText.objects.filter(version=text.version, position__gt=text.position).exclude(pk=part.pk).update(
        position=F("position") + 1
    )
    part.position = text.position + 1
    part.save(update_fields=["position"])
    _note(text.version, text.measure, part.measure, "split", text.title, part.title, at)
    return part


@transaction.atomic
def merge_measures(*, actor: User, text_id: UUID, into_id: UUID, at: datetime) -> MeasureText:
    """Merge a measure into another, which keeps its key and takes over words, targets and ministries.

    Raises:
        MeasureText.DoesNotExist, NotEditable: as `add_measure`; also when both are not of one version.
        SameMeasure: they are the same one.
    """
    text = _text(actor, text_id)
    if text_id == into_id:
        raise SameMeasure(_("まとめる先には、別の施策を選んでください。"))
    into = MeasureText.objects.select_related("measure").get(pk=into_id, version=text.version)
    for section in SECTIONS:
        last = into.blocks.filter(section=section).aggregate(last=Max("position"))["last"] or 0
        Block.objects.filter(measure_text=text, section=section).update(
            measure_text=into, position=F("position") + last
        )
    last = into.targets.aggregate(last=Max("position"))["last"] or 0
    Target.objects.filter(measure_text=text).update(measure_text=into, position=F("position") + last + 1)
    held = set(into.responsibilities.values_list("ministry_id", flat=True))
    text.responsibilities.exclude(ministry__in=held).update(measure_text=into, lead=False)
    paid = set(into.budget_projects.values_list("project_id", "fiscal_year"))
    for project in text.budget_projects.all():
        if (project.project_id, project.fiscal_year) not in paid:
            project.measure_text = into
            project.save(update_fields=["measure_text"])
    into.policies.add(*text.policies.all())
    # who had opened either form is told that it has changed
    into.revision += 1
    into.save(update_fields=["revision"])
    _note(text.version, text.measure, into.measure, "merged", text.title, into.title, at)
    MeasureText.objects.get(pk=text.pk).delete()
    return into


def _note(
    version: PlanVersion, before: Measure, after: Measure, kind: str, old: str, new: str, at: datetime
) -> None:
    MeasureLineage.objects.get_or_create(
        version=version,
        before=before,
        after=after,
        kind=kind,
        defaults={"before_title": old, "after_title": new, "at": at},
    )
