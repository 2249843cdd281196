"""The directory's tables: HSDS 3.0 objects with the Japanese profile's extensions.

Field names follow HSDS 3.0 where it has one; what it lacks is marked *extension*. Each table's history is
written by a trigger into ``Metadata`` (HSDS ``metadata``), so that bulk and SQL changes are caught too.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from tsunagari.accounts.models import Organization
from tsunagari.core.models import Area


def exactly_one_of(*fields: str) -> Exact:
    """A condition: exactly one of these foreign keys is set."""
    return Exact(
        Func(*(F(field) for field in fields), function="num_nonnulls", output_field=models.IntegerField()), 1
    )


class OrganizationProfile(models.Model):
    """The public face of an organisation (HSDS ``organization``)."""

    organization = models.OneToOneField(
        Organization, on_delete=models.CASCADE, primary_key=True, related_name="profile"
    )
    name_en = models.CharField(max_length=200, blank=True)
    alternate_name = models.CharField(max_length=200, blank=True)
    description = models.TextField()
    email = models.EmailField(blank=True)
    website = models.URLField(max_length=500, blank=True)
    year_incorporated = models.PositiveSmallIntegerField(null=True, blank=True)
    legal_status = models.CharField(max_length=100, blank=True)
    modified_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return str(self.organization)


class Taxonomy(models.Model):
    """A classification (HSDS ``taxonomy``): needs, audiences, and others that importers bring."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    description = models.TextField()
    uri = models.URLField(max_length=500, blank=True)
    version = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name_plural = "taxonomies"

    def __str__(self) -> str:
        return self.name


class TaxonomyTerm(models.Model):
    """A term of a taxonomy (HSDS ``taxonomy_term``). A Need is a term of the taxonomy ``need``."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    taxonomy = models.ForeignKey(Taxonomy, on_delete=models.CASCADE, related_name="terms")
    code = models.SlugField(max_length=60)
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True)
    name_kana = models.CharField(max_length=200, blank=True)
    name_easy = models.CharField(max_length=200, blank=True)
    description = models.TextField()
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children"
    )
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "code"]
        constraints = [models.UniqueConstraint(fields=["taxonomy", "code"], name="term_code_once")]

    def __str__(self) -> str:
        return self.name


class Service(models.Model):
    """Something a person can use (HSDS ``service``): a line, an office, a programme, a place."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("利用できます")
        INACTIVE = "inactive", _("いまは行っていません")
        DEFUNCT = "defunct", _("終了しました")
        TEMPORARILY_CLOSED = "temporarily closed", _("お休み中です")

    class Kind(models.TextChoices):
        CONSULTATION = "consultation", _("相談")
        PROGRAMME = "programme", _("支援制度")
        PLACE = "place", _("居場所")
        INFORMATION = "information", _("情報")
        EMERGENCY = "emergency", _("緊急通報")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="services")
    key = models.SlugField(max_length=60, null=True, blank=True)  # noqa: DJ001 - null: not from our data files
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.CONSULTATION)
    name = models.CharField(max_length=200)
    name_kana = models.CharField(max_length=300, blank=True)
    name_en = models.CharField(max_length=200, blank=True)
    alternate_name = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    description_en = models.TextField(blank=True)
    description_easy = models.TextField(blank=True, help_text="やさしい日本語")
    url = models.URLField(max_length=500, blank=True)
    email = models.EmailField(blank=True)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.ACTIVE)
    application_process = models.TextField(blank=True)
    application_process_en = models.TextField(blank=True)
    fees_description = models.TextField(blank=True)
    fees_description_en = models.TextField(blank=True)
    wait_time = models.CharField(max_length=200, blank=True)
    interpretation_services = models.TextField(blank=True)
    eligibility_description = models.TextField(blank=True)
    eligibility_description_en = models.TextField(blank=True)
    minimum_age = models.PositiveSmallIntegerField(null=True, blank=True)
    maximum_age = models.PositiveSmallIntegerField(null=True, blank=True)
    alert = models.TextField(blank=True)
    # extensions
    basis = models.CharField(max_length=200, blank=True, help_text="根拠となる法令")
    audience = ArrayField(models.SlugField(max_length=40), default=list, blank=True)
    needs = models.ManyToManyField(TaxonomyTerm, through="ServiceNeed", related_name="services")
    contact_verified = models.BooleanField(default=True)
    contact_area = models.ForeignKey(
        Area,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="連絡先が未確認のとき、どの自治体に聞けばよいか",
    )
    note = models.TextField(blank=True)
    note_en = models.TextField(blank=True)
    as_of = models.CharField(max_length=7, blank=True, help_text="情報の時点 (YYYY-MM)")
    certainty = models.CharField(max_length=10, blank=True)
    assured_on = models.DateField(null=True, blank=True)
    assurer_email = models.EmailField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    modified_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["name_kana", "name", "id"]
        indexes = [
            models.Index(fields=["key"], name="service_key"),
            models.Index(fields=["modified_at"], name="service_modified"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(minimum_age=None) | Q(maximum_age=None) | Q(minimum_age__lte=F("maximum_age")),
                name="service_ages_in_order",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["active", "inactive", "defunct", "temporarily closed"]),
                name="service_status_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ServiceNeed(models.Model):
    """A service answers a need (HSDS ``attribute`` with a taxonomy term)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="service_needs")
    term = models.ForeignKey(TaxonomyTerm, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["service", "term"], name="service_need_once")]

    def __str__(self) -> str:
        return f"{self.service_id}: {self.term_id}"


class Attribute(models.Model):
    """A taxonomy term on any other object (HSDS ``attribute``)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    link_id = models.UUIDField()
    link_entity = models.CharField(max_length=40)
    term = models.ForeignKey(TaxonomyTerm, on_delete=models.CASCADE, related_name="attributes")
    value = models.CharField(max_length=500, blank=True)
    label = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["link_entity", "link_id"], name="attribute_link")]

    def __str__(self) -> str:
        return f"{self.link_entity} {self.link_id}: {self.term_id}"


class ServiceArea(models.Model):
    """Where a service may be used from (HSDS ``service_area``): an area, or the nation (null)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="service_areas")
    area = models.ForeignKey(Area, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    description = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service", "area"], nulls_distinct=False, name="service_area_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.area) if self.area else str(_("全国"))


class Location(models.Model):
    """A place (HSDS ``location`` with its one address)."""

    class Type(models.TextChoices):
        PHYSICAL = "physical", _("場所")
        POSTAL = "postal", _("郵便")
        VIRTUAL = "virtual", _("オンライン")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.ForeignKey(
        Organization, null=True, blank=True, on_delete=models.CASCADE, related_name="locations"
    )
    location_type = models.CharField(max_length=10, choices=Type.choices, default=Type.PHYSICAL)
    name = models.CharField(max_length=200, blank=True)
    name_kana = models.CharField(max_length=300, blank=True)
    alternate_name = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    transportation = models.TextField(blank=True)
    url = models.URLField(max_length=500, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    # the address (HSDS `address`); the municipality gives city and state_province
    area = models.ForeignKey(Area, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    address_1 = models.CharField(max_length=200, blank=True)
    address_2 = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=8, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(latitude=None, longitude=None)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="location_point_on_earth",
            ),
            models.CheckConstraint(
                condition=Q(postal_code="") | Q(postal_code__regex=r"^[0-9]{3}-?[0-9]{4}$"),
                name="location_postal_code",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ServiceAtLocation(models.Model):
    """A service offered at a place (HSDS ``service_at_location``)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="at_locations")
    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="services_here")
    description = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "location"], name="service_location_once")]

    def __str__(self) -> str:
        return f"{self.service} @ {self.location}"


class Contact(models.Model):
    """A desk or function to ask for (HSDS ``contact``); never a private person's name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.ForeignKey(
        Organization, null=True, blank=True, on_delete=models.CASCADE, related_name="contacts"
    )
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.CASCADE, related_name="contacts"
    )
    location = models.ForeignKey(
        Location, null=True, blank=True, on_delete=models.CASCADE, related_name="contacts"
    )
    name = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=200, blank=True)
    department = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)

    def __str__(self) -> str:
        return self.department or self.name


class Channel(models.Model):
    """A way to reach a service or organisation (*extension*; the kind ``phone`` is HSDS ``phone``)."""

    class Type(models.TextChoices):
        PHONE = "phone", _("電話")
        CHAT = "chat", _("チャット")
        LINE = "line", _("LINE")
        EMAIL = "email", _("メール")
        VISIT = "visit", _("訪問・来所")
        WEB = "web", _("ウェブ")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.CASCADE, related_name="channels"
    )
    organization = models.ForeignKey(
        Organization, null=True, blank=True, on_delete=models.CASCADE, related_name="channels"
    )
    location = models.ForeignKey(
        Location, null=True, blank=True, on_delete=models.CASCADE, related_name="channels"
    )
    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.CASCADE, related_name="channels"
    )
    service_at_location = models.ForeignKey(
        ServiceAtLocation, null=True, blank=True, on_delete=models.CASCADE, related_name="channels"
    )
    type = models.CharField(max_length=8, choices=Type.choices)
    value = models.CharField(max_length=500, help_text="電話番号、URL、LINEの名前、メールアドレス")
    extension = models.CharField(max_length=20, blank=True)
    label = models.CharField(max_length=200, blank=True)
    label_en = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    note_en = models.TextField(blank=True)
    toll_free = models.BooleanField(null=True, blank=True)
    from_mobile = models.BooleanField(null=True, blank=True, help_text="携帯電話からつながるか")
    languages = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=exactly_one_of(
                    "service", "organization", "location", "contact", "service_at_location"
                ),
                name="channel_one_owner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.value}"


class Schedule(models.Model):
    """One opening period or one closure (HSDS ``schedule``: RFC 5545 rules).

    Minutes count from midnight of the start day in Asia/Tokyo; ``closes_minute`` may reach 2880, so that
    16:00–翌2:00 is 960–1560. ``holidays`` is an *extension*: see ``schedules.Period``.
    """

    class Holidays(models.TextChoices):
        AS_WEEKDAY = "as_weekday", _("祝日も同じ")
        ALSO = "also", _("祝日も")
        ONLY = "only", _("祝日だけ")
        NEVER = "never", _("祝日を除く")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    channel = models.ForeignKey(
        Channel, null=True, blank=True, on_delete=models.CASCADE, related_name="schedules"
    )
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.CASCADE, related_name="schedules"
    )
    location = models.ForeignKey(
        Location, null=True, blank=True, on_delete=models.CASCADE, related_name="schedules"
    )
    service_at_location = models.ForeignKey(
        ServiceAtLocation, null=True, blank=True, on_delete=models.CASCADE, related_name="schedules"
    )
    is_closure = models.BooleanField(default=False)
    closed_from = models.CharField(max_length=10, blank=True, help_text="MM-DD または YYYY-MM-DD")
    closed_to = models.CharField(max_length=10, blank=True)
    freq = models.CharField(max_length=8, default="WEEKLY")
    interval = models.PositiveIntegerField(default=1)
    byday = models.CharField(max_length=60, blank=True)
    bymonthday = models.CharField(max_length=120, blank=True)
    byyearday = models.CharField(max_length=120, blank=True)
    byweekno = models.CharField(max_length=120, blank=True)
    bymonth = models.CharField(max_length=60, blank=True)
    bysetpos = models.CharField(max_length=120, blank=True)
    count = models.PositiveIntegerField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    dtstart = models.DateField(null=True, blank=True)
    wkst = models.CharField(max_length=2, default="MO")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    opens_minute = models.PositiveSmallIntegerField(null=True, blank=True)
    closes_minute = models.PositiveSmallIntegerField(null=True, blank=True)
    holidays = models.CharField(max_length=10, choices=Holidays.choices, default=Holidays.NEVER)
    description = models.TextField(blank=True)
    attending_type = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=exactly_one_of("channel", "service", "location", "service_at_location"),
                name="schedule_one_owner",
            ),
            models.CheckConstraint(
                condition=Q(is_closure=True, closed_from__gt="", closed_to__gt="", opens_minute=None)
                | Q(
                    is_closure=False,
                    opens_minute__range=(0, 1439),
                    closes_minute__lte=2880,
                    closes_minute__gt=F("opens_minute"),
                ),
                name="schedule_period_or_closure",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.freq} {self.byday} {self.opens_minute}-{self.closes_minute}"


class Language(models.Model):
    """A language in which a service can be used (HSDS ``language``; ISO 639 code)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.CASCADE, related_name="languages"
    )
    location = models.ForeignKey(
        Location, null=True, blank=True, on_delete=models.CASCADE, related_name="languages"
    )
    code = models.CharField(max_length=8)
    note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service", "location", "code"], nulls_distinct=False, name="language_once"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class CostOption(models.Model):
    """What it costs (HSDS ``cost_option``)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="cost_options")
    option = models.CharField(max_length=200, blank=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, default="JPY")
    amount_description = models.CharField(max_length=500, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.option


class Accessibility(models.Model):
    """How a place can be used by people with disabilities (HSDS ``accessibility``)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="accessibility")
    description = models.TextField()
    details = models.TextField(blank=True)
    url = models.URLField(max_length=500, blank=True)

    class Meta:
        verbose_name_plural = "accessibilities"

    def __str__(self) -> str:
        return self.description


class RequiredDocument(models.Model):
    """What to bring (HSDS ``required_document``)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="required_documents")
    document = models.CharField(max_length=300)
    document_en = models.CharField(max_length=300, blank=True)
    uri = models.URLField(max_length=500, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.document


class Reachability(models.Model):
    """How often a channel answers (*extension*): an observation with its source and date."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="reachability")
    attempts = models.PositiveIntegerField()
    answered = models.PositiveIntegerField()
    typical_wait_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    source = models.CharField(max_length=300)
    observed_on = models.DateField()

    class Meta:
        ordering = ["-observed_on"]
        verbose_name_plural = "reachabilities"
        constraints = [
            models.CheckConstraint(
                condition=Q(attempts__gt=0, answered__lte=F("attempts")), name="reachability_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.answered}/{self.attempts}"


class Metadata(models.Model):
    """One changed field of one object (HSDS ``metadata``), written by triggers only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    resource_id = models.UUIDField()
    resource_type = models.CharField(max_length=40)
    last_action_date = models.DateTimeField(db_default=Now())
    last_action_type = models.CharField(max_length=10)
    field_name = models.CharField(max_length=60)
    previous_value = models.TextField(blank=True)
    replacement_value = models.TextField(blank=True)
    updated_by = models.CharField(max_length=100)

    class Meta:
        verbose_name_plural = "metadata"
        indexes = [models.Index(fields=["resource_id", "last_action_date"], name="metadata_resource")]

    def __str__(self) -> str:
        return f"{self.resource_type} {self.resource_id} {self.field_name}"


class MistakeReport(models.Model):
    """A visitor says that an entry is wrong. No name, no address: only what is wrong."""

    class State(models.TextChoices):
        OPEN = "open", _("未対応")
        ACCEPTED = "accepted", _("直しました")
        DECLINED = "declined", _("直しません")

    class Kind(models.TextChoices):
        NUMBER = "number", _("番号がちがう・つながらない")
        HOURS = "hours", _("時間がちがう")
        CLOSED = "closed", _("もうやっていない")
        OTHER = "other", _("そのほか")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="mistake_reports")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.service_id} {self.kind}"


class HoursPattern(models.Model):
    """One distinct set of opening hours, shared by all services that have it (see ``search``).

    ``hours`` is {channel type: [canonical JSON of ``schedules.Hours``, or null where not known, …]}, one for
    each channel of a type that lets a person talk to somebody (phone, chat, line, visit). There are few
    patterns, so "open now" is decided once a minute for each and becomes ``hours_id = ANY(…)``.
    """

    id = models.AutoField(primary_key=True)
    digest = models.BinaryField(max_length=32, unique=True)
    hours = models.JSONField()

    def __str__(self) -> str:
        return f"hours {self.pk}"


class SearchRow(models.Model):
    """One service in one of its areas, ready to be searched: written by ``search.index`` only."""

    id = models.BigAutoField(primary_key=True)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="search_rows", db_index=True)
    area_code = models.CharField(max_length=6, help_text="000000: nationwide")
    quality = models.FloatField(help_text="static prior, 0 to 1: verified, fresh, reachable, complete")
    hours = models.ForeignKey(
        HoursPattern, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind_key = models.CharField(max_length=60, blank=True, help_text="municipal kind, '' for others")
    channels = ArrayField(models.CharField(max_length=8), default=list)
    needs = ArrayField(models.CharField(max_length=60), default=list)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    document = SearchVectorField()
    bigrams = ArrayField(models.CharField(max_length=2), default=list)
    dictionary = models.CharField(max_length=40, help_text="version of the dictionary that made the tokens")

    class Meta:
        indexes = [
            models.Index(fields=["area_code", "-quality", "id"], name="search_area_quality"),
            models.Index(fields=["-quality", "id"], name="search_walk", condition=Q(kind_key="")),
            GinIndex(fields=["document"], name="search_document"),
            GinIndex(fields=["bigrams"], name="search_bigrams"),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.area_code}"


class LoadedData(models.Model):
    """Which version of ``data/`` stands in the database, so that a start loads only what changed."""

    name = models.CharField(max_length=40, primary_key=True)
    digest = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "loaded data"

    def __str__(self) -> str:
        return self.name
