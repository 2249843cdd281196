"""Running tsunagari: installation, the embedded PostgreSQL, the supervisor, backups, message catalogues.

Nothing here imports Django when it is imported: the supervisor has to start before there is a database, and
``install`` before there is Django.
"""
