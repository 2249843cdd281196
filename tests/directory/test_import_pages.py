"""Lists handed in at the desk: upload, columns, dry run, report, import, answer, and who may not."""

import io
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from tests.directory.exchange.tables import cities
from tests.factories import make_membership, make_organization, make_second_factor, make_user, sign_in
from tsunagari.accounts.models import Organization, Role
from tsunagari.core.areas import load_areas
from tsunagari.directory import tasks
from tsunagari.directory.exchange.aggregates import states_of
from tsunagari.directory.exchange.municipal import handed_in
from tsunagari.directory.models import (
    ColumnMapping,
    ImportProblem,
    ImportRow,
    ImportRun,
    ImportUpload,
    Merge,
    MergeProposal,
    Operator,
    Service,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(db: None) -> Organization:
    load_areas(settings.DATA_DIR / "municipalities.csv")
    organization = make_organization("川崎市", kind=Organization.Kind.MUNICIPALITY)
    organization.area_id = "141305"
    organization.save(update_fields=["area"])
    return organization


@pytest.fixture
def alice(client: Client, city: Organization) -> Client:
    """An editor of the city, signed in."""
    return signed_in("alice", city)


def signed_in(name: str, organization: Organization, role: Role = Role.EDITOR) -> Client:
    user = make_user(name)
    make_membership(user, organization, role)
    make_second_factor(user)
    return sign_in(Client(), user)


@pytest.fixture(autouse=True)
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Jobs that were deferred; a test runs them by `work`."""
    deferred: list[tuple[str, str]] = []

    def take(name: str) -> Any:
        return lambda **words: deferred.append((name, words["upload_id"]))

    for name in ("check_upload", "publish_upload", "undo_upload"):
        monkeypatch.setattr(getattr(tasks, name), "defer", take(name), raising=False)
    return deferred


def work(jobs: list[tuple[str, str]]) -> None:
    while jobs:
        name, upload_id = jobs.pop(0)
        getattr(tasks, name).func(upload_id=upload_id)


def hand_in(client: Client, organization: Organization, name: str, content: bytes) -> Any:
    return client.post(
        reverse("directory:import_upload"),
        {"organization": organization.pk, "file": SimpleUploadedFile(name, content)},
    )


def form_of(client: Client, upload: ImportUpload) -> dict[str, str]:
    """What the page of columns would send as it stands."""
    page = client.get(reverse("directory:import_columns", args=[upload.pk]))
    assert page.status_code == 200
    data = {}
    for table in page.context["tables"]:
        if table["used"]:
            data[f"use-{table['number']}"] = "1"
        data[f"list-{table['number']}"] = table["list"]
        data |= {column.name: column.field for column in table["columns"]}
    return data


def checked(client: Client, city: Organization, name: str, content: bytes, jobs: Any) -> ImportUpload:
    response = hand_in(client, city, name, content)
    upload = ImportUpload.objects.latest("created_at")
    assert response.status_code == 302, response.context and response.context["form"].errors
    assert response["Location"] == reverse("directory:import_columns", args=[upload.pk])
    response = client.post(reverse("directory:import_columns", args=[upload.pk]), form_of(client, upload))
    assert response["Location"] == reverse("directory:import", args=[upload.pk])
    work(jobs)
    upload.refresh_from_db()
    return upload


def test_a_workbook_goes_the_whole_way(alice: Client, city: Organization, jobs: Any) -> None:
    before = Service.objects.count()
    upload = checked(alice, city, "こども食堂一覧.xlsx", cities.children_cafeterias(), jobs)
    run = upload.run
    assert run is not None
    assert (run.state, run.restricted) == ("checked", True)
    assert run.counts["service.created"] == 4
    assert Service.objects.count() == before, "a dry run changes nothing"

    page = alice.get(reverse("directory:import", args=[upload.pk]))
    assert "みんなの食卓" in page.content.decode()
    assert "先頭の 0 が消えています" in page.content.decode()

    response = alice.post(reverse("directory:import_start", args=[upload.pk]))
    assert response.status_code == 302
    waiting = alice.get(reverse("directory:import", args=[upload.pk])).content.decode()
    assert "取り込んでいます" in waiting
    assert "この内容で取り込む" not in waiting
    work(jobs)
    run.refresh_from_db()
    assert run.state == "done"
    made = Service.objects.get(name="みんなの食卓")
    assert made.kind == "place"
    assert [channel.value for channel in made.channels.filter(type="phone")] == ["044-200-1111"]
    done = alice.get(reverse("directory:import", args=[upload.pk]))
    assert "取り込みました" in done.content.decode()


def test_columns_are_proposed_with_reasons_and_remembered(
    alice: Client, city: Organization, jobs: Any
) -> None:
    content = cities.csv_bytes([["窓口", "むずかしい見出し", "電話"], ["a", "x", "044-200-1111"]])
    assert hand_in(alice, city, "窓口.csv", content).status_code == 302
    upload = ImportUpload.objects.get()
    data = form_of(alice, upload)
    assert data["column-0-1"] == ""
    data |= {"column-0-0": "name", "column-0-1": "description"}
    alice.post(reverse("directory:import_columns", args=[upload.pk]), data)
    assert ColumnMapping.objects.get().organization == city

    hand_in(alice, city, "窓口2.csv", content.replace(b"044-200-1111", b"044-200-2222"))
    again = ImportUpload.objects.latest("created_at")
    assert form_of(alice, again)["column-0-1"] == "description"
    bob = signed_in("bob", make_organization("別の市"))
    other = Organization.objects.get(name="別の市")
    hand_in(bob, other, "窓口.csv", content)
    theirs = ImportUpload.objects.get(organization=other)
    assert form_of(bob, theirs)["column-0-1"] == "", "what one city chose is no other's"


def test_without_a_name_nothing_goes_on(alice: Client, city: Organization, jobs: Any) -> None:
    hand_in(alice, city, "a.csv", cities.csv_bytes([["名称", "電話番号"], ["a", "044-200-1111"]]))
    upload = ImportUpload.objects.get()
    data = form_of(alice, upload) | {"column-0-0": ""}
    response = alice.post(reverse("directory:import_columns", args=[upload.pk]), data)
    assert response.status_code == 422
    assert "「名称」にあたる列" in response.content.decode()
    assert not jobs


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "空"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "古い形式"),
        ("a.pdf", b"%PDF-1.7 x", "PDF"),
        ("a.csv", "名称,電話\nあ,1\n".encode() + "い,2\n".encode("cp932"), "3 行目から文字コード"),
        ("a.xlsx", b"PK\x03\x04 broken", "壊れて"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(
    alice: Client, city: Organization, name: str, content: bytes, words: str
) -> None:
    response = hand_in(alice, city, name, content)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not ImportUpload.objects.exists()


def test_the_answer_is_the_same_workbook_and_can_be_sent_again(
    alice: Client, city: Organization, jobs: Any
) -> None:
    upload = checked(alice, city, "こども食堂一覧.xlsx", cities.children_cafeterias(), jobs)
    response = alice.get(reverse("directory:import_answer", args=[upload.pk]))
    assert "xlsx" in response["Content-Disposition"]
    book = load_workbook(io.BytesIO(response.content))
    assert book.sheetnames[0].startswith("つながりの確認結果")
    cell = book["R6こども食堂"]["J7"]
    assert cell.comment is not None
    assert "先頭の 0" in cell.comment.text
    assert cell.fill.fgColor.rgb == "FFFFF2CC"
    kept = book["R6こども食堂"]["C6"]
    assert kept.comment is not None
    assert kept.comment.text == "担当: 佐藤"
    assert kept.fill.fgColor.rgb == "FFE2EFDA"

    again = checked(alice, city, "こども食堂一覧_確認.xlsx", response.content, jobs)
    assert again.run is not None
    assert again.run.counts["service.created"] == 4
    codes = set(ImportProblem.objects.filter(run=again.run).values_list("code", flat=True))
    assert "sheet_is_ours" in codes


def test_others_do_not_see_it(alice: Client, city: Organization, jobs: Any) -> None:
    upload = checked(alice, city, "a.csv", cities.public_facilities(), jobs)
    bob = signed_in("bob", make_organization("別の市"))
    names = ["import", "import_columns", "import_progress", "import_answer"]
    for name in names:
        assert bob.get(reverse(f"directory:{name}", args=[upload.pk])).status_code == 404
    for name in ("import_columns", "import_start", "import_erase"):
        assert bob.post(reverse(f"directory:{name}", args=[upload.pk])).status_code == 404
    response = hand_in(bob, city, "a.csv", cities.public_facilities())
    assert response.status_code == 422, "only into one's own organisation"
    assert ImportUpload.objects.count() == 1
    viewer = signed_in("charlie", city, Role.VIEWER)
    assert viewer.get(reverse("directory:imports")).status_code == 404
    assert upload.file_name not in bob.get(reverse("directory:imports")).content.decode()


def test_an_entry_of_another_organisation_is_not_changed(
    alice: Client, city: Organization, jobs: Any
) -> None:
    other = make_organization("よその会")
    theirs = Service.objects.create(organization=other, name="よその窓口")
    rows = [["ID", "名称", "電話番号"], [str(theirs.pk), "のっとり", "044-200-1111"]]
    upload = checked(alice, city, "a.csv", cities.csv_bytes(rows), jobs)
    assert upload.run is not None
    assert "not_yours" in set(ImportProblem.objects.filter(run=upload.run).values_list("code", flat=True))
    alice.post(reverse("directory:import_start", args=[upload.pk]))
    work(jobs)
    theirs.refresh_from_db()
    assert theirs.name == "よその窓口"


def test_an_operator_brings_entries_of_others(alice: Client, city: Organization, jobs: Any) -> None:
    Operator.objects.create(organization=city)
    upload = checked(alice, city, "a.csv", cities.public_facilities(), jobs)
    assert upload.run is not None
    assert upload.run.restricted is False


def test_the_content_is_sealed_and_erased(alice: Client, city: Organization, jobs: Any) -> None:
    content = cities.public_facilities()
    upload = checked(alice, city, "a.csv", content, jobs)
    stored = bytes(ImportUpload.objects.values_list("content", flat=True).get())
    assert "品川".encode() not in stored
    at = timezone.now()
    assert handed_in.erase_old(at=at) == 0
    assert handed_in.erase_old(at=at + handed_in.ERASED_AFTER) == 1
    upload.refresh_from_db()
    assert upload.content is None
    assert upload.erased_at is not None
    page = alice.get(reverse("directory:import_answer", args=[upload.pk]))
    assert page.status_code == 422
    assert "もう残していません" in page.content.decode()


def test_progress_moves_without_scripts_and_with_them(alice: Client, city: Organization, jobs: Any) -> None:
    hand_in(alice, city, "a.csv", cities.public_facilities())
    upload = ImportUpload.objects.get()
    alice.post(reverse("directory:import_columns", args=[upload.pk]), form_of(alice, upload))
    page = alice.get(reverse("directory:import", args=[upload.pk])).content.decode()
    assert "いまの様子を見る" in page
    moving = alice.get(reverse("directory:import_progress", args=[upload.pk]), headers={"HX-Request": "true"})
    assert "確かめています" in moving.content.decode()
    assert "HX-Refresh" not in moving
    work(jobs)
    ended = alice.get(reverse("directory:import_progress", args=[upload.pk]), headers={"HX-Request": "true"})
    assert ended["HX-Refresh"] == "true"


def test_the_report_is_narrowed_by_severity_and_column(alice: Client, city: Organization, jobs: Any) -> None:
    upload = checked(alice, city, "公民館.xlsx", cities.facilities_in_sheets(), jobs)
    address = reverse("directory:import", args=[upload.pk])
    errors = alice.get(address, {"severity": "error"})
    assert {problem.severity for problem in errors.context["problem_page"]} == {"error"}
    column = alice.get(address, {"column": "電話"})
    assert {problem.field for problem in column.context["problem_page"]} == {"電話"}
    assert (
        alice.get(address, {"severity": "x'\x00", "column": "\x00", "page": "99", "action": "?"}).status_code
        == 200
    )


def test_a_csv_goes_out_and_comes_back_the_same(
    directory_data: dict[str, int], alice: Client, city: Organization, jobs: Any
) -> None:
    upload = checked(alice, city, "こども食堂一覧.xlsx", cities.consultation_desks(), jobs)
    alice.post(reverse("directory:import_start", args=[upload.pk]))
    work(jobs)
    for form in ("csv", "xlsx"):
        response = alice.get(reverse(f"directory:export_{form}", args=[city.pk]))
        again = checked(alice, city, f"一覧.{form}", response.content, jobs)
        assert again.run is not None
        left = list(
            ImportProblem.objects.filter(run=again.run, severity="error").values_list(
                "sentence_ja", flat=True
            )
        )
        assert left == []
        assert again.run.state == "checked"
        counts = {name: n for name, n in again.run.counts.items() if name.startswith("service.")}
        changed = again.run.rows.filter(kind="service", action="changed").values_list("name", "changes")
        assert counts == {"service.unchanged": 3}, list(changed)


def test_an_import_is_undone_as_a_whole(alice: Client, city: Organization, jobs: Any) -> None:
    before = set(Service.objects.values_list("pk", flat=True))
    upload = checked(alice, city, "相談窓口.xlsx", cities.consultation_desks(), jobs)
    alice.post(reverse("directory:import_start", args=[upload.pk]))
    work(jobs)
    assert Service.objects.count() == len(before) + 3
    bob = signed_in("bob", make_organization("別の市"))
    assert bob.post(reverse("directory:import_undo", args=[upload.pk])).status_code == 404
    changed = Service.objects.get(name="夜の電話相談")
    changed.description = "人が直した"
    changed.save(update_fields=["description"])
    page = reverse("directory:import", args=[upload.pk])
    assert alice.post(reverse("directory:import_undo", args=[upload.pk]))["Location"] == page
    waiting = alice.get(page).content.decode()
    assert "取り込みを取り消しています" in waiting
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in waiting
    assert reverse("directory:import_undo", args=[upload.pk]) not in waiting
    progress = alice.get(reverse("directory:import_progress", args=[upload.pk]))
    assert "HX-Refresh" not in progress.headers
    assert f'max="{ImportRun.objects.get().undo_total}" value="0"' in progress.content.decode()
    work(jobs)
    assert "HX-Refresh" in alice.get(reverse("directory:import_progress", args=[upload.pk])).headers
    assert Service.objects.count() == len(before) + 3
    refused = alice.get(page).content.decode()
    assert "取り消していません" in refused
    assert "夜の電話相談" in refused
    assert "http-equiv" not in refused
    alice.post(reverse("directory:import_undo", args=[upload.pk]), {"keep_changed": "1"})
    work(jobs)
    assert set(Service.objects.values_list("pk", flat=True)) - before == {changed.pk}
    undone = alice.get(page).content.decode()
    assert "この取り込みは取り消しました" in undone
    assert "残したもの" in undone


def test_an_undoing_asked_for_twice_is_done_once(alice: Client, city: Organization, jobs: Any) -> None:
    before = set(Service.objects.values_list("pk", flat=True))
    upload = checked(alice, city, "相談窓口.xlsx", cities.consultation_desks(), jobs)
    address = reverse("directory:import_undo", args=[upload.pk])
    assert alice.post(address).status_code == 422, "nothing is imported yet"
    assert jobs == []
    alice.post(reverse("directory:import_start", args=[upload.pk]))
    work(jobs)
    alice.post(address)
    alice.post(address, {"keep_changed": "1"})
    assert (len(jobs), ImportRun.objects.get().undo_keeps_changed) == (2, False)
    work(jobs)
    run = ImportRun.objects.get()
    assert (run.state, run.undo_asked_at, run.undo_conflicts) == ("undone", None, None)
    assert run.undo_seen == run.undo_total
    assert set(Service.objects.values_list("pk", flat=True)) == before
    assert alice.post(address).status_code == 422


def test_what_the_database_refuses_ends_the_waiting(alice: Client, city: Organization, jobs: Any) -> None:
    upload = checked(alice, city, "相談窓口.xlsx", cities.consultation_desks(), jobs)
    alice.post(reverse("directory:import_start", args=[upload.pk]))
    work(jobs)
    row = ImportRow.objects.filter(kind="service").latest("id")
    state = states_of("service", [row.object_id])[row.object_id]["service"][0]
    before = {"service": [{**state, "contact_area_id": "999999"}]}
    ImportRow.objects.filter(pk=row.pk).update(action="changed", changes={}, before=before)
    alice.post(reverse("directory:import_undo", args=[upload.pk]))
    work(jobs)
    run = ImportRun.objects.get()
    assert (run.state, run.undo_asked_at) == ("done", None)
    assert "もう載せられません" in alice.get(reverse("directory:import", args=[upload.pk])).content.decode()


def propose(first: Service, second: Service) -> MergeProposal:
    one, two = sorted((first, second), key=lambda service: service.pk)
    reasons = [
        {"code": "same_phone", "points": 30, "value": "0442001111"},
        {"code": "other_kind", "points": -15, "value": ""},
    ]
    return MergeProposal.objects.create(
        first=one, second=two, score=75, reasons=reasons, created_at=timezone.now()
    )


def test_two_entries_are_merged_told_apart_and_parted(alice: Client, city: Organization) -> None:
    first, second, third = (Service.objects.create(organization=city, name=f"窓口{n}") for n in range(3))
    proposal, other = propose(first, second), propose(second, third)
    page = alice.get(reverse("directory:merges")).content.decode()
    assert "電話番号が同じです。" in page
    assert "種類がちがいます。" in page
    nobody = alice.post(reverse("directory:merge", args=[proposal.pk]), {"survivor": str(third.pk)})
    assert nobody.status_code == 422
    alice.post(reverse("directory:merge_decline", args=[other.pk]))
    other.refresh_from_db()
    assert other.state == "declined"
    alice.post(reverse("directory:merge", args=[proposal.pk]), {"survivor": str(first.pk)})
    second.refresh_from_db()
    assert second.status == Service.Status.DEFUNCT
    again = alice.post(reverse("directory:merge", args=[proposal.pk]), {"survivor": str(first.pk)})
    assert again.status_code == 404, "it waits no longer"
    merge = Merge.objects.get()
    bob = signed_in("bob", make_organization("別の市"))
    assert bob.post(reverse("directory:merge_undo", args=[merge.pk])).status_code == 404
    alice.post(reverse("directory:merge_undo", args=[merge.pk]))
    second.refresh_from_db()
    assert second.status == Service.Status.ACTIVE


def test_only_who_keeps_both_sides_decides(alice: Client, city: Organization) -> None:
    theirs = Service.objects.create(organization=make_organization("よその会"), name="窓口")
    proposal = propose(Service.objects.create(organization=city, name="窓口"), theirs)
    assert "よその会" not in alice.get(reverse("directory:merges")).content.decode()
    answer = alice.post(reverse("directory:merge", args=[proposal.pk]), {"survivor": str(theirs.pk)})
    assert answer.status_code == 404
    assert alice.post(reverse("directory:merge_decline", args=[proposal.pk])).status_code == 404
    Operator.objects.create(organization=city)
    assert "よその会" in alice.get(reverse("directory:merges")).content.decode()


def test_many_files_are_refused(alice: Client, city: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handed_in, "MOST_WAITING", 1)
    assert hand_in(alice, city, "a.csv", cities.public_facilities()).status_code == 302
    refused = hand_in(alice, city, "b.csv", cities.public_facilities())
    assert refused.status_code == 422
    assert "たくさん残っています" in refused.content.decode()


def test_a_failed_run_says_why_in_the_users_language(alice: Client, city: Organization, jobs: Any) -> None:
    upload = checked(alice, city, "a.csv", cities.public_facilities(), jobs)
    ImportRun.objects.filter(pk=upload.run_id).update(
        state="failed", failure_ja="だめでした。", failure_en="It failed."
    )
    page = alice.get(reverse("directory:import", args=[upload.pk])).content.decode()
    assert "だめでした。" in page
