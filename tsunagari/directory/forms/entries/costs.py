"""The forms of what a service costs."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tsunagari.directory.forms.entries.fields import TextField, filled
from tsunagari.directory.showing import LABELS

MOST_COSTS = 20


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


CostFormSet = forms.formset_factory(
    CostForm, extra=1, max_num=MOST_COSTS, absolute_max=MOST_COSTS + 10, validate_max=True, can_delete=True
)


def cost_rows(formset: Any, content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The document's costs."""
    rows = []
    for form, key in filled(formset, {row["id"] for row in content["costs"]}):
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
