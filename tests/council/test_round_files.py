"""Forms out and back in, Excel and Word: filled by hand, bent in every way that hands bend them."""

import io
import zipfile
from datetime import timedelta

import pytest
from docx import Document
from openpyxl import Workbook, load_workbook

from tests.council.rounds import AT, CLOSES, TEXTS, make_comment, make_round, make_scene
from tests.factories import make_member
from tsunagari.accounts.models import Role
from tsunagari.core.tables.problems import FileRefused
from tsunagari.council.models import Comment, FormFile, RoundAddressee
from tsunagari.council.round_forms.form import COLUMNS
from tsunagari.council.round_forms.reading import MOST_BYTES
from tsunagari.council.services.rounds import asked, files
from tsunagari.council.services.rounds.common import RoundClosed, WrongState

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
KINDS = ("xlsx", "docx")


@pytest.fixture
def scene():
    return make_scene()


class Excel:
    """A form opened in Excel: the table's cells by row (from 0, below the headings) and heading."""

    kind = "xlsx"

    def __init__(self, content):
        self.book = load_workbook(io.BytesIO(content))
        self.sheet = self.book["意見"]
        cells = [c for row in self.sheet.iter_rows() for c in row]
        self.top = next(c.row for c in cells if c.value == "段落番号")
        self.rows = [
            row
            for row in range(self.top + 1, self.sheet.max_row + 1)
            if self.sheet.cell(row, 1).value is not None
        ]

    def get(self, row, name):
        return self.sheet.cell(self.top + 1 + row, COLUMNS.index(name) + 1).value or ""

    def put(self, row, name, text, formula=False):
        cell = self.sheet.cell(self.top + 1 + row, COLUMNS.index(name) + 1)
        cell.value = text
        cell.data_type = "f" if formula else "s"

    def add(self, **values):
        row = len(self.rows)
        self.rows.append(row)
        for name, text in values.items():
            self.put(row, name, text)

    def head(self, label, value):
        for row in self.sheet.iter_rows(max_row=self.top):
            if row[0].value == label:
                row[1].value = value

    def saved(self):
        stream = io.BytesIO()
        self.book.save(stream)
        return stream.getvalue()


class Word:
    """The same in Word."""

    kind = "docx"

    def __init__(self, content):
        self.document = Document(io.BytesIO(content))
        self.top, self.table = self.document.tables
        self.rows = list(range(len(self.table.rows) - 1))

    def get(self, row, name):
        return self.table.cell(row + 1, COLUMNS.index(name)).text

    def put(self, row, name, text):
        self.table.cell(row + 1, COLUMNS.index(name)).text = text

    def add(self, **values):
        self.table.add_row()
        self.rows.append(len(self.rows))
        for name, text in values.items():
            self.put(self.rows[-1], name, text)

    def head(self, label, value):
        for row in self.top.rows:
            if row.cells[0].text == label:
                row.cells[1].text = value

    def saved(self):
        stream = io.BytesIO()
        self.document.save(stream)
        return stream.getvalue()


OPENED = {"xlsx": Excel, "docx": Word}


def form(scene, round_, kind, organization=None):
    addressee = scene.addressee(round_, organization)
    return OPENED[kind](files.write_form(actor=scene.alice, addressee_id=addressee.pk, kind=kind)[1])


def send(scene, round_, opened, name="回答", at=AT + HOUR, content=None):
    return files.receive_file(
        actor=scene.bob,
        addressee_id=scene.addressee(round_).pk,
        name=f"{name}.{opened.kind if opened else 'xlsx'}",
        content=opened.saved() if content is None else content,
        at=at,
    )


def codes(file):
    return [(p["severity"], p["ja"]) for p in file.problems]


def errors(file):
    return [p["ja"] for p in file.problems if p["severity"] == "error"]


def standing(scene, round_):
    comments = scene.addressee(round_).comments.exclude(state="withdrawn")
    return {(c.paragraph.position if c.paragraph else 0, c.body, c.proposal) for c in comments}


@pytest.mark.parametrize("kind", KINDS)
def test_filled_in_by_hand_and_back_again(scene, kind):
    round_ = make_round(scene)
    opened = form(scene, round_, kind)
    assert [opened.get(n, "案の文") for n in range(3)] == [text for _, text in TEXTS]
    opened.put(0, "意見", "数を\n書くべき。")
    opened.put(0, "修正案", "=SUM(1) ではなく「39.3％」")
    opened.put(3, "意見", "全体に賛成。")
    opened.add(段落番号=opened.get(1, "段落番号"), 意見="目標の二つ目の意見")
    file = send(scene, round_, opened)
    assert (file.state, errors(file)) == ("checked", [])
    assert not Comment.objects.exists()  # nothing counts before it is handed in
    changes = files.take_file(actor=scene.bob, file_id=file.pk, at=AT + HOUR)
    assert (len(changes.new), len(changes.taken_back)) == (3, 0)
    said = {
        (1, "数を\n書くべき。", "=SUM(1) ではなく「39.3％」"),
        (0, "全体に賛成。", ""),
        (2, "目標の二つ目の意見", ""),
    }
    assert standing(scene, round_) == said
    assert scene.addressee(round_).state == "commented"
    # the round trip: written out again and back unchanged, nothing changes, in either format
    for other in KINDS:
        again = send(scene, round_, form(scene, round_, other))
        assert errors(again) == []
        changes = files.take_file(actor=scene.bob, file_id=again.pk, at=AT + HOUR)
        assert (changes.new, changes.changed, changes.taken_back, len(changes.same)) == ([], [], [], 3)
    assert standing(scene, round_) == said
    assert Comment.objects.count() == 3


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_file_twice_and_then_corrected(scene, kind):
    round_ = make_round(scene)
    opened = form(scene, round_, kind)
    opened.put(0, "意見", "はじめの意見")
    for _ in range(2):
        files.take_file(actor=scene.bob, file_id=send(scene, round_, opened).pk, at=AT + HOUR)
    assert Comment.objects.count() == 1
    opened.put(0, "意見", "直した意見")
    corrected = send(scene, round_, opened)
    changes = files.changes_of(corrected)
    assert (len(changes.new), len(changes.taken_back)) == (1, 1)
    files.take_file(actor=scene.bob, file_id=corrected.pk, at=AT + HOUR)
    assert standing(scene, round_) == {(1, "直した意見", "")}
    # nothing is lost: what was taken back is there to be restored
    assert Comment.objects.get(state="withdrawn").body == "はじめの意見"


@pytest.mark.parametrize("kind", KINDS)
def test_a_standing_comment_is_changed_by_its_number(scene, kind):
    round_ = make_round(scene)
    comment = make_comment(scene, round_)
    opened = form(scene, round_, kind)
    assert opened.get(0, "意見番号").startswith("C1-")
    opened.put(0, "意見", "言い直した意見")
    files.take_file(actor=scene.bob, file_id=send(scene, round_, opened).pk, at=AT + HOUR)
    comment.refresh_from_db()
    assert (comment.body, Comment.objects.count()) == ("言い直した意見", 1)


@pytest.mark.parametrize("kind", KINDS)
def test_no_comment_by_file(scene, kind):
    round_ = make_round(scene)
    opened = form(scene, round_, kind)
    assert errors(send(scene, round_, opened)) == [
        "意見がありません。意見がないときは、「意見の有無」に「意見なし」と書いてください。"
    ]
    opened.head("意見の有無", "意見なし")
    file = send(scene, round_, opened)
    assert file.state == "checked"
    files.take_file(actor=scene.bob, file_id=file.pk, at=AT + HOUR)
    assert scene.addressee(round_).state == "no_comment"
    opened.put(0, "意見", "やはり意見あり")
    assert "どちらかにしてください" in errors(send(scene, round_, opened))[0]
    opened.head("意見の有無", "たぶん")
    assert "たぶん" in errors(send(scene, round_, opened))[0]


@pytest.mark.parametrize("kind", KINDS)
def test_no_comment_written_into_the_rows(scene, kind):
    round_ = make_round(scene)
    opened = form(scene, round_, kind)
    for row in range(3):
        opened.put(row, "意見", "意見なし。")
    file = send(scene, round_, opened)
    assert (file.state, errors(file)) == ("checked", [])
    files.take_file(actor=scene.bob, file_id=file.pk, at=AT + HOUR)
    assert (scene.addressee(round_).state, Comment.objects.count()) == ("no_comment", 0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("bend", "words"),
    [
        (lambda f: f.put(0, "段落番号", "P1-zzzzzz"), "P1-zzzzzz"),
        (lambda f: f.put(0, "段落番号", "P999-000000"), "この案にありません"),
        (lambda f: f.put(1, "案の文", "書きかえた目標。"), "「修正案」に書き"),
        (lambda f: f.put(1, "修正案", "こう直す"), "修正案だけ"),
        (lambda f: f.put(0, "意見番号", "C99-abcdef"), "C99-abcdef"),
        (lambda f: f.put(1, "意見", "あ" * 10_001), "10001 文字"),
        (lambda f: f.head("様式番号", ""), "様式番号がありません"),
        (lambda f: f.head("様式番号", "R-" + "0" * 32 + "-" + "0" * 32 + "-" + "0" * 12), "別の回の様式"),
    ],
)
def test_bent_forms_are_told_clearly_and_change_nothing(scene, kind, bend, words):
    round_ = make_round(scene)
    opened = form(scene, round_, kind)
    opened.put(0, "意見", "よい意見")
    bend(opened)
    file = send(scene, round_, opened)
    assert file.state == "refused"
    assert any(words in sentence for sentence in errors(file))
    assert all(p["ja"] and p["en"] for p in file.problems)
    with pytest.raises(files.FileNotSound):
        files.take_file(actor=scene.bob, file_id=file.pk, at=AT + HOUR)
    assert not Comment.objects.exists()
    # the file itself is kept as it came
    assert bytes(FormFile.objects.get().content) == bytes(file.content)


@pytest.mark.parametrize("kind", KINDS)
def test_forms_of_elsewhere(scene, kind):
    round_, other = make_round(scene), make_round(scene)
    for opened, words in (
        (form(scene, other, kind), "別の回の様式"),
        (form(scene, round_, kind, scene.education), "ほかの府省・団体の様式"),
    ):
        opened.put(0, "意見", "意見")
        assert any(words in sentence for sentence in errors(send(scene, round_, opened)))
    altered = form(scene, round_, kind)
    addressee = scene.addressee(round_)
    altered.head("様式番号", f"R-{round_.pk.hex}-{addressee.pk.hex}-000000000000")
    assert any("書きかわって" in sentence for sentence in errors(send(scene, round_, altered)))


@pytest.mark.parametrize("kind", KINDS)
def test_an_added_row_without_a_number_is_of_the_paragraph_above(scene, kind):
    round_ = make_round(scene)
    opened = form(scene, round_, kind)
    opened.put(3, "意見", "全体へ")
    opened.add(意見="もう一つ")
    file = send(scene, round_, opened)
    assert file.state == "checked"
    assert [p["severity"] for p in file.problems] == ["warning"]
    files.take_file(actor=scene.bob, file_id=file.pk, at=AT + HOUR)
    assert standing(scene, round_) == {(0, "全体へ", ""), (0, "もう一つ", "")}


@pytest.mark.parametrize("kind", KINDS)
def test_a_copied_row_keeps_one_number(scene, kind):
    round_ = make_round(scene)
    comment = make_comment(scene, round_)
    opened = form(scene, round_, kind)
    copied = {name: opened.get(0, name) for name in COLUMNS}
    opened.add(**{**copied, "意見": "写した行の意見"})
    opened.add(**{**copied, "段落番号": opened.get(1, "段落番号"), "案の文": "", "意見": "移した行の意見"})
    file = send(scene, round_, opened)
    assert errors(file) == []
    files.take_file(actor=scene.bob, file_id=file.pk, at=AT + HOUR)
    comment.refresh_from_db()
    assert comment.body == "数を書くべきです。"
    assert {(p, b) for p, b, _ in standing(scene, round_)} == {
        (1, "数を書くべきです。"), (1, "写した行の意見"), (2, "移した行の意見"),
    }  # fmt: skip


def test_merged_cells_in_excel(scene):
    round_ = make_round(scene)
    opened = form(scene, round_, "xlsx")
    opened.put(0, "意見", "二つの段落への意見")
    first = opened.top + 1
    opened.sheet.merge_cells(f"D{first}:D{first + 1}")
    file = send(scene, round_, opened)
    assert errors(file) == []
    assert "結合" in codes(file)[0][1]
    files.take_file(actor=scene.bob, file_id=file.pk, at=AT + HOUR)
    assert {(p, b) for p, b, _ in standing(scene, round_)} == {
        (1, "二つの段落への意見"), (2, "二つの段落への意見"),
    }  # fmt: skip


def test_merged_cells_in_word(scene):
    round_ = make_round(scene)
    opened = form(scene, round_, "docx")
    opened.put(0, "意見", "二つの段落への意見")
    opened.put(1, "意見", "")
    opened.table.cell(1, 3).merge(opened.table.cell(2, 3))
    file = send(scene, round_, opened)
    assert errors(file) == []
    files.take_file(actor=scene.bob, file_id=file.pk, at=AT + HOUR)
    assert {p for p, _, _ in standing(scene, round_)} == {1, 2}


def test_formulas_are_not_computed_and_not_read_as_text(scene):
    round_ = make_round(scene)
    opened = form(scene, round_, "xlsx")
    opened.put(0, "意見", '=HYPERLINK("http://example.org","x")', formula=True)
    file = send(scene, round_, opened)
    assert any("数式" in sentence for sentence in errors(file))


def test_deleted_text_of_tracked_changes_is_not_read(scene):
    round_ = make_round(scene)
    opened = form(scene, round_, "docx")
    opened.put(0, "意見", "残す")
    content = opened.saved()
    old = zipfile.ZipFile(io.BytesIO(content))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename == "word/document.xml":
                data = data.replace(
                    "<w:r><w:t>残す</w:t></w:r>".encode(),
                    "<w:r><w:t>残す</w:t></w:r><w:del w:id='1' w:author='x'><w:r><w:delText>消す"
                    "</w:delText></w:r></w:del>".encode(),
                )
            new.writestr(item, data)
    file = send(scene, round_, opened, content=stream.getvalue())
    assert any("変更履歴" in ja for _, ja in codes(file))
    files.take_file(actor=scene.bob, file_id=file.pk, at=AT + HOUR)
    assert standing(scene, round_) == {(1, "残す", "")}


# -- what cannot be read at all ------------------------------------------------------------------------------


def zipped(**parts):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/").replace("_x", ".x"), data)
    return stream.getvalue()


BOMB = b"<w:document xmlns:w='w'>" + b" " * 90_000_000
ENTITIES = (
    b"<?xml version='1.0'?><!DOCTYPE d [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]>"
    b"<w:document xmlns:w='w'>&b;</w:document>"
)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空です"),
        (b"%PDF-1.7 ...", "Excel（.xlsx）でも Word"),
        ("段落番号,意見\nP1,x\n".encode(), "Excel（.xlsx）でも Word"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000), "パスワード"),
        (b"PK\x03\x04" + bytes(100), "壊れて"),
        (zipped(hello="x"), "Excel（.xlsx）でも Word"),
        (zipped(word__document_xml=b"<w:document"), "壊れて"),
        (zipped(word__document_xml=ENTITIES), "壊れて"),
        (zipped(word__document_xml=BOMB), "大きくなりすぎ"),
        (zipped(xl__workbook_xml=ENTITIES), "壊れて"),
        (bytes(MOST_BYTES + 1), "10 MB"),
        (bytes(50_000_000), "10 MB"),
    ],
    ids=[
        "empty",
        "pdf",
        "csv",
        "old",
        "cut",
        "zip",
        "half",
        "entities",
        "bomb",
        "excel-entities",
        "big",
        "50MB",
    ],
)
def test_files_that_cannot_be_read(scene, content, words):
    round_ = make_round(scene)
    with pytest.raises(FileRefused) as told:
        send(scene, round_, None, content=content)
    assert words in told.value.ja
    assert told.value.en
    assert not FormFile.objects.exists()


def test_a_foreign_workbook_and_document(scene):
    round_ = make_round(scene)
    stream = io.BytesIO()
    Workbook().save(stream)
    assert len(errors(send(scene, round_, None, content=stream.getvalue()))) == 2
    stream = io.BytesIO()
    Document().save(stream)
    assert len(errors(send(scene, round_, None, content=stream.getvalue()))) == 2


# -- the marked file -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_marked_file_shows_each_problem_and_can_be_sent_back(scene, kind):
    round_ = make_round(scene)
    opened = form(scene, round_, kind)
    opened.put(0, "意見", "よい意見")
    opened.put(1, "修正案", "こう直す")
    file = send(scene, round_, opened)
    for _ in range(2):  # marked twice, the marks of the first time are gone
        name, content = files.marked_file(actor=scene.bob, file_id=file.pk)
        assert name == f"回答_確認.{kind}"
        marked = OPENED[kind](content)
        if kind == "xlsx":
            cell = marked.sheet.cell(marked.top + 2, 4)
            assert "【直してください】修正案だけ" in cell.comment.text
            assert cell.fill.fgColor.rgb == "FFF8CBAD"
            assert "修正案だけ" in "".join(
                str(c.value) for row in marked.book["つながりの確認結果"].iter_rows() for c in row
            )
        else:
            (comment,) = marked.document.comments
            assert "【直してください】修正案だけ" in comment.text
            assert 'w:fill="F8CBAD"' in marked.table.cell(2, 3)._tc.xml
            assert sum("修正案だけ" in p.text for p in marked.document.paragraphs) == 1
        file = send(scene, round_, marked)
        assert len(errors(file)) == 1
    marked.put(1, "意見", "理由を添えた意見")
    file = send(scene, round_, marked)
    assert errors(file) == []
    files.take_file(actor=scene.bob, file_id=file.pk, at=AT + HOUR)
    assert standing(scene, round_) == {(1, "よい意見", ""), (2, "理由を添えた意見", "こう直す")}


def test_a_file_is_handed_in_once(scene):
    round_ = make_round(scene)
    opened = form(scene, round_, "xlsx")
    opened.put(0, "意見", "か\u3099くしゅう")  # two characters for が, as some systems write it
    file = send(scene, round_, opened)
    files.take_file(actor=scene.bob, file_id=file.pk, at=AT + HOUR)
    assert standing(scene, round_) == {(1, "がくしゅう", "")}
    assert len(files.changes_of(send(scene, round_, opened)).same) == 1
    asked.withdraw_comment(actor=scene.bob, comment_id=Comment.objects.get().pk, at=AT + HOUR)
    with pytest.raises(WrongState):
        files.take_file(actor=scene.bob, file_id=file.pk, at=AT + HOUR)
    assert standing(scene, round_) == set()


# -- who and when --------------------------------------------------------------------------------------------


def test_files_of_others_and_late_ones(scene):
    round_ = make_round(scene)
    opened = form(scene, round_, "xlsx")
    opened.put(0, "意見", "意見")
    file = send(scene, round_, opened)
    viewer = make_member("eve", Role.VIEWER, scene.health, second_factor=False)
    for actor in (scene.charlie, viewer):
        with pytest.raises(RoundAddressee.DoesNotExist):
            files.write_form(actor=actor, addressee_id=scene.addressee(round_).pk, kind="xlsx")
        with pytest.raises(RoundAddressee.DoesNotExist):
            files.receive_file(
                actor=actor, addressee_id=scene.addressee(round_).pk, name="x", content=b"x", at=AT + HOUR
            )
        for reach in (
            lambda a: files.take_file(actor=a, file_id=file.pk, at=AT + HOUR),
            lambda a: files.marked_file(actor=a, file_id=file.pk),
        ):
            with pytest.raises(FormFile.DoesNotExist):
                reach(actor)
    with pytest.raises(RoundClosed):
        send(scene, round_, opened, at=CLOSES)
    with pytest.raises(RoundClosed):
        files.take_file(actor=scene.bob, file_id=file.pk, at=CLOSES)
    assert not Comment.objects.exists()


def test_a_file_checked_before_a_comment_was_withdrawn_does_not_break(scene):
    round_ = make_round(scene)
    comment = make_comment(scene, round_)
    file = send(scene, round_, form(scene, round_, "xlsx"))
    asked.withdraw_comment(actor=scene.bob, comment_id=comment.pk, at=AT + HOUR)
    with pytest.raises(files.FileNotSound):
        files.take_file(actor=scene.bob, file_id=file.pk, at=AT + HOUR)
