"""Furigana: how kanji are read, written over them as ``<ruby>``.

``readings`` knows how a text is read (Sudachi, and corrections as data), ``markup`` where in a page it may be
written, ``pages`` does it to a response.
"""

from tsunagari.core.furigana.markup import annotate
from tsunagari.core.furigana.readings import align, segments, with_ruby

__all__ = ["align", "annotate", "segments", "with_ruby"]
