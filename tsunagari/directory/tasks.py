"""Jobs of the directory, run by the worker."""

import smtplib
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from tsunagari.directory.exchange import staging, undoing
from tsunagari.directory.exchange.municipal import handed_in
from tsunagari.directory.exchange.proposing import propose_merges
from tsunagari.directory.exchange.publishing import publish
from tsunagari.directory.models import ConfirmationMail
from tsunagari.directory.search.index import reindex_outdated, reindex_services
from tsunagari.directory.services import confirmations, mistakes, nights
from tsunagari.directory.services.coverage import compute_coverage

AGAIN = RetryStrategy(max_attempts=8, exponential_wait=3)
PERMANENT = 500
"""SMTP replies from here on will not become better (RFC 5321, 4.2.1)."""
NAMED_IN_MAIL = 20


@app.task(name="directory.reindex")
def reindex(service_ids: list[str]) -> int:
    """Write the search rows of these services anew. Defer it in the transaction that changed them."""
    return reindex_services([UUID(service_id) for service_id in service_ids])


@app.periodic(cron="20 4 * * *")
@app.task(name="directory.reindex_outdated")
def reindex_with_new_dictionary(timestamp: int) -> int:
    """Each night: rows whose words came from another version of the dictionary are written anew."""
    return reindex_outdated()


@app.periodic(cron="30 4 * * *")
@app.task(name="directory.reindex_aged")
def reindex_aged(timestamp: int) -> int:
    """Each night: entries that have become old, or whose keeper has been silent for a year, rank anew."""
    return nights.reindex_aged(at=timezone.now())


@app.periodic(cron="40 4 * * *")
@app.task(name="directory.compute_coverage")
def compute_coverage_of_areas(timestamp: int) -> int:
    """Each night: when nobody can be reached, for the page of gaps and its figures."""
    return compute_coverage(at=timezone.now())


@app.periodic(cron="50 4 * * *")
@app.task(name="directory.erase_old_reports")
def erase_old_reports(timestamp: int) -> int:
    """Each night: the words of reports that were handled ninety days ago are erased."""
    return mistakes.erase_old_texts(at=timezone.now())


@app.task(name="directory.check_upload", retry=AGAIN)
def check_upload(upload_id: str) -> None:
    """The dry run of a file that was handed in; interrupted, it goes on from its last checkpoint."""
    upload = handed_in.upload_of(UUID(upload_id))
    if upload.run is not None:
        with handed_in.opened(upload) as file:
            staging.check(upload.run.pk, at=timezone.now(), file=file)


@app.task(name="directory.publish_upload", retry=AGAIN)
def publish_upload(upload_id: str) -> None:
    """Import a file that was checked, then look for entries that may be the same."""
    upload = handed_in.upload_of(UUID(upload_id))
    if upload.run is None or upload.run.state not in {"checked", "importing"}:
        return
    run = publish(upload.run.pk, at=timezone.now(), index_later=_reindex_later)
    propose_merges(at=timezone.now(), run=run)


@app.task(name="directory.undo_upload", retry=AGAIN)
def undo_upload(upload_id: str) -> None:
    """Take an import back for which somebody has asked; asked twice, the second finds nothing to do."""
    upload = handed_in.upload_of(UUID(upload_id))
    if upload.run is not None:
        undoing.undo_asked(upload.run.pk, at=timezone.now())


def _reindex_later(service_ids: list[UUID]) -> None:
    reindex.defer(service_ids=[str(service_id) for service_id in service_ids])


@app.periodic(cron="40 4 * * *")
@app.task(name="directory.erase_old_uploads")
def erase_old_uploads(timestamp: int) -> int:
    """Each night: files that were handed in thirty days ago are erased."""
    return handed_in.erase_old(at=timezone.now())


# procrastinate counts in UTC: 9:10 in Tokyo, when somebody is there to answer
@app.periodic(cron="10 0 * * *")
@app.task(name="directory.ask_for_confirmations")
def ask_for_confirmations(timestamp: int) -> int:
    """Each morning: ask the keepers of old entries whether they are still right; so many mails at most."""
    return confirmations.ask_for_confirmations(at=timezone.now()).mails


@app.task(name="directory.send_confirmation_mail", queue="mail", retry=AGAIN)
def send_confirmation_mail(mail_id: str) -> None:
    """Send the mail that asks about an organisation's entries, unless it is sent or no longer wanted.

    An address that the mail server refuses for good is written down as bounced; other trouble is tried again.
    """
    at = timezone.now()
    mail = ConfirmationMail.objects.select_related("organization").get(pk=UUID(mail_id))
    open_names = [
        request.service.name for request in confirmations.requests_of(mail) if request.answered_at is None
    ]
    if mail.sent_at is not None or mail.bounced_at is not None or not open_names or mail.expires_at <= at:
        return
    recipients = confirmations.recipients_of(mail)
    try:
        if not recipients:
            raise smtplib.SMTPRecipientsRefused({})
        _compose(mail, open_names, recipients).send()
    except smtplib.SMTPRecipientsRefused as refused:
        if any(code < PERMANENT for code, _reply in refused.recipients.values()):
            raise
        mail.bounced_at = at
        mail.save(update_fields=["bounced_at"])
        return
    mail.sent_at = at
    mail.save(update_fields=["sent_at"])


def _compose(mail: ConfirmationMail, names: list[str], recipients: list[str]) -> EmailMessage:
    """The mail in Japanese and English; several recipients do not see each other."""
    token = confirmations.token_of(mail)
    parts = []
    for language in ("ja", "en"):
        with translation.override(language):
            context: dict[str, Any] = {
                "organization": mail.organization.name,
                "names": names[:NAMED_IN_MAIL],
                "more": max(len(names) - NAMED_IN_MAIL, 0),
                "until": mail.expires_at,
                "url": settings.SITE_URL + reverse("upkeep:confirm", kwargs={"token": token}),
            }
            parts.append(render_to_string("directory/mail/confirm.txt", context).strip())
            if language == "ja":
                subject = render_to_string("directory/mail/confirm_subject.txt", context).strip()
    body = f"\n\n{'-' * 40}\n\n".join(parts) + "\n"
    return EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, recipients[:1], bcc=recipients[1:])
