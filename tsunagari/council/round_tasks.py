"""Jobs of rounds of consultation, run by the worker (`tasks` registers them)."""

from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone, translation
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from tsunagari.core.addresses import whole_address
from tsunagari.council.models import RoundAddressee
from tsunagari.council.services.rounds import asked, life, visitors

AGAIN = RetryStrategy(max_attempts=8, exponential_wait=3)


@app.periodic(cron="* * * * *")
@app.task(name="council.advance_rounds")
def advance_rounds(timestamp: int) -> int:
    """Each minute: rounds open and close at their moments."""
    return life.advance_rounds(at=timezone.now())


@app.periodic(cron="55 4 * * *")
@app.task(name="council.erase_originals")
def erase_originals(timestamp: int) -> int:
    """Each night: what the public wrote is erased in its original form ninety days after the answers."""
    return visitors.erase_originals(at=timezone.now())


@app.task(name="council.tell_addressee", retry=AGAIN)
def tell_addressee(addressee_id: str, occasion: str) -> int:
    """Write to the officers of an organisation that is asked, unless it has answered or the round is over."""
    addressee = RoundAddressee.objects.select_related("round", "organization").get(pk=UUID(addressee_id))
    round_ = addressee.round
    waiting = addressee.state == RoundAddressee.State.WAITING
    if not waiting or round_.state != "open" or round_.closes_at <= timezone.now():
        return 0
    told = 0
    for officer in asked.officers_of(addressee):  # one each: nobody learns who else works there
        with translation.override(officer.language):
            context = {
                "organization": addressee.organization.name,
                "title": round_.document_title,
                "round": round_,
                "reminder": occasion == "reminder",
                "url": whole_address("council_desk:asked", addressee.pk),
            }
            subject = render_to_string("council/mail/round_subject.txt", context).strip()
            body = render_to_string("council/mail/round.txt", context)
        EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [officer.email]).send()
        told += 1
    return told
