"""Addresses of the search API, below ``/api/``."""

from django.urls import path

from tsunagari.directory.search import views

urlpatterns = [path("search", views.search_api, name="search-api")]
