"""Errors that a person is told about."""

from django.utils.functional import Promise


class RuleBroken(Exception):
    """A rule of the field forbids what was asked. Its sentence is for the person; shown with status 422.

    Each service defines its own subclasses beside itself.
    """

    status = 422

    def __init__(self, sentence: str | Promise) -> None:
        super().__init__(sentence)
        self.sentence = sentence
