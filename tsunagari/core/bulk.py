"""Many rows at once: inserted by COPY, where triggers and constraints hold; named by one parameter."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import connection, models
from django.db.models.expressions import DatabaseDefault, RawSQL


def copy_models(rows: Sequence[models.Model]) -> int:
    """Insert these unsaved instances of one model, keys included, in the current transaction.

    Columns whose value is left to the database (``db_default``) are left out: all rows must leave the same.

    Returns:
        How many rows were inserted.
    """
    if not rows:
        return 0
    model = type(rows[0])
    fields = [
        field
        for field in model._meta.concrete_fields
        if not isinstance(getattr(rows[0], field.attname), DatabaseDefault)
    ]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.get_attname_column()[1] or "") for field in fields)
    prepared = [(field.attname, field.get_db_prep_save) for field in fields]
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row([prepare(getattr(row, name), connection) for name, prepare in prepared])
    return len(rows)


def uuid_array(ids: Iterable[UUID | str]) -> str:
    """These ids in PostgreSQL's text form of an array, for ``ANY(%s::uuid[])``."""
    return f"{{{','.join(map(str, ids))}}}"


def given(ids: Iterable[UUID | str]) -> RawSQL:
    """These ids as one parameter, for ``pk__in``: thousands of placeholders cost more than the rows."""
    return RawSQL("SELECT unnest(%s::uuid[])", [uuid_array(ids)])
