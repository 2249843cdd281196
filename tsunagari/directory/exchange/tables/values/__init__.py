"""One cell → what it means: telephone numbers, dates, prices, points … Doubts are told through ``say``."""

from tsunagari.directory.exchange.tables.values.amounts import Cost, ages, costs, flag
from tsunagari.directory.exchange.tables.values.dates import clock_of, day_of
from tsunagari.directory.exchange.tables.values.links import link, mail
from tsunagari.directory.exchange.tables.values.phones import Phone, phones
from tsunagari.directory.exchange.tables.values.places import degrees, point, point_of, postal_code
from tsunagari.directory.exchange.tables.values.plain import Say, itemised, items, several, told, wide

__all__ = [
    "Cost",
    "Phone",
    "Say",
    "ages",
    "clock_of",
    "costs",
    "day_of",
    "degrees",
    "flag",
    "itemised",
    "items",
    "link",
    "mail",
    "phones",
    "point",
    "point_of",
    "postal_code",
    "several",
    "told",
    "wide",
]
