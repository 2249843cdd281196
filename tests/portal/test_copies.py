"""Copies of a town: whole, relative, quiet; nothing in them is only true at this minute."""

import io
import json
import re
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import get_urlconf, reverse

from tests.factories import make_organization
from tsunagari.core.areas import area_tree
from tsunagari.directory.models import Location, Service, ServiceArea, ServiceAtLocation
from tsunagari.directory.search.index import reindex_services
from tsunagari.portal import selectors
from tsunagari.portal.need_groups import NEED_GROUPS
from tsunagari.portal.reach.copies import bundle, zipped

pytestmark = pytest.mark.usefixtures("directory")
AT = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
CODE = "131091"
MINUTE_WORDS = ("開いています", "いまは閉まっています", "次は ", "あと1", "Open now", "hours left")


class Links(HTMLParser):
    """Every address that a page names, and whether opening it or only reading it would ask for it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.leads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"href", "src", "srcset", "action", "data", "poster"} and value:
                (self.leads if tag == "a" else self.asked).append(value)
            assert not name.startswith("on"), name
            assert name != "style"


def links_of(page: str) -> Links:
    found = Links()
    found.feed(page)
    return found


_made: dict[str, bytes] = {}


@pytest.fixture
def files(directory: None) -> dict[str, bytes]:
    """The bundle of the loaded directory, made once."""
    if not _made:
        _made.update(bundle(area_tree()[CODE], AT))
    return _made


def make_service(name: str, organization: str = "ひだまりの会") -> Service:
    service = Service.objects.create(organization=make_organization(organization), name=name)
    ServiceArea.objects.create(service=service, area_id=CODE)
    reindex_services([service.pk])
    return service


def test_every_public_page_of_the_town_is_in_the_bundle(files: dict[str, bytes]):
    services = [*selectors.services_in_area(area_tree()[CODE]), *selectors.nationwide_lines()]
    services += list(selectors.services_for_cards().filter(kind="programme"))
    expected = {f"services/{service.pk}.html" for service in services}
    expected |= {f"needs/{group.key}.html" for group in NEED_GROUPS}
    expected |= {"index.html", "lines.html", "programmes.html", "safety.html", "style.css"}
    assert {path for path in files if not path.startswith("en/")} == expected | {"sheet.pdf"}
    assert {path.removeprefix("en/") for path in files if path.startswith("en/")} == expected


def test_links_are_relative_and_lead_to_files_of_the_bundle(files: dict[str, bytes]):
    for path, content in files.items():
        if not path.endswith(".html"):
            continue
        page = content.decode()
        found = links_of(page)
        folder = PurePosixPath(path).parent
        for address in [*found.asked, *found.leads]:
            if re.match(r"https?:|tel:|mailto:|#", address):
                continue
            parts: list[str] = []
            for part in (folder / address).parts:
                parts = parts[:-1] if part == ".." else [*parts, part]
            assert "/".join(parts) in files, (path, address)
        # reading a page asks nobody else for anything
        assert all(not re.match(r"(https?:)?//", address) for address in found.asked), path
        assert not address.startswith("/")
        assert "<script" not in page
        assert "<form" not in page


def test_nothing_in_a_copy_is_only_true_at_this_minute(files: dict[str, bytes]):
    for path, content in files.items():
        if path.endswith(".html"):
            page = content.decode()
            for words in MINUTE_WORDS:
                assert words not in page, (path, words)
            assert "3:30" in page
            assert ("2026年11月25日" in page) != path.startswith("en/")
            assert 'href="tel:119"' in page


def test_a_page_of_the_bundle_says_all_that_one_needs(files: dict[str, bytes]):
    inochi = Service.objects.get(key="inochi-freedial")
    page = files[f"services/{inochi.pk}.html"].decode()
    for words in ("0120-783-556", "毎日 16:00〜21:00", "最初のひとこと", "そのあと、どうなる？"):
        assert words in page, words
    index = files["index.html"].decode()
    assert "品川区社会福祉協議会" in index
    assert '<html lang="en">' in files["en/index.html"].decode()
    assert "Esc" in files["safety.html"].decode()
    assert files["sheet.pdf"].startswith(b"%PDF-")


def test_the_zip_holds_the_same_and_no_path_leads_out(client: Client, files: dict[str, bytes]):
    response = client.get(f"/areas/{CODE}/offline.zip")
    assert response["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) == set(files)
        assert not [name for name in archive.namelist() if name.startswith("/") or ".." in name]
    assert zipped(files, AT) == zipped(dict(reversed(files.items())), AT)


def test_one_file_holds_everything_and_asks_nobody(client: Client):
    response = client.get(f"/areas/{CODE}/offline.html")
    assert response["Content-Disposition"] == 'attachment; filename="memo-131091-ja.html"'
    page = response.content.decode()
    assert links_of(page).asked == []
    assert "<script" not in page
    assert "url(" not in page
    assert "@import" not in page
    for words in ("品川区社会福祉協議会", "0120-279-338", "生活保護", "Esc", "に作った控えです", "<style>"):
        assert words in page, words
    for address in links_of(page).leads:
        assert re.match(r"https?:|tel:|mailto:|#", address), address
        if address.startswith("#"):
            assert f'id="{address[1:]}"' in page


def test_markup_in_a_name_is_text_in_every_copy(client: Client):
    make_service("</style><script>alert(1)</script>", "<i>会")
    page = client.get(f"/areas/{CODE}/offline.html").content.decode()
    assert "&lt;/style&gt;&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "<script>alert" not in client.get(f"/offline/{CODE}/").content.decode()


def test_a_confidential_place_is_in_no_copy():
    service = make_service("シェルターの相談")
    location = Location.objects.create(organization=service.organization, confidential=True)
    ServiceAtLocation.objects.create(service=service, location=location)
    written = bundle(area_tree()[CODE], AT)
    assert "シェルターの相談" in written["index.html"].decode()
    assert not [path for path, content in written.items() if str(location.pk).encode() in content]


def test_the_page_to_save_says_what_stays_and_may_start_a_worker(client: Client):
    response = client.get(f"/areas/{CODE}/offline/")
    assert response["Content-Security-Policy"].endswith("; worker-src 'self'")
    html = response.content.decode()
    assert f'data-scope="/offline/{CODE}/" data-worker="/offline/{CODE}/worker.js"' in html
    for words in (
        "同じ端末を使っているときは、保存しないで",
        "この端末から消す",
        "すぐ閉じる」では消えません",
    ):
        assert words in html
    for path in ("/", "/areas/131091/", "/safety/", "/talk-now/"):
        page = client.get(path)
        assert "worker-src" not in page["Content-Security-Policy"]
        assert "js/offline.js" not in page.content.decode()


def test_the_worker_sees_its_own_folder_only(client: Client):
    response = client.get(f"/offline/{CODE}/worker.js")
    assert response["Content-Type"].startswith("text/javascript")
    # no header that would widen its scope
    assert "Service-Worker-Allowed" not in response
    files = json.loads(re.match(r"const FILES = (\[.*?\]);", response.content.decode())[1])  # type: ignore[index]
    assert all(address.startswith("/static/") for address in files)
    assert client.get("/offline/999999/worker.js").status_code == 404


@pytest.mark.parametrize("ending", ["offline/", "offline.html", "offline.zip"])
def test_there_is_no_copy_of_what_there_is_not(client: Client, ending: str):
    assert client.get(f"/areas/999999/{ending}").status_code == 404
    assert client.get(f"/areas/99999/{ending}").status_code == 404


def test_many_bundles_for_one_network_are_too_many(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tsunagari.portal.views.offline.bundle", lambda *_: {"index.html": b"x"})
    answers = [
        client.get(f"/areas/{CODE}/offline.zip", REMOTE_ADDR="203.0.113.77").status_code for _ in range(45)
    ]
    assert answers[0] == 200
    assert 429 in answers  # the ten minutes may end in between, once


def test_the_command_writes_renews_and_removes_its_own_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out = tmp_path / "品川 区"
    call_command("bundle", "しながわ", out)
    assert "東京都品川区" in capsys.readouterr().out
    assert (out / "index.html").is_file()
    stale, foreign = out / "services/stale.html", out / "notes.txt"
    stale.write_text("x", encoding="utf-8")
    foreign.write_text("x", encoding="utf-8")
    listed = json.loads((out / "tsunagari-files.json").read_text(encoding="utf-8"))
    evil = tmp_path / "evil.txt"
    evil.write_text("x", encoding="utf-8")
    written = json.dumps([*listed, "services/stale.html", "../evil.txt", str(evil)])
    (out / "tsunagari-files.json").write_text(written, encoding="utf-8")
    call_command("bundle", CODE, out)
    assert not stale.exists()
    assert foreign.exists()
    assert evil.exists()
    assert not list(out.rglob("*.new"))


def test_the_command_refuses_what_it_cannot_do(tmp_path: Path):
    with pytest.raises(CommandError, match="ありません"):
        call_command("bundle", "ぬるぽ市", tmp_path / "a")
    with pytest.raises(CommandError, match="132063 東京都府中市"):
        call_command("bundle", "府中市", tmp_path / "a")
    (tmp_path / "mine.txt").write_text("x", encoding="utf-8")
    with pytest.raises(CommandError, match="空のフォルダ"):
        call_command("bundle", CODE, tmp_path)
    with pytest.raises(CommandError, match="フォルダではありません"):
        call_command("bundle", CODE, tmp_path / "mine.txt")


def test_pages_are_written_without_loading_what_only_other_pages_need():
    """A fresh process would spend more time on loading than on writing."""
    code = """if True:
        import sys, uuid
        import django
        django.setup()
        from django.template.loader import get_template
        from django.urls import reverse, set_urlconf
        from tsunagari.portal.reach import copies
        set_urlconf("tsunagari.portal.names")
        assert reverse("portal:service", args=[uuid.UUID(int=1)]).startswith("/services/")
        assert "/safety/device/" in copies.safety_text()
        print(*[name for name in ("ninja", "openpyxl", "numpy", "docx", "tsunagari.config.urls",
                                  "tsunagari.council.urls", "tsunagari.plan.urls") if name in sys.modules])
    """
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def test_the_command_writes_the_very_pages_and_leaves_the_sites_addresses_as_they_are(
    tmp_path: Path, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tsunagari.portal.management.commands.bundle.timezone.now", lambda: AT)
    call_command("bundle", CODE, str(tmp_path / "out"))
    written = {
        str(file.relative_to(tmp_path / "out")): file
        for file in (tmp_path / "out").rglob("*.*")
        if file.is_file()
    }
    written.pop("tsunagari-files.json")
    assert set(written) == set(files)
    assert all(
        written[path].read_bytes() == content for path, content in files.items() if path != "sheet.pdf"
    )
    assert get_urlconf() is None
    assert reverse("hsds:api-root") == "/api/hsds/"
