"""Forms of the draft: a measure with its targets and budget projects, a chapter, and small ones.

They only carry what was typed; `services.content` decides what can stand, and says why not.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import Organization
from tsunagari.council.models import ConsultationRound
from tsunagari.plan.models import Policy
from tsunagari.plan.text.document import SECTIONS

LONGEST = 60_000
_HINT = _(
    "空の行で段落を分けます。「- 」で箇条書き、「# 」で見出し、**太字**、[ことば](https://…)が使えます。"
)


def _area(label: Any, *, rows: int = 6, hint: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        strip=False,
        max_length=LONGEST,
        help_text=hint,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class MeasureForm(forms.Form):
    """A measure without its targets and projects. ``revision`` is the one that the writer saw."""

    revision = forms.IntegerField(min_value=0, max_value=2_000_000_000, widget=forms.HiddenInput)
    title = forms.CharField(label=_("施策の名前"), max_length=200)
    policies = forms.TypedMultipleChoiceField(
        label=_("方針"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    cross_cutting = forms.BooleanField(label=_("すべての方針に関わる"), required=False)
    ministries = forms.MultipleChoiceField(
        label=_("担当の府省庁"), required=False, widget=forms.CheckboxSelectMultiple
    )
    lead = forms.ChoiceField(label=_("とりまとめの府省庁"), required=False)
    situation = _area(_("現状"), hint=_HINT)
    challenge = _area(_("課題"))
    goal = _area(_("目標（ことばで）"))
    action = _area(_("対策"))
    no_target_reason = forms.CharField(
        label=_("期限のある目標を定めない理由"),
        required=False,
        max_length=2_000,
        help_text=_("法律（第8条）は、原則として目標と期限を求めます。定めないときだけ書いてください。"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, version_id: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        policies = Policy.objects.filter(version=version_id).order_by("number")
        self.fields["policies"].choices = [(each.number, str(each)) for each in policies]  # type: ignore[attr-defined]
        ministries = Organization.objects.filter(kind=Organization.Kind.MINISTRY)
        names = [(str(each.pk), each.name) for each in ministries.order_by("name_kana", "name")]
        self.fields["ministries"].choices = names  # type: ignore[attr-defined]
        self.fields["lead"].choices = [("", _("決めていない")), *names]  # type: ignore[attr-defined]


class TargetForm(forms.Form):
    """One target. An emptied row is none."""

    lineage_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    text = forms.CharField(label=_("何を"), required=False, max_length=500)
    baseline = forms.CharField(label=_("基準値"), required=False, max_length=40)
    value = forms.CharField(label=_("目標値"), required=False, max_length=40)
    unit = forms.CharField(label=_("単位"), required=False, max_length=40)
    begins_on = forms.CharField(
        label=_("始まり"), required=False, max_length=20, widget=forms.TextInput(attrs={"type": "date"})
    )
    deadline_on = forms.CharField(
        label=_("期限"), required=False, max_length=20, widget=forms.TextInput(attrs={"type": "date"})
    )


class BudgetForm(forms.Form):
    """One budget project in one fiscal year. An emptied row is none."""

    project_id = forms.CharField(label=_("予算事業ID"), required=False, max_length=10)
    name = forms.CharField(label=_("事業の名前"), required=False, max_length=200)
    fiscal_year = forms.CharField(label=_("年度"), required=False, max_length=4)
    amount_yen = forms.CharField(label=_("予算額（円）"), required=False, max_length=20)
    ministry = forms.CharField(required=False, widget=forms.HiddenInput)


TargetForms = forms.formset_factory(TargetForm, extra=1, max_num=31, absolute_max=31)
BudgetForms = forms.formset_factory(BudgetForm, extra=1, max_num=61, absolute_max=61)


def rows_of(formset: Any, names: tuple[str, ...]) -> list[dict[str, str]]:
    """What was typed in the rows that are not empty."""
    rows = [
        {name: str(form.cleaned_data.get(name) or "").strip() for name in names} for form in formset.forms
    ]
    told = [name for name in names if name not in ("lineage_id", "ministry")]
    return [row for row in rows if any(row[name] for name in told)]


TARGET_FIELDS = ("lineage_id", "text", "baseline", "value", "unit", "begins_on", "deadline_on")
BUDGET_FIELDS = ("project_id", "name", "fiscal_year", "amount_yen", "ministry")


def content_from(form: MeasureForm, targets: Any, budgets: Any) -> dict[str, Any]:
    """What the form holds, as `services.content` takes it."""
    data: Mapping[str, Any] = form.cleaned_data
    return {
        "title": data["title"],
        "policies": sorted(data["policies"]),
        "cross_cutting": data["cross_cutting"],
        "ministries": sorted(data["ministries"]),
        "lead": data["lead"],
        **{section: data[section].replace("\r\n", "\n") for section in SECTIONS},
        "targets": rows_of(targets, TARGET_FIELDS),
        "budgets": rows_of(budgets, BUDGET_FIELDS),
        "no_target_reason": data["no_target_reason"].replace("\r\n", "\n"),
    }


class ChapterForm(forms.Form):
    """A chapter's title and text."""

    revision = forms.IntegerField(min_value=0, max_value=2_000_000_000, widget=forms.HiddenInput)
    title = forms.CharField(label=_("章の名前"), max_length=200)
    body = _area(_("本文"), rows=20, hint=_HINT)


class NewMeasureForm(forms.Form):
    """A measure to add, or a part to split off."""

    title = forms.CharField(label=_("施策の名前"), max_length=200)
    policy = forms.IntegerField(label=_("方針"), required=False, min_value=1, max_value=99)


class ReasonForm(forms.Form):
    """A reason in words."""

    reason = forms.CharField(
        label=_("理由"), max_length=2_000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class AskForm(forms.Form):
    """How comments are asked for, until when, and of whom."""

    kind = forms.ChoiceField(choices=ConsultationRound.Kind.choices)
    closes_on = forms.DateField()
    request = forms.CharField(required=False, max_length=2_000)
    asked = forms.TypedMultipleChoiceField(required=False, coerce=str)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = (Organization.Kind.MINISTRY, Organization.Kind.NPO)
        known = Organization.objects.filter(kind__in=kinds).values_list("pk", "name")
        self.fields["asked"].choices = [(str(pk), name) for pk, name in known]  # type: ignore[attr-defined]


class DayForm(forms.Form):
    """A day."""

    on = forms.DateField(label=_("実施の日"), widget=forms.DateInput(attrs={"type": "date"}))
