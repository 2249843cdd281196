"""People who work here, the organisations they work for, and two ledgers that can only grow.

`RecordReading` and `AccountEvent` are append-only: a trigger (migration 0001) refuses UPDATE and DELETE.
"""

from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What somebody does for an organisation. `core.access.roles` takes these strings."""

    ADMIN = "admin", _("管理者")
    EDITOR = "editor", _("掲載担当")
    COUNSELLOR = "counsellor", _("相談員")
    SUPERVISOR = "supervisor", _("スーパーバイザー")
    CASEWORKER = "caseworker", _("支援員")
    LINK_WORKER = "link_worker", _("リンクワーカー")
    OFFICER = "officer", _("行政担当")
    PRIVACY_OFFICER = "privacy_officer", _("個人情報保護担当")
    RESEARCHER = "researcher", _("調査担当")
    SECRETARY = "secretary", _("会議庶務")
    VIEWER = "viewer", _("閲覧")


MFA_ROLES = frozenset(
    {Role.ADMIN, Role.COUNSELLOR, Role.SUPERVISOR, Role.CASEWORKER, Role.LINK_WORKER, Role.PRIVACY_OFFICER}
)
"""Roles that read persons' records (or let others do so): a second factor is required."""


class UserManager(BaseUserManager["User"]):
    """Makes users; addresses are kept in small letters so that one address is one person."""

    def create_user(
        self, *, email: str, display_name: str, password: str | None = None, language: str = "ja"
    ) -> "User":
        """Create a user. Without a password the account can only be entered by a reset or a passkey."""
        user = self.model(email=email.strip().lower(), display_name=display_name, language=language)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find a user by address, whatever its letters' case."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A member of staff. What the user may do follows from memberships alone."""

    class Language(models.TextChoices):
        JA = "ja", _("日本語")
        EN = "en", _("English")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    email = models.EmailField(_("メールアドレス"), unique=True)
    display_name = models.CharField(_("表示名"), max_length=80)
    is_active = models.BooleanField(default=True)
    language = models.CharField(_("表示言語"), max_length=5, choices=Language.choices, default=Language.JA)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["display_name"]

    class Meta:
        constraints = [
            # With `unique`, this makes the address unique whatever its case.
            models.CheckConstraint(name="user_email_in_small_letters", condition=Q(email=Lower("email"))),
        ]

    def __str__(self) -> str:
        return self.display_name

    def get_full_name(self) -> str:
        """The name shown to colleagues (Django and allauth ask for it under this name)."""
        return self.display_name


class Organization(models.Model):
    """An organisation's identity. Its public face is `directory.OrganizationProfile`."""

    class Kind(models.TextChoices):
        MINISTRY = "ministry", _("府省")
        PREFECTURE = "prefecture", _("都道府県")
        MUNICIPALITY = "municipality", _("市区町村")
        NPO = "npo", _("NPO・市民団体")
        PUBLIC_BODY = "public_body", _("公的団体")
        COMPANY = "company", _("企業")
        OTHER = "other", _("その他")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(_("名称"), max_length=200)
    name_kana = models.CharField(_("名称（かな）"), max_length=200, blank=True)
    kind = models.CharField(_("種別"), max_length=20, choices=Kind.choices)
    area = models.ForeignKey(
        "core.Area", verbose_name=_("地域"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    corporate_number = models.CharField(_("法人番号"), max_length=13, blank=True)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["name_kana", "name"], name="organization_by_kana")]
        constraints = [
            models.CheckConstraint(
                name="organization_kind_known",
                condition=Q(
                    kind__in=[
                        "ministry",
                        "prefecture",
                        "municipality",
                        "npo",
                        "public_body",
                        "company",
                        "other",
                    ]
                ),
            ),
            # 法人番号: 12 digits behind a check digit (平成26年財務省令第70号 第2条); function in 0001.
            models.CheckConstraint(
                name="organization_corporate_number_valid",
                condition=Func(
                    F("corporate_number"),
                    function="accounts_corporate_number_valid",
                    output_field=models.BooleanField(),
                ),
            ),
            models.UniqueConstraint(
                name="organization_corporate_number_once",
                fields=["corporate_number"],
                condition=~Q(corporate_number="") & Q(parent=None),
            ),
            models.CheckConstraint(name="organization_not_own_parent", condition=~Q(parent=F("id"))),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """Somebody's role in an organisation for a time; a change of role ends one and starts another."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(_("役割"), max_length=20, choices=Role.choices)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organization", "ended_at"], name="membership_of_organization")]
        constraints = [
            models.UniqueConstraint(
                name="membership_active_once",
                fields=["user", "organization", "role"],
                condition=Q(ended_at=None),
            ),
            models.CheckConstraint(
                name="membership_ends_after_start",
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")),
            ),
            models.CheckConstraint(name="membership_role_known", condition=Q(role__in=Role.values)),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.organization_id}"


class Invitation(models.Model):
    """An offer of a membership, sent to an address. Only a hash of its token is kept."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    email = models.EmailField(_("メールアドレス"))
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="invitations")
    role = models.CharField(_("役割"), max_length=20, choices=Role.choices)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="invitation_email_in_small_letters", condition=Q(email=Lower("email"))
            ),
            models.CheckConstraint(
                name="invitation_accepted_or_revoked", condition=Q(accepted_at=None) | Q(revoked_at=None)
            ),
            models.UniqueConstraint(
                name="invitation_open_once",
                fields=["organization", "email", "role"],
                condition=Q(accepted_at=None, revoked_at=None),
            ),
            models.CheckConstraint(name="invitation_role_known", condition=Q(role__in=Role.values)),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.organization_id}"


class RecordReading(models.Model):
    """One reading of a person's record: who, for which organisation, whose, on what ground. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    subject_type = models.CharField(max_length=60)
    subject_id = models.UUIDField()
    # The pseudonym of the person; None when the record is of nobody known yet (an anonymous conversation).
    person_ref = models.UUIDField(null=True, blank=True)
    basis = models.CharField(max_length=60)
    at = models.DateTimeField()
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index("organization", F("at").desc(), name="reading_of_organization"),
            models.Index("person_ref", F("at").desc(), name="reading_of_person"),
            models.Index("actor", F("at").desc(), name="reading_by_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_type} {self.at.isoformat()}"


class AccountEvent(models.Model):
    """Something that happened to an account or a membership. Append-only; never an address or an IP."""

    class Kind(models.TextChoices):
        LOGGED_IN = "logged_in", _("ログイン")
        LOGIN_FAILED = "login_failed", _("ログイン失敗")
        LOGGED_OUT = "logged_out", _("ログアウト")
        PASSWORD_CHANGED = "password_changed", _("パスワード変更")  # noqa: S105 - a kind of event
        PASSWORD_RESET = "password_reset", _("パスワード再設定")  # noqa: S105 - a kind of event
        MFA_ADDED = "mfa_added", _("二要素認証の追加")
        MFA_REMOVED = "mfa_removed", _("二要素認証の削除")
        MFA_CODES_RENEWED = "mfa_codes_renewed", _("回復コードの再発行")
        INVITED = "invited", _("招待")
        INVITATION_ACCEPTED = "invitation_accepted", _("招待の承諾")
        INVITATION_REVOKED = "invitation_revoked", _("招待の取り消し")
        INVITATION_RESTORED = "invitation_restored", _("招待の取り消しを元に戻す")
        ROLE_CHANGED = "role_changed", _("役割の変更")
        MEMBERSHIP_STARTED = "membership_started", _("所属の開始")
        MEMBERSHIP_ENDED = "membership_ended", _("所属の終了")
        READINGS_EXPORTED = "readings_exported", _("閲覧記録の書き出し")
        MEMBERSHIP_RESTORED = "membership_restored", _("所属の終了を元に戻す")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=24, choices=Kind.choices)
    # Whose account it is; None when a login failed and no account was entered.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    # Who did it: the person, or an administrator.
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey(Organization, null=True, on_delete=models.PROTECT, related_name="+")
    detail = models.JSONField(default=dict)
    at = models.DateTimeField()
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index("user", F("at").desc(), name="event_of_user"),
            models.Index("organization", F("at").desc(), name="event_of_organization"),
        ]
        constraints = [
            models.CheckConstraint(
                name="event_failed_login_names_nobody",
                condition=~Q(kind="login_failed") | Q(user=None, actor=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at.isoformat()}"
