"""The logic model: circles, directions, what leads nowhere, and its picture."""

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from tsunagari.plan.logic_drawing import CELLS, MOST_LINES, cells, draw, lines
from tsunagari.plan.logic_model import Node, columns, is_backward, unreached, way_round

ACTIVITY = Node("a", "相談員の研修", "activity", "厚生労働省")
OUTPUT = Node("b", "研修を終えた人", "output", "厚生労働省")
OUTCOME = Node("c", "24時間以内に人につながった割合", "outcome", "内閣府", foreign=True)
HEADINGS = {"activity": "活動", "output": "アウトプット", "outcome": "アウトカム"}


def test_a_circle_is_named_node_by_node() -> None:
    assert way_round([("a", "b"), ("b", "c")], ("c", "a")) == ["c", "a", "b", "c"]
    assert way_round([("a", "b"), ("b", "c")], ("a", "c")) == []
    assert way_round([], ("a", "a")) == ["a", "a"]


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=30))
def test_edges_added_one_by_one_never_make_a_circle(wanted: list[tuple[int, int]]) -> None:
    kept: list[tuple[int, int]] = []
    for edge in wanted:
        if not way_round(kept, edge):
            kept.append(edge)
    # a graph without circles can be taken apart from its starts
    left = set(kept)
    nodes = {node for edge in kept for node in edge}
    while nodes:
        starts = {node for node in nodes if all(b != node for _, b in left)}
        assert starts
        nodes -= starts
        left = {(a, b) for a, b in left if a in nodes}


def test_against_the_direction() -> None:
    assert is_backward("outcome", "activity")
    assert not is_backward("activity", "outcome")
    assert not is_backward("outcome", "outcome")


def test_what_leads_to_no_outcome() -> None:
    assert unreached([ACTIVITY, OUTPUT, OUTCOME], [("a", "b")]) == [ACTIVITY, OUTPUT]
    assert unreached([ACTIVITY, OUTPUT, OUTCOME], [("a", "b"), ("b", "c")]) == []


def test_the_picture_is_well_formed_and_holds_everything() -> None:
    hostile = Node("d", '<script>alert("x")</script> & 「"引用"」', "output")
    svg = draw(
        [ACTIVITY, OUTPUT, OUTCOME, hostile],
        [("a", "b"), ("b", "c")],
        title="M06 <相談>",
        description="三つの列",
        headings=HEADINGS,
        links={"a": '/x?"><script>'},
    )
    root = ElementTree.fromstring(svg)
    name = "{http://www.w3.org/2000/svg}"
    assert len(root.findall(f".//{name}rect")) == 4
    assert len([p for p in root.iter(f"{name}path") if p.get("class") == "logic-edge"]) == 2
    assert root.find(f"{name}title").text == "M06 <相談>"  # type: ignore[union-attr]
    assert root.get("role") == "img"
    assert not root.findall(f".//{name}script")
    assert not any("style" in element.attrib for element in root.iter())
    assert "logic-foreign" in svg


def test_the_columns_stand_by_kind() -> None:
    assert [[node.key for node in column] for column in columns([OUTCOME, OUTPUT, ACTIVITY], [])] == [
        ["a"],
        ["b"],
        ["c"],
    ]


@given(st.text(max_size=300))
def test_no_line_is_too_wide(text: str) -> None:
    for line in lines(text):
        assert cells(line) <= CELLS
    assert len(lines(text)) <= MOST_LINES
