"""Places whose address nobody may learn, such as shelters.

The database refuses any address in a confidential place (`location_confidential_tells_nothing`). If the
organisation wants to keep it, it is sealed under the master key; reading it is written down, and erasing it
leaves nothing but the mark. What stood in the history, in other texts and in working tables goes with it.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, models, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import User
from tsunagari.accounts.services import record_reading
from tsunagari.core.areas import area_tree
from tsunagari.core.crypto import BadToken, derive_key, seal, unseal
from tsunagari.core.errors import RuleBroken
from tsunagari.directory.models import (
    Accessibility,
    Channel,
    ConfidentialAddress,
    Contact,
    ForeignFields,
    Location,
    OrganizationProfile,
    Service,
    ServiceAtLocation,
)
from tsunagari.directory.models.places import TELLING_TEXTS
from tsunagari.directory.search.index import reindex_services
from tsunagari.directory.selectors.places import places_kept_by
from tsunagari.directory.services.forgetting import (
    POINT,
    Said,
    blank_history,
    public_texts,
    scrub_working_tables,
    texts_of,
)
from tsunagari.directory.told_addresses import Tell, tell_of

PURPOSE = "directory-confidential-address"
SUBJECT = "directory.confidential_address"
BASIS = "own_place"
MOST_NAMED = 3
"""Texts that are named in a refusal; more would not be read."""


class AlreadyConfidential(RuleBroken):
    """The place is confidential already."""


class NotConfidential(RuleBroken):
    """The place is not confidential."""


class AddressTold(RuleBroken):
    """A text that the public reads says where a confidential place is."""


class ConfidentialPlace(RuleBroken):
    """Something brings an address for a confidential place."""


class NothingSealed(RuleBroken):
    """No address is kept of this place."""


class CannotOpen(RuleBroken):
    """The sealed address cannot be opened: it was sealed under another key."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The sealed address, opened: column → value, and texts that hung on the place."""

    address: dict[str, Any]
    around: list[str]


@transaction.atomic
def make_confidential(
    *, actor: User, location_id: UUID, keep_address: bool, tell_prefecture: bool, at: datetime
) -> Location:
    """Take a place's address out of everything that anybody can read; sealed it stays, if wanted.

    Gone are: the address and what else says where it is, its accessibility, ways to visit it, earlier values
    in the history, copies in drafts, imports and merges. Its services get no point in the search.

    Raises:
        Location.DoesNotExist: no place that the actor keeps.
        AlreadyConfidential: it is so already.
        AddressTold: other texts of the organisation tell the address; nothing was changed.
    """
    place = places_kept_by(actor).select_for_update(of=("self",)).get(pk=location_id)
    if place.confidential:
        raise AlreadyConfidential(_("この場所は、もう所在地を知らせないことになっています。"))
    act_as(actor)
    around = _Around.of(place)
    values = {name: getattr(place, name) for name in (*TELLING_TEXTS, *POINT)} | {"area_id": place.area_id}
    tells = [tell_of(values), *(tell_of({"address_1": channel.value}) for channel in around.visits)]
    organizations, services = _concerned(place)
    own = {place.pk, *around.ids}
    ids: set[UUID] = set()
    told = []
    for said in public_texts(organizations, services):
        ids.add(said.row.pk)
        if said.row.pk not in own and any(tell.is_in(said.text) for tell in tells):
            told.append(said)
    _refuse(told)
    area = area_tree()[place.area_id].prefecture_code if tell_prefecture and place.area_id else None
    Location.objects.filter(pk=place.pk).update(
        confidential=True,
        area=area,
        organization=place.organization_id or _offering(place),
        **dict.fromkeys(TELLING_TEXTS, ""),
        **dict.fromkeys(POINT),
    )
    kept_around = around.clear()
    blank_history(whole=own, also=ids - own, tells=tells)
    scrub_working_tables(
        location_id=place.pk,
        organizations=organizations,
        services=services,
        values=values,
        tells=tells,
    )
    content = {"address": values, "around": kept_around}
    ConfidentialAddress.objects.update_or_create(
        location=place,
        defaults={
            "sealed": _sealed(place.pk, content) if keep_address else None,
            "sealed_at": at,
            "sealed_by": actor,
            "erased_at": None if keep_address else at,
            "erased_by": None if keep_address else actor,
        },
    )
    reindex_services(sorted(services))
    place.refresh_from_db()
    return place


@transaction.atomic
def read_sealed_address(*, actor: User, location_id: UUID, at: datetime) -> Kept:
    """Open the sealed address, and write down that the actor has read it.

    Raises:
        Location.DoesNotExist: no place that the actor keeps.
        NothingSealed: it was erased, or never kept.
        CannotOpen: it was sealed under another key.
    """
    place, record = _kept_record(actor, location_id)
    if record is None or record.sealed is None:
        raise NothingSealed(_("この場所の住所は、残っていません。"))
    if place.organization is None:
        raise NothingSealed(_("この場所の住所は、残っていません。"))
    record_reading(
        actor=actor,
        organization=place.organization,
        subject_type=SUBJECT,
        subject_id=place.pk,
        person_ref=None,
        basis=BASIS,
        at=at,
    )
    return _opened(record)


@transaction.atomic
def erase_sealed_address(*, actor: User, location_id: UUID, at: datetime) -> None:
    """Erase the sealed address. It cannot be brought back; copies in backups end when those expire.

    Raises:
        Location.DoesNotExist: no place that the actor keeps.
        NothingSealed: there is none.
    """
    place, record = _kept_record(actor, location_id)
    erased = ConfidentialAddress.objects.filter(location=place, sealed__isnull=False).update(
        sealed=None, erased_at=at, erased_by=actor
    )
    if record is None or not erased:
        raise NothingSealed(_("この場所の住所は、残っていません。"))


@transaction.atomic
def lift_confidentiality(*, actor: User, location_id: UUID) -> Location:
    """Let a place be known again. It comes back empty, and what was sealed is erased: nothing is published.

    Raises:
        Location.DoesNotExist: no place that the actor keeps.
        NotConfidential: it is not confidential.
    """
    place, record = _kept_record(actor, location_id)
    if not place.confidential:
        raise NotConfidential(_("この場所は、所在地を知らせないことになっていません。"))
    act_as(actor)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('tsunagari.lifts', %s, true)", [str(place.pk)])
    if record is not None:
        record.delete()
    Location.objects.filter(pk=place.pk).update(confidential=False)
    place.refresh_from_db()
    return place


def act_as(actor: User) -> None:
    """Let the history say that a member of staff made the changes of this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('tsunagari.actor', %s, true)", [f"user:{actor.pk}"])


def refuse_told_addresses(rows: Mapping[UUID, Iterable[models.Model]]) -> None:
    """Refuse rows, saved or not, whose texts say where a confidential place of their organisation is.

    ``rows`` are listed by organisation. Only addresses that are kept sealed can be compared; of erased ones
    nobody knows any more. One query where nobody keeps one.

    Raises:
        AddressTold: a text tells it; the sentence names the texts, never the address.
    """
    for organization, tells in tells_of(rows).items():
        told = [said for said in texts_of(rows[organization]) if any(tell.is_in(said.text) for tell in tells)]
        _refuse(told)


def refuse_public_addresses(organizations: Iterable[UUID]) -> None:
    """Refuse what stands, or is about to: a public text of these organisations that tells a secret address.

    Raises:
        AddressTold: a text tells it.
    """
    for organization, tells in tells_of(organizations).items():
        _refuse(
            [said for said in public_texts([organization]) if any(tell.is_in(said.text) for tell in tells)]
        )


def tells_of(organizations: Iterable[UUID]) -> dict[UUID, list[Tell]]:
    """What gives away the confidential places of these organisations, as far as their addresses are kept."""
    records = ConfidentialAddress.objects.filter(
        location__organization__in=list(organizations), sealed__isnull=False
    ).select_related("location")
    found: dict[UUID, list[Tell]] = {}
    for record in records:
        try:
            kept = _opened(record)
        except CannotOpen:
            continue
        tells = [tell_of(kept.address), *(tell_of({"address_1": text}) for text in kept.around)]
        if record.location.organization_id:
            found.setdefault(record.location.organization_id, []).extend(tells)
    return found


def keep_confidential(locations: Iterable[Location]) -> None:
    """Leave the mark on places, not saved yet, that are confidential in the database.

    Raises:
        ConfidentialPlace: one of them brings an address.
    """
    given = {location.pk: location for location in locations}
    hidden = Location.objects.filter(pk__in=given, confidential=True)
    for stored in hidden:
        location = given[stored.pk]
        area = location.area_id if location.area_id != stored.area_id else None
        if area or any(getattr(location, name) for name in TELLING_TEXTS) or location.latitude is not None:
            raise ConfidentialPlace(
                _("所在地を知らせない場所（%(id)s）に、住所や場所の説明は入れられません。")
                % {"id": stored.pk}
            )
        location.confidential = True


# -- inside ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Around:
    """What hangs on a place and may say where it is."""

    accessibility: list[Accessibility]
    visits: list[Channel]
    at_location: list[ServiceAtLocation]
    ids: set[UUID]

    @classmethod
    def of(cls, place: Location) -> "_Around":
        at_location = list(ServiceAtLocation.objects.filter(location=place))
        contacts = list(Contact.objects.filter(location=place))
        channels = list(
            Channel.objects.filter(
                models.Q(location=place)
                | models.Q(service_at_location__in=at_location)
                | models.Q(contact__in=contacts)
            )
        )
        accessibility = list(Accessibility.objects.filter(location=place))
        visits = [channel for channel in channels if channel.type == Channel.Type.VISIT]
        ids = {row.pk for row in (*accessibility, *visits, *at_location)}
        return cls(accessibility, visits, at_location, ids)

    def clear(self) -> list[str]:
        """Remove it; returns the texts, for the seal."""
        texts = [channel.value for channel in self.visits]
        texts += [text for row in self.accessibility for text in (row.description, row.details)]
        texts += [row.description for row in self.at_location]
        Accessibility.objects.filter(pk__in=[row.pk for row in self.accessibility]).delete()
        Channel.objects.filter(pk__in=[channel.pk for channel in self.visits]).delete()
        told = [row.pk for row in self.at_location if row.description]
        ServiceAtLocation.objects.filter(pk__in=told).update(description="")
        places = {row.location_id for row in self.at_location}
        ForeignFields.objects.filter(link_id__in=places).delete()
        return [text for text in texts if text]


def _concerned(place: Location) -> tuple[set[UUID], set[UUID]]:
    """Organisations and services whose texts may tell the place."""
    offered = list(Service.objects.filter(at_locations__location=place).values_list("pk", "organization"))
    organizations = {organization for _, organization in offered}
    if place.organization_id:
        organizations.add(place.organization_id)
    return organizations, {service for service, _ in offered}


def _offering(place: Location) -> UUID | None:
    """Who offers services at a place that has no owner."""
    return (
        Service.objects.filter(at_locations__location=place)
        .order_by("pk")
        .values_list("organization", flat=True)
    ).first()


def _refuse(told: list[Said]) -> None:
    if not told:
        return
    named = list(dict.fromkeys(_place_of(said) for said in told))
    listed = "、".join(named[:MOST_NAMED])
    if len(named) > MOST_NAMED:
        listed += gettext(" ほか")
    raise AddressTold(
        gettext("ほかの文に、所在地がわかることばがあります。先にそこを書きかえてください：%(where)s")
        % {"where": listed}
    )


def _place_of(said: Said) -> str:
    """Where a text stands, in words: 「夜の電話」（note）."""
    row = said.row
    service = row if isinstance(row, Service) else getattr(row, "service", None)
    organization = row.organization if isinstance(row, OrganizationProfile) else None
    name = getattr(service or organization or row, "name", "") or type(row).__name__
    inner = "" if service is row or organization else f"{type(row).__name__}."
    return f"「{name}」（{inner}{said.field}）"


def _kept_record(actor: User, location_id: UUID) -> tuple[Location, ConfidentialAddress | None]:
    place = places_kept_by(actor).select_for_update(of=("self",)).get(pk=location_id)
    return place, ConfidentialAddress.objects.filter(location=place).first()


def _sealed(location_id: UUID, content: dict[str, Any]) -> bytes:
    plain = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return seal(derive_key(settings.MASTER_KEY, PURPOSE), plain, location_id.bytes)


def _opened(record: ConfidentialAddress) -> Kept:
    key = derive_key(settings.MASTER_KEY, PURPOSE)
    try:
        plain = unseal(key, bytes(record.sealed or b""), record.location_id.bytes)
    except BadToken as error:
        raise CannotOpen(_("住所を開けません。封をしたときの鍵と、いまの鍵がちがいます。")) from error
    content = json.loads(plain)
    return Kept(address=content["address"], around=content["around"])
