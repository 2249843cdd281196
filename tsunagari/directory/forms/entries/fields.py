"""Fields that the forms of entries share, and the rows of a list that stay."""

import re
import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

# control and direction characters, without the line feed
_INVISIBLE = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udfff]"
)
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


def web_address(value: str) -> str:
    """An address on the web, or nothing: nothing that a browser would run."""
    if value:
        try:
            WEB_ADDRESS(value)
        except forms.ValidationError as error:
            raise forms.ValidationError(_("https:// から始まるアドレスを書いてください。")) from error
    return value


def filled(formset: Any, known: Iterable[str]) -> list[tuple[Any, str]]:
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
