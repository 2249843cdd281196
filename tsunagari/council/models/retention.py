"""How long a document is kept (公文書管理法5条, 同法施行令8条 and its 別表)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class RetentionPeriod(models.TextChoices):
    """The periods of the 施行令's 別表, in years."""

    UNDER_ONE = "0", _("1年未満")
    ONE = "1", _("1年")
    THREE = "3", _("3年")
    FIVE = "5", _("5年")
    TEN = "10", _("10年")
    TWENTY = "20", _("20年")
    THIRTY = "30", _("30年")


class AfterRetention(models.TextChoices):
    """What happens then: to the National Archives, or discarded with the Prime Minister's consent."""

    TRANSFER = "transfer", _("国立公文書館等へ移管")
    DISCARD = "discard", _("廃棄")


class Retained(models.Model):
    """A document with its class. ``made_on`` begins nothing yet: the period runs from the next 1 April."""

    retention = models.CharField(
        _("保存期間"), max_length=2, choices=RetentionPeriod.choices, default=RetentionPeriod.TEN
    )
    after_retention = models.CharField(
        _("満了後"), max_length=10, choices=AfterRetention.choices, default=AfterRetention.TRANSFER
    )
    made_on = models.DateField(_("作成した日"))

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(retention__in=["0", "1", "3", "5", "10", "20", "30"])
                & Q(after_retention__in=["transfer", "discard"]),
                name="%(class)s_retention_known",
            ),
        ]
