"""Who sat where on which day; overlapping posts; the chair's right; a reshuffle in one day."""

import threading
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from tests.council.conftest import FOUNDED, Council, make_council
from tests.factories import AT, make_member
from tsunagari.accounts.models import Role
from tsunagari.council.models import Body, JournalEntry, Membership, Person, Post
from tsunagari.council.selectors.bodies import (
    articles_on,
    chair_on,
    memberships_on,
    vacant_posts_on,
    voters_on,
)
from tsunagari.council.services import bodies, posts
from tsunagari.council.services.posts import Appointment

DAY = date(2026, 6, 1)


def names_on(council: Council, day: date) -> list[str]:
    return [seat.person.name for seat in memberships_on(council.body, day) if seat.person]


def test_who_was_a_member_on_that_day(council: Council):
    seat = council.members[0]
    posts.end_membership(actor=council.alice, membership_id=seat.pk, ends_on=date(2026, 5, 31), at=AT)
    posts.appoint(
        actor=council.alice, post_id=seat.post_id, name="後任", begins_on=date(2026, 6, 3),
        ends_on=date(2026, 6, 30), authority="指名", at=AT,
    )  # fmt: skip
    assert names_on(council, FOUNDED - timedelta(days=1)) == []
    assert names_on(council, date(2026, 5, 31)) == ["委員0", "委員1", "委員2", "委員3", "委員4"]
    assert names_on(council, DAY) == ["委員0", "委員2", "委員3", "委員4"]
    assert list(vacant_posts_on(council.body, DAY)) == [seat.post]
    assert names_on(council, date(2026, 6, 3)) == ["委員0", "後任", "委員2", "委員3", "委員4"]
    assert "後任" in names_on(council, date(2026, 6, 30))
    assert "後任" not in names_on(council, date(2026, 7, 1))


@pytest.mark.parametrize(
    ("begins", "ends"),
    [("2026-06-01", None), ("2026-01-01", None), ("2026-06-01", "2026-06-01"), ("2027-01-01", "2027-01-02")],
)
def test_a_held_post_is_not_given_twice(council: Council, begins: str, ends: str | None):
    seat = council.members[0]
    with pytest.raises(posts.PostTaken, match=r"「官職1」には、2026\.1\.1からいままで、委員1が"):
        posts.appoint(
            actor=council.alice, post_id=seat.post_id, name="別人", begins_on=date.fromisoformat(begins),
            ends_on=date.fromisoformat(ends) if ends else None, authority="指名", at=AT,
        )  # fmt: skip
    assert seat.post.memberships.count() == 1
    # and the database itself refuses, whoever writes
    with pytest.raises(IntegrityError, match="membership_one_holder_a_day"), transaction.atomic():
        Membership.objects.create(
            post=seat.post, begins_on=date.fromisoformat(begins), authority="x",
            ends_on=date.fromisoformat(ends) if ends else None,
        )  # fmt: skip


def test_the_next_holder_begins_the_day_after(council: Council):
    seat = council.members[0]
    posts.end_membership(actor=council.alice, membership_id=seat.pk, ends_on=DAY, at=AT)
    with pytest.raises(posts.PostTaken, match="2026.6.1まで"):
        posts.appoint(
            actor=council.alice, post_id=seat.post_id, name="次", begins_on=DAY, authority="指名", at=AT
        )
    posts.appoint(
        actor=council.alice, post_id=seat.post_id, name="次", begins_on=DAY + timedelta(days=1),
        authority="指名", at=AT,
    )  # fmt: skip


def test_a_second_chair_is_refused(council: Council):
    with pytest.raises(posts.PostTaken, match="議長"):
        council.post("もうひとりの議長", role="chair")
    with pytest.raises(IntegrityError, match="post_one_chair_a_day"), transaction.atomic():
        Post.objects.create(body=council.body, role="chair", label="x", mode="ex_officio", begins_on=DAY)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"begins_on": FOUNDED - timedelta(days=1)}, bodies.WrongDay),
        ({"ends_on": FOUNDED}, bodies.WrongDay),
        ({"authority": " "}, posts.ReasonMissing),
        ({"name": "　"}, posts.NobodyNamed),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_written(council: Council, change: dict, error: type):
    post_id = council.post("空いた職")
    given = {"name": "新人", "begins_on": DAY, "authority": "指名"} | change
    with pytest.raises(error):
        posts.appoint(actor=council.alice, post_id=post_id, at=AT, **given)
    assert not Membership.objects.filter(post_id=post_id).exists()


def test_only_the_chair_adds_members(council: Council):
    def add(chair: Membership | None, actor=council.alice, day: date = DAY, **more: str):  # noqa: ANN001, ANN202
        given = {"label": "専門の方", "name": "専門 家子", "reason": "当事者の話を聞くため"} | more
        return posts.add_member(
            actor=actor, body_id=council.body.pk, chair_id=chair.pk if chair else None,
            begins_on=day, at=AT, **given,
        )  # fmt: skip

    for word_of in (None, council.members[0]):
        with pytest.raises(posts.OnlyTheChair):
            add(word_of)
    for stranger in (council.bob, council.charlie):
        with pytest.raises(posts.OnlyTheChair):
            add(council.chair, actor=stranger)
    with pytest.raises(posts.ReasonMissing):
        add(council.chair, reason=" ")
    # not the word of somebody who is chair on another day only
    with pytest.raises(posts.OnlyTheChair):
        add(council.chair, day=FOUNDED - timedelta(days=1))
    assert not Post.objects.filter(mode="added").exists()
    added = add(council.chair)
    assert (added.post.mode, added.post.added_by, added.post.reason) == (
        "added", council.chair, "当事者の話を聞くため",
    )  # fmt: skip
    assert added in voters_on(council.body, DAY)
    assert added not in voters_on(council.body, DAY - timedelta(days=1))
    with pytest.raises(IntegrityError, match="post_added_by_the_chair"), transaction.atomic():
        Post.objects.create(
            body=council.body, role="member", label="x", mode="added", begins_on=DAY, reason="なし"
        )
    with pytest.raises(posts.OnlyTheChair):
        posts.open_post(
            actor=council.alice, body_id=council.body.pk, role="member", label="x", mode="added",
            begins_on=DAY, at=AT,
        )  # fmt: skip


def test_the_chairs_own_account_adds_without_the_secretariat(council: Council):
    chair = make_member("chair", Role.VIEWER)
    Membership.objects.filter(pk=council.chair.pk).update(user=chair)
    added = posts.add_member(
        actor=chair, body_id=council.body.pk, chair_id=council.chair.pk, label="有識者", name="識者",
        reason="知見のため", begins_on=DAY, at=AT,
    )  # fmt: skip
    assert added.post.added_by == council.chair


def test_all_posts_are_reshuffled_in_one_day(council: Council):
    other = make_council("もうひとつの会議")
    Body.objects.filter(pk=other.body.pk).update(secretariat=council.secretariat)
    seats = [council.chair, *council.members, other.chair]
    people = Person.objects.count()
    made = posts.reshuffle(
        actor=council.alice, on=DAY, authority="内閣改造", at=AT,
        # the same person sits in both bodies by one office
        appointments=[Appointment(seat.post_id, f"新{n % 5}") for n, seat in enumerate(seats)],
    )  # fmt: skip
    assert len(made) == 6
    assert names_on(council, DAY - timedelta(days=1)) == [f"委員{n}" for n in range(5)]
    assert names_on(council, DAY) == [f"新{n}" for n in range(5)]
    new = chair_on(council.body, DAY)
    assert new is not None
    assert new.authority == "内閣改造"
    assert Person.objects.count() == people + 5


def test_a_reshuffle_is_all_or_nothing(council: Council):
    seats = council.members
    posts.end_membership(actor=council.alice, membership_id=seats[3].pk, ends_on=DAY, at=AT)
    posts.appoint(
        actor=council.alice, post_id=seats[3].post_id, name="先の人", begins_on=DAY + timedelta(days=9),
        authority="指名", at=AT,
    )  # fmt: skip
    before = list(Membership.objects.order_by("pk").values())
    with pytest.raises(posts.PostTaken, match="先の人"):
        posts.reshuffle(
            actor=council.alice, on=DAY, authority="改造", at=AT,
            appointments=[Appointment(seat.post_id, "新") for seat in seats],
        )  # fmt: skip
    assert list(Membership.objects.order_by("pk").values()) == before
    for twice in ([], [Appointment(seats[0].post_id, "新")] * 2):
        with pytest.raises(posts.NobodyNamed):
            posts.reshuffle(actor=council.alice, on=DAY, authority="改造", at=AT, appointments=twice)


def test_others_cannot_touch_it(council: Council):
    seat = council.members[0]
    for stranger in (council.bob, council.charlie):
        with pytest.raises(Post.DoesNotExist):
            posts.appoint(actor=stranger, post_id=seat.post_id, name="x", begins_on=DAY, authority="y", at=AT)
        with pytest.raises(Membership.DoesNotExist):
            posts.end_membership(actor=stranger, membership_id=seat.pk, ends_on=DAY, at=AT)
        with pytest.raises(Body.DoesNotExist):
            bodies.write_article(
                actor=stranger, body_id=council.body.pk, number=1, text="x", begins_on=DAY, at=AT
            )


def test_an_amended_article_keeps_its_old_wording(council: Council):
    def write(day: date, text: str) -> None:
        bodies.write_article(
            actor=council.alice, body_id=council.body.pk, number=1, text=text, begins_on=day, at=AT
        )

    write(FOUNDED, "はじめの条文")
    write(DAY, "改めた条文")
    for day, text in ((DAY - timedelta(days=1), "はじめの条文"), (DAY, "改めた条文")):
        assert [article.text for article in articles_on(council.body, day)] == [text]
    for day in (DAY, FOUNDED, FOUNDED - timedelta(days=1)):
        with pytest.raises(bodies.WrongDay):
            write(day, "重なる条文")


def test_a_succession_does_not_run_in_a_circle(council: Council):
    second = bodies.found_body(
        actor=council.alice, secretariat_id=council.secretariat.pk, name="後の会議",
        classification="headquarters", founding_on=DAY, basis="法", at=AT,
    )  # fmt: skip

    def succeed(one: Body, other: Body, on: date) -> None:
        bodies.succeed(actor=council.alice, body_id=one.pk, successor_id=other.pk, on=on, at=AT)

    with pytest.raises(bodies.WrongDay):
        succeed(council.body, second, DAY - timedelta(days=1))
    succeed(council.body, second, DAY)
    with pytest.raises(bodies.CannotFollow):
        succeed(second, council.body, DAY)
    with pytest.raises(bodies.CannotFollow):
        succeed(council.body, second, DAY)
    with pytest.raises(bodies.BodyKnown):
        bodies.found_body(
            actor=council.alice, secretariat_id=council.secretariat.pk, name="後の会議",
            classification="council", founding_on=DAY, basis="", at=AT,
        )  # fmt: skip


def test_every_act_is_in_the_journal_which_nobody_changes(council: Council):
    acts = set(JournalEntry.objects.filter(body=council.body).values_list("action", "actor"))
    assert acts == {(act, council.alice.pk) for act in ("found_body", "open_post", "appoint")}
    with pytest.raises(IntegrityError), transaction.atomic():
        JournalEntry.objects.update(action="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        JournalEntry.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_fill_a_post_at_once_one_is_told():
    council = make_council(members=0)
    post_id, outcomes = council.post("取り合う職"), []
    barrier = threading.Barrier(2)

    def fill(name: str) -> None:
        barrier.wait()
        try:
            posts.appoint(
                actor=council.alice, post_id=post_id, name=name, begins_on=DAY, authority="指名", at=AT
            )
            outcomes.append("ok")
        except posts.PostTaken:
            outcomes.append("taken")
        finally:
            connection.close()

    threads = [threading.Thread(target=fill, args=(name,)) for name in ("一", "二")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["ok", "taken"]
    assert Membership.objects.filter(post_id=post_id).count() == 1
