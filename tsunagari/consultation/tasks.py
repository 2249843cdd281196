"""Jobs of consultation: what is overdue, what has been kept long enough. Never on the path of a message."""

from django.utils import timezone
from procrastinate.contrib.django import app

from tsunagari.consultation.services.erasure import erase_due
from tsunagari.consultation.services.sweeping import sweep
from tsunagari.consultation.services.tracing import forget_connections


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="consultation-sweep", pass_context=False)
def sweep_contacts(timestamp: int) -> None:
    """Offers that ran out, counsellors who vanished, persons who fell silent; each minute."""
    sweep(at=timezone.now())


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="consultation-erase", pass_context=False)
def erase_what_is_due(timestamp: int) -> None:
    """Destroy keys whose time has come, and sealed connections after 72 hours; each hour."""
    forget_connections(at=timezone.now())
    while erase_due(at=timezone.now()):
        pass
