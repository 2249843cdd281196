"""Addresses of the live streams: the same in every language, since they carry no words of ours."""

from django.urls import path

from tsunagari.consultation.views import streams

app_name = "consultation_streams"
urlpatterns = [
    path(streams.PERSON_PATH.removeprefix("/"), streams.person_stream, name="person"),
    path(streams.CONSOLE_PATH.removeprefix("/"), streams.console_stream, name="console"),
]
