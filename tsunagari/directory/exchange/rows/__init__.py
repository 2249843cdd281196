"""Records → rows of tables, checked: lengths, URLs, enumerations, ids, references. For every format alike."""

from tsunagari.directory.exchange.rows.services import Rows

__all__ = ["Rows"]
