"""When somebody can be reached, by area and need: written by ``services.coverage`` only."""

from django.db import models


class CoverageWeek(models.Model):
    """What the lines of one area (000000: nationwide) cover in a week and on a 祝日.

    ``weeks`` is {"unverified": entries whose contact nobody has checked, "needs": {need: {profile: [open,
    unknown]}}}. The profile names a language and a way of talking (``ja:any``, ``ja:phone``, ``ja:text``,
    ``vi:any``), ``open`` the quarters of hours as a hexadecimal number (see ``directory.coverage``),
    ``unknown`` how many lines have hours that nobody knows. Lines of areas above are not in it: a reader adds
    them.
    """

    area_code = models.CharField(max_length=6, primary_key=True)
    weeks = models.JSONField()
    week_from = models.DateField(help_text="the Monday from which the weeks were counted")
    computed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.area_code
