"""Addresses of rounds of consultation, below /council/ and /desk/council/."""

from django.urls import URLPattern, URLResolver, path

from tsunagari.council.views import asked_rounds, desk_rounds, public_rounds

ONE = "rounds/<uuid:round_id>/"
ASKED = "rounds/asked/<uuid:addressee_id>/"
COMMENT = "rounds/comments/<uuid:comment_id>/"
GROUP = "rounds/groups/<uuid:group_id>/"
FILE = "rounds/files/<uuid:file_id>/"

desk: list[URLPattern | URLResolver] = [
    path("rounds/", desk_rounds.desk_list, name="rounds"),
    path("rounds/upload/", asked_rounds.upload, name="form_upload"),
    path(ONE, desk_rounds.desk_round, name="round"),
    path(f"{ONE}comments/", desk_rounds.desk_comments, name="comments"),
    path(f"{ONE}groups/", desk_rounds.groups, name="groups"),
    *(
        path(f"{ONE}{name}/", desk_rounds.desk_step, {"name": name}, name=f"round_{name}")
        for name in (*desk_rounds.STEPS, *desk_rounds.DATED)
    ),
    path(f"{COMMENT}moderate/", desk_rounds.moderate, name="moderate"),
    path(f"{COMMENT}answer/", desk_rounds.answer, name="answer"),
    path(f"{COMMENT}leave/", desk_rounds.leave, name="leave"),
    path(f"{COMMENT}change/", asked_rounds.change, name="change"),
    path(f"{GROUP}answer/", desk_rounds.answer_group, name="answer_group"),
    path(f"{GROUP}dissolve/", desk_rounds.dissolve, name="dissolve"),
    path(ASKED, asked_rounds.answer_page, name="asked"),
    path(f"{ASKED}remind/", desk_rounds.desk_remind, name="remind"),
    path(f"{ASKED}form.xlsx", asked_rounds.form_file, {"kind": "xlsx"}, name="form_xlsx"),
    path(f"{ASKED}form.docx", asked_rounds.form_file, {"kind": "docx"}, name="form_docx"),
    path(f"{ASKED}none/", asked_rounds.say, {"what": "none"}, name="say_none"),
    path(f"{ASKED}agree/", asked_rounds.say, {"what": "agree"}, name="say_agree"),
    path(FILE, asked_rounds.file_page, name="form_file"),
    path(f"{FILE}marked/", asked_rounds.marked, name="form_marked"),
    path(f"{FILE}take/", asked_rounds.take, name="form_take"),
]

public: list[URLPattern | URLResolver] = [
    path("rounds/", public_rounds.rounds, name="rounds"),
    path("rounds/trace/", public_rounds.trace, name="trace"),
    path("rounds/trace/<str:token>", public_rounds.traced, name="traced"),
    path(ONE, public_rounds.round_page, name="round"),
    path(f"{ONE}comment/", public_rounds.comment, name="comment_whole"),
    path(f"{ONE}comment/<uuid:paragraph_id>/", public_rounds.comment, name="comment"),
    path(f"{ONE}received/<str:token>", public_rounds.receipt, name="receipt"),
    path(f"{ONE}results/", public_rounds.results, name="results"),
    path(f"{ONE}results.csv", public_rounds.results_file, {"form": "csv"}, name="results_csv"),
    path(f"{ONE}results.xlsx", public_rounds.results_file, {"form": "xlsx"}, name="results_xlsx"),
]
