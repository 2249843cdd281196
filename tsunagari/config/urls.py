"""Every address of the site. Public pages have no prefix in Japanese and ``/en/`` in English."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("tsunagari.core.urls")),
    path("", include("tsunagari.accounts.urls")),
    path("api/", include("tsunagari.directory.search.urls")),
    path("api/hsds/", include("tsunagari.directory.api.urls")),
    *i18n_patterns(path("", include("tsunagari.portal.urls")), prefix_default_language=False),
]

handler500 = "tsunagari.core.views.server_error"
