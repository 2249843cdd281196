"""Small forms around an entry: reasons, answers to a mail, whom to ask, which reports."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tsunagari.directory.forms.entries.fields import TextField
from tsunagari.directory.models import MistakeReport


class ReasonForm(forms.Form):
    """Why a draft goes back, or a report is declined."""

    use_required_attribute = False

    reason = TextField(label=_("理由"), max_length=500, rows=3)


class ChangeWantedForm(forms.Form):
    """What the keeper of an entry says has to be changed, from the link in a mail."""

    use_required_attribute = False

    text = TextField(
        label=_("どこを、どう直しますか"),
        max_length=500,
        rows=4,
        required=True,
        help_text=_("人の名前や、個人の連絡先は書かないでください。"),
    )


class WhomToAskForm(forms.Form):
    """Who is asked by mail whether an entry is still right."""

    use_required_attribute = False

    email = forms.EmailField(
        label=_("確認のメールを送る先"),
        required=False,
        max_length=254,
        help_text=_("空けておくと、団体の管理者と掲載担当に送ります。みんなには見えません。"),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )


class ReportFilterForm(forms.Form):
    """Which reports to show."""

    state = forms.ChoiceField(
        required=False,
        label=_("しぼり込む"),
        choices=[("", _("すべて")), ("late", _("14日以上たったもの")), *MistakeReport.State.choices],
    )
