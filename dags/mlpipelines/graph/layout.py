"""Boxes and arrows -> places: layers from top to bottom, few crossings, straight long arrows.

The layered method of Sugiyama, Tagawa and Toda (1981): each box goes one layer below the lowest that it waits for, an
arrow over several layers gets a point in each, layers are ordered by the medians of their neighbours, and then each
layer is moved towards its neighbours as far as its order allows. Between two layers of boxes lies one for labels.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mlpipelines.errors import PipelineError

#: Space between two boxes, two points of arrows, and two layers.
GAP, LANE, STEP = 36.0, 18.0, 22.0
_SWEEPS = 24
_LARGE = 3000
#: To place more points of arrows would take too long, and nobody could follow them.
_MOST_POINTS = 20_000

Size = tuple[float, float]
Point = tuple[float, float]


@dataclass(frozen=True)
class Arrow:
    """From one box (a number) to another, with the size of its label."""

    source: int
    target: int
    label: Size = (0.0, 0.0)


@dataclass(frozen=True)
class Layout:
    """Centres of the boxes; for each arrow its points from box to box, and the centre of its label."""

    boxes: list[Point]
    arrows: list[list[Point]]
    labels: list[Point]
    size: Size


@dataclass
class _Item:
    """A box, or a point of an arrow, in a layer."""

    layer: int
    width: float
    height: float
    box: bool = True
    above: list[int] = field(default_factory=list)
    below: list[int] = field(default_factory=list)
    x: float = 0.0


def lay_out(boxes: Sequence[Size], arrows: Sequence[Arrow]) -> Layout:
    """The arrows must not form a circle. Raises PipelineError when there are too many."""
    depth = _depths(len(boxes), arrows)
    if sum(2 * (depth[arrow.target] - depth[arrow.source]) for arrow in arrows) > _MOST_POINTS:
        raise PipelineError("this pipeline has too many steps and arrows for a picture: take --format dot or mermaid")
    items = [_Item(2 * layer, *size) for layer, size in zip(depth, boxes, strict=True)]
    chains = [_chain(arrow, items) for arrow in arrows]
    layers = _in_order(items)
    _place(items, layers)
    tops, heights = _heights(items, layers)
    left = min((item.x - item.width / 2 for item in items), default=0)
    right = max((item.x + item.width / 2 for item in items), default=0)

    def centre(number: int) -> Point:
        item = items[number]
        return item.x - left, tops[item.layer] + heights[item.layer] / 2

    height = tops[-1] + heights[-1] if layers else 0
    return Layout(
        [centre(number) for number in range(len(boxes))],
        [_points(chain, items, centre) for chain in chains],
        [centre(chain[_label_at(len(chain))]) for chain in chains],
        (right - left, height),
    )


def _depths(count: int, arrows: Sequence[Arrow]) -> list[int]:
    """The layer of each box: one below the lowest that it waits for; those that nothing awaits stay near."""
    above: dict[int, list[int]] = {number: [] for number in range(count)}
    for arrow in arrows:
        above[arrow.target].append(arrow.source)
    depth: dict[int, int] = {}
    for start in range(count):
        todo = [start]
        while todo:
            waiting = [other for other in above[todo[-1]] if other not in depth]
            if waiting:
                todo += waiting
            else:
                box = todo.pop()
                depth[box] = max((depth[other] + 1 for other in above[box]), default=0)
    _pull_down(depth, arrows)
    return [depth[number] for number in range(count)]


def _pull_down(depth: dict[int, int], arrows: Sequence[Arrow]) -> None:
    """A box that waits for nothing goes right above the first that waits for it."""
    has_upstream = {arrow.target for arrow in arrows}
    below: dict[int, list[int]] = {}
    for arrow in arrows:
        below.setdefault(arrow.source, []).append(depth[arrow.target])
    for box in below.keys() - has_upstream:
        depth[box] = min(below[box]) - 1


def _chain(arrow: Arrow, items: list[_Item]) -> list[int]:
    """The items that an arrow leads through, ends included; its label sits at the middle one between two layers."""
    first, last = items[arrow.source].layer, items[arrow.target].layer
    middle = first + _label_at(last - first + 1)
    chain = [arrow.source]
    for layer in range(first + 1, last):
        width, height = arrow.label if layer == middle else (0.0, 0.0)
        items.append(_Item(layer, width, height, box=False))
        chain.append(len(items) - 1)
    chain.append(arrow.target)
    for upper, lower in itertools.pairwise(chain):
        items[upper].below.append(lower)
        items[lower].above.append(upper)
    return chain


def _label_at(length: int) -> int:
    """Which item of a chain has the label: about the middle one, between two layers of boxes."""
    return 1 + 2 * ((length - 3) // 4)


def _in_order(items: Sequence[_Item]) -> list[list[int]]:
    """The items of each layer from left to right, with few crossings between layers."""
    layers: list[list[int]] = [[] for _ in range(1 + max((item.layer for item in items), default=-1))]
    for number in _walk(items):
        layers[items[number].layer].append(number)
    best, fewest = [list(layer) for layer in layers], _crossings(items, layers)
    for sweep in range(_sweeps(items)):
        if not fewest:
            break
        down = sweep % 2 == 0
        for layer in layers[1:] if down else layers[-2::-1]:
            _sort_by_neighbours(layer, items, layers, down)
        _swap_neighbours(items, layers)
        crossings = _crossings(items, layers)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    return best


def _walk(items: Sequence[_Item]) -> Iterator[int]:
    """Every item once, depth first from the boxes on top: neighbours start out near each other."""
    seen: set[int] = set()
    for start in sorted(range(len(items)), key=lambda number: (items[number].layer, number)):
        todo = [start]
        while todo:
            number = todo.pop()
            if number not in seen:
                seen.add(number)
                yield number
                todo += reversed(items[number].below)


def _sort_by_neighbours(layer: list[int], items: Sequence[_Item], layers: list[list[int]], down: bool) -> None:
    places = {number: place for other in layers for place, number in enumerate(other)}

    def median(number: int) -> float:
        near = sorted(places[other] for other in (items[number].above if down else items[number].below))
        if not near:
            return places[number]
        half = len(near) // 2
        return float(near[half]) if len(near) % 2 else (near[half - 1] + near[half]) / 2

    layer.sort(key=median)


def _swap_neighbours(items: Sequence[_Item], layers: list[list[int]]) -> None:
    """Swap two neighbours wherever that takes crossings away."""
    places = {number: place for layer in layers for place, number in enumerate(layer)}
    for layer in layers:
        for at in range(len(layer) - 1):
            left, right = layer[at], layer[at + 1]
            if _between(items, places, left, right) > _between(items, places, right, left):
                layer[at], layer[at + 1] = right, left
                places[left], places[right] = at + 1, at


def _between(items: Sequence[_Item], places: Mapping[int, int], left: int, right: int) -> int:
    """Crossings of the arrows of two neighbours that stand in this order."""
    sides = ((items[left].above, items[right].above), (items[left].below, items[right].below))
    return sum(places[one] > places[other] for lefts, rights in sides for one in lefts for other in rights)


def _crossings(items: Sequence[_Item], layers: list[list[int]]) -> int:
    places = {number: place for layer in layers for place, number in enumerate(layer)}
    total = 0
    for layer in layers:
        ends = [sorted(places[other] for other in items[number].below) for number in layer]
        seen: list[int] = []
        for below in ends:
            total += sum(place > other for other in below for place in seen)
            seen += below
    return total


def _place(items: Sequence[_Item], layers: list[list[int]]) -> None:
    """Set x: each layer goes as near to its neighbours as its order and its gaps allow."""
    for layer in layers:
        _spread(layer, items, [0.0] * len(layer))
    sweeps = _sweeps(items)
    for sweep in range(2 * sweeps):
        down, both = sweep % 2 == 0, sweep > sweeps
        for layer in layers if down else reversed(layers):
            _spread(layer, items, [_wanted(items[number], items, down, both) for number in layer])


def _sweeps(items: Sequence[_Item]) -> int:
    """Pictures that nobody can read need not be the best that there are."""
    return _SWEEPS if len(items) < _LARGE else _SWEEPS // 6


def _wanted(item: _Item, items: Sequence[_Item], down: bool, both: bool) -> float:
    near = [*item.above, *item.below] if both else item.above if down else item.below
    total = sum(_pull(item, items[number]) for number in near)
    return sum(items[number].x * _pull(item, items[number]) for number in near) / total if near else item.x


def _pull(one: _Item, other: _Item) -> float:
    """How much two neighbours want to stand below each other: within a long arrow most."""
    return 1.0 if one.box and other.box else 2.0 if one.box or other.box else 8.0


def _spread(layer: Sequence[int], items: Sequence[_Item], wanted: Sequence[float]) -> None:
    """The least squares solution for a layer: neighbours that would overlap move as one block."""
    blocks: list[tuple[float, float, int]] = []  # (sum of weighted places, weight, items)
    offsets = _offsets(layer, items)
    for number, place, offset in zip(layer, wanted, offsets, strict=True):
        item = items[number]
        weight = sum(_pull(item, items[other]) for other in (*item.above, *item.below)) or 1.0
        block = ((place - offset) * weight, weight, 1)
        while blocks and blocks[-1][0] / blocks[-1][1] > block[0] / block[1]:
            last = blocks.pop()
            block = (last[0] + block[0], last[1] + block[1], last[2] + block[2])
        blocks.append(block)
    starts = [total / weight for total, weight, count in blocks for _ in range(count)]
    for number, start, offset in zip(layer, starts, offsets, strict=True):
        items[number].x = start + offset


def _offsets(layer: Sequence[int], items: Sequence[_Item]) -> list[float]:
    """Where each item of a layer would be if all stood as close as they may."""
    result = [0.0] * len(layer)
    for at in range(1, len(layer)):
        left, right = items[layer[at - 1]], items[layer[at]]
        gap = GAP if left.box and right.box else LANE
        result[at] = result[at - 1] + (left.width + right.width) / 2 + gap
    return result


def _heights(items: Sequence[_Item], layers: list[list[int]]) -> tuple[list[float], list[float]]:
    """(where each layer begins, how high it is)"""
    tops, heights, top = [], [], 0.0
    for layer in layers:
        height = max((items[number].height for number in layer), default=0.0)
        tops.append(top)
        heights.append(height)
        top += height + STEP
    return tops, heights


def _points(chain: Sequence[int], items: Sequence[_Item], centre: Callable[[int], Point]) -> list[Point]:
    """From the lower edge of one box to the upper edge of the other."""
    points = [centre(number) for number in chain]
    first, last = points[0], points[-1]
    points[0] = (first[0], first[1] + items[chain[0]].height / 2)
    points[-1] = (last[0], last[1] - items[chain[-1]].height / 2)
    return points
