"""Whether the process lives and whether it can serve."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from tsunagari.core.access import public
from tsunagari.core.models import Area


@public()
def healthz(request: HttpRequest) -> JsonResponse:
    """The process lives; asks nothing of the database."""
    return JsonResponse({"status": "ok"})


@public()
def readyz(request: HttpRequest) -> JsonResponse:
    """The site can serve: the database answers, is migrated and holds the areas; else 503 with the reason."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return JsonResponse({"status": "migrations pending"}, status=503)
    if not Area.objects.exists():
        return JsonResponse({"status": "no data loaded"}, status=503)
    return JsonResponse({"status": "ready"})
