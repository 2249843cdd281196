"""What may be done with a body, by name."""

from django.utils.translation import gettext_lazy as _

from tsunagari.council.forms import bodies as forms
from tsunagari.council.services import bodies, meetings, posts
from tsunagari.council.views.acts import Act

ACTS: dict[str, Act] = {
    "plan": Act(
        _("会議を予定する"),
        forms.PlanMeetingForm,
        lambda actor, body, form, at: meetings.plan_meeting(
            actor=actor,
            body_id=body.pk,
            title=form.cleaned_data["title"],
            number=form.cleaned_data["number"],
            date_text=form.cleaned_data["date_text"],
            year=form.cleaned_data["year"],
            by_circulation=form.cleaned_data["by_circulation"],
            schedule_item_id=form.cleaned_data["schedule_item"],
            note=form.cleaned_data["note"],
            at=at,
        ),
        _("会議を予定しました。"),
    ),
    "appoint": Act(
        _("職に就く人を書く"),
        forms.AppointForm,
        lambda actor, body, form, at: posts.appoint(
            actor=actor,
            post_id=form.cleaned_data["post"],
            name=form.cleaned_data["name"],
            name_kana=form.cleaned_data["name_kana"],
            begins_on=form.cleaned_data["begins_on"],
            ends_on=form.cleaned_data["ends_on"],
            authority=form.cleaned_data["authority"],
            at=at,
        ),
        _("書きました。"),
    ),
    "name": Act(
        _("氏名の記録がない職に、氏名を書く"),
        forms.NameForm,
        lambda actor, body, form, at: posts.name_holder(
            actor=actor,
            membership_id=form.cleaned_data["membership"],
            name=form.cleaned_data["name"],
            name_kana=form.cleaned_data["name_kana"],
            at=at,
        ),
        _("書きました。"),
    ),
    "end": Act(
        _("最後の日を書く"),
        forms.EndForm,
        lambda actor, body, form, at: posts.end_membership(
            actor=actor,
            membership_id=form.cleaned_data["membership"],
            ends_on=form.cleaned_data["ends_on"],
            at=at,
        ),
        _("最後の日を書きました。"),
    ),
    "reshuffle": Act(
        _("1日でまとめて交代する"),
        forms.ReshuffleForm,
        lambda actor, body, form, at: posts.reshuffle(
            actor=actor,
            on=form.cleaned_data["on"],
            authority=form.cleaned_data["authority"],
            appointments=form.appointments(),
            at=at,
        ),
        _("まとめて交代しました。"),
    ),
    "add_member": Act(
        _("議長が構成員を追加する"),
        forms.AddMemberForm,
        lambda actor, body, form, at: posts.add_member(
            actor=actor,
            body_id=body.pk,
            chair_id=form.cleaned_data["chair"],
            label=form.cleaned_data["label"],
            name=form.cleaned_data["name"],
            name_kana=form.cleaned_data["name_kana"],
            reason=form.cleaned_data["reason"],
            begins_on=form.cleaned_data["begins_on"],
            ministry_id=form.cleaned_data["ministry"],
            at=at,
        ),
        _("構成員を追加しました。"),
    ),
    "post": Act(
        _("職をつくる"),
        forms.PostForm,
        lambda actor, body, form, at: posts.open_post(
            actor=actor,
            body_id=body.pk,
            role=form.cleaned_data["role"],
            label=form.cleaned_data["label"],
            mode=form.cleaned_data["mode"],
            begins_on=form.cleaned_data["begins_on"],
            ministry_id=form.cleaned_data["ministry"],
            at=at,
        ),
        _("職をつくりました。"),
    ),
    "article": Act(
        _("決まりを書く・改める"),
        forms.ArticleForm,
        lambda actor, body, form, at: bodies.write_article(
            actor=actor,
            body_id=body.pk,
            number=form.cleaned_data["number"],
            text=form.cleaned_data["text"],
            begins_on=form.cleaned_data["begins_on"],
            at=at,
        ),
        _("決まりを書きました。前の条文も残っています。"),
    ),
    "succeed": Act(
        _("引き継ぎを書く"),
        forms.SucceedForm,
        lambda actor, body, form, at: bodies.succeed(
            actor=actor,
            body_id=body.pk,
            successor_id=form.cleaned_data["successor"],
            on=form.cleaned_data["on"],
            note=form.cleaned_data["note"],
            at=at,
        ),
        _("引き継ぎを書きました。"),
    ),
}
FOUND = {
    "found": Act(
        _("会議体をつくる"),
        forms.FoundForm,
        lambda actor, organizations, form, at: bodies.found_body(
            actor=actor,
            secretariat_id=form.cleaned_data["secretariat"],
            name=form.cleaned_data["name"],
            classification=form.cleaned_data["classification"],
            founding_on=form.cleaned_data["founding_on"],
            basis=form.cleaned_data["basis"],
            purpose=form.cleaned_data["purpose"],
            at=at,
        ),
        _("会議体をつくりました。"),
    )
}
