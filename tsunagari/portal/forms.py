"""What a visitor may write. Nothing of it is stored but a report of a mistake."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tsunagari.directory.models import MistakeReport
from tsunagari.portal.need_groups import NEED_GROUPS

MAX_QUERY = 500
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udfff]")


class PlainCharField(forms.CharField):
    """A line of text; control and direction characters become spaces instead of errors."""

    def to_python(self, value: Any) -> str:
        """Return the cleaned text."""
        return super().to_python(_INVISIBLE.sub(" ", value) if isinstance(value, str) else value) or ""


class SearchForm(forms.Form):
    """A search in the visitor's own words, with the area chosen before or named beside it."""

    q = PlainCharField(
        max_length=MAX_QUERY,
        error_messages={
            "required": _("ひとことだけでも書いてください。「つらい」「お金」だけでも探せます。"),
            "max_length": _("500文字までで書いてください。いちばん困っていることだけで、だいじょうぶです。"),
        },
    )
    area = forms.RegexField(r"^[0-9]{6}\Z", required=False)
    place = PlainCharField(max_length=40, required=False)


class AreaForm(forms.Form):
    """An area by its name or kana."""

    name = PlainCharField(
        max_length=40,
        error_messages={
            "required": _("市区町村の名前を書いてください。"),
            "max_length": _("市区町村の名前だけを書いてください。"),
        },
    )


class MistakeForm(forms.Form):
    """What is wrong with an entry."""

    # our own sentence in place of the browser's
    use_required_attribute = False

    kind = forms.ChoiceField(
        label=_("どこがちがいますか"),
        choices=MistakeReport.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("近いものを、ひとつ選んでください。")},
    )
    text = PlainCharField(
        label=_("くわしく（書かなくてもかまいません）"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
        error_messages={"max_length": _("500文字までで書いてください。")},
    )


class WidgetForm(forms.Form):
    """How a municipality wants its widget (GET: nothing personal is in it)."""

    use_required_attribute = False

    area = PlainCharField(
        label=_("市区町村の名前か、6けたの番号"),
        max_length=40,
        error_messages={
            "required": _("市区町村の名前を書いてください。"),
            "max_length": _("市区町村の名前だけを書いてください。"),
        },
    )
    language = forms.ChoiceField(
        label=_("ことば"),
        choices=[("ja", _("日本語")), ("easy", _("やさしい日本語")), ("en", "English")],
        required=False,
    )
    need = forms.ChoiceField(
        label=_("困りごとをしぼる"),
        choices=[("", _("しぼらない")), *((group.key, group.label) for group in NEED_GROUPS)],
        required=False,
    )
    count = forms.IntegerField(
        label=_("全国の相談先の件数"),
        min_value=1,
        max_value=12,
        required=False,
        error_messages={
            "invalid": _("1から12までの数を書いてください。"),
            "min_value": _("1から12までの数を書いてください。"),
            "max_value": _("1から12までの数を書いてください。"),
        },
    )
    own_colours = forms.BooleanField(label=_("色を選ぶ"), required=False)
    accent = PlainCharField(
        label=_("ボタンとリンクの色"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"type": "color"}),
    )
    ground = PlainCharField(
        label=_("背景の色"), max_length=20, required=False, widget=forms.TextInput(attrs={"type": "color"})
    )
