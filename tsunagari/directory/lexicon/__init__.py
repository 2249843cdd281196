"""The lexicon: what people in trouble really type → their needs, and signs of danger (data/lexicon/)."""

from tsunagari.directory.lexicon.engine import Lexicon, crisis_signals, lexicon, load_lexicon, understand
from tsunagari.directory.lexicon.types import CrisisSignal, LexiconError, NeedMatch, Understanding

__all__ = [
    "CrisisSignal",
    "Lexicon",
    "LexiconError",
    "NeedMatch",
    "Understanding",
    "crisis_signals",
    "lexicon",
    "load_lexicon",
    "understand",
]
