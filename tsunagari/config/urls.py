"""Every address of the site. Public pages have no prefix in Japanese and ``/en/`` in English."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
