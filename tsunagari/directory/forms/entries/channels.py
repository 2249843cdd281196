"""The forms of the ways to reach a service."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tsunagari.directory.forms.entries.fields import TextField, filled, web_address
from tsunagari.directory.models import Channel
from tsunagari.directory.schedules.reading import read_hours
from tsunagari.directory.showing import LABELS, TOLL_FREE, hours_to_edit

_PHONE = re.compile(r"[0-9+#*][0-9 ()+#*-]{2,29}")
MOST_CHANNELS = 30

HOURS_REASONS = {
    "no_days": _("曜日がわかりません。例：月〜金 9:00〜17:00（祝日を除く）"),
    "no_times": _("時刻がわかりません。例：月〜金 9:00〜17:00（祝日を除く）"),
    "irregular": _("決まった曜日と時間で書いてください。決まっていないことは「補足」に書けます。"),
    "too_long": _("長すぎて読めません。曜日と時間だけを書いて、ほかは「補足」に書いてください。"),
}
HOURS_NOT_READ = _("時間として読めませんでした。例：月〜金 9:00〜17:00（祝日を除く）")
HOURS_NOT_EXACT = _(
    "「%(words)s」には、受付時間にできないことが入っています。そこは「補足」に書いてください。"
)


class ChannelForm(forms.Form):
    """One way to reach the service, with its hours in words."""

    use_required_attribute = False

    id = forms.CharField(required=False, max_length=36, widget=forms.HiddenInput)
    type = forms.ChoiceField(label=LABELS["type"], choices=Channel.Type.choices)
    value = TextField(
        label=LABELS["value"],
        max_length=500,
        help_text=_("電話番号、https:// のアドレス、LINEの名前、住所など"),
    )
    label = TextField(
        label=LABELS["label"],
        max_length=200,
        help_text=_("「夜の電話」「こども用」など。なくてもかまいません。"),
    )
    hours = TextField(
        label=LABELS["hours"],
        max_length=500,
        rows=2,
        help_text=_(
            "例：月〜金 9:00〜17:00（祝日を除く）、第2・第4土曜 10:00〜12:00。わからないときは空けます。"
        ),
    )
    toll_free = forms.TypedChoiceField(
        label=LABELS["toll_free"],
        required=False,
        choices=[("", TOLL_FREE[None]), ("yes", TOLL_FREE[True]), ("no", TOLL_FREE[False])],
        coerce=lambda value: {"yes": True, "no": False}.get(value),
        empty_value=None,
    )
    note = TextField(label=_("補足"), max_length=1000, rows=2)

    def has_changed(self) -> bool:
        """A row in which nothing but the way is chosen, as it is from the start, is an empty row."""
        return bool(set(self.changed_data) - {"type"})

    def clean(self) -> dict[str, Any]:
        """A value that fits its way, and hours that can be read."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "type" in cleaned and "value" in cleaned and not self.errors:
            try:
                cleaned["value"] = _value_of(cleaned["type"], cleaned["value"])
            except forms.ValidationError as error:
                self.add_error("value", error)
        return cleaned

    def hours_from(self, before: str) -> str:
        """The hours as JSON. Those that are written as they were are kept, whatever else they say.

        Adds an error to the form, and returns "", where they cannot be read.
        """
        text = self.cleaned_data.get("hours", "").strip()
        if not text or text == hours_to_edit(before):
            return before if text else ""
        found = read_hours(text)
        if not found.understood:
            self.add_error("hours", HOURS_REASONS.get(found.reason, HOURS_NOT_READ))
            return ""
        if not found.exact:
            self.add_error(
                "hours", forms.ValidationError(HOURS_NOT_EXACT, params={"words": found.note[:100]})
            )
            return ""
        note = self.cleaned_data.get("note", "")
        if found.note and found.note not in note:
            # words that are no hours (「要予約」) are not lost
            self.cleaned_data["note"] = "\n".join(filter(None, [note, found.note]))
        return found.hours.to_json()


def _value_of(kind: str, value: str) -> str:
    if not value:
        raise forms.ValidationError(_("番号やアドレスを書いてください。"))
    match kind:
        case Channel.Type.PHONE:
            number = (
                unicodedata.normalize("NFKC", value).replace("‐", "-").replace("−", "-").replace("ー", "-")
            )
            if not _PHONE.fullmatch(number):
                raise forms.ValidationError(_("電話番号だけを書いてください。例：0120-279-338"))
            return number
        case Channel.Type.EMAIL if not value.startswith(("http://", "https://")):
            return str(forms.EmailField().clean(value))
        case Channel.Type.CHAT | Channel.Type.WEB | Channel.Type.EMAIL:
            return web_address(value)
    return value


ChannelFormSet = forms.formset_factory(
    ChannelForm,
    extra=1,
    max_num=MOST_CHANNELS,
    absolute_max=MOST_CHANNELS + 10,
    validate_max=True,
    can_delete=True,
)


def initial_channels(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the forms of the channels show."""
    free = {True: "yes", False: "no", None: ""}
    return [
        {**row, "toll_free": free[row["toll_free"]], "hours": hours_to_edit(row["hours"])}
        for row in content["channels"]
    ]


def channel_rows(formset: Any, content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The document's channels; errors of hours are added to the forms. Ids are ours, whatever was sent."""
    before = {row["id"]: row["hours"] for row in content["channels"]}
    rows = []
    for form, key in filled(formset, before):
        hours = form.hours_from(before.get(key, ""))
        cleaned = form.cleaned_data
        row = {name: cleaned[name] for name in ("type", "value", "label", "note", "toll_free")}
        rows.append({"id": key, **row, "hours": hours})
    return rows
