"""The ASGI application: the page cache around Django, warmed when the server starts."""

import asyncio
import os
from collections.abc import Collection
from functools import partial

from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsunagari.config.settings")
django_application = get_asgi_application()

# these need Django set up
from tsunagari.accounts.session_cookies import holds_a_role  # noqa: E402
from tsunagari.consultation import pulse  # noqa: E402
from tsunagari.consultation.views.streams import CONSOLE_PATH, PERSON_PATH  # noqa: E402
from tsunagari.core import valkey  # noqa: E402
from tsunagari.core.body_limit import Allowance, BodyLimit  # noqa: E402
from tsunagari.core.page_cache import Application, PageCache, Receive, Scope, Send  # noqa: E402
from tsunagari.core.shared_pages import SharedPages, release_of  # noqa: E402
from tsunagari.core.streaming import Streams  # noqa: E402
from tsunagari.council.views import asked_rounds, desk_council  # noqa: E402
from tsunagari.directory.search.warming import warm_up  # noqa: E402
from tsunagari.directory.views.imports import uploads  # noqa: E402
from tsunagari.plan import figure_policies  # noqa: E402
from tsunagari.plan.views import desk_figures  # noqa: E402


class Warmed:
    """Answers the server's lifespan: dictionary, lexicon and areas are read before the first person asks.

    In a thread beside the first requests, since a process that was killed must be back at once. Beside it
    beats the pulse of consultation until the server ends.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass requests on; at start-up, begin to warm up and let the pulse beat."""
        if scope["type"] != "lifespan":
            await self.application(scope, receive, send)
            return
        await receive()
        warming = asyncio.create_task(asyncio.to_thread(warm_up))
        beating = asyncio.create_task(pulse.beat_on())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        beating.cancel()
        await warming
        await send({"type": "lifespan.shutdown.complete"})


def _shared_pages() -> SharedPages | None:
    found = valkey.shared(settings.VALKEY_URL)
    if found is None:
        return None
    return SharedPages(found, settings.MASTER_KEY, release_of(settings.BASE_DIR))


def _files(path: str, most_bytes: int, roles: Collection[str]) -> Allowance:
    """Files may come to ``path`` from whoever holds one of the roles, ten minutes long over a slow line."""
    return Allowance(path, most_bytes, seconds=600.0, admits=partial(holds_a_role, roles=roles))


ALLOWANCES = (
    # lists for import, papers of meetings, forms of a consultation, evidence of figures
    _files(uploads.UPLOAD_PATH, uploads.UPLOAD_BYTES, uploads.UPLOADERS),
    _files(desk_council.UPLOAD_PATH, desk_council.UPLOAD_BYTES, desk_council.UPLOADERS),
    _files(asked_rounds.UPLOAD_PATH, asked_rounds.UPLOAD_BYTES, asked_rounds.UPLOADERS),
    _files(desk_figures.UPLOAD_PATH, desk_figures.UPLOAD_BYTES, figure_policies.KEEPERS),
)
_pages = PageCache(django_application, shared=_shared_pages())  # type: ignore[arg-type]
bounded = BodyLimit(_pages, allowances=ALLOWANCES)
# streams have no body and no cache: neither layer holds anything for them
application = Warmed(Streams(bounded, django_application, {PERSON_PATH, CONSOLE_PATH}))  # type: ignore[arg-type]
