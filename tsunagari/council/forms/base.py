"""What the desk's forms share: they know what they are about, and a page may hold many of them."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import Organization


class ActForm(forms.Form):
    """A form for one act on ``target`` (a body, a meeting …); its fields carry the act in their ids."""

    def __init__(self, data: Any = None, files: Any = None, *, target: Any, act: str) -> None:
        super().__init__(data, files, auto_id=f"{act}_%s")
        self.target = target
        self.prepare()
        for bound in self:
            if bound.errors:
                bound.field.widget.attrs["aria-invalid"] = "true"

    def prepare(self) -> None:
        """Fill choices from the target."""


class NothingForm(ActForm):
    """An act that asks for nothing more."""


class DateField(forms.DateField):
    """A day by the browser's own calendar."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class TimeField(forms.TimeField):
    """A time by the browser's own clock."""

    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


def text(label: Any, *, most: int, required: bool = True, help_text: Any = "") -> forms.CharField:
    """One line."""
    return forms.CharField(label=label, max_length=most, required=required, help_text=help_text)


def long_text(
    label: Any, *, most: int = 20_000, required: bool = True, help_text: Any = "", rows: int = 4
) -> forms.CharField:
    """Several lines."""
    return forms.CharField(
        label=label,
        max_length=most,
        required=required,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def ministry_field(*, required: bool) -> forms.TypedChoiceField:
    """An organisation of the state."""
    return forms.TypedChoiceField(label=_("府省・機関"), required=required, coerce=UUID, empty_value=None)


def ministry_choices(*, required: bool) -> list[tuple[str, str]]:
    """All ministries by name."""
    ministries = Organization.objects.filter(kind=Organization.Kind.MINISTRY).order_by("name_kana", "name")
    rows = [(str(each.pk), each.name) for each in ministries]
    return rows if required else [("", "—"), *rows]


def uuid_choice(label: Any, *, required: bool = True) -> forms.TypedChoiceField:
    """One of the rows that the target offers."""
    return forms.TypedChoiceField(label=label, required=required, coerce=UUID, empty_value=None)


def offer(form: forms.Form, name: str, rows: list[tuple[str, str]]) -> None:
    """Let the field ``name`` offer these; one that is not required offers nothing, too."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
    field.choices = rows if field.required else [("", "—"), *rows]
