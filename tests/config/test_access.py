"""Every route × every role, from one declared table.

`EXPECTED` names every route of the site and says who may open it. A route that is missing here, a view that
is not marked, and a mark that says something else than this table, all fail. If a route has arguments, add to
`ARGUMENTS` what fills them (see `Scene`); for a page that anybody may open, `always(…)` will do.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import ResolverMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from tests.factories import (
    make_membership,
    make_organization,
    make_passkey,
    make_second_factor,
    make_user,
    sign_in,
)
from tsunagari.accounts import services
from tsunagari.accounts.middleware import access_to
from tsunagari.accounts.models import MFA_ROLES, Invitation, Organization, Role, User
from tsunagari.accounts.selectors import has_second_factor
from tsunagari.core.access import Access, Kind
from tsunagari.directory.models import ImportUpload, Location, MistakeReport, Operator, Revision, Service
from tsunagari.directory.services.content import content_of
from tsunagari.plan.models import Chapter, Measure, MeasureText, Plan, PlanVersion, Responsibility

pytestmark = pytest.mark.django_db

PUBLIC = Access(Kind.PUBLIC)
ENTRANCE = Access(Kind.ENTRANCE, second_factor=False)
SIGNED_IN = Access(Kind.SIGNED_IN)
BEFORE_SECOND_FACTOR = Access(Kind.SIGNED_IN, second_factor=False)
TO_ADD_A_FACTOR = Access(Kind.SIGNED_IN, second_factor=False, adds_factor=True)


def roles(*names: Role, within: str | None = None) -> Access:
    return Access(Kind.ROLES, roles=frozenset(name.value for name in names), within=within)


ADMIN_OF_IT = roles(Role.ADMIN, within="organization_id")
OFFICERS = roles(Role.ADMIN, Role.PRIVACY_OFFICER)
KEEPERS = roles(Role.ADMIN, Role.EDITOR, Role.OFFICER)
EDITORS = roles(Role.ADMIN, Role.EDITOR)
EDITORS_OF_IT = roles(Role.ADMIN, Role.EDITOR, within="organization_id")
SECRETARIES = roles(Role.ADMIN, Role.SECRETARY)
PLAN_WRITERS = roles(Role.ADMIN, Role.SECRETARY, Role.OFFICER)
PLAN_READERS = roles(Role.ADMIN, Role.SECRETARY, Role.OFFICER, Role.RESEARCHER, Role.VIEWER)

EXPECTED: dict[str, Access] = {
    # core
    "healthz": PUBLIC,
    "readyz": PUBLIC,
    # accounts: the way in
    "account_login": ENTRANCE,
    "account_logout": ENTRANCE,
    "account_inactive": ENTRANCE,
    "account_reset_password": ENTRANCE,
    "account_reset_password_done": ENTRANCE,
    "account_reset_password_from_key": ENTRANCE,
    "account_reset_password_from_key_done": ENTRANCE,
    "mfa_authenticate": ENTRANCE,
    "mfa_login_webauthn": ENTRANCE,
    "accounts:invitation": ENTRANCE,
    # accounts: one's own security
    "account_reauthenticate": BEFORE_SECOND_FACTOR,
    "mfa_index": BEFORE_SECOND_FACTOR,
    "mfa_reauthenticate": BEFORE_SECOND_FACTOR,
    "mfa_reauthenticate_webauthn": BEFORE_SECOND_FACTOR,
    "mfa_activate_totp": TO_ADD_A_FACTOR,
    "mfa_add_webauthn": TO_ADD_A_FACTOR,
    "account_change_password": SIGNED_IN,
    "mfa_deactivate_totp": SIGNED_IN,
    "mfa_list_webauthn": SIGNED_IN,
    "mfa_edit_webauthn": SIGNED_IN,
    "mfa_remove_webauthn": SIGNED_IN,
    "mfa_view_recovery_codes": SIGNED_IN,
    "mfa_generate_recovery_codes": SIGNED_IN,
    "mfa_download_recovery_codes": SIGNED_IN,
    # accounts: the desk
    "accounts:home": SIGNED_IN,
    "accounts:profile": SIGNED_IN,
    "accounts:members": ADMIN_OF_IT,
    "accounts:invite": ADMIN_OF_IT,
    "accounts:change_role": ADMIN_OF_IT,
    "accounts:end": ADMIN_OF_IT,
    "accounts:restore": ADMIN_OF_IT,
    "accounts:revoke": ADMIN_OF_IT,
    "accounts:unrevoke": ADMIN_OF_IT,
    "accounts:readings": OFFICERS,
    "accounts:readings_export": OFFICERS,
    "accounts:own_readings": SIGNED_IN,
    # directory: search and open data
    "search-api": PUBLIC,
    "hsds:api-root": PUBLIC,
    "hsds:openapi-json": PUBLIC,
    "hsds:profile": PUBLIC,
    "hsds:services": PUBLIC,
    "hsds:service": PUBLIC,
    "hsds:service_at_locations": PUBLIC,
    "hsds:service_at_location": PUBLIC,
    "hsds:organizations": PUBLIC,
    "hsds:organization": PUBLIC,
    "hsds:taxonomies": PUBLIC,
    "hsds:taxonomy": PUBLIC,
    "hsds:taxonomy_terms": PUBLIC,
    "hsds:taxonomy_term": PUBLIC,
    "hsds:unknown": PUBLIC,
    # directory: the desk of entries, and the page behind a mail's link
    "directory:entries": KEEPERS,
    "directory:begin_new": KEEPERS,
    "directory:reviews": KEEPERS,
    "directory:reports": KEEPERS,
    "directory:report": KEEPERS,
    "directory:accept_report": KEEPERS,
    "directory:decline_report": KEEPERS,
    "directory:duplicate_report": KEEPERS,
    "directory:upkeep": KEEPERS,
    "directory:upkeep_csv": KEEPERS,
    "directory:revision": KEEPERS,
    "directory:edit": KEEPERS,
    "directory:restore": KEEPERS,
    "directory:step": KEEPERS,
    "directory:entry": KEEPERS,
    "directory:begin": KEEPERS,
    "directory:confirm_entry": KEEPERS,
    "directory:whom_to_ask": KEEPERS,
    "directory:from_file": KEEPERS,
    "directory:provenance": KEEPERS,
    "directory:bounced": KEEPERS,
    "directory:places": EDITORS,
    "directory:place": EDITORS,
    "directory:flag_place": EDITORS,
    "directory:read_place": EDITORS,
    "directory:erase_place": EDITORS,
    "directory:lift_place": EDITORS,
    "directory:reachability": EDITORS,
    "directory:paste_reachability": EDITORS,
    "directory:report_reachability": EDITORS,
    "directory:correct_reachability": EDITORS,
    "directory:withdraw_reachability": EDITORS,
    "directory:undo_reachability": EDITORS,
    "upkeep:confirm": PUBLIC,
    # plan: the text
    "plan:plan": PUBLIC,
    "plan:version": PUBLIC,
    "plan:pdf": PUBLIC,
    "plan:json": PUBLIC,
    "plan:csv": PUBLIC,
    "plan:comparison": PUBLIC,
    "plan:comparison_pdf": PUBLIC,
    "plan:measure": PUBLIC,
    "plan:source": PUBLIC,
    "plan:orders": PUBLIC,
    "plan:compliance": PUBLIC,
    "plan:search": PUBLIC,
    "plan:found": PUBLIC,
    "plan:feed": PUBLIC,
    "plan_desk:versions": PLAN_READERS,
    "plan_desk:version": PLAN_READERS,
    "plan_desk:changes": PLAN_READERS,
    "plan_desk:orders": SECRETARIES,
    "plan_desk:begin": SECRETARIES,
    "plan_desk:step": SECRETARIES,
    "plan_desk:bind_motion": SECRETARIES,
    "plan_desk:no_target_reason": SECRETARIES,
    "plan_desk:add_measure": SECRETARIES,
    "plan_desk:chapter": SECRETARIES,
    "plan_desk:split": SECRETARIES,
    "plan_desk:merge": SECRETARIES,
    "plan_desk:leave_out": SECRETARIES,
    "plan_desk:measure": PLAN_WRITERS,
    "plan_desk:revisions": PLAN_WRITERS,
    # directory: lists in and out
    "directory:imports": EDITORS,
    "directory:import_upload": EDITORS,
    "directory:import": EDITORS,
    "directory:import_columns": EDITORS,
    "directory:import_progress": EDITORS,
    "directory:import_start": EDITORS,
    "directory:import_answer": EDITORS,
    "directory:import_undo": EDITORS,
    "directory:merges": EDITORS,
    "directory:merge": EDITORS,
    "directory:merge_decline": EDITORS,
    "directory:merge_undo": EDITORS,
    "directory:import_erase": EDITORS,
    "directory:export_csv": EDITORS_OF_IT,
    "directory:export_xlsx": EDITORS_OF_IT,
    # portal
    "portal:home": PUBLIC,
    "portal:talk_now": PUBLIC,
    "portal:search": PUBLIC,
    "portal:results": PUBLIC,
    "portal:service": PUBLIC,
    "portal:service_print": PUBLIC,
    "portal:service_hours": PUBLIC,
    "portal:report_mistake": PUBLIC,
    "portal:mistake_reported": PUBLIC,
    "portal:feed": PUBLIC,
    "portal:area_feed": PUBLIC,
    "portal:area_offline": PUBLIC,
    "portal:offline_file": PUBLIC,
    "portal:offline_bundle": PUBLIC,
    "portal:offline_page": PUBLIC,
    "portal:offline_worker": PUBLIC,
    "portal:widget": PUBLIC,
    "portal:widget_data": PUBLIC,
    "portal:widget_colours": PUBLIC,
    "portal:widget_script": PUBLIC,
    "portal:widget_setup": PUBLIC,
    "portal:service_qr": PUBLIC,
    "portal:service_sheet": PUBLIC,
    "portal:area_qr": PUBLIC,
    "portal:area_sheet": PUBLIC,
    "portal:area_csv": PUBLIC,
    "portal:area_xlsx": PUBLIC,
    "portal:need": PUBLIC,
    "portal:areas": PUBLIC,
    "portal:areas_found": PUBLIC,
    "portal:points": PUBLIC,
    "portal:area": PUBLIC,
    "portal:places": PUBLIC,
    "portal:programmes": PUBLIC,
    "portal:others": PUBLIC,
    "portal:guide": PUBLIC,
    "portal:guide_step": PUBLIC,
    "portal:guide_results": PUBLIC,
    "portal:guide_sheet": PUBLIC,
    "portal:guide_note": PUBLIC,
    "portal:guide_rules": PUBLIC,
    "portal:guide_rules_schema": PUBLIC,
    "portal:gaps": PUBLIC,
    "portal:gaps_csv": PUBLIC,
    "portal:gaps_json": PUBLIC,
    "portal:gaps_area": PUBLIC,
    "portal:gaps_area_csv": PUBLIC,
    "portal:gaps_area_json": PUBLIC,
    "portal:safety": PUBLIC,
    "portal:shared_device": PUBLIC,
    "portal:under_18": PUBLIC,
    "portal:languages": PUBLIC,
    "portal:language": PUBLIC,
    "portal:service_in": PUBLIC,
    "portal:about": PUBLIC,
    "portal:open_data": PUBLIC,
    "portal:open_data_lines": PUBLIC,
    "portal:open_data_tables": PUBLIC,
    "portal:freshness": PUBLIC,
    "portal:freshness_csv": PUBLIC,
    "portal:freshness_json": PUBLIC,
}


@dataclass(frozen=True)
class Scene:
    """What stands when a route is opened: the organisation whose page it is, and who looks (None: nobody)."""

    organization: Organization
    viewer: User | None


NOBODYS = UUID("00000000-0000-4000-8000-000000000000")


def invitation_in(scene: Scene) -> Invitation:
    alice = make_membership(make_user("alice"), scene.organization, Role.ADMIN).user
    return services.invite_member(
        actor=alice,
        organization_id=scene.organization.pk,
        email="new@example.org",
        role=Role.VIEWER,
        at=timezone.now(),
    )


def organization(scene: Scene) -> dict[str, Any]:
    return {"organization_id": scene.organization.pk}


def membership(scene: Scene) -> dict[str, Any]:
    return {**organization(scene), "membership_id": make_membership(organization=scene.organization).pk}


def invitation(scene: Scene) -> dict[str, Any]:
    return {**organization(scene), "invitation_id": invitation_in(scene).pk}


def kept_entry(scene: Scene) -> Service:
    """An entry that the viewer keeps, of the own organisation; that of an officer runs the platform."""
    active = scene.viewer.memberships.filter(ended_at=None).first() if scene.viewer else None
    organization = active.organization if active else scene.organization
    if active and active.role == Role.OFFICER:
        Operator.objects.get_or_create(organization=organization)
    return Service.objects.create(organization=organization, name="夜の電話")


def entry(scene: Scene) -> dict[str, Any]:
    return {"service_id": kept_entry(scene).pk}


def handed_in(scene: Scene) -> dict[str, Any]:
    upload = ImportUpload.objects.create(
        organization=kept_entry(scene).organization,
        file_name="一覧.csv",
        digest="0" * 64,
        size=1,
        format="municipal",
        created_at=timezone.now(),
        erased_at=timezone.now(),
    )
    return {"upload_id": upload.pk}


def kept_place(scene: Scene) -> dict[str, Any]:
    organization = kept_entry(scene).organization
    return {"location_id": Location.objects.create(organization=organization, name="部屋").pk}


def draft(scene: Scene) -> dict[str, Any]:
    service, author = kept_entry(scene), make_user("dora")
    content = content_of(service)
    now = timezone.now()
    made = Revision.objects.create(
        organization=service.organization, service=service, content=content, base=content, author=author,
        created_at=now, edited_at=now,
    )  # fmt: skip
    return {"revision_id": made.pk}


def mistake_report(scene: Scene) -> dict[str, Any]:
    service = kept_entry(scene)
    return {
        "report_id": MistakeReport.objects.create(service=service, kind="hours", created_at=timezone.now()).pk
    }


def plan_version(scene: Scene) -> PlanVersion:
    """A draft of the organisation's own plan, in which the organisation is responsible for a measure."""
    active = scene.viewer.memberships.filter(ended_at=None).first() if scene.viewer else None
    secretariat = active.organization if active else scene.organization
    plan = Plan.objects.create(key="plan", title="計画", secretariat=secretariat)
    version = PlanVersion.objects.create(plan=plan, number=1, title="案", created_at=timezone.now())
    Chapter.objects.create(version=version, number=1, title="現状")
    measure = Measure.objects.create(plan=plan, key="M01")
    text = MeasureText.objects.create(version=version, measure=measure, position=1, title="実態把握")
    Responsibility.objects.create(measure_text=text, ministry=secretariat)
    return version


def plan_version_id(scene: Scene) -> dict[str, Any]:
    return {"version_id": plan_version(scene).pk}


def plan_measure(scene: Scene) -> dict[str, Any]:
    return {"text_id": plan_version(scene).measure_texts.get().pk}


def plan_chapter(scene: Scene) -> dict[str, Any]:
    return {"chapter_id": plan_version(scene).chapters.get().pk}


def own_passkey(scene: Scene) -> dict[str, Any]:
    # only for who has a second factor anyway, since it would be one
    has_one = scene.viewer is not None and has_second_factor(scene.viewer)
    return {"pk": make_passkey(scene.viewer).pk if has_one else 1}


def always(**arguments: Any) -> Callable[[Scene], dict[str, Any]]:
    """Arguments of a public page; that there is nothing under them (404) is no matter here."""
    return lambda scene: arguments


ARGUMENTS: dict[str, Callable[[Scene], dict[str, Any]]] = {
    "directory:import": handed_in,
    "directory:import_columns": handed_in,
    "directory:import_progress": handed_in,
    "directory:import_start": handed_in,
    "directory:import_answer": handed_in,
    "directory:import_undo": handed_in,
    "directory:merge": always(proposal_id=NOBODYS),
    "directory:merge_decline": always(proposal_id=NOBODYS),
    "directory:merge_undo": always(merge_id=NOBODYS),
    "directory:import_erase": handed_in,
    "directory:export_csv": organization,
    "directory:export_xlsx": organization,
    "accounts:members": organization,
    "accounts:invite": organization,
    "accounts:change_role": membership,
    "accounts:end": membership,
    "accounts:restore": membership,
    "accounts:revoke": invitation,
    "accounts:unrevoke": invitation,
    "accounts:invitation": lambda scene: {"token": services.token_of(invitation_in(scene))},
    "account_reset_password_from_key": always(uidb36=NOBODYS.hex, key="abc-def"),
    "mfa_edit_webauthn": own_passkey,
    "mfa_remove_webauthn": own_passkey,
    "directory:entry": entry,
    "directory:begin": entry,
    "directory:confirm_entry": entry,
    "directory:whom_to_ask": entry,
    "directory:from_file": entry,
    "directory:provenance": entry,
    "directory:bounced": entry,
    "directory:place": kept_place,
    "directory:flag_place": kept_place,
    "directory:read_place": kept_place,
    "directory:erase_place": kept_place,
    "directory:lift_place": kept_place,
    "directory:report_reachability": always(channel_id=NOBODYS),
    "directory:correct_reachability": always(observation_id=NOBODYS),
    "directory:withdraw_reachability": always(observation_id=NOBODYS),
    "directory:undo_reachability": always(observation_id=NOBODYS),
    "directory:revision": draft,
    "directory:edit": draft,
    "directory:restore": draft,
    "directory:step": lambda scene: {**draft(scene), "name": "submit"},
    "directory:report": mistake_report,
    "directory:accept_report": mistake_report,
    "directory:decline_report": mistake_report,
    "directory:duplicate_report": mistake_report,
    "upkeep:confirm": always(token="x" * 40),
    "plan:version": always(number=1),
    "plan:pdf": always(number=1),
    "plan:json": always(number=1),
    "plan:csv": always(number=1),
    "plan:comparison": always(number=2, old=1),
    "plan:comparison_pdf": always(number=2, old=1),
    "plan:measure": always(key="M01"),
    "plan:source": always(key="p2"),
    "plan:found": always(token="x" * 40),
    "plan_desk:version": plan_version_id,
    "plan_desk:changes": plan_version_id,
    "plan_desk:chapter": plan_chapter,
    "plan_desk:measure": plan_measure,
    "plan_desk:revisions": plan_measure,
    "plan_desk:begin": always(plan_id=NOBODYS),
    "plan_desk:step": always(version_id=NOBODYS, name="consult"),
    "plan_desk:bind_motion": always(version_id=NOBODYS),
    "plan_desk:no_target_reason": always(version_id=NOBODYS),
    "plan_desk:add_measure": always(version_id=NOBODYS),
    "plan_desk:split": always(text_id=NOBODYS),
    "plan_desk:merge": always(text_id=NOBODYS),
    "plan_desk:leave_out": always(text_id=NOBODYS),
    "hsds:service": always(id=NOBODYS),
    "hsds:service_at_location": always(id=NOBODYS),
    "hsds:organization": always(id=NOBODYS),
    "hsds:taxonomy": always(id=NOBODYS),
    "hsds:taxonomy_term": always(id=NOBODYS),
    "hsds:unknown": always(address="nothing"),
    "portal:results": always(token="x" * 40),
    "portal:service": always(service_id=NOBODYS),
    "portal:service_print": always(service_id=NOBODYS),
    "portal:service_hours": always(service_id=NOBODYS),
    "portal:report_mistake": always(service_id=NOBODYS),
    "portal:mistake_reported": always(service_id=NOBODYS),
    "portal:area_feed": always(code="131041"),
    "portal:area_offline": always(code="131041"),
    "portal:offline_file": always(code="131041"),
    "portal:offline_bundle": always(code="131041"),
    "portal:offline_page": always(code="131041"),
    "portal:offline_worker": always(code="131041"),
    "portal:widget": always(code="131041"),
    "portal:widget_data": always(code="131041"),
    "portal:service_qr": always(service_id=NOBODYS),
    "portal:service_sheet": always(service_id=NOBODYS),
    "portal:area_qr": always(code="131041"),
    "portal:area_sheet": always(code="131041"),
    "portal:area_csv": always(code="131041"),
    "portal:area_xlsx": always(code="131041"),
    "portal:service_in": always(service_id=NOBODYS, code="vi"),
    "portal:language": always(code="vi"),
    "portal:need": always(key="suicidal"),
    "portal:areas_found": always(token="x" * 40),
    "portal:guide_step": always(token="x" * 40),
    "portal:guide_results": always(token="x" * 40),
    "portal:guide_sheet": always(token="x" * 40),
    "portal:guide_note": always(token="x" * 40),
    "portal:area": always(code="131041"),
    "portal:gaps_area": always(code="131041"),
    "portal:gaps_area_csv": always(code="131041"),
    "portal:gaps_area_json": always(code="131041"),
}


def routes(
    patterns: list[URLPattern | URLResolver], namespaces: tuple[str, ...] = ()
) -> Iterator[tuple[str, URLPattern]]:
    """Every URL pattern with its full route name, recursively."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = (*namespaces, pattern.namespace) if pattern.namespace else namespaces
            yield from routes(pattern.url_patterns, inner)
        else:
            yield ":".join([*namespaces, pattern.name or f"(no name) {pattern.pattern}"]), pattern


def all_routes() -> list[tuple[str, URLPattern]]:
    return list(routes(get_resolver().url_patterns))


def access_of(name: str, pattern: URLPattern) -> Access | None:
    """What the middleware will read for this pattern."""
    namespaces = name.split(":")[:-1]
    return access_to(ResolverMatch(pattern.callback, (), {}, pattern.name, namespaces=namespaces))


def test_every_route_is_declared_here_and_nothing_else() -> None:
    names = [name for name, _ in all_routes()]
    assert sorted(set(names)) == sorted(EXPECTED)


def test_every_view_is_marked_as_declared() -> None:
    found = {name: access_of(name, pattern) for name, pattern in all_routes()}
    assert found == EXPECTED


def test_every_route_with_arguments_says_how_to_fill_them() -> None:
    wanting = {
        name
        for name, pattern in all_routes()
        if pattern.pattern.regex.groupindex or pattern.pattern.converters
    }
    assert wanting == set(ARGUMENTS)


def viewer_with(
    role: Role, organization_: Organization, *, ended: bool = False, second_factor: bool = True
) -> User:
    now = timezone.now()
    user = make_user("bob")
    user.password = "argon2$never-matches"  # usable as far as allauth looks; hashing would take the time
    user.save(update_fields=["password"])
    make_membership(user, organization_, role, started_at=now, ended_at=now if ended else None)
    if second_factor:
        make_second_factor(user)
    return user


def open_as(client: Client, name: str, scene: Scene) -> HttpResponse:
    arguments = ARGUMENTS.get(name, lambda scene: {})(scene)
    return client.get(reverse(name, kwargs=arguments))


def outcome(response: HttpResponse) -> str:
    """`login`, `set_up` and `show` (a second factor), `hidden` (404), or `open`: the view has answered."""
    assert response.status_code < 500
    assert response.status_code != 403
    if response.status_code == 404:
        return "hidden"
    if response.status_code == 302:
        address = response["Location"]
        if address.startswith("/desk/login/?next="):
            return "login"
        if address == reverse("mfa_index"):
            return "set_up"
        if address.startswith(f"{reverse('mfa_reauthenticate')}?next=/"):
            return "show"
    return "open"


DESK = sorted(name for name, access in EXPECTED.items() if access.kind in {Kind.SIGNED_IN, Kind.ROLES})
OPEN = sorted(name for name, access in EXPECTED.items() if access.kind in {Kind.PUBLIC, Kind.ENTRANCE})


@pytest.mark.parametrize("name", OPEN)
def test_open_routes_open_for_everybody(name: str) -> None:
    """Public pages also know nobody: no cookie is set and none makes a difference."""
    anonymous = open_as(Client(), name, Scene(make_organization(), None))
    staff = viewer_with(Role.VIEWER, make_organization("別の会"))
    client = sign_in(Client(), staff)
    signed_in = open_as(client, name, Scene(make_organization("三つめの会"), staff))
    for response in (anonymous, signed_in):
        assert response.status_code < 500 or name == "readyz"  # whose 503 is an answer
        assert response.status_code not in {401, 403}
        assert "/desk/login/?next=" not in response.get("Location", "")
    if EXPECTED[name].kind is Kind.PUBLIC:
        for response in (anonymous, signed_in):
            assert not response.cookies
            assert "Cookie" not in response.get("Vary", "")
        assert anonymous.status_code == signed_in.status_code


def test_anonymous_is_led_to_the_login() -> None:
    scene = Scene(make_organization(), None)
    assert {name: outcome(open_as(Client(), name, scene)) for name in DESK} == dict.fromkeys(DESK, "login")


@pytest.mark.parametrize("place", ["own", "elsewhere", "ended"])
@pytest.mark.parametrize("role", list(Role))
def test_each_role_opens_what_is_declared(role: Role, place: str) -> None:
    """In the own organisation; with the same role elsewhere (an outsider); after the membership ended."""
    own = make_organization()
    home = make_organization("別の会") if place == "elsewhere" else own
    viewer = viewer_with(role, home, ended=place == "ended")
    client = sign_in(Client(), viewer)

    def expected(access: Access) -> str:
        if access.kind is Kind.SIGNED_IN:
            return "open"
        if role.value not in access.roles or place == "ended":
            return "hidden"
        return "hidden" if place == "elsewhere" and access.within is not None else "open"

    found = {name: outcome(open_as(client, name, Scene(own, viewer))) for name in DESK}
    assert found == {name: expected(EXPECTED[name]) for name in DESK}


@pytest.mark.parametrize("set_up", [False, True])
@pytest.mark.parametrize("role", sorted(MFA_ROLES))
def test_roles_that_read_records_need_their_second_factor(role: Role, set_up: bool) -> None:
    """Not set up: to where it is set up. Set up, but not shown in this session: to where it is shown."""
    own = make_organization()
    viewer = viewer_with(role, own, second_factor=set_up)
    client = sign_in(Client(), viewer, second_factor=False)

    def expected(access: Access) -> str:
        if access.kind is Kind.ROLES and role.value not in access.roles:
            return "hidden"
        if not access.second_factor and not (access.adds_factor and set_up):
            return "open"
        return "show" if set_up else "set_up"

    found = {name: outcome(open_as(client, name, Scene(own, viewer))) for name in DESK}
    assert found == {name: expected(EXPECTED[name]) for name in DESK}
