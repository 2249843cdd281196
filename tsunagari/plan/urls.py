"""Addresses of the app: ``public`` pages below /plan/ and ``desk`` pages below /desk/plan/."""

from django.urls import URLPattern, URLResolver, include, path

desk: list[URLPattern | URLResolver] = []

public: list[URLPattern | URLResolver] = []

urlpatterns: list[URLPattern | URLResolver] = [path("desk/plan/", include((desk, "plan_desk")))]
