"""Every table of the directory that holds public facts has its history."""

import importlib

from django.apps import apps

from tsunagari.directory.models import (
    ConfidentialAddress,
    CoverageWeek,
    HoursPattern,
    LoadedData,
    Metadata,
    MistakeReport,
    SearchRow,
)

# derived or not public facts: the index, the history itself, what visitors report, the loader's mark,
# and what nobody may ever read in a history
WITHOUT_HISTORY = {
    ConfidentialAddress,
    CoverageWeek,
    HoursPattern,
    LoadedData,
    Metadata,
    MistakeReport,
    SearchRow,
}


def test_a_new_table_is_not_forgotten():
    migration = importlib.import_module("tsunagari.directory.migrations.0002_history")
    models = set(apps.get_app_config("directory").get_models()) - WITHOUT_HISTORY
    assert {f"directory_{table}" for table in migration.TABLES} == {model._meta.db_table for model in models}
