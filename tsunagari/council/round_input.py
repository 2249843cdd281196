"""What people type about rounds."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from tsunagari.council.models import Outcome

TOKYO = ZoneInfo("Asia/Tokyo")


def _words(label: Any, *, rows: int = 6, required: bool = False, hint: Any = "") -> forms.CharField:
    """A long text. How long it may be says the service, which cuts nothing off."""
    return forms.CharField(
        label=label,
        required=required,
        help_text=hint,
        strip=False,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class PublicCommentForm(forms.Form):
    """A comment of the public; ``once`` is the sealed id of this very form."""

    body = _words(_("意見"), rows=8, hint=_("4,000文字まで。短くてもかまいません。"))
    label = forms.CharField(
        label=_("載せてよい呼び名（書かなくてもかまいません）"),
        required=False,
        max_length=80,
        help_text=_("本名は書かないでください。「30代・会社員」のように書けます。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    sure = forms.BooleanField(label=_("このまま送る"), required=False)
    once = forms.CharField(required=False, max_length=400, widget=forms.HiddenInput)


class CodeForm(forms.Form):
    """The code of a receipt, however it is typed."""

    code = forms.CharField(
        label=_("受付番号"),
        max_length=60,
        help_text=_("4文字ずつ、4つに分かれた番号です。"),
        error_messages={"required": _("受付番号を書いてください。")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


class AskedCommentForm(forms.Form):
    """What an organisation says of a paragraph; the service says what is wanting."""

    paragraph = forms.UUIDField(required=False)
    body = _words(_("意見"), rows=4)
    proposal = _words(_("修正案"), rows=3)


class ModerationForm(forms.Form):
    """A comment of the public as it may be shown, or why it is not."""

    body = _words(
        _("載せる文"), rows=8, hint=_("名前・住所・電話番号など、だれかが分かるところを ■ にしてください。")
    )
    label = forms.CharField(label=_("載せる呼び名"), required=False, max_length=80)
    reason = forms.CharField(
        label=_("載せない理由"), required=False, max_length=300, help_text=_("意見を出した人に見えます。")
    )


class AnswerForm(forms.Form):
    """The answer to a comment or to a group of them."""

    outcome = forms.ChoiceField(
        label=_("扱い"), choices=Outcome.choices, required=False, widget=forms.RadioSelect
    )
    text = _words(_("回答"), rows=5)
    reason = _words(_("理由"), rows=3, hint=_("「反映しない」「一部を反映する」のときは必ず書きます。"))
    elsewhere = forms.CharField(
        label=_("反映した別の場所"),
        required=False,
        max_length=200,
        help_text=_("この段落ではなく、ほかのところで反映するときに書きます。"),
    )
    version = forms.IntegerField(min_value=0, max_value=1_000_000, required=False, widget=forms.HiddenInput)


class MomentForm(forms.Form):
    """Until when comments are taken, in Japan's time."""

    closes_at = forms.DateTimeField(
        label=_("受付のおわり"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        error_messages={
            "required": _("受付のおわりの日時を書いてください。"),
            "invalid": _("日時は 2026-12-01 17:00 のように書いてください。"),
        },
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def moment(self) -> datetime:
        """The moment that was typed; the site's time zone is Tokyo's."""
        given: datetime = self.cleaned_data["closes_at"]
        return given


class FileForm(forms.Form):
    """A form that comes back, and whose it is."""

    addressee = forms.UUIDField(widget=forms.HiddenInput)
    file = forms.FileField(
        label=_("書いた様式"),
        help_text=_("Excel（.xlsx）か Word（.docx）。10MBまで。"),
        error_messages={
            "required": _("ファイルを選んでください。"),
            "empty": _("ファイルが空です。"),
            "invalid": _("ファイルを選んでください。"),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs["accept"] = ".xlsx,.docx"
