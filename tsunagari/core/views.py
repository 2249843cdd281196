"""Whether the process lives and whether it can serve."""

import logging
import sys

from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

from tsunagari.core import fallback, routers
from tsunagari.core.access import public
from tsunagari.core.models import Area

logger = logging.getLogger("tsunagari.request")


def server_error(request: HttpRequest) -> HttpResponse:
    """``handler500``: what no view caught. In a middleware the database may be away too: then 503."""
    error = sys.exc_info()[1]
    if isinstance(error, fallback.DATABASE_AWAY):
        logger.error("database", exc_info=error, extra={"event": "database_down"})
        return fallback.answer(request)
    return defaults.server_error(request)


@public()
def healthz(request: HttpRequest) -> JsonResponse:
    """The process lives; asks nothing of the database."""
    return JsonResponse({"status": "ok"})


@public()
def readyz(request: HttpRequest) -> JsonResponse:
    """The site can serve: a database answers, is migrated and holds the areas; else 503 with the reason.

    With a replica it says how far that is behind; "public pages only" means that the primary is away.
    """
    executor = MigrationExecutor(routers.reading_connection())
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return JsonResponse({"status": "migrations pending"}, status=503)
    if not Area.objects.exists():
        return JsonResponse({"status": "no data loaded"}, status=503)
    state = routers.replica_state()
    if state is None:
        return JsonResponse({"status": "ready"})
    status = "public pages only" if routers.is_away(routers.PRIMARY) else "ready"
    return JsonResponse({"status": status, "replica": state})
