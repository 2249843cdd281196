"""What an organisation types in about how often it answers."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tsunagari.directory.services.reachability import MOST_ATTEMPTS, MOST_WAIT

CONFIRMED = _("ふだんとちがう数字ですが、確かめました")


class FiguresForm(forms.Form):
    """Calls, answers, wait."""

    attempts = forms.IntegerField(label=_("かかってきた回数"), min_value=1, max_value=MOST_ATTEMPTS)
    answered = forms.IntegerField(label=_("つながった回数"), min_value=0, max_value=MOST_ATTEMPTS)
    typical_wait_minutes = forms.IntegerField(
        label=_("ふつうの待ち時間（分）"),
        required=False,
        min_value=0,
        max_value=MOST_WAIT,
        help_text=_("わからなければ、空のままに。"),
    )
    confirmed = forms.BooleanField(label=CONFIRMED, required=False)


class ReportForm(FiguresForm):
    """The same, of a month."""

    month = forms.DateField(
        label=_("対象の月"),
        input_formats=["%Y-%m", "%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "month", "placeholder": "2026-10"}, format="%Y-%m"),
    )
    field_order = ("month", "attempts", "answered", "typical_wait_minutes", "confirmed")


class TableForm(forms.Form):
    """A pasted table."""

    table = forms.CharField(
        label=_("表を貼りつける"),
        help_text=_(
            "1行に：電話番号など, 月, かかってきた回数, つながった回数, 待ち時間（分）。"
            "表計算ソフトからそのまま貼れます。"
        ),
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=100_000,
    )
    confirmed = forms.BooleanField(label=CONFIRMED, required=False)
