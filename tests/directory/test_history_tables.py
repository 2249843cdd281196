"""Every table of the directory that holds public facts has its history."""

import importlib
import pkgutil

from django.apps import apps

from tsunagari.directory.models import (
    ColumnMapping,
    ConfidentialAddress,
    ConfirmationMail,
    ConfirmationRequest,
    CoverageWeek,
    HoursPattern,
    ImportProblem,
    ImportRow,
    ImportRun,
    ImportUpload,
    LoadedData,
    LoadedEntry,
    MatchKey,
    Merge,
    MergeProposal,
    Metadata,
    MistakeReport,
    NightlyRun,
    Operator,
    Revision,
    SearchRow,
)

# derived or not public facts: the index, the history itself, imports, drafts, questions and reports, who runs
# the platform, the marks of jobs, and what nobody may ever read in a history
WITHOUT_HISTORY = {
    ColumnMapping,
    ConfidentialAddress,
    ConfirmationMail,
    ConfirmationRequest,
    CoverageWeek,
    HoursPattern,
    ImportProblem,
    ImportRow,
    ImportRun,
    ImportUpload,
    LoadedData,
    LoadedEntry,
    MatchKey,
    Merge,
    MergeProposal,
    Metadata,
    MistakeReport,
    NightlyRun,
    Operator,
    Revision,
    SearchRow,
}


def tables_with_history() -> set[str]:
    """The tables to which the migrations give the history's triggers: each says so in its ``TABLES``."""
    package = importlib.import_module("tsunagari.directory.migrations")
    modules = [
        importlib.import_module(f"{package.__name__}.{module.name}")
        for module in pkgutil.iter_modules(package.__path__)
    ]
    return {f"directory_{table}" for module in modules for table in getattr(module, "TABLES", {})}


def test_a_new_table_is_not_forgotten():
    models = set(apps.get_app_config("directory").get_models()) - WITHOUT_HISTORY
    assert tables_with_history() == {model._meta.db_table for model in models}
