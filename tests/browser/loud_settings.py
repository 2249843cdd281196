"""The site's settings with the log of production: every line that a request writes."""

from tsunagari.config.settings import *  # noqa: F403
from tsunagari.config.settings import LOGGING

LOGGING["root"]["level"] = "INFO"  # type: ignore[index]
