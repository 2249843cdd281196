"""What the keepers of an entry type in. Forms check shape; services decide."""

import re
import unicodedata
import uuid
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from tsunagari.core.areas import NATIONWIDE, area_tree
from tsunagari.core.japanese import to_hiragana
from tsunagari.directory.api.objects import LANGUAGE_NAMES
from tsunagari.directory.models import Channel, MistakeReport, Service
from tsunagari.directory.schedules.reading import read_hours
from tsunagari.directory.search.needs import known_needs
from tsunagari.directory.services.content import AGES, CHOICES, TEXTS
from tsunagari.directory.showing import LABELS, TOLL_FREE, area_names, hours_to_edit

# control and direction characters, without the line feed
_INVISIBLE = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udfff]"
)
_PHONE = re.compile(r"[0-9+#*][0-9 ()+#*-]{2,29}")
MOST_AREAS = 2_000
MOST_DOCUMENTS = 50
MOST_CHANNELS = 30
MOST_COSTS = 20
WEB_ADDRESS = URLValidator(schemes=["http", "https"])
TOO_LONG = _("%(limit_value)s文字までで書いてください。いまは%(show_value)s文字です。")


def plain(text: str, *, lines: bool) -> str:
    """The text without what cannot be seen; in one line unless it may have several."""
    text = _INVISIBLE.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text if lines else " ".join(text.split("\n"))


class TextField(forms.CharField):
    """A line, or several; invisible characters become spaces instead of errors."""

    def __init__(self, *, label: Any, max_length: int, rows: int = 0, **options: Any) -> None:
        self.lines = rows > 0
        widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
        options.setdefault("required", False)
        super().__init__(
            label=label,
            max_length=max_length,
            widget=options.pop("widget", widget),
            error_messages={"max_length": TOO_LONG, "required": _("ここを書いてください。")},
            **options,
        )

    def to_python(self, value: Any) -> str:
        """Return the cleaned text."""
        return super().to_python(plain(value, lines=self.lines) if isinstance(value, str) else value) or ""


def _languages() -> list[tuple[str, str]]:
    return [(code, str(name)) for code, name in LANGUAGE_NAMES.items()]


def _needs() -> list[tuple[str, str]]:
    return [(need.key, need.shown) for need in known_needs().values()]


class EntryForm(forms.Form):
    """An entry without its channels and costs."""

    use_required_attribute = False

    name = TextField(label=LABELS["name"], max_length=200, required=True)
    name_kana = TextField(
        label=LABELS["name_kana"], max_length=300, help_text=_("ひらがなで。探すときに使います。")
    )
    name_en = TextField(label=LABELS["name_en"], max_length=200)
    kind = forms.ChoiceField(label=LABELS["kind"], choices=Service.Kind.choices)
    status = forms.ChoiceField(
        label=LABELS["status"],
        choices=Service.Status.choices,
        help_text=_("「終了しました」にして公開すると、探しても出なくなります。"),
    )
    alert = TextField(
        label=LABELS["alert"],
        max_length=500,
        rows=2,
        help_text=_("お休みのあいだのことや、急ぎのお知らせ。いちばん上に出ます。"),
    )
    description = TextField(label=LABELS["description"], max_length=5000, rows=6)
    description_easy = TextField(
        label=LABELS["description_easy"], max_length=5000, rows=4, help_text=_("みじかい文で、分かち書きで。")
    )
    description_en = TextField(label=LABELS["description_en"], max_length=5000, rows=4)
    url = TextField(label=LABELS["url"], max_length=500, help_text="https://…")
    email = TextField(label=LABELS["email"], max_length=254)
    areas = TextField(
        label=LABELS["areas"],
        max_length=50_000,
        rows=3,
        help_text=_("1行にひとつ。「全国」「東京都」「東京都品川区」や、6けたのコード。"),
    )
    needs = forms.MultipleChoiceField(
        label=LABELS["needs"], required=False, choices=_needs, widget=forms.CheckboxSelectMultiple
    )
    eligibility_description = TextField(label=LABELS["eligibility_description"], max_length=2000, rows=3)
    minimum_age = forms.IntegerField(label=LABELS["minimum_age"], required=False, min_value=0, max_value=120)
    maximum_age = forms.IntegerField(label=LABELS["maximum_age"], required=False, min_value=0, max_value=120)
    languages = forms.MultipleChoiceField(
        label=LABELS["languages"], required=False, choices=_languages, widget=forms.CheckboxSelectMultiple
    )
    application_process = TextField(label=LABELS["application_process"], max_length=2000, rows=3)
    documents = TextField(label=LABELS["documents"], max_length=15_000, rows=3, help_text=_("1行にひとつ。"))
    fees_description = TextField(label=LABELS["fees_description"], max_length=2000, rows=2)
    note = TextField(label=LABELS["note"], max_length=2000, rows=3)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def clean_name_kana(self) -> str:
        """Katakana become hiragana, so that readings are alike."""
        return to_hiragana(self.cleaned_data["name_kana"])

    def clean_url(self) -> str:
        """An address on the web: nothing that a browser would run."""
        return _web_address(self.cleaned_data["url"])

    def clean_email(self) -> str:
        """An email address, or nothing."""
        value: str = self.cleaned_data["email"]
        return str(forms.EmailField().clean(value)) if value else ""

    def clean_areas(self) -> list[str]:
        """Names and codes become codes, each once."""
        found, unknown = codes_of_areas(self.cleaned_data["areas"].splitlines())
        if unknown:
            raise forms.ValidationError(
                _(
                    "「%(names)s」という地域が見つかりません。「東京都品川区」のように、都道府県から書いてください。"
                ),
                params={"names": "」「".join(name[:40] for name in unknown[:5])},
            )
        if len(found) > MOST_AREAS:
            raise forms.ValidationError(_("地域が多すぎます。都道府県か「全国」で書いてください。"))
        return found

    def clean_documents(self) -> list[str]:
        """One a line, each once."""
        lines = list(dict.fromkeys(line.strip() for line in self.cleaned_data["documents"].splitlines()))
        lines = [line for line in lines if line]
        if len(lines) > MOST_DOCUMENTS or any(len(line) > 300 for line in lines):
            raise forms.ValidationError(_("50行まで、1行は300文字までで書いてください。"))
        return lines

    def clean(self) -> dict[str, Any]:
        """Ages in order."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        youngest, oldest = cleaned.get("minimum_age"), cleaned.get("maximum_age")
        if youngest is not None and oldest is not None and youngest > oldest:
            self.add_error("maximum_age", _("「何歳から」より大きい数を書いてください。"))
        return cleaned

    def content(self) -> dict[str, Any]:
        """The document's fields that this form holds, from cleaned data."""
        content = {name: self.cleaned_data[name] for name in (*TEXTS, *AGES, *CHOICES)}
        content |= {name: self.cleaned_data[name] for name in ("areas", "needs", "documents")}
        return content | {"languages": sorted(self.cleaned_data["languages"])}


def initial_of(content: Mapping[str, Any], version: int) -> dict[str, Any]:
    """What the form shows of a document."""
    initial = {name: content[name] for name in (*TEXTS, *AGES, *CHOICES, "needs", "languages")}
    return initial | {
        "areas": "\n".join(area_names(content["areas"])),
        "documents": "\n".join(content["documents"]),
        "version": version,
    }


def codes_of_areas(lines: Iterable[str]) -> tuple[list[str], list[str]]:
    """(codes in order, what is no area). A name alone counts where only one area in the country has it."""
    by_name: dict[str, set[str]] = {}
    tree = area_tree()
    for node in tree.values():
        for name in (node.full_name, node.name):
            by_name.setdefault(name, set()).add(node.code)
    found: set[str] = set()
    unknown = []
    for line in lines:
        name = unicodedata.normalize("NFKC", line).replace(" ", "")
        if not name:
            continue
        codes = by_name.get(name, set())
        if name == "全国" or name == NATIONWIDE or name.lower() == "nationwide":
            found.add(NATIONWIDE)
        elif name in tree:
            found.add(name)
        elif len(codes) == 1:
            found |= codes
        else:
            unknown.append(line.strip())
    return sorted(found), unknown


def _web_address(value: str) -> str:
    if value:
        try:
            WEB_ADDRESS(value)
        except forms.ValidationError as error:
            raise forms.ValidationError(_("https:// から始まるアドレスを書いてください。")) from error
    return value


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
            return _web_address(value)
    return value


class CostForm(forms.Form):
    """What one thing costs."""

    use_required_attribute = False

    id = forms.CharField(required=False, max_length=36, widget=forms.HiddenInput)
    option = TextField(label=LABELS["option"], max_length=200)
    amount = forms.DecimalField(
        label=LABELS["amount"], required=False, min_value=0, max_digits=12, decimal_places=2
    )
    amount_description = TextField(label=LABELS["amount_description"], max_length=500)

    def clean(self) -> dict[str, Any]:
        """A row that says something."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not (cleaned.get("option") or cleaned.get("amount_description")):
            self.add_error("option", _("何の費用かを書いてください。"))
        return cleaned


ChannelFormSet = forms.formset_factory(
    ChannelForm,
    extra=1,
    max_num=MOST_CHANNELS,
    absolute_max=MOST_CHANNELS + 10,
    validate_max=True,
    can_delete=True,
)
CostFormSet = forms.formset_factory(
    CostForm, extra=1, max_num=MOST_COSTS, absolute_max=MOST_COSTS + 10, validate_max=True, can_delete=True
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
    for form, key in _filled(formset, before):
        hours = form.hours_from(before.get(key, ""))
        cleaned = form.cleaned_data
        row = {name: cleaned[name] for name in ("type", "value", "label", "note", "toll_free")}
        rows.append({"id": key, **row, "hours": hours})
    return rows


def cost_rows(formset: Any, content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The document's costs."""
    rows = []
    for form, key in _filled(formset, {row["id"] for row in content["costs"]}):
        cleaned = form.cleaned_data
        amount: Decimal | None = cleaned["amount"]
        rows.append(
            {
                "id": key,
                "option": cleaned["option"],
                "amount": None if amount is None else f"{amount.normalize():f}",
                "amount_description": cleaned["amount_description"],
            }
        )
    return sorted(rows, key=lambda row: (row["option"], row["id"]))


def _filled(formset: Any, known: Iterable[str]) -> list[tuple[Any, str]]:
    """The rows that stay, each with an id: its own where the draft has it, once; a new one else."""
    left = set(known)
    found = []
    for form in formset.forms:
        cleaned = getattr(form, "cleaned_data", None)
        if not cleaned or cleaned.get("DELETE") or not form.has_changed() and not cleaned.get("id"):
            continue
        key = cleaned.get("id", "")
        if key in left:
            left.discard(key)
        else:
            key = str(uuid.uuid4())
        found.append((form, key))
    return found


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
