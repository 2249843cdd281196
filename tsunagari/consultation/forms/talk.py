"""The forms of the person's pages."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tsunagari.consultation.models import Conversation


class ConsentForm(forms.Form):
    """What is needed to begin; nothing is chosen beforehand."""

    about = forms.ChoiceField(
        label=_("だれのことですか"),
        choices=Conversation.About.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("どちらかをえらんでください。")},
    )
    secondary_use = forms.BooleanField(
        label=_("名前や場所などをすべて取りのぞいたうえで、よりよい相談のための研究に使ってもかまいません。"),
        required=False,
    )


class MessageForm(forms.Form):
    """One message. Its text is checked by the service, which says what to do."""

    client_id = forms.UUIDField()
    text = forms.CharField(required=False, strip=False)


class ReturnForm(forms.Form):
    """The four words."""

    words = forms.CharField(
        label=_("4つの言葉"),
        max_length=200,
        error_messages={"required": _("4つの言葉を書いてください。")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class RatingForm(forms.Form):
    """How it was."""

    heard = forms.TypedChoiceField(
        label=_("話をきいてもらえましたか"),
        coerce=int,
        choices=[
            (5, _("とてもそう思う")),
            (4, _("そう思う")),
            (3, _("どちらともいえない")),
            (2, _("あまり思わない")),
            (1, _("まったく思わない")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("どれかひとつをえらんでください。")},
    )
    words = forms.CharField(
        label=_("伝えたいこと（書かなくてもかまいません）"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
