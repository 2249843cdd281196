"""The ASGI application: the page cache around Django."""

import os

from django.core.asgi import get_asgi_application

from tsunagari.core.page_cache import PageCache

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsunagari.config.settings")

application = PageCache(get_asgi_application())  # type: ignore[arg-type]
