"""Read what a search needs before the first person asks."""

from django.db import InterfaceError, OperationalError, connections
from psycopg_pool import PoolTimeout

from tsunagari.core import fallback
from tsunagari.core.areas import area_tree
from tsunagari.core.japanese import tokens_for_query
from tsunagari.core.routers import public_reading
from tsunagari.directory.lexicon import lexicon, understand


def warm_up() -> None:
    """Load the dictionary, the lexicon and the areas, and make the page for the day without a database."""
    for language in ("ja", "en"):
        fallback.page(language)
    tokens_for_query("夜中に話せるところ")
    lexicon()
    understand("夜中に話せるところ")
    try:
        with public_reading():
            area_tree()
    except (OperationalError, InterfaceError, PoolTimeout):
        # the site starts all the same and shows the lines; areas are read when the database is back
        return
    finally:
        connections.close_all()
