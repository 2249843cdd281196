"""The duties of 孤独・孤立対策推進法 one by one, each with what shows that it is kept, or that it is not.

What cannot be seen from here is said to be unknown: a duty is never kept because nothing speaks against it.
"""

from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tsunagari.core.templatetags.ui import day
from tsunagari.council.models import Body
from tsunagari.plan.models import MeasureText, PlanVersion, Review, Target
from tsunagari.plan.selectors.versions import DECIDED, published_versions

TOKYO = ZoneInfo("Asia/Tokyo")
WITHOUT_DELAY_DAYS = 14
"""「遅滞なく」 names no number of days; past this many a reason is wanted, and the days are always shown."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A fact with the place where it can be looked up ("" for none)."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty. ``state``: kept, not_kept, not_yet (before the Act) or unknown."""

    article: str
    text: str
    state: str
    evidence: list[Evidence] = field(default_factory=list)


def duties(version: PlanVersion | None, today: date) -> list[Duty]:
    """All of the Act's duties that a plan and its councils have, judged for ``version``."""
    return [
        _targets(version, today),
        _publication(version),
        _achievement(version, today),
        *_local_councils(),
    ]


def _before_the_act(version: PlanVersion, today: date) -> bool:
    begins = version.plan.duties_from
    return begins is not None and (version.decided_on or today) < begins


def _targets(version: PlanVersion | None, today: date) -> Duty:
    text = _("施策に、具体的な目標とその達成の期間を定める（原則）")
    if version is None:
        return Duty(_("第8条"), text, "unknown", [Evidence(_("公開されている版がありません。"))])
    dated = Target.objects.filter(measure_text=OuterRef("pk"), deadline_on__isnull=False)
    texts = list(MeasureText.objects.filter(version=version).annotate(has_target=Exists(dated)))
    with_target = sum(text.has_target for text in texts)
    with_reason = sum(not text.has_target and text.no_target_reason != "" for text in texts)
    without = len(texts) - with_target - with_reason
    url = reverse("plan:version", args=[version.number])
    evidence = [
        Evidence(_("期限のある目標がある施策：%(count)s") % {"count": with_target}, url),
        Evidence(_("目標を定めない理由が書いてある施策：%(count)s") % {"count": with_reason}, url),
        Evidence(_("どちらもない施策：%(count)s") % {"count": without}, url),
    ]
    if _before_the_act(version, today):
        begins = day(version.plan.duties_from)
        evidence.append(Evidence(_("法律の施行（%(day)s）より前の版です。") % {"day": begins}))
        return Duty(_("第8条"), text, "not_yet", evidence)
    if version.decided_on is None:
        evidence.append(Evidence(_("この版は、まだ決定されていない案です。")))
        return Duty(_("第8条"), text, "not_yet", evidence)
    # 「原則として」: the exception has a written reason
    return Duty(_("第8条"), text, "not_kept" if without or not texts else "kept", evidence)


def _publication(version: PlanVersion | None) -> Duty:
    text = _("重点計画を定めたとき、変えたときは、遅滞なく公表する")
    decided = list(published_versions().filter(state__in=DECIDED))
    if not decided:
        note = _("このサイトで決定した版は、まだありません。")
        return Duty(_("第8条"), text, "not_yet" if version else "unknown", [Evidence(note)])
    evidence, late = [], False
    for each in decided:
        if each.decided_on is None or each.published_at is None:
            continue
        days = (each.published_at.astimezone(TOKYO).date() - each.decided_on).days
        late = late or days > WITHOUT_DELAY_DAYS
        words = {"title": each.title, "decided": day(each.decided_on), "days": days}
        sentence = ngettext(
            "%(title)s：%(decided)sに決定、%(days)s日後に公表",
            "%(title)s：%(decided)sに決定、%(days)s日後に公表",
            days,
        )
        evidence.append(Evidence(sentence % words, reverse("plan:version", args=[each.number])))
    return Duty(_("第8条"), text, "not_kept" if late else "kept", evidence)


def _achievement(version: PlanVersion | None, today: date) -> Duty:
    text = _("目標の達成状況を適時に調査し、結果を公表する")
    published = Review.objects.filter(
        version__in=published_versions(), state=Review.State.PUBLISHED, published_at__isnull=False
    ).order_by("-fiscal_year")
    evidence = [
        Evidence(
            _("%(year)s年度の評価を%(day)sに公表")
            % {"year": review.fiscal_year, "day": day(review.published_at)}
        )
        for review in published
    ]
    if evidence:
        newest = max(review.fiscal_year for review in published)
        # a fiscal year ends in March; its review may take the year that follows
        kept = newest >= today.year - (2 if today.month <= 3 else 1) - 1
        return Duty(_("第8条"), text, "kept" if kept else "not_kept", evidence)
    nothing = Evidence(_("公表された評価は、まだありません。"))
    if version is None:
        return Duty(_("第8条"), text, "unknown", [nothing])
    first_year = version.in_force_on is None or (today - version.in_force_on).days < 365
    early = _before_the_act(version, today) or first_year
    return Duty(_("第8条"), text, "not_yet" if early else "not_kept", [nothing])


def _local_councils() -> list[Duty]:
    local = list(
        Body.objects.filter(classification=Body.Classification.LOCAL).order_by("founding_on", "name")
    )
    announced = [
        Evidence(f"{body.name}（{day(body.founding_on)}）" if body.founding_on else body.name)
        for body in local[:100]
    ]
    none = Evidence(_("このサイトに登録された地域協議会は、まだありません。"))
    here = Duty(
        _("第15条"),
        _("地方公共団体は、地域協議会を置くように努め、置いたときは公示する"),
        "kept" if local else "unknown",
        announced or [none],
    )
    secrecy = Duty(
        _("第16〜18条"),
        _("協議会の構成機関は、必要な情報を交換し、秘密を守る"),
        "unknown",
        [Evidence(_("この義務が守られているかどうかは、公開の記録からは確かめられません。"))],
    )
    return [here, secrecy]
