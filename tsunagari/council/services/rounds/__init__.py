"""Rounds of consultation, from the text that is put before people to the text that came of it.

``life`` opens, closes and ends rounds · ``asked`` takes what ministries and NPOs say · ``visitors`` takes
what the public says, and reads it before it is shown · ``answers`` groups and answers · ``files`` takes
forms by file. The document's owner needs only what is named here.
"""

from tsunagari.council.services.rounds.life import (
    TRANSITIONS,
    ParagraphText,
    begin_further_round,
    begin_responding,
    close_round,
    extend_round,
    finish_round,
    open_prepared,
    open_round,
    reflect,
    reopen_answers,
)

__all__ = [
    "TRANSITIONS",
    "ParagraphText",
    "begin_further_round",
    "begin_responding",
    "close_round",
    "extend_round",
    "finish_round",
    "open_prepared",
    "open_round",
    "reflect",
    "reopen_answers",
]
