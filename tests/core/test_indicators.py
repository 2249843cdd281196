"""The registry of figures."""

from datetime import date

import pytest

from tsunagari.core.indicators import (
    NOT_MEASURED,
    DuplicateIndicator,
    Observation,
    Period,
    UnknownIndicator,
    indicator,
    indicators,
    observe,
)

YEAR = Period(date(2026, 4, 1), date(2027, 3, 31))


def test_a_registered_figure_is_found_and_computed():
    @indicator(key="test.share", name_ja="割合", name_en="Share", unit="ratio")
    def share(area, period):
        return Observation(value=0.25, numerator=1, denominator=4)

    assert observe("test.share", None, YEAR).value == 0.25
    assert "test.share" in [found.key for found in indicators()]
    with pytest.raises(DuplicateIndicator):
        indicator(key="test.share", name_ja="", name_en="", unit="")(share)


def test_an_unknown_key_is_an_error_and_not_a_zero():
    with pytest.raises(UnknownIndicator):
        observe("test.nothing", None, YEAR)


def test_not_measured_is_a_value():
    assert NOT_MEASURED.value is None
    assert not NOT_MEASURED.suppressed


def test_a_suppressed_figure_cannot_carry_what_it_hides():
    assert Observation(value=None, denominator=12, suppressed=True).suppressed
    with pytest.raises(ValueError, match="suppressed"):
        Observation(value=0.1, suppressed=True)
    with pytest.raises(ValueError, match="suppressed"):
        Observation(value=None, numerator=3, suppressed=True)


def test_a_period_does_not_end_before_it_begins():
    with pytest.raises(ValueError, match="ends"):
        Period(date(2026, 4, 2), date(2026, 4, 1))
