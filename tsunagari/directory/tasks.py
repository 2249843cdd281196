"""Jobs of the directory, run by the worker."""

from uuid import UUID

from procrastinate.contrib.django import app

from tsunagari.directory.search.index import reindex_outdated, reindex_services


@app.task(name="directory.reindex")
def reindex(service_ids: list[str]) -> int:
    """Write the search rows of these services anew. Defer it in the transaction that changed them."""
    return reindex_services([UUID(service_id) for service_id in service_ids])


@app.periodic(cron="20 4 * * *")
@app.task(name="directory.reindex_outdated")
def reindex_with_new_dictionary(timestamp: int) -> int:
    """Each night: rows whose words came from another version of the dictionary are written anew."""
    return reindex_outdated()
