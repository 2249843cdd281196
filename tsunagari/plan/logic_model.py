"""The logic model of measures: activity → output → outcome. Pure: no Django."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

KINDS = ("activity", "output", "outcome")

Key = TypeVar("Key", bound=Hashable)
Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Node:
    """An indicator of a logic model; ``foreign``: another ministry than the measure's answers for it."""

    key: str
    name: str
    kind: str
    owner: str = ""
    foreign: bool = False


def way_round(edges: Iterable[tuple[Key, Key]], new: tuple[Key, Key]) -> list[Key]:
    """The way that ``new`` would close into a circle: from its start back to its start; else empty.

    Walks without recursion, each node once.
    """
    begins, ends = new
    onward: dict[Key, list[Key]] = {}
    for a, b in edges:
        onward.setdefault(a, []).append(b)
    came_from: dict[Key, Key | None] = {ends: None}
    waiting = [ends]
    while waiting:
        node = waiting.pop()
        if node == begins:
            way: list[Key] = []
            step: Key | None = node
            while step is not None:
                way.append(step)
                step = came_from[step]
            return [begins, *reversed(way)]
        for after in onward.get(node, ()):
            if after not in came_from:
                came_from[after] = node
                waiting.append(after)
    return []


def is_backward(from_kind: str, to_kind: str) -> bool:
    """Whether an edge leads against activity → output → outcome."""
    return KINDS.index(to_kind) < KINDS.index(from_kind)


def columns(nodes: Iterable[Node], edges: Iterable[Edge]) -> list[list[Node]]:
    """The nodes by kind; within a kind near what they come from, so that few lines cross."""
    every = sorted(nodes, key=lambda node: node.key)
    before: dict[str, list[str]] = {}
    for a, b in edges:
        before.setdefault(b, []).append(a)
    height: dict[str, float] = {}
    placed: list[list[Node]] = []
    for kind in KINDS:
        column = [node for node in every if node.kind == kind]
        column.sort(key=lambda node: (_middle(height, before.get(node.key, ())), node.key))
        height.update({node.key: place for place, node in enumerate(column)})
        placed.append(column)
    return placed


def _middle(height: Mapping[str, float], keys: Iterable[str]) -> float:
    known = [height[key] for key in keys if key in height]
    return sum(known) / len(known) if known else float("inf")


def unreached(nodes: Iterable[Node], edges: Iterable[Edge]) -> list[Node]:
    """Activities and outputs from which no way leads to an outcome."""
    every = {node.key: node for node in nodes}
    back: dict[str, list[str]] = {}
    for a, b in edges:
        back.setdefault(b, []).append(a)
    reached = {key for key, node in every.items() if node.kind == "outcome"}
    waiting = list(reached)
    while waiting:
        for before in back.get(waiting.pop(), ()):
            if before not in reached:
                reached.add(before)
                waiting.append(before)
    return [node for key, node in sorted(every.items()) if key not in reached]
