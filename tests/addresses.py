"""The addresses of the public's pages, one list for every test that looks at all of them.

``PAGES`` are pages of their own; ``ENTRIES`` those of an entry, whose id follows from its key in ``data/``.
``tests/portal/test_pages.py`` holds the list to the table of routes: a page that it lacks fails there.
"""

from tsunagari.directory.services.loading import entry_id
from tsunagari.portal.need_groups import NEED_GROUPS

YORISOI = entry_id("service", "yorisoi")
INOCHI = entry_id("service", "inochi-freedial")
PROGRAMME = entry_id("service", "seikatsu-hogo")
OFFICE = entry_id("service", "shakyo", "municipality", "131091")

PAGES = (
    "/",
    "/talk-now/",
    "/search/",
    "/areas/",
    "/areas/131091/",
    "/areas/130001/",
    "/areas/011002/",
    "/areas/131091/offline/",
    "/places/",
    "/programmes/",
    "/for-others/",
    "/for-organizations/widget/",
    "/guide/",
    "/safety/",
    "/safety/device/",
    "/under-18/",
    "/languages/",
    "/languages/vi/",
    "/about/",
    "/open-data/",
    "/freshness/",
    "/gaps/",
    "/gaps/131041/",
    *(f"/needs/{group.key}/" for group in NEED_GROUPS),
)
NO_PAGE = "/nothing/"
"""Where there is nothing: the page that says so is a page too."""

ENTRIES = (
    f"/services/{YORISOI}/",
    f"/services/{INOCHI}/",
    f"/services/{PROGRAMME}/",
    f"/services/{OFFICE}/",
    f"/services/{INOCHI}/print/",
    f"/services/{INOCHI}/mistake/",
    f"/services/{INOCHI}/mistake/thanks/",
    f"/services/{YORISOI}/in/zh/",
)
