"""The ASGI application: the page cache around Django, warmed when the server starts."""

import asyncio
import os

from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsunagari.config.settings")
django_application = get_asgi_application()

# these need Django set up
from tsunagari.accounts.session_cookies import holds_a_role  # noqa: E402
from tsunagari.core import valkey  # noqa: E402
from tsunagari.core.body_limit import Allowance, BodyLimit  # noqa: E402
from tsunagari.core.page_cache import Application, PageCache, Receive, Scope, Send  # noqa: E402
from tsunagari.core.shared_pages import SharedPages, release_of  # noqa: E402
from tsunagari.council.views import asked_rounds, desk_council  # noqa: E402
from tsunagari.directory.search.warming import warm_up  # noqa: E402
from tsunagari.directory.views.imports.uploads import UPLOAD_BYTES, UPLOAD_PATH, UPLOADERS  # noqa: E402
from tsunagari.plan.views import desk_figures  # noqa: E402


class Warmed:
    """Answers the server's lifespan: dictionary, lexicon and areas are read before the first person asks.

    In a thread beside the first requests, since a process that was killed must be back at once.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass requests on; at start-up, begin to warm up."""
        if scope["type"] != "lifespan":
            await self.application(scope, receive, send)
            return
        await receive()
        warming = asyncio.create_task(asyncio.to_thread(warm_up))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await warming
        await send({"type": "lifespan.shutdown.complete"})


def _shared_pages() -> SharedPages | None:
    found = valkey.shared(settings.VALKEY_URL)
    if found is None:
        return None
    return SharedPages(found, settings.MASTER_KEY, release_of(settings.BASE_DIR))


async def _may_hand_in_files(cookies: str) -> bool:
    return await holds_a_role(cookies, UPLOADERS)


async def _may_hand_in_evidence(cookies: str) -> bool:
    return await holds_a_role(cookies, frozenset(role.value for role in desk_figures.KEEPER_ROLES))


FILES = Allowance(UPLOAD_PATH, most_bytes=UPLOAD_BYTES, seconds=600.0, admits=_may_hand_in_files)
"""Lists for import, from those who keep entries."""


async def _may_hand_in_papers(cookies: str) -> bool:
    return await holds_a_role(cookies, desk_council.UPLOADERS)


PAPERS = Allowance(
    desk_council.UPLOAD_PATH,
    most_bytes=desk_council.UPLOAD_BYTES,
    seconds=600.0,
    admits=_may_hand_in_papers,
)
"""Papers of meetings, from the bodies' secretariats."""


async def _may_hand_in_forms(cookies: str) -> bool:
    return await holds_a_role(cookies, asked_rounds.UPLOADERS)


FORMS = Allowance(
    asked_rounds.UPLOAD_PATH,
    most_bytes=asked_rounds.UPLOAD_BYTES,
    seconds=600.0,
    admits=_may_hand_in_forms,
)
"""Forms of a consultation, from those who are asked."""
_pages = PageCache(django_application, shared=_shared_pages())  # type: ignore[arg-type]
application = Warmed(BodyLimit(_pages, allowances=[FILES, PAPERS, FORMS]))
