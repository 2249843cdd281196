"""Addresses of the person's pages: ``public`` below /talk/ in every language, ``room`` below /talk/room/."""

from django.urls import URLPattern, URLResolver, path

from tsunagari.consultation.views import talk, talk_after, talk_room

public: list[URLPattern | URLResolver] = [
    path("", talk.entry, name="entry"),
    path("to/<slug:key>/", talk.begin, name="begin"),
    path("to/<slug:key>/young/", talk.begin, {"young": True}, name="begin_young"),
    path("return/", talk.come_back, name="come_back"),
]

room: list[URLPattern | URLResolver] = [
    path("", talk_room.room, name="room"),
    path("status", talk_room.status, name="status"),
    path("messages", talk_room.say, name="say"),
    path("here/", talk_room.here, name="here"),
    path("safety/", talk_after.safety, name="safety"),
    path("key/", talk_after.key, name="key"),
    path("callback/", talk_after.callback, name="callback"),
    path("end/", talk_after.end, name="end"),
    path("after/", talk_after.after, name="after"),
    path("rate/", talk_after.rate, name="rate"),
    path("summary/", talk_after.summary, name="summary"),
    path("delete/", talk_after.delete, name="delete"),
    path("leave", talk_after.leave, name="leave"),
]
