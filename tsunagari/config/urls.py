"""Every address of the site. Public pages have no prefix in Japanese, ``/en/`` in English: `core.display`."""

from django.urls import URLPattern, URLResolver, include, path

from tsunagari.consultation.talk_urls import public as talk
from tsunagari.consultation.talk_urls import room as talk_room
from tsunagari.core.display import in_every_language
from tsunagari.council.urls import public as council
from tsunagari.directory.urls import public as upkeep
from tsunagari.plan.urls import public as plan

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("tsunagari.core.urls")),
    path("", include("tsunagari.accounts.urls")),
    path("", include("tsunagari.directory.urls")),
    path("", include("tsunagari.council.urls")),
    path("", include("tsunagari.plan.urls")),
    path("", include("tsunagari.consultation.stream_urls")),
    path("desk/consultation/", include("tsunagari.consultation.desk_urls")),
    path("api/", include("tsunagari.directory.search.urls")),
    path("api/hsds/", include("tsunagari.directory.api.urls")),
    path("talk/room/", include((talk_room, "talk_room"))),
    *in_every_language(path("talk/", include((talk, "talk")))),
    *in_every_language(path("", include((upkeep, "upkeep")))),
    *in_every_language(path("council/", include((council, "council")))),
    *in_every_language(path("plan/", include((plan, "plan")))),
    *in_every_language(path("", include("tsunagari.portal.urls"))),
]

handler500 = "tsunagari.core.views.server_error"
