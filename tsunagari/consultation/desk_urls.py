"""Addresses of the desk of consultation, below /desk/consultation/: the same in every language."""

from django.urls import URLPattern, URLResolver, path

from tsunagari.consultation.views import desk_wall

app_name = "consultation_desk"

wall: list[URLPattern | URLResolver] = [
    path("wall/", desk_wall.lines, name="walls"),
    path("wall/<uuid:helpline_id>/", desk_wall.wall, name="wall"),
    path("wall/<uuid:helpline_id>/now/", desk_wall.wall_now, name="wall_now"),
    path("wall/<uuid:helpline_id>/<slug:name>/", desk_wall.act, name="wall_act"),
    path("wall/alarms/<uuid:alarm_id>/seen/", desk_wall.see, name="alarm_seen"),
    path("wall/contacts/<uuid:task_id>/", desk_wall.contact, name="contact"),
    path("wall/contacts/<uuid:task_id>/whisper/", desk_wall.whisper, name="whisper"),
    path("wall/contacts/<uuid:task_id>/assess/", desk_wall.assess, name="assess"),
    path("wall/contacts/<uuid:task_id>/take-over/", desk_wall.take_over, name="take_over"),
]

urlpatterns: list[URLPattern | URLResolver] = [*wall]
