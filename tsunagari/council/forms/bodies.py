"""Forms about a body: its posts, who sits on them, its rules, its next meetings."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tsunagari.council.forms.base import (
    ActForm,
    DateField,
    long_text,
    ministry_choices,
    ministry_field,
    offer,
    text,
    uuid_choice,
)
from tsunagari.council.models import Body, Membership, Post, ScheduleItem
from tsunagari.council.selectors.bodies import chair_on, on_day
from tsunagari.council.services.posts import Appointment


def _open_seats(body: Body) -> list[Membership]:
    seats = Membership.objects.filter(post__body=body, ends_on=None).select_related("post", "person")
    return list(seats.order_by("post__position"))


def _label(seat: Membership) -> str:
    return f"{seat.post.label}　{seat.person.name}" if seat.person else seat.post.label


class FoundForm(ActForm):
    """A new body; the target is the organisations whose bodies the person keeps."""

    secretariat = uuid_choice(_("庶務を担う組織"))
    name = text(_("名称"), most=200)
    classification = forms.ChoiceField(label=_("種別"), choices=Body.Classification.choices)
    founding_on = DateField(label=_("設置日"))
    basis = text(_("設置の根拠"), most=300, required=False)
    purpose = long_text(_("目的"), required=False, rows=3)

    def prepare(self) -> None:
        offer(self, "secretariat", [(str(each.pk), each.name) for each in self.target])


class PostForm(ActForm):
    """A post of the founding document."""

    role = forms.ChoiceField(label=_("役割"), choices=Post.Role.choices, initial=Post.Role.MEMBER)
    label = text(_("官職・立場"), most=200)
    mode = forms.ChoiceField(
        label=_("決まり方"), choices=[row for row in Post.Mode.choices if row[0] != Post.Mode.ADDED]
    )
    begins_on = DateField(label=_("いつから"))
    ministry = ministry_field(required=False)

    def prepare(self) -> None:
        self.fields["ministry"].choices = ministry_choices(required=False)  # type: ignore[attr-defined]


class AppointForm(ActForm):
    """Somebody comes to a post."""

    post = uuid_choice(_("職"))
    name = text(_("氏名"), most=80)
    name_kana = text(_("氏名（かな）"), most=80, required=False)
    begins_on = DateField(label=_("いつから"))
    ends_on = DateField(label=_("いつまで（決まっているとき）"), required=False)
    authority = text(_("根拠（指名、発令など）"), most=300)

    def prepare(self) -> None:
        posts = self.target.posts.filter(ends_on=None).order_by("position")
        offer(self, "post", [(str(post.pk), post.label) for post in posts])


class NameForm(ActForm):
    """The name of somebody who sits there without one in the books."""

    membership = uuid_choice(_("職"))
    name = text(_("氏名"), most=80)
    name_kana = text(_("氏名（かな）"), most=80, required=False)

    def prepare(self) -> None:
        seats = [seat for seat in _open_seats(self.target) if seat.person is None]
        offer(self, "membership", [(str(seat.pk), seat.post.label) for seat in seats])


class EndForm(ActForm):
    """The last day of a membership."""

    membership = uuid_choice(_("だれ"))
    ends_on = DateField(label=_("最後の日"))

    def prepare(self) -> None:
        offer(self, "membership", [(str(seat.pk), _label(seat)) for seat in _open_seats(self.target)])


class AddMemberForm(ActForm):
    """The chair adds a member."""

    chair = uuid_choice(_("だれの判断か（議長）"))
    label = text(_("官職・立場"), most=200)
    name = text(_("氏名"), most=80)
    name_kana = text(_("氏名（かな）"), most=80, required=False)
    reason = text(_("追加する理由"), most=500)
    begins_on = DateField(label=_("いつから"))
    ministry = ministry_field(required=False)

    def prepare(self) -> None:
        chair = chair_on(self.target, timezone.localdate())
        offer(self, "chair", [(str(chair.pk), _label(chair))] if chair else [])
        self.fields["ministry"].choices = ministry_choices(required=False)  # type: ignore[attr-defined]


class ReshuffleForm(ActForm):
    """Many posts in one day: what is left empty stays as it is."""

    on = DateField(label=_("交代の日"))
    authority = text(_("根拠（内閣改造など）"), most=300)

    def prepare(self) -> None:
        self.posts = list(self.target.posts.filter(on_day(timezone.localdate())).order_by("position"))
        for post in self.posts:
            self.fields[f"name_{post.pk.hex}"] = text(post.label, most=80, required=False)
            self.fields[f"kana_{post.pk.hex}"] = text(
                _("%(post)s（かな）") % {"post": post.label}, most=80, required=False
            )

    def appointments(self) -> list[Appointment]:
        """Those posts for which a name was written."""
        given = self.cleaned_data
        return [
            Appointment(post.pk, given[f"name_{post.pk.hex}"], given[f"kana_{post.pk.hex}"])
            for post in self.posts
            if given[f"name_{post.pk.hex}"].strip()
        ]


class ArticleForm(ActForm):
    """An article, or its new wording."""

    number = forms.IntegerField(label=_("番号"), min_value=1, max_value=999)
    text = long_text(_("条文"))
    begins_on = DateField(label=_("いつから"))


class SucceedForm(ActForm):
    """Which body follows this one."""

    successor = uuid_choice(_("引き継ぐ会議体"))
    on = DateField(label=_("引き継ぐ日"))
    note = text(_("備考"), most=300, required=False)

    def prepare(self) -> None:
        others = Body.objects.filter(secretariat=self.target.secretariat).exclude(pk=self.target.pk)
        offer(self, "successor", [(str(body.pk), body.name) for body in others])


class PlanMeetingForm(ActForm):
    """A meeting in the words of a schedule."""

    title = text(_("名称"), most=200)
    number = forms.IntegerField(label=_("第何回"), min_value=1, max_value=9999, required=False)
    date_text = text(
        _("時期"), most=60, help_text=_("「11月9日（火）」「11月中旬～」「12月中下旬」のように書けます。")
    )
    year = forms.IntegerField(label=_("年（西暦）"), min_value=2000, max_value=2200)
    by_circulation = forms.BooleanField(label=_("持ち回り"), required=False)
    schedule_item = uuid_choice(_("日程のどの行か"), required=False)
    note = text(_("備考"), most=500, required=False)

    def prepare(self) -> None:
        self.fields["title"].initial = self.target.name
        self.fields["year"].initial = timezone.localdate().year
        items = ScheduleItem.objects.filter(secretariat=self.target.secretariat, body__isnull=False)
        offer(self, "schedule_item", [(str(item.pk), str(item)) for item in items])
