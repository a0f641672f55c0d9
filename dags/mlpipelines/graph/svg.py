"""Graph -> one self-contained SVG that follows the reader's light or dark mode."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from itertools import pairwise

from mlpipelines.graph.font import shortened, text_width
from mlpipelines.graph.layout import Arrow, Layout, Point, Size, lay_out
from mlpipelines.graph.model import Edge, Graph, Node

_NAME, _TYPE, _LABEL, _TITLE = 14.0, 11.0, 11.0, 18.0
_MARGIN, _LINE, _PADDING, _WIDEST = 24.0, 14.0, 14.0, 320.0
_TASK = 24.0
#: Labels of one arrow that are shown; the picture's text for readers has all.
_MOST_LABELS = 4
_STYLE = """
svg { --paper: #ffffff; --ink: #1f2937; --soft: #6b7280; --line: #9ca3af; --inner: #ffffff;
  --job: #dbeafe; --job-line: #2563eb; --resource: #ede9fe; --resource-line: #7c3aed;
  --decision: #fef3c7; --decision-line: #d97706; --task: #dcfce7; --task-line: #16a34a; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #0d1117; --ink: #e5e7eb; --soft: #9ca3af; --line: #6b7280; --inner: #111827;
    --job: #172e54; --job-line: #60a5fa; --resource: #2f1f57; --resource-line: #a78bfa;
    --decision: #45300c; --decision-line: #fbbf24; --task: #0f3821; --task-line: #4ade80; } }
text { font-family: Helvetica, Arial, "Liberation Sans", sans-serif; fill: var(--ink); text-anchor: middle; }
.paper { fill: var(--paper); } .title { font-size: 18px; font-weight: bold; text-anchor: start; }
.about { font-size: 12px; fill: var(--soft); text-anchor: start; }
.name { font-size: 14px; font-weight: bold; } .type { font-size: 11px; fill: var(--soft); }
.label { font-size: 11px; fill: var(--soft); stroke: var(--paper); stroke-width: 4px; paint-order: stroke; }
.branch.label { fill: var(--decision-line); font-weight: bold; }
.inner { fill: var(--inner); stroke: var(--line); } .small { font-size: 11px; }
.edge { fill: none; stroke: var(--line); stroke-width: 1.5; } .edge.after { stroke-dasharray: 5 4; }
.edge.branch { stroke: var(--decision-line); }
.head { fill: var(--line); } .branch.head { fill: var(--decision-line); }
.box { stroke-width: 1.5; } .job { fill: var(--job); stroke: var(--job-line); }
.resource { fill: var(--resource); stroke: var(--resource-line); }
.decision { fill: var(--decision); stroke: var(--decision-line); }
.task { fill: var(--task); stroke: var(--task-line); }
"""


def svg(graph: Graph) -> str:
    numbers = {node.name: number for number, node in enumerate(graph.nodes)}
    sizes = [_box_size(node) for node in graph.nodes]
    labels = [_shown_labels(edge) for edge in graph.edges]
    arrows = [
        Arrow(numbers[edge.source], numbers[edge.target], _label_size(label))
        for edge, label in zip(graph.edges, labels, strict=True)
    ]
    layout = lay_out(sizes, arrows)
    parts = [*_edges(graph.edges, layout), *_nodes(graph.nodes, sizes, layout), *_labels(graph.edges, labels, layout)]
    return _document(graph, layout.size, parts)


def _document(graph: Graph, size: Size, parts: Sequence[str]) -> str:
    about = shortened(_plain(graph.description), 12, max(size[0], 420))
    widest = max(size[0], text_width(_plain(graph.name), _TITLE) * 1.1, text_width(about, 12))
    top = _MARGIN + (58 if about else 38)
    width, height = widest + 2 * _MARGIN, size[1] + top + _MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" role="img" aria-label="{_text(f"The steps of {graph.name}")}">',
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" width="{width:.0f}" height="{height:.0f}"/>',
        f'<text class="title" x="{_MARGIN:g}" y="{_MARGIN + 16:g}">{_text(graph.name)}</text>',
    ]
    if about:
        lines.append(f'<text class="about" x="{_MARGIN:g}" y="{_MARGIN + 36:g}">{_text(about)}</text>')
    left = _MARGIN + (widest - size[0]) / 2 if len(graph.nodes) > 1 else _MARGIN
    return "\n".join([*lines, f'<g transform="translate({left:.1f} {top:.1f})">', *parts, "</g>", "</svg>"]) + "\n"


def _box_size(node: Node) -> Size:
    width = max(text_width(_name(node.name), _NAME) * 1.06, text_width(_name(node.type), _TYPE))
    width = max([width, *(text_width(_name(task), _TYPE) + 20 for task in node.tasks)])
    extra = 18 if node.kind == "decision" else 0
    return max(90.0, width + 2 * _PADDING + extra), 46.0 + (len(node.tasks) * (_TASK + 8) + 4 if node.tasks else 0)


def _shown_labels(edge: Edge) -> list[str]:
    more = len(edge.labels) - _MOST_LABELS
    shown = [_name(label) for label in edge.labels[: _MOST_LABELS if more > 1 else _MOST_LABELS + 1]]
    return [*shown, f"and {more} more"] if more > 1 else shown


def _label_size(lines: Sequence[str]) -> Size:
    width = max((text_width(line, _LABEL) for line in lines), default=0.0)
    return (width + 8 if lines else 0.0, len(lines) * _LINE)


def _nodes(nodes: Sequence[Node], sizes: Sequence[Size], layout: Layout) -> Iterator[str]:
    for node, (width, height), (x, y) in zip(nodes, sizes, layout.boxes, strict=True):
        left, top = x - width / 2, y - height / 2
        told = f"{node.name}: {node.type}" + (f"\n{node.description}" if node.description else "")
        yield f"<g><title>{_text(told)}</title>"
        yield _outline(node.kind, left, top, width, height)
        yield f'<text class="name" x="{x:.1f}" y="{top + 20:.1f}">{_text(_name(node.name))}</text>'
        yield f'<text class="type" x="{x:.1f}" y="{top + 36:.1f}">{_text(_name(node.type))}</text>'
        yield from _tasks(node.tasks, left, top + 46, width)
        yield "</g>"


def _outline(kind: str, left: float, top: float, width: float, height: float) -> str:
    if kind != "decision":
        return (
            f'<rect class="box {kind}" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" rx="8"/>'
        )
    cut = 14
    xs = (left, left + cut, left + width - cut, left + width, left + width - cut, left + cut)
    ys = (top + height / 2, top, top, top + height / 2, top + height, top + height)
    points = " ".join(f"{px:.1f},{py:.1f}" for px, py in zip(xs, ys, strict=True))
    return f'<polygon class="box {kind}" points="{points}"/>'


def _tasks(tasks: Sequence[str], left: float, top: float, width: float) -> Iterator[str]:
    for number, task in enumerate(tasks):
        y = top + number * (_TASK + 8)
        place = f'x="{left + 10:.1f}" y="{y:.1f}" width="{width - 20:.1f}" height="{_TASK:g}"'
        yield f'<rect class="inner" {place} rx="5"/>'
        yield f'<text class="small" x="{left + width / 2:.1f}" y="{y + 16:.1f}">{_text(_name(task))}</text>'


def _edges(edges: Sequence[Edge], layout: Layout) -> Iterator[str]:
    for edge, points in zip(edges, layout.arrows, strict=True):
        told = f"{edge.source} to {edge.target}: {', '.join(edge.labels) or 'after'}"
        end, tip = points[-1], 8.0
        path = _curve([*points[:-1], (end[0], end[1] - tip)])
        yield f'<g><title>{_text(told)}</title><path class="edge {edge.kind}" d="{path}"/>'
        yield f'<path class="{edge.kind} head" d="M{end[0]:.1f} {end[1]:.1f}l-4.5 -9h9z"/></g>'


def _curve(points: Sequence[Point]) -> str:
    """Through all points from top to bottom without swinging out, straight down at both ends."""
    slopes = [0.0, *(_slope(*three) for three in zip(points, points[1:], points[2:], strict=False)), 0.0]
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for ((x1, y1), (x2, y2)), (out, into) in zip(pairwise(points), pairwise(slopes), strict=True):
        third = (y2 - y1) / 3
        path += f"C{x1 + out * third:.1f} {y1 + third:.1f} {x2 - into * third:.1f} {y2 - third:.1f} {x2:.1f} {y2:.1f}"
    return path


def _slope(before: Point, here: Point, after: Point) -> float:
    """How far to the side for each step down: the harmonic mean of both sides, so that nothing is overshot."""
    first = (here[0] - before[0]) / (here[1] - before[1])
    second = (after[0] - here[0]) / (after[1] - here[1])
    return 2 * first * second / (first + second) if first * second > 0 else 0.0


def _labels(edges: Sequence[Edge], labels: Sequence[Sequence[str]], layout: Layout) -> Iterator[str]:
    """Last, so that no arrow runs over them."""
    for edge, lines, (x, y) in zip(edges, labels, layout.labels, strict=True):
        first = y - len(lines) * _LINE / 2 + 11
        for number, line in enumerate(lines):
            kind = "branch" if edge.kind == "branch" and number == 0 else edge.kind
            yield f'<text class="{kind} label" x="{x:.1f}" y="{first + number * _LINE:.1f}">{_text(line)}</text>'


def _name(text: str) -> str:
    return shortened(_plain(text), _NAME, _WIDEST)


def _plain(text: str) -> str:
    """In one line, without what XML forbids or a terminal would obey."""
    return "".join(char for char in " ".join(text.split()) if char.isprintable())


def _text(text: str) -> str:
    return html.escape("\n".join(_plain(line) for line in text.split("\n")))
