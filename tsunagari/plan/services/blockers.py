"""What stands between a version and its decision: a sentence for each, and where it is put right."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from tsunagari.council.models import ConsultationRound, Motion
from tsunagari.council.selectors.bodies import who_decides
from tsunagari.council.selectors.rounds import running_rounds, unanswered_comments, unsettled_addressees
from tsunagari.plan.models import ChangeRequest, MeasureText, PlanVersion, Target, VersionEvent


@dataclass(frozen=True, slots=True)
class Blocker:
    """One thing that is missing. ``code`` is for programs, ``url`` where to go."""

    code: str
    sentence: str
    url: str


def blockers_of(version: PlanVersion) -> list[Blocker]:
    """Everything that must be done before ``version`` can be decided; empty when it can."""
    return [
        *_of_text(version),
        *_of_targets(version),
        *_of_comments(version),
        *_of_change_requests(version),
        *_of_motion(version),
    ]


def measures_without_target(version_id: UUID) -> list[MeasureText]:
    """Measures with neither a target with a deadline nor a written reason why not (the Act, article 8)."""
    dated = Target.objects.filter(measure_text=OuterRef("pk"), deadline_on__isnull=False)
    return list(
        MeasureText.objects.filter(version=version_id, no_target_reason="")
        .exclude(Exists(dated))
        .select_related("measure")
        .order_by("position")
    )


def _of_text(version: PlanVersion) -> list[Blocker]:
    if version.measure_texts.exists():
        return []
    sentence = _("施策がひとつもありません。")
    return [Blocker("no_measures", sentence, reverse("plan_desk:version", args=[version.pk]))]


def _of_targets(version: PlanVersion) -> list[Blocker]:
    return [
        Blocker(
            "target",
            _("%(key)s「%(title)s」に、期限のある目標も、定めない理由もありません。")
            % {"key": text.measure.key, "title": text.title},
            reverse("plan_desk:measure", args=[text.pk]) + "#targets",
        )
        for text in measures_without_target(version.pk)
    ]


def _of_comments(version: PlanVersion) -> list[Blocker]:
    found = [
        Blocker(
            "round",
            _("%(round)sが、まだ終わっていません（いまは「%(state)s」）。")
            % {"round": _name_of(running), "state": running.get_state_display()},
            _address_of(running),
        )
        for running in running_rounds(version.pk)
    ]
    found += [
        Blocker(
            "comment",
            _("%(round)sの意見%(number)sに、まだ回答がありません。")
            % {"round": _name_of(comment.round), "number": comment.number},
            _address_of(comment.round),
        )
        for comment in unanswered_comments(version.pk)
    ]
    found += [
        Blocker(
            "ministry",
            _("%(ministry)sとの協議が、まだ終わっていません（いまは「%(state)s」）。")
            % {"ministry": waiting.organization.name, "state": waiting.get_state_display()},
            _address_of(waiting.round),
        )
        for waiting in unsettled_addressees(version.pk)
    ]
    return found


def _name_of(round_: ConsultationRound) -> str:
    name = round_.get_kind_display()
    return (
        name
        if round_.number == 1
        else _("%(kind)s（%(number)s回め）")
        % {
            "kind": name,
            "number": round_.number,
        }
    )


def _address_of(round_: ConsultationRound) -> str:
    return reverse("council_desk:round", args=[round_.pk])


def _of_change_requests(version: PlanVersion) -> list[Blocker]:
    waiting = ChangeRequest.objects.filter(plan=version.plan_id, state=ChangeRequest.State.OPEN)
    return [
        Blocker(
            "change_request",
            _("%(key)sへの見直しの求めに、まだ答えがありません：%(reason)s")
            % {"key": request.measure.key, "reason": request.reason[:80]},
            reverse("plan_desk:change_requests"),
        )
        for request in waiting.select_related("measure").order_by("opened_at", "id")
    ]


def _of_motion(version: PlanVersion) -> list[Blocker]:
    url = reverse("plan_desk:version", args=[version.pk]) + "#motion"
    motion = version.motion
    if motion is None:
        return [Blocker("motion", _("会議の議案が、まだ結びつけられていません。"), url)]
    if motion.state != Motion.State.PASSED:
        sentence = _("会議の議案「%(text)s」は、まだ可決・了承されていません（いまは「%(state)s」）。")
        words = {"text": motion.text[:60], "state": motion.get_state_display()}
        return [Blocker("motion", sentence % words, url)]
    found = []
    day = motion.meeting.held_on
    final = VersionEvent.objects.filter(version=version, step="finish").order_by("-at").first()
    if final is not None and motion.closed_at is not None and motion.closed_at < final.at:
        found.append(
            Blocker(
                "motion",
                _("議案が可決されたあとに、最終案が変わりました。もう一度、会議にはかってください。"),
                url,
            )
        )
    if day is None:
        found.append(Blocker("motion", _("議案を可決した会議の開催日が、記録されていません。"), url))
    elif (body := who_decides(motion.meeting.body, day)) is None or body.pk != motion.meeting.body_id:
        sentence = _("%(body)sは、その日に決定する会議ではありません。")
        found.append(Blocker("body", sentence % {"body": motion.meeting.body.name}, url))
    return found
