"""The supervisor's pages: the wall, looking in, whispering, taking over, alarms; who may and who may not."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.consultation.making import begin, make_helpline, make_shift
from tests.factories import make_member, sign_in
from tsunagari.accounts.models import RecordReading, Role
from tsunagari.consultation.models import Alarm, Helpline, Message, RiskAssessment, Shift, Task
from tsunagari.consultation.selectors.conversations import messages_after
from tsunagari.consultation.selectors.wall import buckets_of, wall_of
from tsunagari.consultation.services import alarms, offers
from tsunagari.consultation.services.talking import say_as_person
from tsunagari.consultation.states import RiskLevel, TaskState

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
SECRET = "橋の上で猫をなでています"


class Scene:
    """A helpline that is open, its supervisor signed in, one counsellor."""

    def __init__(self) -> None:
        self.at = timezone.now()
        self.helpline = make_helpline(opened=False)
        self.supervisor = make_shift(self.helpline, kind=Shift.Kind.SUPERVISOR, at=self.at)
        Helpline.objects.filter(pk=self.helpline.pk).update(opened_at=self.at, opened_by=self.supervisor.user)
        self.helpline.refresh_from_db()
        self.counsellor = make_shift(self.helpline, at=self.at, capacity=1)
        self.client = sign_in(Client(), self.supervisor.user)

    def waits(self, text: str = "こんばんは", minutes: int = 0) -> Task:
        at = self.at - minutes * MINUTE
        task = begin(self.helpline, at=at).task
        say_as_person(conversation_id=task.conversation_id, client_id=uuid4(), text=text, at=at)
        task.refresh_from_db()
        return task

    def talks(self, text: str = "こんばんは") -> Task:
        task = self.waits(text)
        offers.make_offers(helpline_id=self.helpline.pk, at=self.at)
        offer = task.reservations.get(state="created")
        return offers.accept_offer(
            user=self.counsellor.user, reservation_id=offer.pk, fence=offer.fence, at=self.at
        )

    def url(self, name: str, *arguments: object) -> str:
        return reverse(f"consultation_desk:{name}", args=arguments)

    def get(self, name: str, *arguments: object):
        return self.client.get(self.url(name, *arguments))

    def post(self, name: str, *arguments: object, **data: object):
        return self.client.post(self.url(name, *arguments), data)

    def shown(self) -> str:
        return self.get("wall", self.helpline.pk).content.decode()


@pytest.fixture
def scene() -> Scene:
    return Scene()


class TestWall:
    def test_the_gravest_first_with_reasons_beside_and_no_words(self, scene):
        calm = scene.waits("こんばんは", minutes=50)
        grave = scene.waits(f"{SECRET}。死にたい", minutes=3)
        wall = wall_of(scene.helpline, viewer=scene.supervisor.user, at=scene.at)
        assert [one.task for one in wall.waiting] == [grave, calm]
        assert [reason["code"] for reason in wall.waiting[0].reasons] == ["waited", f"risk_{grave.risk}"]
        page = scene.shown()
        assert "猫" not in page
        assert "死にたい気持ち" in page
        assert "50分" in page

    def test_offered_and_connected_and_capacity(self, scene):
        task = scene.talks()
        second = scene.waits()
        free = make_shift(scene.helpline, at=scene.at, capacity=1)
        offers.make_offers(helpline_id=scene.helpline.pk, at=scene.at)
        wall = wall_of(scene.helpline, viewer=scene.supervisor.user, at=scene.at)
        assert [one.task for one in wall.talking] == [task]
        assert [(one.task, one.offered_to) for one in wall.waiting] == [(second, free.user)]
        assert (wall.places, wall.free) == (2, 0)
        page = scene.shown()
        assert f"{free.user}さんに知らせています" in page
        assert str(scene.counsellor.user) in page

    def test_a_silent_console_and_a_pause_take_no_places(self, scene):
        Shift.objects.filter(pk=scene.counsellor.pk).update(seen_at=scene.at - 2 * MINUTE)
        make_shift(scene.helpline, at=scene.at, paused_at=scene.at)
        wall = wall_of(scene.helpline, viewer=scene.supervisor.user, at=scene.at)
        assert (wall.places, wall.free) == (0, 0)
        page = scene.shown()
        assert "画面が切れています" in page
        assert "新しい人は休み" in page

    @pytest.mark.parametrize("page", ["wall", "wall_now"])
    def test_as_many_queries_for_three_as_for_one(self, scene, page):
        def count() -> int:
            with CaptureQueriesContext(
                connection,
            ) as caught:
                assert scene.get(page, scene.helpline.pk).status_code == 200
            return len(caught)

        def more() -> None:
            scene.waits("死にたい", minutes=4)
            make_shift(scene.helpline, at=scene.at)
            alarms.raise_alarm(
                helpline_id=scene.helpline.pk, kind=Alarm.Kind.WAITS_LONG, task=scene.waits(), at=scene.at
            )

        scene.talks()
        more()
        count()
        one = count()
        more()
        more()
        assert count() == one

    def test_an_empty_wall_says_so(self, scene):
        page = scene.shown()
        assert "だれも待っていません。" in page
        assert "だれも話していません。" in page

    def test_the_picture_of_the_waiting(self):
        found = buckets_of([(0, 0), (4, 3), (5, 0), (29, 1), (200, 2)])
        assert [(one.low, one.high, one.count, one.grave) for one in found] == [
            (0, 5, 2, 1), (5, 15, 1, 0), (15, 30, 1, 0), (30, 60, 0, 0), (60, None, 1, 1),
        ]  # fmt: skip
        assert [one.bar for one in buckets_of([])] == [0] * 5

    def test_with_one_line_its_wall_opens_at_once(self, scene):
        assert scene.get("walls").url == scene.url("wall", scene.helpline.pk)
        make_helpline(organization=scene.helpline.organization, opened=False)
        assert scene.get("walls").status_code == 200


class TestPresence:
    def test_here_for_the_next_half_hour(self, scene):
        Shift.objects.filter(pk=scene.supervisor.pk).update(confirmed_at=scene.at - 31 * MINUTE)
        page = scene.shown()
        assert "在席の確認が切れています" in page
        assert "新しい人を受けていません" in page
        assert scene.post("wall_act", scene.helpline.pk, "confirm").status_code == 302
        page = scene.shown()
        assert "あと 30分" in page
        assert "窓口は開いています。" in page

    def test_the_queue_closes_and_opens(self, scene):
        scene.post("wall_act", scene.helpline.pk, "close")
        assert Helpline.objects.get(pk=scene.helpline.pk).opened_at is None
        scene.post("wall_act", scene.helpline.pk, "open")
        assert Helpline.objects.get(pk=scene.helpline.pk).opened_by == scene.supervisor.user

    def test_nobody_opens_it_without_being_there(self, scene):
        scene.post("wall_act", scene.helpline.pk, "close")
        Shift.objects.filter(pk=scene.supervisor.pk).update(confirmed_at=scene.at - 31 * MINUTE)
        answer = scene.post("wall_act", scene.helpline.pk, "open")
        assert answer.status_code == 422
        assert "在席を確認してから" in answer.content.decode()

    def test_coming_and_going(self, scene):
        scene.post("wall_act", scene.helpline.pk, "end")
        assert not Shift.objects.filter(user=scene.supervisor.user, ended_at=None).exists()
        assert scene.post("wall_act", scene.helpline.pk, "confirm").status_code == 404
        scene.post("wall_act", scene.helpline.pk, "start")
        assert Shift.objects.filter(user=scene.supervisor.user, ended_at=None).count() == 1
        assert scene.post("wall_act", scene.helpline.pk, "dance").status_code == 404


class TestAlarmsOnTheWall:
    def test_seen_once_and_gone(self, scene):
        task = scene.talks()
        say_as_person(conversation_id=task.conversation_id, client_id=uuid4(), text="死にたい", at=scene.at)
        alarm = Alarm.objects.get()
        assert "会話の途中で危険度が上がりました" in scene.shown()
        assert scene.post("alarm_seen", alarm.pk).status_code == 302
        alarm.refresh_from_db()
        assert alarm.seen_by == scene.supervisor.user
        assert "会話の途中で危険度が上がりました" not in scene.shown()
        assert scene.post("alarm_seen", alarm.pk).status_code == 302


class TestLookingIn:
    def test_it_is_written_down_before_anything_is_shown(self, scene):
        task = scene.talks(SECRET)
        answer = scene.get("contact", task.pk)
        assert SECRET in answer.content.decode()
        reading = RecordReading.objects.get()
        assert (reading.actor, reading.subject_id, reading.person_ref, reading.basis) == (
            scene.supervisor.user, task.conversation_id, task.conversation.person_id, "supervision",
        )  # fmt: skip
        assert reading.organization == scene.helpline.organization

    def test_the_counsellor_sees_it_once_and_the_person_never(self, scene):
        task = scene.talks()
        for _ in range(3):
            scene.get("contact", task.pk)

        def events(*, staff: bool) -> list[str]:
            said = messages_after({task.conversation_id: 0}, staff=staff)[task.conversation_id]
            return [one.text for one in said if one.kind == Message.Kind.EVENT]

        assert events(staff=True) == ["joined", "looked_in"]
        assert events(staff=False) == ["joined"]
        assert RecordReading.objects.count() == 3
        assert "スーパーバイザーが見ています。" in scene.get("contact", task.pk).content.decode()

    def test_who_waits_can_be_read_and_is_told_to_nobody(self, scene):
        task = scene.waits(SECRET)
        assert SECRET in scene.get("contact", task.pk).content.decode()
        assert not Message.objects.filter(conversation=task.conversation, kind=Message.Kind.EVENT).exists()

    def test_not_without_being_on_duty(self, scene):
        task = scene.talks(SECRET)
        scene.post("wall_act", scene.helpline.pk, "end")
        for answer in (
            scene.get("contact", task.pk),
            scene.post("whisper", task.pk, client_id=uuid4(), text="a"),
            scene.post("take_over", task.pk),
            scene.post("assess", task.pk, level=0, detail="a"),
        ):
            assert answer.status_code == 422
            page = answer.content.decode()
            assert "先に勤務に入ってください" in page
            assert SECRET not in page
        assert not RecordReading.objects.exists()

    def test_a_whisper_reaches_the_counsellor_alone(self, scene):
        task, client_id = scene.talks(), uuid4()
        for _ in range(2):
            assert scene.post("whisper", task.pk, client_id=client_id, text="住所をきいて").status_code == 302
        message = Message.objects.get(client_id=client_id)
        assert (message.kind, message.audience, message.author) == ("whisper", "staff", "supervisor")
        assert message.user == scene.supervisor.user
        page = scene.get("contact", task.pk).content.decode()
        assert page.count("住所をきいて") == 1

    def test_an_empty_whisper_is_given_back(self, scene):
        task = scene.talks()
        assert scene.post("whisper", task.pk, client_id=uuid4(), text=" ").status_code == 422
        assert scene.post("whisper", task.pk, client_id="x", text="a").status_code == 422

    def test_no_whisper_where_no_counsellor_is(self, scene):
        answer = scene.post("whisper", scene.waits().pk, client_id=uuid4(), text="a")
        assert answer.status_code == 422

    def test_a_supervisor_judges(self, scene):
        task = scene.talks("死にたい")
        assert scene.post("assess", task.pk, level=1, detail="").status_code == 422
        assert scene.post("assess", task.pk, level=9, detail="a").status_code == 422
        assert scene.post("assess", task.pk, level=1, detail="安全を確かめた").status_code == 302
        task.refresh_from_db()
        kept = task.assessments.order_by("-id").first()
        assert (task.risk, kept.source) == (RiskLevel.CONCERN, RiskAssessment.Source.SUPERVISOR)
        assert kept.actor == scene.supervisor.user

    def test_taking_over(self, scene):
        task = scene.talks()
        assert scene.post("take_over", task.pk).status_code == 302
        task.refresh_from_db()
        assert (task.state, task.shift_id) == (TaskState.CONNECTED, scene.supervisor.pk)
        assert "あなたが受け持っています。" in scene.get("contact", task.pk).content.decode()

    def test_an_ended_contact_is_not_found(self, scene):
        task = scene.waits()
        Task.objects.filter(pk=task.pk).update(
            state="diverted", disposition="diverted", closed_at=scene.at, rank_at=None, queued_at=None
        )
        assert scene.get("contact", task.pk).status_code == 404


class TestOthers:
    def _pages(self, scene: Scene) -> list[tuple[str, str]]:
        task = scene.talks()
        alarms.raise_alarm(helpline_id=scene.helpline.pk, kind=Alarm.Kind.HELP_ASKED, task=task, at=scene.at)
        line, alarm = scene.helpline.pk, Alarm.objects.get()
        return [
            ("get", scene.url("wall", line)),
            ("get", scene.url("wall_now", line)),
            ("post", scene.url("wall_act", line, "start")),
            ("post", scene.url("alarm_seen", alarm.pk)),
            ("get", scene.url("contact", task.pk)),
            ("post", scene.url("whisper", task.pk)),
            ("post", scene.url("assess", task.pk)),
            ("post", scene.url("take_over", task.pk)),
        ]

    @pytest.mark.parametrize("who", ["counsellor", "admin", "elsewhere"])
    def test_other_roles_and_other_organisations_find_nothing(self, scene, who):
        user = {
            "counsellor": lambda: scene.counsellor.user,
            "admin": lambda: make_member("anna", Role.ADMIN, scene.helpline.organization),
            "elsewhere": lambda: make_shift(make_helpline(opened=False), kind=Shift.Kind.SUPERVISOR).user,
        }[who]()
        client = sign_in(Client(), user)
        for method, url in self._pages(scene):
            assert getattr(client, method)(url).status_code == 404, url
        assert not RecordReading.objects.exists()

    def test_the_membership_has_ended(self, scene):
        scene.supervisor.user.memberships.update(ended_at=scene.at)
        for method, url in self._pages(scene):
            assert getattr(scene.client, method)(url).status_code == 404
