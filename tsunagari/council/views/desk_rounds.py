"""Rounds at the desk of the secretariat: open, remind, read, put together, answer, ask again."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tsunagari.accounts.models import Role
from tsunagari.accounts.views.requests import user_of
from tsunagari.core.access import roles
from tsunagari.core.errors import RuleBroken
from tsunagari.core.paging import addresses
from tsunagari.council.models import Comment, CommentGroup, ConsultationRound, RoundAddressee
from tsunagari.council.personal_data import find_personal_data, masked
from tsunagari.council.round_input import AnswerForm, ModerationForm, MomentForm
from tsunagari.council.selectors import rounds as selectors
from tsunagari.council.services import rounds
from tsunagari.council.services.rounds import answers, asked, visitors
from tsunagari.council.views.showing_rounds import ACTIONS, shown_line

PER_PAGE = 50
secretaries = roles(Role.ADMIN, Role.SECRETARY)
everybody_asked = roles(Role.ADMIN, Role.SECRETARY, Role.OFFICER, Role.EDITOR)

STEPS = {
    "open": rounds.open_prepared,
    "close": rounds.close_round,
    "respond": rounds.begin_responding,
    "finish": rounds.finish_round,
    "reopen": rounds.reopen_answers,
}
DATED = {"extend": rounds.extend_round, "further": rounds.begin_further_round}


@everybody_asked
@require_safe
def desk_list(request: HttpRequest) -> HttpResponse:
    """The rounds that I run, and those in which my organisation is asked."""
    viewer, at = user_of(request), timezone.now()
    context = {
        "run": selectors.rounds_run_by(viewer)[:100],
        "asked": selectors.addressees_spoken_for(viewer)[:100],
        "at": at,
    }
    return render(request, "council/rounds_desk/list.html", context)


@secretaries
@require_safe
def desk_round(request: HttpRequest, round_id: UUID) -> HttpResponse:
    """One round: how it stands, who has not answered, what is next."""
    return _round_page(request, round_id)


def _round_page(
    request: HttpRequest,
    round_id: UUID,
    *,
    form: MomentForm | None = None,
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    round_ = get_object_or_404(selectors.rounds_run_by(user_of(request)), pk=round_id)
    at = timezone.now()
    steps = {name for name, (start, _end) in rounds.TRANSITIONS.items() if round_.state in start}
    followed = ConsultationRound.objects.filter(previous=round_).first()
    left = round_.addressees.filter(state__in=("waiting", "commented")).exists()
    context = {
        "round": round_,
        "at": at,
        "over": round_.closes_at <= at,
        "steps": steps,
        "counts": selectors.counts_of(round_),
        "addressees": round_.addressees.select_related("organization"),
        "followed": followed,
        "can_ask_again": followed is None and left and round_.state in {"answered", "reflected"},
        "form": form or MomentForm(initial={"closes_at": round_.closes_at}),
        "journal": [(entry, ACTIONS[entry.action]) for entry in round_.journal.select_related("actor")[:30]],
        "sentence": sentence,
    }
    return render(request, "council/rounds_desk/round.html", context, status=status)


@secretaries
@require_POST
def desk_step(request: HttpRequest, round_id: UUID, name: str) -> HttpResponse:
    """One step in the life of a round."""
    actor, at = user_of(request), timezone.now()
    given: dict[str, Any] = {"actor": actor, "round_id": round_id, "at": at}
    try:
        if name in DATED:
            form = MomentForm(request.POST)
            if not form.is_valid():
                return _round_page(request, round_id, form=form, status=422)
            round_ = DATED[name](closes_at=form.moment(), **given)
        else:
            round_ = STEPS[name](**given)
    except RuleBroken as broken:
        return _round_page(request, round_id, sentence=str(broken.sentence), status=broken.status)
    messages.success(request, _("「%(state)s」になりました。") % {"state": round_.get_state_display()})
    return redirect("council_desk:round", round_.pk)


@secretaries
@require_POST
def desk_remind(request: HttpRequest, addressee_id: UUID) -> HttpResponse:
    """Write to who has not answered."""
    actor = user_of(request)
    addressee = get_object_or_404(RoundAddressee, pk=addressee_id, round__in=selectors.rounds_run_by(actor))
    try:
        asked.remind(actor=actor, addressee_id=addressee_id, at=timezone.now())
    except RuleBroken as broken:
        return _round_page(request, addressee.round_id, sentence=str(broken.sentence), status=broken.status)
    messages.success(request, _("催促のメールを送ります。"))
    return redirect("council_desk:round", addressee.round_id)


# -- comments ------------------------------------------------------------------------------------------------


@secretaries
@require_safe
def desk_comments(request: HttpRequest, round_id: UUID) -> HttpResponse:
    """The comments of a round, those without an answer first on request."""
    round_ = get_object_or_404(selectors.rounds_run_by(user_of(request)), pk=round_id)
    wanted = request.GET.get("show", "")
    found = selectors.comments_run_by(user_of(request)).filter(round=round_).exclude(state="withdrawn")
    if wanted == "open":
        found = found.filter(pk__in=selectors.unanswered_comments(round_.document_id))
    elif wanted == "unread":
        found = found.filter(state=Comment.State.RECEIVED)
    else:
        wanted = ""
    page = Paginator(found.order_by("paragraph__position", "number"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "round": round_,
        "page": page,
        "lines": [shown_line(selectors.line_of(comment)) for comment in page],
        "show": wanted,
        **addresses(page, [("show", wanted)] if wanted else []),
    }
    return render(request, "council/rounds_desk/comments.html", context)


@secretaries
@require_http_methods(["GET", "HEAD", "POST"])
def moderate(request: HttpRequest, comment_id: UUID) -> HttpResponse:
    """Read a comment of the public, black out what tells of a person, and take it up or leave it out."""
    actor, at = user_of(request), timezone.now()
    comment = get_object_or_404(selectors.comments_run_by(actor), pk=comment_id, addressee=None)
    words = visitors.read_original(actor=actor, comment_id=comment_id, at=at)
    sentence, status = "", 200
    if request.method == "POST":
        form = ModerationForm(request.POST)
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            try:
                if request.POST.get("choice") == "hide":
                    visitors.hide_comment(actor=actor, comment_id=comment_id, reason=given["reason"], at=at)
                else:
                    visitors.publish_comment(
                        actor=actor, comment_id=comment_id, body=given["body"], label=given["label"], at=at
                    )
                return _next_unread(request, comment)
            except RuleBroken as broken:
                sentence, status = str(broken.sentence), broken.status
    else:
        first = {"body": masked(words["body"]), "label": masked(words["label"])}
        stands = {"body": comment.body, "label": comment.author_label}
        form = ModerationForm(initial=stands if comment.body else first)
    context = {
        "comment": comment,
        "round": comment.round,
        "words": words,
        "found": sorted({one.kind for one in find_personal_data(words["body"])}),
        "form": form,
        "sentence": sentence,
    }
    return render(request, "council/rounds_desk/moderate.html", context, status=status)


def _next_unread(request: HttpRequest, comment: Comment) -> HttpResponse:
    unread = Comment.objects.filter(round=comment.round_id, state=Comment.State.RECEIVED).order_by("number")
    following = unread.filter(number__gt=comment.number).first() or unread.first()
    if following is not None:
        return redirect("council_desk:moderate", following.pk)
    messages.success(request, _("確認を待つ意見は、もうありません。"))
    return redirect("council_desk:round", comment.round_id)


@secretaries
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, comment_id: UUID) -> HttpResponse:
    """Answer one comment."""
    comment = get_object_or_404(selectors.comments_run_by(user_of(request)), pk=comment_id)
    if comment.group_id is not None:
        return redirect("council_desk:answer_group", comment.group_id)

    def keep(**given: Any) -> None:
        answers.answer_comment(comment_id=comment_id, **given)

    return _answer_page(request, comment.round, [comment], keep, getattr(comment, "response", None))


@secretaries
@require_http_methods(["GET", "HEAD", "POST"])
def answer_group(request: HttpRequest, group_id: UUID) -> HttpResponse:
    """Answer the comments of a group at once."""
    group = get_object_or_404(
        CommentGroup.objects.select_related("round", "response"),
        pk=group_id,
        state=CommentGroup.State.TOGETHER,
        round__in=selectors.rounds_run_by(user_of(request)),
    )
    comments = list(selectors.comments_run_by(user_of(request)).filter(group=group).order_by("number"))

    def keep(**given: Any) -> None:
        answers.answer_group(group_id=group_id, **given)

    return _answer_page(request, group.round, comments, keep, getattr(group, "response", None), group)


def _answer_page(
    request: HttpRequest,
    round_: ConsultationRound,
    comments: list[Comment],
    keep: Any,
    response: Any,
    group: CommentGroup | None = None,
) -> HttpResponse:
    sentence, status = "", 200
    if request.method == "POST":
        form, status = AnswerForm(request.POST), 422
        if form.is_valid():
            given = {**form.cleaned_data, "version": form.cleaned_data["version"] or 0}
            try:
                keep(actor=user_of(request), at=timezone.now(), **given)
                messages.success(request, _("回答を書きました。"))
                return _next_open(round_)
            except RuleBroken as broken:
                sentence, status = str(broken.sentence), broken.status
    else:
        fields = ("outcome", "text", "reason", "elsewhere", "version")
        form = AnswerForm(
            initial={name: getattr(response, name) for name in fields} if response else {"version": 0}
        )
    context = {
        "round": round_,
        "comments": comments,
        "paragraph": comments[0].paragraph if comments else None,
        "group": group,
        "form": form,
        "sentence": sentence,
        "stands": response,
    }
    return render(request, "council/rounds_desk/answer.html", context, status=status)


def _next_open(round_: ConsultationRound) -> HttpResponse:
    """To the list of what is left."""
    return HttpResponseRedirect(f"{reverse('council_desk:comments', args=[round_.pk])}?show=open")


# -- groups --------------------------------------------------------------------------------------------------


@secretaries
@require_http_methods(["GET", "HEAD", "POST"])
def groups(request: HttpRequest, round_id: UUID) -> HttpResponse:
    """Which comments say nearly the same: proposed here, decided by a person, undone at any time."""
    actor, at = user_of(request), timezone.now()
    round_ = get_object_or_404(selectors.rounds_run_by(actor), pk=round_id)
    sentence, status = "", 200
    if request.method == "POST":
        ids = _uuids(request.POST.getlist("comment"))
        given: dict[str, Any] = {"actor": actor, "round_id": round_id, "comment_ids": ids, "at": at}
        try:
            if request.POST.get("choice") == "apart":
                answers.decline_proposal(**given)
            else:
                answers.group_comments(topic=request.POST.get("topic", "")[:200], **given)
            return redirect("council_desk:groups", round_id)
        except RuleBroken as broken:
            sentence, status = str(broken.sentence), broken.status
    proposals = answers.proposals_for(round_)[:20]
    wanted = [id_ for proposal in proposals for id_ in proposal.ids]
    by_id = Comment.objects.in_bulk(wanted)
    context = {
        "round": round_,
        "proposals": [(p, [by_id[id_] for id_ in p.ids]) for p in proposals],
        "groups": round_.groups.exclude(state="dissolved").prefetch_related("comments"),
        "sentence": sentence,
    }
    return render(request, "council/rounds_desk/groups.html", context, status=status)


def _uuids(values: list[str]) -> list[UUID]:
    found = []
    for value in values[:5_000]:
        try:
            found.append(UUID(value))
        except ValueError:
            continue
    return found


@secretaries
@require_POST
def dissolve(request: HttpRequest, group_id: UUID) -> HttpResponse:
    """Undo a grouping."""
    group = answers.dissolve_group(actor=user_of(request), group_id=group_id, at=timezone.now())
    messages.success(request, _("まとめを解きました。"))
    return redirect("council_desk:groups", group.round_id)


@secretaries
@require_POST
def leave(request: HttpRequest, comment_id: UUID) -> HttpResponse:
    """Take one comment out of its group."""
    comment = answers.leave_group(actor=user_of(request), comment_id=comment_id, at=timezone.now())
    return redirect("council_desk:answer", comment.pk)
