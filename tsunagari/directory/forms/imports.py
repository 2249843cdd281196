"""What somebody hands in for import, and what they say the columns mean."""

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import Organization
from tsunagari.core.tables.grid import MOST_BYTES
from tsunagari.directory.exchange.municipal.reader import Plan
from tsunagari.directory.exchange.tables.columns import KEPT, UNUSED, dictionary

MOST_COLUMNS_SHOWN = 1_500


class UploadForm(forms.Form):
    """A file, and whose list it is."""

    organization = forms.ModelChoiceField(
        label=_("どの団体の一覧ですか"), queryset=Organization.objects.none(), empty_label=None
    )
    file = forms.FileField(
        label=_("ファイル"),
        help_text=_("Excel（.xlsx）か CSV。50MBまで。いま使っている一覧を、そのまま送れます。"),
        error_messages={
            "required": _("ファイルを選んでください。"),
            "empty": _("ファイルが空です。"),
            "invalid": _("ファイルを選んでください。"),
        },
    )

    def __init__(self, organizations: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = organizations  # type: ignore[attr-defined]
        self.fields["file"].widget.attrs["accept"] = ".xlsx,.xlsm,.csv,.tsv,.txt,.json,.zip"

    def clean_file(self) -> Any:
        """Refuse what is larger than a list may be."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("ファイルが大きすぎます（50MBまで）。シートや行を分けてください。"))
        return file


def field_choices() -> list[tuple[str, str]]:
    """What a column can mean, in the language of the request."""
    english = get_language() == "en"
    return [
        (UNUSED, str(_("使わない"))),
        (KEPT, str(_("そのまま残す（公開しない）"))),
        *((field.key, field.label_en if english else field.label) for field in dictionary().fields.values()),
    ]


def list_choices() -> list[tuple[str, str]]:
    """The kinds of lists, in the language of the request."""
    english = get_language() == "en"
    return [(kind.key, kind.label_en if english else kind.label) for kind in dictionary().lists]


def tables_of_post(plan: Plan, posted: Any) -> dict[str, dict[str, Any] | None]:
    """The choices of the page of columns: sheet → list and columns, or None where it is not used.

    Fields are named by place, since headings may be anything: ``use-0``, ``list-0``, ``column-0-12``.
    """
    chosen: dict[str, dict[str, Any] | None] = {}
    for number, planned in enumerate(plan.tables):
        if not posted.get(f"use-{number}"):
            chosen[planned.table.name] = None
            continue
        columns = {
            heading: str(posted.get(f"column-{number}-{place}", UNUSED))
            for place, heading in enumerate(planned.table.headings)
        }
        chosen[planned.table.name] = {"list": str(posted.get(f"list-{number}", "")), "columns": columns}
    return chosen
