"""The portal's addresses and nobody else's: for a process that writes pages and answers nobody.

``python -m tsunagari bundle`` writes links to the portal alone. With the site's whole table of addresses it
would load every app's views first (APIs, workbooks, forms), which takes longer than writing the pages.
"""

from django.urls import include, path

from tsunagari.core.display import in_every_language

urlpatterns = in_every_language(path("", include("tsunagari.portal.urls")))
