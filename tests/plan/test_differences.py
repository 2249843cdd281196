"""The comparison of two versions: words of Sudachi, paragraphs by id, measures by key."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from tsunagari.plan.text.differences import Run, compare, compare_texts, words
from tsunagari.plan.text.document import (
    SECTIONS,
    ChapterDocument,
    Document,
    MeasureDocument,
    Paragraph,
    PolicyDocument,
    TargetLine,
)

ID = UUID(int=1)


def measure(key: str = "M01", title: str = "実態把握", **sections: tuple[Paragraph, ...]) -> MeasureDocument:
    return MeasureDocument(
        key=key, text_id=uuid4(), title=title, policies=(1,), cross_cutting=False, source=(),
        placed_by="document", no_target_reason="", ministries=(), budgets=(), targets=(),
        sections={section: sections.get(section, ()) for section in SECTIONS},
    )  # fmt: skip


def document(*measures: MeasureDocument, chapters: tuple[ChapterDocument, ...] = ()) -> Document:
    return Document(
        plan_key="plan", plan_title="計画", number=1, title="計画", state="draft", decided_on=None,
        in_force_on=None, published_at=None, source="", note="", chapters=chapters,
        policies=(PolicyDocument(1, "声をあげやすい社会", "等", ()),),
        measures={each.key: each for each in measures},
    )  # fmt: skip


def test_words_are_sudachis_and_joined_they_are_the_text():
    assert words("相談体制の整備を進める。") == ["相談", "体制", "の", "整備", "を", "進める", "。"]


@given(st.text(alphabet="相談を進める。！\n a１ー　", max_size=80))
def test_words_lose_nothing(text: str):
    assert "".join(words(text)) == text


def test_changed_words_are_marked_whole():
    old, new = compare_texts("電話相談を推進する。人を育てる。", "電話相談の拡充を推進する。人を育てる。")
    assert [run for run in new if run.mark == "new"] == [Run("の拡充", "new")]
    assert all(run.mark == "same" for run in old)


@given(
    st.text(alphabet="相談を進める。\n 夜昼", max_size=60),
    st.text(alphabet="相談を進める。\n 夜昼", max_size=60),
)
def test_both_sides_still_say_what_they_said(old: str, new: str):
    left, right = compare_texts(old, new)
    assert "".join(run.text for run in left) == old
    assert "".join(run.text for run in right) == new
    assert "".join(run.text for run in left if run.mark == "same") == "".join(
        run.text for run in right if run.mark == "same"
    )


def test_nothing_changed_is_nothing_told():
    one = measure(situation=(Paragraph(ID, "paragraph", "電話がある。"),))
    assert compare(document(one), document(one)) == []


def test_a_paragraph_meets_its_earlier_self_wherever_it_stands():
    other = Paragraph(uuid4(), "paragraph", "夜は少ない。")
    old = measure(situation=(Paragraph(ID, "paragraph", "電話がある。"), other))
    new = measure(situation=(other, Paragraph(ID, "paragraph", "電話がある。")))
    (part,) = compare(document(old), document(new))
    assert [row.change for row in part.rows] == ["moved"]


def test_rename_target_new_and_gone_measures():
    target = TargetLine(uuid4(), ID, "窓口", None, Decimal("47.0000"), "か所", None, date(2027, 3, 31))
    old = document(measure(), measure("M02", "情報発信"))
    new = document(replace(measure(title="実態の把握"), targets=(target,)), measure("M03", "居場所"))
    parts = compare(old, new)
    assert [(part.key, part.change) for part in parts] == [
        ("M01", "changed"),
        ("M03", "new"),
        ("M02", "gone"),
    ]
    rows = {row.place: row for row in parts[0].rows}
    assert rows["targets"].new == (Run("窓口 47か所 (–2027-03-31)", "new"),)
    assert rows["title"].change == "changed"


def test_chapters_are_compared_too():
    chapter = ChapterDocument(ID, 1, "現状", "", ())
    changed = replace(chapter, paragraphs=(Paragraph(uuid4(), "paragraph", "孤独は社会全体の課題である。"),))
    (part,) = compare(document(chapters=(chapter,)), document(chapters=(changed,)))
    assert (part.kind, part.rows[0].change) == ("chapter", "new")
