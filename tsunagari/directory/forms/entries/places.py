"""The forms of the places where a service is offered, with their addresses."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import Organization
from tsunagari.core.areas import NATIONWIDE
from tsunagari.directory.forms.entries.entry import codes_of_areas
from tsunagari.directory.forms.entries.fields import TextField, filled
from tsunagari.directory.models import Location
from tsunagari.directory.services.places import PLACE_TEXTS, blank_place, may_write_place, place_content
from tsunagari.directory.showing import LABELS, area_names, place_name

MOST_PLACES = 30
MOST_OFFERED = 500
"""Places of the organisation that can be chosen from; beyond, a list is no help."""
_POSTAL = re.compile(r"([0-9]{3})-?([0-9]{4})")
_POINT = re.compile(r"(-?[0-9]{1,3}(?:\.[0-9]{1,15})?)[,、\s]+(-?[0-9]{1,3}(?:\.[0-9]{1,15})?)")
WRITTEN = ("name", "postal_code", "area", "address_1", "address_2", "point", "transportation", "note")
# a place that has moved keeps no point of where it was
MOVES = ("postal_code", "area", "address_1")


class PlaceForm(forms.Form):
    """One place. ``standing``: "ours", "others" (only shown, may be taken out) or "hidden" (confidential)."""

    use_required_attribute = False

    id = forms.CharField(required=False, max_length=36, widget=forms.HiddenInput)
    existing = forms.ChoiceField(label=_("いまある場所から選ぶ"), required=False)
    name = TextField(label=_("場所の名前"), max_length=200)
    postal_code = TextField(label=LABELS["postal_code"], max_length=20)
    area = TextField(label=LABELS["area"], max_length=100, help_text=_("例：東京都品川区"))
    address_1 = TextField(
        label=LABELS["address_1"], max_length=200, help_text=_("町名と番地。例：大井1-14-1")
    )
    address_2 = TextField(label=LABELS["address_2"], max_length=200)
    point = TextField(
        label=LABELS["point"],
        max_length=60,
        help_text=_("地図アプリの数字。例：35.6092, 139.7302。住所を変えると、前の位置は消えます。"),
    )
    transportation = TextField(label=LABELS["transportation"], max_length=1000, rows=2)
    note = TextField(label=_("補足"), max_length=1000, rows=2)
    confidential = forms.BooleanField(
        label=LABELS["confidential"],
        required=False,
        help_text=_("シェルターなど。住所はどこにも書けません。ここでは、しるしを外せません。"),
    )

    def __init__(self, *args: Any, offered: Iterable[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.standing = self.initial.get("standing", "ours")
        self.shown = self.initial.get("shown", "")
        offered = list(offered)
        if self.initial.get("id"):
            del self.fields["existing"], self.fields["confidential"]
            if self.standing != "ours":
                for name in WRITTEN:
                    if name != "note" or self.standing == "hidden":
                        del self.fields[name]
        elif offered:
            self.fields["existing"].choices = [("", _("新しい場所を書く")), *offered]  # type: ignore[attr-defined]
        else:
            del self.fields["existing"]

    def clean_postal_code(self) -> str:
        """Seven digits, with a hyphen."""
        code = unicodedata.normalize("NFKC", self.cleaned_data["postal_code"]).strip("〒 ")
        code = re.sub("[‐−ー–—]", "-", code)
        if not code:
            return ""
        if not (digits := _POSTAL.fullmatch(code)):
            raise forms.ValidationError(_("郵便番号は7けたで書いてください。例：140-0014"))
        return "-".join(digits.groups())

    def clean_area(self) -> str:
        """One municipality or prefecture, as its code."""
        name = self.cleaned_data["area"].strip()
        found, unknown = codes_of_areas([name])
        if unknown or found == [NATIONWIDE]:
            raise forms.ValidationError(
                _("地域が見つかりません。「東京都品川区」のように、都道府県から書いてください。")
            )
        return found[0] if found else ""

    def clean_point(self) -> tuple[float, float] | None:
        """Latitude and longitude."""
        text = unicodedata.normalize("NFKC", self.cleaned_data["point"]).strip("() ")
        if not text:
            return None
        numbers = _POINT.fullmatch(text)
        latitude, longitude = map(float, numbers.groups()) if numbers else (91.0, 0.0)
        if abs(latitude) > 90 or abs(longitude) > 180:
            raise forms.ValidationError(_("緯度と経度を書いてください。例：35.6092, 139.7302"))
        return latitude, longitude

    def clean(self) -> dict[str, Any]:
        """Something is said of a place; of a confidential one nothing is."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors or cleaned.get("DELETE") or not self.has_changed() and not cleaned.get("id"):
            return cleaned
        written = [name for name in WRITTEN if cleaned.get(name)]
        if cleaned.get("existing"):
            if written or cleaned.get("confidential"):
                self.add_error("existing", _("いまある場所を選んだときは、ほかの欄は空けてください。"))
        elif cleaned.get("confidential"):
            if written:
                self.add_error(written[0], _("所在地を知らせない場所には、住所も名前も書かないでください。"))
        elif self.standing == "ours" and not (cleaned.get("name") or cleaned.get("address_1")):
            self.add_error("name", _("場所の名前か住所を書いてください。"))
        return cleaned


PlaceFormSet = forms.formset_factory(
    PlaceForm,
    extra=1,
    max_num=MOST_PLACES,
    absolute_max=MOST_PLACES + 10,
    validate_max=True,
    can_delete=True,
)


def initial_places(content: Mapping[str, Any], organization: Organization) -> list[dict[str, Any]]:
    """What the forms of the places show: how each stands is looked up, whatever the draft says of it."""
    stored = Location.objects.in_bulk([UUID(row["id"]) for row in content["places"]])
    found = []
    for row in content["places"]:
        place = stored.get(UUID(row["id"]))
        hidden = place.confidential if place else row["confidential"]
        standing = "hidden" if hidden else "ours" if may_write_place(place, organization) else "others"
        point = (row["latitude"], row["longitude"])
        shown = {
            **row,
            "area": "\n".join(area_names([row["area"]] if row["area"] else [])),
            "point": "" if None in point else f"{row['latitude']}, {row['longitude']}",
        }
        bare = {"id": row["id"], "note": "" if hidden else row["note"]}
        found.append(
            {
                **(shown if standing == "ours" else bare),
                "standing": standing,
                "shown": place_name(row) if standing == "others" else "",
            }
        )
    return found


def offered_places(content: Mapping[str, Any], organization: Organization) -> list[tuple[str, str]]:
    """The organisation's places that the draft does not have yet, to choose from."""
    taken = [UUID(row["id"]) for row in content["places"]]
    places = Location.objects.filter(organization=organization).exclude(pk__in=taken).order_by("name", "id")
    return [(str(place.pk), place_name(place_content(place))) for place in places[:MOST_OFFERED]]


def place_rows(formset: Any, content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The document's places. What somebody else keeps, or nobody may know, stays as it is."""
    before = {row["id"]: row for row in content["places"]}
    rows = []
    for form, new in filled(formset, before):
        # a form's place is the one that it was made for, whatever id was sent
        key = form.initial.get("id") or new
        cleaned, known = form.cleaned_data, before.get(key)
        if form.standing == "hidden" and known is not None:
            rows.append({**blank_place(key), "confidential": True})
        elif form.standing == "others" and known is not None:
            rows.append({**known, "note": cleaned["note"]})
        elif cleaned.get("existing"):
            rows.append(place_content(Location.objects.get(pk=cleaned["existing"])))
        elif cleaned.get("confidential"):
            rows.append({**blank_place(key), "confidential": True})
        else:
            rows.append(_written(key, cleaned, known))
    return sorted({row["id"]: row for row in rows}.values(), key=lambda row: str(row["id"]))


def _written(key: str, cleaned: Mapping[str, Any], known: Mapping[str, Any] | None) -> dict[str, Any]:
    row = blank_place(key) | {name: cleaned[name] for name in (*PLACE_TEXTS, "area", "note")}
    latitude, longitude = cleaned["point"] or (None, None)
    moved = known is not None and any(known[name] != row[name] for name in MOVES)
    if moved and known is not None and (latitude, longitude) == (known["latitude"], known["longitude"]):
        latitude = longitude = None
    return row | {"latitude": latitude, "longitude": longitude}
