"""HSDS 3.0: as JSON (``json_files``) and tables (``tabular``), read and written by one ``mapping``."""

from django.utils.translation import gettext_lazy as _

from tsunagari.directory.exchange.archives import is_gzip, is_zip, members, open_plain
from tsunagari.directory.exchange.formats import Format, SourceFile, register
from tsunagari.directory.exchange.hsds.json_files import SUFFIXES, read_json
from tsunagari.directory.exchange.hsds.tabular import is_tables, read_tabular


def _looks_tabular(source: SourceFile) -> bool:
    return (source.path.is_dir() or is_zip(source.path)) and is_tables(source)


def _looks_json(source: SourceFile) -> bool:
    if source.path.is_dir() or is_zip(source.path):
        return any(member.name.lower().endswith(SUFFIXES) for member in members(source.path))
    if is_gzip(source.path) and not source.name.lower().endswith(SUFFIXES):
        return False
    with open_plain(source.path) as stream:
        return stream.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


register(Format(key="hsds-csv", label=_("HSDS 3.0（表）"), read=read_tabular, recognises=_looks_tabular))
register(Format(key="hsds-json", label=_("HSDS 3.0（JSON）"), read=read_json, recognises=_looks_json))
