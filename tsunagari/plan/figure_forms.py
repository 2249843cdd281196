"""Forms of the desk's pages of figures and reviews: they parse, services decide."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import Organization
from tsunagari.core.areas import area_name, area_tree
from tsunagari.plan.models import ExpertOpinion, Indicator, Observation, SeriesBreak
from tsunagari.plan.services.evidence import KINDS, MOST_BYTES, File
from tsunagari.plan.services.observations import Figure

DAY = forms.DateInput(attrs={"type": "date"})


class ManyFiles(forms.ClearableFileInput):
    """Several files in one field."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; the services look at what is in them."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """The files that were handed in, possibly none."""
        return [upload for upload in data or [] if upload]


class ObservationForm(forms.Form):
    """A figure as it is entered or corrected."""

    area = forms.ChoiceField(label=_("地域"), required=False)
    begins_on = forms.DateField(label=_("はじまりの日"), widget=DAY)
    ends_on = forms.DateField(label=_("おわりの日"), widget=DAY)
    state = forms.ChoiceField(label=_("測れたか"), choices=Observation.State.choices)
    numerator = forms.FloatField(label=_("分子"), required=False)
    denominator = forms.FloatField(label=_("分母"), required=False)
    value = forms.FloatField(
        label=_("値"),
        required=False,
        help_text=_("割合で分子と分母があれば、計算します。割合は 0.45 のように書いてください。"),
    )
    standard_error = forms.FloatField(label=_("標準誤差（推計のとき）"), required=False)
    note = forms.CharField(label=_("注（公開します）"), required=False, max_length=500)
    evidence = FilesField(
        label=_("根拠のファイル（5つまで、ひとつ10 MB まで）"),
        required=False,
        widget=ManyFiles(attrs={"accept": ",".join(KINDS)}),
        help_text=_("PDF・Excel・Word・CSV・テキスト・画像。職員だけが開けます。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        prefectures = [a for a in area_tree().values() if a.parent_code is None]
        area = self.fields["area"]
        assert isinstance(area, forms.ChoiceField)  # noqa: S101 - for the type checker
        area.choices = [("", _("全国")), *((a.code, area_name(a)) for a in prefectures)]

    def figure(self) -> Figure:
        """What was entered."""
        given = self.cleaned_data
        return Figure(
            given["begins_on"],
            given["ends_on"],
            given["state"],
            given["value"],
            given["numerator"],
            given["denominator"],
            given["standard_error"],
            given["area"],
            given["note"],
        )

    def uploads(self) -> list[File]:
        """The files, none larger in memory than it may be and one byte."""
        return [
            File(upload.name or "", upload.read(MOST_BYTES + 1)) for upload in self.cleaned_data["evidence"]
        ]


class CorrectionForm(ObservationForm):
    """A correction: area and period stay as they are."""

    why = forms.CharField(label=_("訂正の理由（公開します）"), max_length=500)
    field_order = ["state", "numerator", "denominator", "value", "standard_error", "note", "why", "evidence"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("area", "begins_on", "ends_on"):
            del self.fields[name]

    def figure(self) -> Figure:
        """What was entered; the service keeps area and period."""
        given = self.cleaned_data
        return Figure(
            date.min,
            date.min,
            given["state"],
            given["value"],
            given["numerator"],
            given["denominator"],
            given["standard_error"],
            "",
            given["note"],
        )


class IndicatorForm(forms.ModelForm):  # type: ignore[type-arg]
    """An indicator's definition; `services.indicators` writes it."""

    class Meta:
        model = Indicator
        fields = (
            "key", "name_ja", "name_en", "definition", "definition_en", "unit", "kind", "better", "frequency",
            "source", "uncertainty", "registry_key", "numerator", "denominator", "exclusions", "source_type",
            "release_calendar", "comparability", "restrictions", "due_days", "live_areas", "starts_on",
            "owner", "retired_on",
        )  # fmt: skip
        widgets = {"starts_on": DAY, "retired_on": DAY}

    def __init__(self, *args: Any, owners: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        owner.queryset = Organization.objects.filter(pk__in=owners).order_by("name")
        for name in ("definition", "definition_en", "numerator", "denominator", "exclusions", "source_type",
                     "release_calendar", "comparability", "restrictions"):  # fmt: skip
            self.fields[name].widget.attrs["rows"] = 2
        if not self.instance._state.adding:
            del self.fields["key"]


class BreakForm(forms.ModelForm):  # type: ignore[type-arg]
    """From when on a figure is counted in another way."""

    class Meta:
        model = SeriesBreak
        fields = ("on", "reason")
        widgets = {"on": DAY, "reason": forms.TextInput()}


class OpenReviewForm(forms.Form):
    """Of which fiscal year a review is opened."""

    fiscal_year = forms.IntegerField(label=_("年度"), min_value=2000, max_value=2100)


class ItemForm(forms.Form):
    """What a ministry writes on a measure."""

    narrative = forms.CharField(label=_("事例"), required=False, widget=forms.Textarea)
    assessment = forms.CharField(label=_("評価"), required=False, widget=forms.Textarea)
    direction = forms.CharField(label=_("改善の方向性"), required=False, widget=forms.Textarea)
    revision = forms.IntegerField(widget=forms.HiddenInput)


class OpinionForm(forms.ModelForm):  # type: ignore[type-arg]
    """What an expert said."""

    item = forms.UUIDField(required=False, widget=forms.Select)

    class Meta:
        model = ExpertOpinion
        fields = ("expert", "given_on", "text")
        widgets = {"given_on": DAY}


class AnswerForm(forms.Form):
    """The answer to a change request."""

    accept = forms.ChoiceField(choices=[("yes", ""), ("no", "")])
    answer = forms.CharField(max_length=5_000)


class EdgeForm(forms.Form):
    """An edge of a logic model."""

    begins = forms.UUIDField()
    ends = forms.UUIDField()
    why = forms.CharField(required=False, max_length=300)
