"""Addresses of core."""

from django.urls import path

from tsunagari.core import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
