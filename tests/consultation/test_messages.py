"""Writing into a conversation: numbers, repetitions, keys, and what the database refuses."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from tests.consultation.making import make_conversation
from tests.factories import AT
from tsunagari.consultation.keys import Secrets
from tsunagari.consultation.models import ConversationKey, Message
from tsunagari.consultation.selectors.conversations import messages_after
from tsunagari.consultation.services.messages import (
    BadMessage,
    ConversationErased,
    secrets_of,
    write_event,
    write_message,
)
from tsunagari.core.crypto import BadToken

PERSON = Message.Author.PERSON


def say(conversation, text: str, client_id=None, author=PERSON, **more):
    return write_message(
        conversation_id=conversation.pk,
        client_id=client_id or uuid4(),
        author=author,
        text=text,
        at=AT,
        **more,
    )


@pytest.mark.django_db
def test_messages_are_numbered_and_come_back_in_order():
    conversation = make_conversation()
    for text in ("ねむれない", "こわい", "だれか"):
        say(conversation, text)
    said = messages_after({conversation.pk: 1}, staff=False)[conversation.pk]
    assert [(one.seq, one.text) for one in said] == [(2, "こわい"), (3, "だれか")]


@pytest.mark.django_db
def test_sending_again_is_the_same_message():
    conversation, client_id = make_conversation(), uuid4()
    first = say(conversation, "もしもし", client_id)
    assert say(conversation, "もしもし", client_id).pk == first.pk
    assert Message.objects.filter(conversation=conversation).count() == 1


@pytest.mark.django_db
def test_another_author_cannot_take_over_an_id():
    conversation, client_id = make_conversation(), uuid4()
    say(conversation, "もしもし", client_id)
    with pytest.raises(BadMessage):
        say(conversation, "joined", client_id, Message.Author.SYSTEM)


@pytest.mark.django_db
def test_the_person_gets_nothing_that_is_for_the_staff():
    conversation = make_conversation()
    say(conversation, "はじめまして")
    write_event(conversation_id=conversation.pk, code="risk_rose", at=AT, staff_only=True)
    assert [one.text for one in messages_after({conversation.pk: 0}, staff=False)[conversation.pk]] == [
        "はじめまして"
    ]
    assert len(messages_after({conversation.pk: 0}, staff=True)[conversation.pk]) == 2


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", " \n ", "あ" * 4001, "こ\x00ん", "\x1b[31m"])
def test_what_is_no_message_is_told(text: str):
    with pytest.raises(BadMessage):
        say(make_conversation(), text)


@pytest.mark.django_db
def test_without_its_key_nothing_is_read_or_written():
    conversation = make_conversation()
    say(conversation, "ひみつ")
    ConversationKey.objects.filter(conversation=conversation).delete()
    assert messages_after({conversation.pk: 0}, staff=True) == {}
    with pytest.raises(ConversationErased):
        say(conversation, "まだいますか")


@pytest.mark.django_db
def test_a_sealed_text_is_of_its_conversation_and_of_its_kind():
    one, other = make_conversation(), make_conversation()
    sealed = secrets_of(one.pk).seal("message", "ひみつ")
    with pytest.raises(BadToken):
        secrets_of(other.pk).open("message", sealed)
    with pytest.raises(BadToken):
        secrets_of(one.pk).open("record", sealed)
    with pytest.raises(BadToken):
        Secrets(other.pk, bytes(one.key.wrapped))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consultation_message SET body = ''",
        "DELETE FROM consultation_message",
        "UPDATE consultation_message SET seq = seq + 10",
    ],
)
def test_the_database_refuses_to_change_what_was_said(statement: str):
    say(make_conversation(), "ほんとうのこと")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_the_database_refuses_a_number_out_of_order():
    conversation = make_conversation()
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(
            conversation=conversation,
            seq=5,
            client_id=uuid4(),
            author=PERSON,
            body=b"x",
            sent_at=AT,
        )


@pytest.mark.django_db(transaction=True)
def test_twenty_writers_at_once_leave_no_gap_and_no_double():
    conversation = make_conversation()
    ids = [uuid4() for _ in range(40)]

    def write(client_id) -> int:
        try:
            return say(conversation, "いま", client_id).seq
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        # each twice, as over a bad line
        numbers = list(pool.map(write, ids + ids))
    assert numbers[:40] == numbers[40:]
    assert sorted(numbers[:40]) == list(range(1, 41))
