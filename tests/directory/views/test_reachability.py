"""The desk's page of reachability: month by month, put right, taken back, pasted."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from tests.directory.api.making import make_areas, make_public_organization, make_service
from tests.factories import AT, make_member, sign_in
from tsunagari.accounts.models import Role
from tsunagari.directory.models import Channel, Reachability
from tsunagari.directory.search.index import reindex_services
from tsunagari.directory.services.reachability_table import read_table

pytestmark = pytest.mark.django_db
PAGE = "/desk/reachability/"


@pytest.fixture
def channel() -> Channel:
    make_areas()
    service = make_service(organization=make_public_organization())
    channel = Channel.objects.create(service=service, type="phone", value="0120-000-000", toll_free=True)
    Channel.objects.create(service=service, type="chat", value="https://chat.example.org/", position=1)
    Channel.objects.create(service=service, type="email", value="a@example.org", position=2)
    reindex_services([service.pk])
    return channel


@pytest.fixture
def desk(client: Client, channel: Channel) -> Client:
    assert channel.service is not None
    return sign_in(client, make_member("alice", Role.EDITOR, channel.service.organization))


def send(client: Client, channel: Channel, **fields: str) -> int:
    given = {"month": "2026-10", "attempts": "1000", "answered": "430", "typical_wait_minutes": "12"} | fields
    data = {f"{channel.pk}-{name}": value for name, value in given.items()}
    return client.post(reverse("directory:report_reachability", args=[channel.pk]), data).status_code


def standing() -> list[tuple[int, int, int | None, date]]:
    rows = Reachability.objects.filter(withdrawn_at=None).order_by("observed_on", "attempts")
    return list(rows.values_list("attempts", "answered", "typical_wait_minutes", "observed_on"))


def test_a_month_is_sent_put_right_undone_and_taken_back(desk: Client, channel: Channel) -> None:
    assert send(desk, channel) == 302
    assert standing() == [(1000, 430, 12, date(2026, 10, 31))]
    seen = Reachability.objects.get()
    page = desk.get(PAGE).content.decode()
    assert "430" in page
    assert "団体からの報告" in page
    data = {f"{seen.pk}-attempts": "1000", f"{seen.pk}-answered": "340"}
    assert desk.post(reverse("directory:correct_reachability", args=[seen.pk]), data).status_code == 302
    assert standing() == [(1000, 340, None, date(2026, 10, 31))]
    new = Reachability.objects.get(withdrawn_at=None)
    assert "元に戻す" in desk.get(PAGE).content.decode()
    assert desk.post(reverse("directory:undo_reachability", args=[new.pk])).status_code == 302
    assert standing() == [(1000, 430, 12, date(2026, 10, 31))]
    assert desk.post(reverse("directory:withdraw_reachability", args=[seen.pk])).status_code == 302
    assert standing() == []
    assert desk.post(reverse("directory:undo_reachability", args=[seen.pk])).status_code == 302
    assert len(standing()) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"attempts": "0"}, {"attempts": "many"}, {"answered": "1001"}, {"month": "2031-01"}, {"month": "秋"},
        {"attempts": "9" * 30}, {"typical_wait_minutes": "-1"}, {"attempts": ""}, {"answered": "1000"},
    ],
)  # fmt: skip
def test_bad_figures_are_refused_and_nothing_typed_is_lost(
    desk: Client, channel: Channel, wrong: dict[str, str]
) -> None:
    assert send(desk, channel, **wrong) == 422
    assert standing() == []


def test_what_was_typed_stands_in_the_form_again(desk: Client, channel: Channel) -> None:
    data = {
        f"{channel.pk}-month": "2026-10",
        f"{channel.pk}-attempts": "777",
        f"{channel.pk}-answered": "778",
    }
    page = desk.post(reverse("directory:report_reachability", args=[channel.pk]), data).content.decode()
    assert 'value="777"' in page
    assert "つながった回数は、かかってきた回数をこえません。" in page


@pytest.mark.parametrize(
    "table",
    [
        "0120-000-000,2026-10,1000,430,12",
        "電話番号,月,かかった数,つながった数,待ち\n０１２０－０００－０００，令和8年10月，１０００，４３０，12分",
        "0120000000\t2026/10\t1,000\t430\t12\n\n",
        "0120-000-000, 2026年10月, 1000回, 430件, 12",
        "0120-000-000,R8.10,1000,430,12",
    ],
)
def test_a_table_as_people_have_it(desk: Client, table: str) -> None:
    assert desk.post(f"{PAGE}paste/", {"table": table}).status_code == 302
    assert standing() == [(1000, 430, 12, date(2026, 10, 31))]


def test_a_chat_is_named_by_its_address(desk: Client) -> None:
    assert desk.post(f"{PAGE}paste/", {"table": "https://chat.example.org/,2026-10,90,30"}).status_code == 302
    assert standing() == [(90, 30, None, date(2026, 10, 31))]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("0120-999-999,2026-10,10,5,1", "窓口"), ("0120-000-000,13月,10,5,1", "対象の月"),
        ("0120-000-000,2026-13,10,5,1", "対象の月"), ("0120-000-000,2026-10,十,5,1", "かかった数"),
        ("0120-000-000,2026-10,10,-5,1", "つながった数"), ("0120-000-000,2026-10,10,5,長い", "待ち時間"),
        ("0120-000-000,2026-10,10,50,1", "—"), ("0120-000-000;2026-10;10", "—"),
        ("a@example.org,2026-10,9,9", "窓口"),
    ],
)  # fmt: skip
def test_one_bad_line_and_nothing_is_taken_in(desk: Client, line: str, column: str) -> None:
    table = f"0120-000-000,2026-09,1000,430,12\n{line}"
    response = desk.post(f"{PAGE}paste/", {"table": table})
    page = response.content.decode()
    assert response.status_code == 422
    assert standing() == []
    assert f'<th scope="row">2</th><td data-label="列">{column}</td>' in page
    assert "2026-09,1000,430,12" in page


@pytest.mark.parametrize(
    "table", ["", "\n\n", "見出し,だけ", "x" * 100_001, "\x00", "0120-000-000,2026-10,1,1\n" * 1_002]
)
def test_no_table(desk: Client, table: str) -> None:
    assert desk.post(f"{PAGE}paste/", {"table": table}).status_code == 422
    assert standing() == []


def test_the_same_month_twice_in_one_table(desk: Client) -> None:
    table = "0120-000-000,2026-10,1000,430\n0120-000-000,2026-10,1000,440"
    assert desk.post(f"{PAGE}paste/", {"table": table}).status_code == 422
    assert standing() == []


def test_an_outsider_finds_nothing(client: Client, channel: Channel) -> None:
    charlie = sign_in(client, make_member("charlie", Role.ADMIN))
    assert send(charlie, channel) == 404
    seen = Reachability.objects.create(
        channel=channel, attempts=10, answered=5, kind="reported", source="x", observed_on=AT.date()
    )
    for name in ("correct", "withdraw", "undo"):
        data = {f"{seen.pk}-attempts": "10", f"{seen.pk}-answered": "1"}
        address = reverse(f"directory:{name}_reachability", args=[seen.pk])
        assert charlie.post(address, data).status_code == 404
    assert "0120-000-000" not in charlie.get(PAGE).content.decode()
    assert charlie.post(f"{PAGE}paste/", {"table": "0120-000-000,2026-10,10,5"}).status_code == 422
    assert len(standing()) == 1


def test_a_table_is_read_line_by_line(channel: Channel) -> None:
    rows, problems = read_table("0120-000-000,令和元年5月,10,5\n\n0120-000-000,2019-13,x,5", [channel])
    assert [(row.line, row.month) for row in rows] == [(1, date(2019, 5, 1))]
    assert [(problem.line, str(problem.column)) for problem in problems] == [
        (3, "対象の月"),
        (3, "かかった数"),
    ]
