"""What the keepers of an entry type in. Forms check shape; services decide."""

from tsunagari.directory.forms.entries.channels import ChannelFormSet, channel_rows, initial_channels
from tsunagari.directory.forms.entries.costs import CostFormSet, cost_rows
from tsunagari.directory.forms.entries.entry import EntryForm, codes_of_areas, initial_of
from tsunagari.directory.forms.entries.fields import TextField, plain
from tsunagari.directory.forms.entries.keeping import (
    ChangeWantedForm,
    ReasonForm,
    ReportFilterForm,
    WhomToAskForm,
)
from tsunagari.directory.forms.entries.places import (
    PlaceFormSet,
    initial_places,
    offered_places,
    place_rows,
)

__all__ = [
    "ChangeWantedForm",
    "ChannelFormSet",
    "CostFormSet",
    "EntryForm",
    "PlaceFormSet",
    "ReasonForm",
    "ReportFilterForm",
    "TextField",
    "WhomToAskForm",
    "channel_rows",
    "codes_of_areas",
    "cost_rows",
    "initial_channels",
    "initial_of",
    "initial_places",
    "offered_places",
    "place_rows",
    "plain",
]
