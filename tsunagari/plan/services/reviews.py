"""The yearly review: opened from a template, filled with figures, written by ministries, read by experts."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.accounts.policies import require
from tsunagari.core.errors import RuleBroken
from tsunagari.plan.models import ExpertOpinion, MeasureText, PlanVersion, Review, ReviewItem
from tsunagari.plan.selectors.indicators import TOKYO
from tsunagari.plan.selectors.reviews import (
    figures_of_measure,
    items_visible_to,
    may_write_item,
    reviews_visible_to,
    runs_reviews,
)
from tsunagari.plan.services.change_requests import open_for_missed_targets

State = Review.State
TRANSITIONS: dict[str, tuple[str, str]] = {
    "ask_experts": (State.DRAFT, State.WITH_EXPERTS),
    "reopen": (State.WITH_EXPERTS, State.DRAFT),
    "publish": (State.WITH_EXPERTS, State.PUBLISHED),
}
"""Step → (from, to)."""
MOST_LETTERS = 20_000


class BadReview(RuleBroken):
    """A review cannot be opened, or not taken further, as it stands."""


class StaleItem(RuleBroken):
    """Somebody else has saved the same measure in between."""


def load_template(folder: Path | None = None) -> dict[str, Any]:
    """The questions of a review, as ``data/review_template.json`` has them now."""
    path = (folder or Path(settings.DATA_DIR)) / "review_template.json"
    template: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return template


@transaction.atomic
def open_review(*, actor: User, version_id: UUID, fiscal_year: int, at: datetime) -> Review:
    """Open the review of a fiscal year that has ended, with the figures in it; missed targets ask for change.

    Raises:
        BadReview: the version is not decided, the year not over, or there is a review of it.
    """
    version = PlanVersion.objects.select_for_update(of=("self",)).select_related("plan").get(pk=version_id)
    require(runs_reviews(actor, version.plan))
    if version.decided_on is None:
        raise BadReview(_("決定していない版は、まだ評価できません。"))
    if at.astimezone(TOKYO).date() <= last_day(fiscal_year):
        raise BadReview(_("%(year)d年度はまだ終わっていません。") % {"year": fiscal_year})
    if version.decided_on > last_day(fiscal_year):
        raise BadReview(_("この版は、%(year)d年度にはまだ決定していませんでした。") % {"year": fiscal_year})
    if Review.objects.filter(version=version, fiscal_year=fiscal_year).exists():
        raise BadReview(_("%(year)d年度の評価は、もう始まっています。") % {"year": fiscal_year})
    review = Review.objects.create(
        version=version, fiscal_year=fiscal_year, template=load_template(), opened_by=actor, opened_at=at
    )
    texts = MeasureText.objects.filter(version=version).select_related("measure")
    ReviewItem.objects.bulk_create(
        ReviewItem(
            review=review,
            measure=text.measure,
            title=text.title,
            figures=figures_of_measure(text.measure_id, version, last_day(fiscal_year), at),
        )
        for text in texts.order_by("measure__key")
    )
    open_for_missed_targets(plan=version.plan, at=at)
    return review


@transaction.atomic
def fill_again(*, actor: User, review_id: UUID, at: datetime) -> int:
    """Bring the figures of a review in work up to date; what people have written stays."""
    review = _locked(actor, review_id)
    require(runs_reviews(actor, review.version.plan))
    if review.state == State.PUBLISHED:
        raise BadReview(_("公表した評価は変えられません。"))
    items = list(ReviewItem.objects.filter(review=review))
    for item in items:
        item.figures = figures_of_measure(item.measure_id, review.version, last_day(review.fiscal_year), at)
    return ReviewItem.objects.bulk_update(items, ["figures"])


@transaction.atomic
def write_item(
    *,
    actor: User,
    item_id: UUID,
    narrative: str,
    assessment: str,
    direction: str,
    revision: int,
    at: datetime,
) -> ReviewItem:
    """Save what a ministry writes on a measure. ``revision`` is the one that its page showed.

    Raises:
        StaleItem: somebody else saved in between; nothing is overwritten.
        BadReview: the review is not open for writing, or a text is too long.
    """
    found = ReviewItem.objects.select_related("review__version__plan").get(pk=item_id)
    item = items_visible_to(actor, found.review).select_for_update(of=("self",)).get(pk=item_id)
    require(may_write_item(actor, item))
    if item.review.state != State.DRAFT:
        raise BadReview(_("この評価はいま記入できません。"))
    if item.revision != revision:
        raise StaleItem(
            _("ほかの人がさきに保存しました。下に残したあなたの文と、いまの文を見くらべてください。")
        )
    texts = [text.replace("\r\n", "\n").strip() for text in (narrative, assessment, direction)]
    if any(len(text) > MOST_LETTERS for text in texts):
        raise BadReview(_("文が長すぎます。2万字までにしてください。"))
    item.narrative, item.assessment, item.direction = texts
    item.revision += 1
    item.edited_by, item.edited_at = actor, at
    item.save(update_fields=["narrative", "assessment", "direction", "revision", "edited_by", "edited_at"])
    return item


@transaction.atomic
def add_opinion(
    *,
    actor: User,
    review_id: UUID,
    item_id: UUID | None,
    expert: str,
    text: str,
    given_on: date,
    at: datetime,
) -> ExpertOpinion:
    """Write down what an outside expert said, as it was said.

    Raises:
        BadReview: the review is not with the experts, a field is empty, or the day has not come.
    """
    review = _locked(actor, review_id)
    require(runs_reviews(actor, review.version.plan))
    if review.state != State.WITH_EXPERTS:
        raise BadReview(_("有識者の意見は、「有識者に聞く」に進めてから記録してください。"))
    if not expert.strip() or not text.strip():
        raise BadReview(_("有識者の名前と意見を書いてください。"))
    if len(text) > MOST_LETTERS:
        raise BadReview(_("文が長すぎます。2万字までにしてください。"))
    if given_on > at.astimezone(TOKYO).date():
        raise BadReview(_("意見の日がまだ来ていません。"))
    item = ReviewItem.objects.get(pk=item_id, review=review) if item_id else None
    return ExpertOpinion.objects.create(
        review=review,
        item=item,
        expert=expert.strip()[:200],
        text=text.strip(),
        given_on=given_on,
        recorded_by=actor,
        recorded_at=at,
    )


@transaction.atomic
def move_review(*, actor: User, review_id: UUID, step: str, at: datetime) -> Review:
    """Take a review a step further (``TRANSITIONS``).

    Raises:
        BadReview: the step does not start here, or something is missing; the sentence names it.
    """
    review = _locked(actor, review_id)
    require(runs_reviews(actor, review.version.plan))
    begins, ends = TRANSITIONS[step]
    if review.state != begins:
        raise BadReview(
            _("いまは「%(state)s」なので、そこへは進めません。") % {"state": review.get_state_display()}
        )
    if step != "reopen":
        missing = ReviewItem.objects.filter(review=review, assessment="") | ReviewItem.objects.filter(
            review=review, direction=""
        )
        keys = list(missing.order_by("measure__key").values_list("measure__key", flat=True))
        if keys:
            raise BadReview(
                _("評価か改善の方向性がまだ空の施策があります: %(keys)s") % {"keys": "、".join(keys)}
            )
    if step == "publish" and not review.opinions.exists():
        raise BadReview(_("有識者の意見が、まだひとつも記録されていません。"))
    review.state = ends
    if step == "publish":
        review.published_at = at
    review.save(update_fields=["state", "published_at"])
    return review


def last_day(fiscal_year: int) -> date:
    """The last day of a fiscal year."""
    return date(fiscal_year + 1, 3, 31)


def _locked(actor: User, review_id: UUID) -> Review:
    visible = reviews_visible_to(actor).get(pk=review_id)
    return Review.objects.select_for_update(of=("self",)).select_related("version__plan").get(pk=visible.pk)
