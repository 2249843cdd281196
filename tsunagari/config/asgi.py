"""The ASGI application: the page cache around Django, warmed before the first request."""

import os
from collections.abc import MutableMapping
from typing import Any

from asgiref.sync import sync_to_async
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsunagari.config.settings")
django_application = get_asgi_application()

# these need Django set up
from tsunagari.core.page_cache import Application, PageCache, Receive, Scope, Send  # noqa: E402
from tsunagari.directory.search.warming import warm_up  # noqa: E402


class Warmed:
    """Answers the server's lifespan: dictionary, lexicon and areas are read before the first person waits."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass requests on; at start-up, warm up (a database that is away is no reason not to start)."""
        if scope["type"] != "lifespan":
            await self.application(scope, receive, send)
            return
        message: MutableMapping[str, Any] = await receive()
        while message["type"] != "lifespan.shutdown":
            await sync_to_async(warm_up, thread_sensitive=False)()
            await send({"type": "lifespan.startup.complete"})
            message = await receive()
        await send({"type": "lifespan.shutdown.complete"})


application = Warmed(PageCache(django_application))  # type: ignore[arg-type]
