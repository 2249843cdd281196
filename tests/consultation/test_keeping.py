"""Return keys, safety questions, endings, erasure, sealed connections."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection

from tests.consultation.making import begin, make_conversation, make_helpline, make_shift
from tests.factories import AT
from tsunagari.consultation.models import (
    ChatSession,
    ConversationKey,
    Message,
    ReturnKey,
    RiskAssessment,
    SealedConnection,
    Task,
)
from tsunagari.consultation.return_words import fold, read_words, split
from tsunagari.consultation.selectors.conversations import messages_after
from tsunagari.consultation.services import (
    endings,
    erasure,
    offers,
    queue,
    return_keys,
    risk,
    screening,
    tracing,
)
from tsunagari.consultation.services.messages import ConversationErased, secrets_of
from tsunagari.consultation.services.talking import say_as_person
from tsunagari.consultation.services.tasks import NotNow
from tsunagari.consultation.states import RiskLevel, TaskState

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def say(conversation, text: str):
    return say_as_person(conversation_id=conversation.pk, client_id=uuid4(), text=text, at=AT)


class TestReturnKey:
    def test_the_list_is_long_enough_and_no_two_words_sound_alike(self):
        words = read_words(settings.DATA_DIR / "consultation" / "return_words.txt")
        assert len(words) >= 2048
        assert len({fold(word) for word in words}) == len(words)

    def test_four_words_lead_back_once_and_give_the_next_ones(self):
        conversation = make_conversation()
        words = return_keys.make_return_key(conversation_id=conversation.pk, at=AT)
        found, token, following = return_keys.come_back(words=words, at=AT)
        assert found == conversation
        assert token
        assert following != words
        with pytest.raises(return_keys.NotTheWords):
            return_keys.come_back(words=words, at=AT)
        assert return_keys.come_back(words=following, at=AT)[0] == conversation

    def test_new_words_end_the_earlier_ones(self):
        conversation = make_conversation()
        first = return_keys.make_return_key(conversation_id=conversation.pk, at=AT)
        return_keys.make_return_key(conversation_id=conversation.pk, at=AT)
        with pytest.raises(return_keys.NotTheWords):
            return_keys.come_back(words=first, at=AT)

    @pytest.mark.parametrize("between", [" ", "　", "、", "\n", "-", " / "])
    def test_however_they_are_written_they_are_the_words(self, between: str):
        conversation = make_conversation()
        words = return_keys.make_return_key(conversation_id=conversation.pk, at=AT)
        assert return_keys.come_back(words=between.join(words.split()), at=AT)[0] == conversation

    def test_katakana_and_slips_of_voicing_do_not_matter(self):
        assert split("ﾘﾝｺﾞ りんこ リンゴー りんご") == (fold("りんご"),) * 4

    def test_no_words_are_kept(self):
        conversation = make_conversation()
        words = return_keys.make_return_key(conversation_id=conversation.pk, at=AT).split()
        key = ReturnKey.objects.get(conversation=conversation)
        kept = bytes(key.digest) + bytes(key.half)
        assert not any(word.encode() in kept for word in words)

    @pytest.mark.parametrize("words", ["", "りんご", "a b c d e", "' OR 1=1 --", "\x00 \x00 \x00 \x00"])
    def test_what_are_no_words_leads_nowhere(self, words: str):
        with pytest.raises(return_keys.NotTheWords):
            return_keys.come_back(words=words, at=AT)

    def test_guessing_is_stopped_for_one_half_and_begins_again_after_the_hour(self):
        conversation = make_conversation()
        right = return_keys.make_return_key(conversation_id=conversation.pk, at=AT)
        one, two, *_others = right.split()
        for _try in range(return_keys.MOST_OF_A_HALF):
            with pytest.raises(return_keys.NotTheWords):
                return_keys.come_back(words=f"{one} {two} xx yy", at=AT)
        with pytest.raises(return_keys.TooManyTries):
            return_keys.come_back(words=right, at=AT)
        assert return_keys.come_back(words=right, at=AT + HOUR)[0] == conversation

    def test_what_cannot_be_a_key_counts_against_nobody(self):
        conversation = make_conversation()
        words = return_keys.make_return_key(conversation_id=conversation.pk, at=AT)
        for _try in range(return_keys.MOST_OF_A_HALF + 1):
            with pytest.raises(return_keys.NotTheWords):
                return_keys.come_back(words="りんご ねこ", at=AT)
        assert return_keys.come_back(words=words, at=AT)[0] == conversation

    def test_guessing_is_stopped_for_everybody_together(self, monkeypatch):
        monkeypatch.setattr(return_keys, "MOST_IN_ALL", 3)
        for number in range(3):
            with pytest.raises(return_keys.NotTheWords):
                return_keys.come_back(words=f"x{'abc'[number]} y z w", at=AT)
        with pytest.raises(return_keys.TooManyTries):
            return_keys.come_back(words="p q r s", at=AT)


class TestScreening:
    def test_a_yes_brings_a_person_sooner(self):
        helpline = make_helpline()
        calm, grave = begin(helpline).task, begin(helpline).task
        queue.enqueue(task_id=calm.pk, at=AT)
        task = screening.answer_screening(task_id=grave.pk, answers={"means": "yes"}, at=AT)
        assert (task.state, task.risk) == (TaskState.SCREENED, RiskLevel.IMMINENT)
        queue.enqueue(task_id=grave.pk, at=AT)
        make_shift(helpline, capacity=1)
        offers.make_offers(helpline_id=helpline.pk, at=AT)
        grave.refresh_from_db()
        assert grave.state == TaskState.OFFERED

    def test_answers_are_sealed_and_unknown_ones_are_left_out(self):
        task = begin().task
        screening.answer_screening(task_id=task.pk, answers={"safe": "no", "x": "yes", "die": "?"}, at=AT)
        task.refresh_from_db()
        assert task.risk == RiskLevel.CONCERN
        assert secrets_of(task.conversation_id).open("screening", task.screening.answers) == '{"safe": "no"}'

    def test_every_question_is_there_in_every_language(self):
        for language in screening.IN_LANGUAGE:
            assert all(one.text for one in screening.questions_in(language))

    def test_who_has_written_first_is_heard_as_well(self):
        task = begin().task
        queue.enqueue(task_id=task.pk, at=AT)
        before = Task.objects.get(pk=task.pk).rank_at
        answered = screening.answer_screening(task_id=task.pk, answers={"means": "yes"}, at=AT)
        assert (answered.state, answered.risk) == (TaskState.QUEUED, RiskLevel.IMMINENT)
        assert answered.rank_at < before
        screening.answer_screening(task_id=task.pk, answers={"means": "no"}, at=AT)
        task.refresh_from_db()
        assert task.risk == RiskLevel.IMMINENT

    def test_an_ended_contact_takes_no_answers(self):
        task = begin().task
        queue.leave(conversation_id=task.conversation_id, at=AT)
        assert (
            screening.answer_screening(task_id=task.pk, answers={"die": "yes"}, at=AT).risk == RiskLevel.NONE
        )


class TestRisk:
    @pytest.mark.parametrize(
        ("text", "level"),
        [
            ("死にたい", RiskLevel.HIGH),
            ("テストで死ぬほど笑った", RiskLevel.NONE),
            ("こんばんは", RiskLevel.NONE),
            ("きのうのごはんの話。" * 80 + "もう死にたい", RiskLevel.HIGH),
        ],
    )
    def test_words_raise_the_level(self, text: str, level: RiskLevel):
        conversation = make_conversation()
        say(conversation, text)
        assert Task.objects.get(conversation=conversation).risk == level

    def test_words_never_lower_it_and_only_a_person_does(self):
        helpline = make_helpline()
        conversation = make_conversation(helpline)
        say(conversation, "死にたい")
        say(conversation, "だいじょうぶです")
        task = Task.objects.get(conversation=conversation)
        assert task.risk == RiskLevel.HIGH
        shift = make_shift(helpline)
        risk.assess(user=shift.user, task_id=task.pk, level=RiskLevel.CONCERN, detail="落ち着いた", at=AT)
        task.refresh_from_db()
        assert task.risk == RiskLevel.CONCERN
        kept = RiskAssessment.objects.filter(task=task).order_by("id")
        assert [(one.before, one.level) for one in kept] == [(0, 2), (2, 1)]
        assert "死" not in "".join(kind for one in kept for kind in one.kinds)


class TestEnding:
    def test_a_rating_is_taken_once_and_only_at_the_end(self):
        conversation = make_conversation()
        task = Task.objects.get(conversation=conversation)
        with pytest.raises(NotNow):
            endings.rate(task_id=task.pk, heard=5, words="", at=AT)
        queue.leave(conversation_id=conversation.pk, at=AT)
        endings.rate(task_id=task.pk, heard=4, words="たすかった", at=AT)
        assert endings.rate(task_id=task.pk, heard=1, words="", at=AT).heard == 4

    def test_the_summary_repeats_no_words_of_the_talk(self):
        conversation = make_conversation()
        say(conversation, "だれにも言わないで")
        text = endings.summary_of(conversation, AT)
        assert "だれにも" not in text
        assert conversation.helpline.name in text


class TestErasure:
    def test_it_is_gone_at_once_when_no_contact_is_open(self):
        conversation = make_conversation()
        say(conversation, "ひみつ")
        words = return_keys.make_return_key(conversation_id=conversation.pk, at=AT)
        queue.leave(conversation_id=conversation.pk, at=AT)
        assert erasure.ask_erasure(conversation_id=conversation.pk, at=AT)
        assert not ConversationKey.objects.filter(conversation=conversation).exists()
        assert not Message.objects.filter(conversation=conversation).exists()
        assert messages_after({conversation.pk: 0}, staff=True) == {}
        assert not ChatSession.objects.filter(conversation=conversation, ended_at=None).exists()
        with pytest.raises(return_keys.NotTheWords):
            return_keys.come_back(words=words, at=AT)
        with pytest.raises(ConversationErased):
            say(conversation, "まだいますか")
        erasure.erase(conversation_id=conversation.pk, at=AT + HOUR)
        conversation.refresh_from_db()
        assert conversation.erased_at == AT
        # how it ended is still known
        assert Task.objects.get(conversation=conversation).state == TaskState.ABANDONED_EXPLICIT

    def test_an_open_contact_is_erased_after_its_end(self):
        conversation = make_conversation()
        assert not erasure.ask_erasure(conversation_id=conversation.pk, at=AT)
        assert erasure.erase_due(at=AT) == 0
        queue.leave(conversation_id=conversation.pk, at=AT)
        assert erasure.erase_due(at=AT) == 1
        assert erasure.erase_due(at=AT) == 0

    def test_who_writes_just_before_it_goes_on_talking(self, monkeypatch):
        conversation = make_conversation(make_helpline(retention_days=30))
        queue.leave(conversation_id=conversation.pk, at=AT)
        later = AT + timedelta(days=31)

        def erase(**given):
            # between the list of what is due and the lock
            say(conversation, "まだいますか")
            return really(**given)

        really = erasure.erase
        monkeypatch.setattr(erasure, "erase", erase)
        assert erasure.erase_due(at=later) == 0
        assert len(messages_after({conversation.pk: 0}, staff=True)[conversation.pk]) == 1

    def test_the_days_are_counted_from_the_last_contact_however_it_ended(self):
        conversation = make_conversation(make_helpline(retention_days=30))
        queue.leave(conversation_id=conversation.pk, at=AT + timedelta(days=29))
        assert erasure.erase_due(at=AT + timedelta(days=30)) == 0
        assert erasure.erase_due(at=AT + timedelta(days=59)) == 1

    def test_what_has_been_kept_long_enough_goes(self):
        conversation = make_conversation(make_helpline(retention_days=30))
        queue.leave(conversation_id=conversation.pk, at=AT)
        assert erasure.erase_due(at=AT + timedelta(days=30) - HOUR) == 0
        assert erasure.erase_due(at=AT + timedelta(days=30)) == 1


class TestTracing:
    def test_where_nothing_is_kept_nothing_is_kept(self):
        conversation = make_conversation(make_helpline(tracing="never"))
        assert not tracing.seal_connection(conversation=conversation, address="192.0.2.7", port=9, at=AT)
        assert not SealedConnection.objects.exists()

    def test_what_is_kept_is_sealed_and_gone_after_72_hours(self):
        conversation = make_conversation(make_helpline(tracing="sealed"))
        assert tracing.seal_connection(conversation=conversation, address="192.0.2.7", port=9, at=AT)
        with connection.cursor() as cursor:
            cursor.execute("SELECT sealed FROM consultation_sealedconnection")
            assert b"192.0.2.7" not in bytes(cursor.fetchone()[0])
        assert tracing.forget_connections(at=AT + timedelta(hours=71)) == 0
        assert tracing.forget_connections(at=AT + timedelta(hours=72)) == 1
