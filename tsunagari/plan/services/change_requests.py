"""What a review asks of the next version: opened for missed targets, answered with a reason, carried on."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.accounts.policies import require
from tsunagari.core.errors import RuleBroken
from tsunagari.plan.figure_showing import number_ja
from tsunagari.plan.models import ChangeRequest, Plan, PlanVersion, ReviewItem, Target
from tsunagari.plan.selectors.indicators import judged_version
from tsunagari.plan.selectors.reviews import (
    Judged,
    Result,
    accepted_change_requests,
    change_requests_visible_to,
    items_visible_to,
    judge_targets,
    may_write_item,
    runs_reviews,
)

KINDS = {Result.MISSED: ChangeRequest.Kind.MISSED, Result.NOT_MEASURED: ChangeRequest.Kind.NOT_MEASURED}
MOST_LETTERS = 5_000


class BadAnswer(RuleBroken):
    """A change request cannot be asked or answered so."""


@transaction.atomic
def open_for_missed_targets(*, plan: Plan, at: datetime) -> int:
    """Ask for change for every target of the plan that was missed, or cannot be said to be reached.

    A target is asked about once for a deadline; returns how many requests are new.
    """
    Plan.objects.select_for_update().get(pk=plan.pk)
    version = judged_version(plan)
    if version is None:
        return 0
    targets = Target.objects.filter(measure_text__version=version, deadline_on__isnull=False)
    new = 0
    for judged in judge_targets(targets.select_related("measure_text__measure"), at):
        if judged.result not in KINDS:
            continue
        target = judged.target
        new += ChangeRequest.objects.get_or_create(
            plan=plan,
            target_lineage_id=target.lineage_id,
            deadline_on=target.deadline_on,
            defaults={
                "measure": target.measure_text.measure,
                "target_text": target.text,
                "kind": KINDS[judged.result],
                "reason": _reason(judged),
                "opened_at": at,
            },
        )[1]
    return new


def _reason(judged: Judged) -> str:
    """Why change is asked for, in the plan's own language: it is a record, not a label."""
    target = judged.target
    deadline = target.deadline_on
    begins = f"目標「{target.text}」（期限 {deadline}）"
    indicator, observation = judged.indicator, judged.observation
    if judged.result is Result.MISSED and indicator and observation and observation.value is not None:
        value = number_ja(observation.value, indicator.unit)
        return f"{begins}に届きませんでした。{observation.ends_on}までの実績は{value}です。"
    return f"{begins}に届いたかどうか、期限の時点の値が測れていません。"


@transaction.atomic
def ask_for_change(*, actor: User, item_id: UUID, reason: str, at: datetime) -> ChangeRequest:
    """Ask the next version for a change that the review of a measure shows.

    Raises:
        BadAnswer: no reason is given.
    """
    found = ReviewItem.objects.select_related("review__version__plan").get(pk=item_id)
    item = items_visible_to(actor, found.review).get(pk=item_id)
    require(may_write_item(actor, item))
    if not reason.strip():
        raise BadAnswer(_("何を見直すのか、書いてください。"))
    if len(reason) > MOST_LETTERS:
        raise BadAnswer(_("文が長すぎます。5千字までにしてください。"))
    return ChangeRequest.objects.create(
        plan=item.review.version.plan,
        measure=item.measure,
        review_item=item,
        kind=ChangeRequest.Kind.REVIEW,
        reason=reason.strip(),
        opened_at=at,
    )


@transaction.atomic
def answer_request(
    *, actor: User, request_id: UUID, accept: bool, answer: str, at: datetime
) -> ChangeRequest:
    """Accept a change request or decline it, with a reason. An answer stands.

    Raises:
        BadAnswer: it is answered already, or no reason is given.
    """
    visible = change_requests_visible_to(actor).get(pk=request_id)
    request = ChangeRequest.objects.select_for_update().get(pk=visible.pk)
    require(runs_reviews(actor, visible.plan))
    if request.state != ChangeRequest.State.OPEN:
        raise BadAnswer(_("もう答えが出ています。"))
    if not answer.strip():
        raise BadAnswer(_("見直す、または見直さない理由を書いてください。"))
    if len(answer) > MOST_LETTERS:
        raise BadAnswer(_("文が長すぎます。5千字までにしてください。"))
    request.state = ChangeRequest.State.ACCEPTED if accept else ChangeRequest.State.DECLINED
    request.answer, request.answered_by, request.answered_at = answer.strip(), actor, at
    request.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    return request


@transaction.atomic
def carry_into_draft(*, version: PlanVersion) -> int:
    """Let a new draft start from what was accepted: each request goes into one draft. Returns how many."""
    found = accepted_change_requests(version.plan).select_for_update(of=("self",))
    return ChangeRequest.objects.filter(pk__in=[request.pk for request in found]).update(carried_into=version)
