"""The directory's tables: HSDS 3.0 objects with the Japanese profile's extensions.

Field names follow HSDS 3.0 where it has one; what it lacks is marked *extension*. Each table's history is
written by a trigger into ``Metadata`` (HSDS ``metadata``), so that bulk and SQL changes are caught too.
"""

from tsunagari.directory.models.channels import Channel, Contact, Reachability, Schedule
from tsunagari.directory.models.coverage import CoverageWeek
from tsunagari.directory.models.exchange import (
    ForeignFields,
    ImportProblem,
    ImportRow,
    ImportRun,
    MatchKey,
    Merge,
    MergeProposal,
)
from tsunagari.directory.models.history import LoadedData, LoadedEntry, Metadata
from tsunagari.directory.models.organizations import OrganizationProfile
from tsunagari.directory.models.places import (
    Accessibility,
    ConfidentialAddress,
    Language,
    Location,
    ServiceAtLocation,
)
from tsunagari.directory.models.search import HoursPattern, SearchRow
from tsunagari.directory.models.services import (
    CostOption,
    RequiredDocument,
    Service,
    ServiceArea,
    ServiceNeed,
)
from tsunagari.directory.models.taxonomy import Attribute, Taxonomy, TaxonomyTerm
from tsunagari.directory.models.texts import ServiceText
from tsunagari.directory.models.upkeep import (
    ConfirmationMail,
    ConfirmationRequest,
    MistakeReport,
    NightlyRun,
    Operator,
    Revision,
)
from tsunagari.directory.models.uploads import ColumnMapping, ImportUpload

__all__ = [
    "Accessibility",
    "Attribute",
    "Channel",
    "ConfidentialAddress",
    "ConfirmationMail",
    "ConfirmationRequest",
    "ColumnMapping",
    "Contact",
    "CostOption",
    "CoverageWeek",
    "ForeignFields",
    "HoursPattern",
    "ImportProblem",
    "ImportRow",
    "ImportRun",
    "ImportUpload",
    "Language",
    "LoadedData",
    "LoadedEntry",
    "Location",
    "MatchKey",
    "Merge",
    "MergeProposal",
    "Metadata",
    "MistakeReport",
    "NightlyRun",
    "Operator",
    "OrganizationProfile",
    "Reachability",
    "RequiredDocument",
    "Revision",
    "Schedule",
    "SearchRow",
    "Service",
    "ServiceArea",
    "ServiceAtLocation",
    "ServiceNeed",
    "ServiceText",
    "Taxonomy",
    "TaxonomyTerm",
]
