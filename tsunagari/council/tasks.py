"""Jobs of the council, run by the worker."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from tsunagari.core.addresses import whole_address
from tsunagari.council import round_tasks as round_tasks  # registers its jobs
from tsunagari.council.models import ActionItem, ActionReminder
from tsunagari.council.services.actions import addresses_of, send_reminders

AGAIN = RetryStrategy(max_attempts=8, exponential_wait=3)


@app.periodic(cron="10 8 * * *")
@app.task(name="council.send_reminders")
def remind_of_actions(timestamp: int) -> int:
    """Each morning: mails about action items that are due in a week, today, or late."""
    return send_reminders(at=timezone.now())


@app.task(name="council.mail_reminder", retry=AGAIN)
def mail_reminder(reminder_id: int) -> int:
    """Send one reminder to those who answer for the owner; none for what is done by then."""
    reminder = ActionReminder.objects.select_related("action_item__owner", "action_item__body").get(
        pk=reminder_id
    )
    item = reminder.action_item
    if item.state != ActionItem.State.OPEN:
        return 0
    late = reminder.kind == ActionReminder.Kind.LATE
    with translation.override("ja"):
        context = {
            "item": item,
            "late": late,
            "url": whole_address("council_desk:actions"),
        }
        subject = gettext("【期限を過ぎています】") if late else gettext("【期限のお知らせ】")
        body = render_to_string("council/mail/reminder.txt", context)
    addresses = addresses_of(item.owner)
    for address in addresses:  # one each: nobody learns who else works there
        EmailMessage(f"{subject}{item.text[:60]}", body, settings.DEFAULT_FROM_EMAIL, [address]).send()
    return len(addresses)
