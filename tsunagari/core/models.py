"""The areas of Japan: prefectures, municipalities and the wards of designated cities."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Area(models.Model):
    """An area with its 全国地方公共団体コード (six digits, the last one a check digit).

    A ward's parent is its designated city, a municipality's its prefecture. Coordinates are those of the
    main office in WGS 84 degrees; a ward without a point of its own has its city's.
    """

    class Level(models.TextChoices):
        PREFECTURE = "prefecture", _("都道府県")
        MUNICIPALITY = "municipality", _("市区町村")
        WARD = "ward", _("行政区")

    class Kind(models.TextChoices):
        PREFECTURE = "prefecture", _("都道府県")
        DESIGNATED_CITY = "designated_city", _("政令指定都市")
        CITY = "city", _("市")
        SPECIAL_WARD = "special_ward", _("特別区")
        TOWN = "town", _("町")
        VILLAGE = "village", _("村")
        WARD = "ward", _("行政区")

    code = models.CharField(max_length=6, primary_key=True)
    level = models.CharField(max_length=12, choices=Level.choices)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    name = models.CharField(max_length=40)
    name_kana = models.CharField(max_length=80)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    prefecture = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^[0-9]{6}$"), name="area_code_six_digits"),
            models.CheckConstraint(
                condition=Q(level="prefecture", parent=None, prefecture=None)
                | (~Q(level="prefecture") & Q(parent__isnull=False, prefecture__isnull=False)),
                name="area_parent_below_prefecture",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        """「北海道札幌市中央区」: the names from the prefecture down."""
        return f"{self.parent.full_name}{self.name}" if self.parent else self.name

    @property
    def scope(self) -> list[str]:
        """Codes of this area and of those above it, the nearest first: what a person here may use."""
        return [self.code, *(self.parent.scope if self.parent else [])]
