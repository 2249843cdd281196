"""The form of an entry without its lists."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tsunagari.core.areas import NATIONWIDE, area_tree
from tsunagari.core.japanese import to_hiragana
from tsunagari.directory.api.objects import LANGUAGE_NAMES
from tsunagari.directory.forms.entries.fields import TextField, web_address
from tsunagari.directory.models import Service
from tsunagari.directory.search.needs import known_needs
from tsunagari.directory.services.content import AGES, CHOICES, TEXTS
from tsunagari.directory.showing import LABELS, area_names

MOST_AREAS = 2_000
MOST_DOCUMENTS = 50


def _languages() -> list[tuple[str, str]]:
    return [(code, str(name)) for code, name in LANGUAGE_NAMES.items()]


def _needs() -> list[tuple[str, str]]:
    return [(need.key, need.shown) for need in known_needs().values()]


class EntryForm(forms.Form):
    """An entry without its channels, costs and places."""

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
        return web_address(self.cleaned_data["url"])

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
