"""The forms of the supervisor's pages."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tsunagari.consultation.states import RiskLevel


class WhisperForm(forms.Form):
    """A word to the counsellor. Its text is checked by the service, which says what to do."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("相談員への耳打ち（相談している人には見えません）"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class AssessmentForm(forms.Form):
    """A person's judgement; why, in words, is kept sealed."""

    level = forms.TypedChoiceField(
        label=_("あなたが見た危険度"), coerce=lambda value: RiskLevel(int(value)), choices=RiskLevel.choices
    )
    detail = forms.CharField(
        label=_("そう見た理由"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("理由をひとこと書いてください。次に見る人が助かります。")},
    )
