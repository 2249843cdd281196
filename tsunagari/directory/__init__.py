"""The directory: organisations, services, places and their hours (HSDS 3.0), search and open data."""
