"""Addresses of the app: ``public`` pages below /council/ and ``desk`` pages below /desk/council/."""

from django.urls import URLPattern, URLResolver, include, path

desk: list[URLPattern | URLResolver] = []

public: list[URLPattern | URLResolver] = []

urlpatterns: list[URLPattern | URLResolver] = [path("desk/council/", include((desk, "council_desk")))]
