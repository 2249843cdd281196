"""Addresses of the app: ``public`` pages below /council/ and ``desk`` pages below /desk/council/."""

from django.urls import URLPattern, URLResolver, include, path

from tsunagari.council import round_urls
from tsunagari.council.views import desk_council, desk_minutes, public_council

desk: list[URLPattern | URLResolver] = [
    path("", desk_council.desk, name="desk"),
    path("found/", desk_council.found, name="found"),
    path("actions/", desk_council.actions, name="actions"),
    path("actions/<uuid:action_id>/<slug:name>/", desk_council.act_on_action, name="act_on_action"),
    path("bodies/<uuid:body_id>/", desk_council.body, name="body"),
    path("bodies/<uuid:body_id>/<slug:name>/", desk_council.act_on_body, name="act_on_body"),
    path("meetings/<uuid:meeting_id>/", desk_council.meeting, name="meeting"),
    path("meetings/<uuid:meeting_id>/papers.pdf", desk_council.bound, name="papers"),
    path("meetings/<uuid:meeting_id>/minutes/", desk_minutes.minutes, name="minutes"),
    path("meetings/<uuid:meeting_id>/minutes/save/", desk_minutes.save_minutes, name="save_minutes"),
    path(
        "meetings/<uuid:meeting_id>/minutes/<slug:name>/", desk_minutes.act_on_minutes, name="act_on_minutes"
    ),
    path("meetings/<uuid:meeting_id>/<slug:name>/", desk_council.act_on_meeting, name="act_on_meeting"),
    path("papers/file/", desk_council.upload, name="upload"),
    path("papers/<uuid:version_id>/", desk_council.material, name="material"),
    *round_urls.desk,
]

public: list[URLPattern | URLResolver] = [
    path("", public_council.council, name="council"),
    path("calendar.ics", public_council.feed, name="calendar"),
    path("popolo.json", public_council.open_data, name="popolo"),
    path("bodies/<uuid:body_id>/", public_council.body, name="body"),
    path("bodies/<uuid:body_id>/on/<str:day>/", public_council.body, name="body_on"),
    path("bodies/<uuid:body_id>/record/", public_council.record, name="record"),
    path("bodies/<uuid:body_id>/calendar.ics", public_council.feed, name="body_calendar"),
    path("meetings/<uuid:meeting_id>/", public_council.meeting, name="meeting"),
    path("meetings/<uuid:meeting_id>/minutes/", public_council.minutes, name="minutes"),
    path("meetings/<uuid:meeting_id>/papers.pdf", public_council.bound, name="papers"),
    path("papers/<uuid:version_id>/", public_council.material, name="material"),
    *round_urls.public,
]

urlpatterns: list[URLPattern | URLResolver] = [path("desk/council/", include((desk, "council_desk")))]
