"""Graph -> DOT, the language of Graphviz."""

from __future__ import annotations

from collections.abc import Iterator

from mlpipelines.graph.model import Edge, Graph, Node

_FILLS = {"job": "#dbeafe", "resource": "#ede9fe", "decision": "#fef3c7", "task": "#dcfce7"}


def dot(graph: Graph) -> str:
    by_name = {node.name: node for node in graph.nodes}
    lines = [
        f"digraph {_quoted(graph.name)} {{",
        "  compound=true;",
        '  node [shape=box, style="rounded,filled", fontname="Helvetica"];',
        '  edge [fontname="Helvetica", fontsize=11];',
    ]
    for node in graph.nodes:
        lines += _node(node)
    lines += [_edge(edge, by_name) for edge in graph.edges]
    return "\n".join([*lines, "}"]) + "\n"


def _node(node: Node) -> Iterator[str]:
    label = _quoted(node.name, node.type)
    if not node.tasks:
        shape = ', shape=hexagon, style="filled"' if node.kind == "decision" else ""
        yield f'  {_quoted(node.name)} [label={label}, fillcolor="{_FILLS[node.kind]}"{shape}];'
        return
    yield f"  subgraph {_quoted(f'cluster_{node.name}')} {{"
    yield f'    label={label}; style="rounded,filled"; fillcolor="{_FILLS[node.kind]}"; fontname="Helvetica";'
    for task in node.tasks:
        yield f"    {_quoted(f'{node.name}.{task}')} [label={_quoted(task)}, fillcolor=white];"
    yield "  }"


def _edge(edge: Edge, nodes: dict[str, Node]) -> str:
    source, target = nodes[edge.source], nodes[edge.target]
    attributes = [f"label={_quoted(*edge.labels)}"] if edge.labels else []
    attributes += ["style=dashed"] if edge.kind == "after" else []
    attributes += [f"ltail={_quoted(f'cluster_{source.name}')}"] if source.tasks else []
    attributes += [f"lhead={_quoted(f'cluster_{target.name}')}"] if target.tasks else []
    ends = f"{_end(source, -1)} -> {_end(target, 0)}"
    return f"  {ends} [{', '.join(attributes)}];" if attributes else f"  {ends};"


def _end(node: Node, task: int) -> str:
    """Edges of DOT go from node to node; those of a group start at its last task and end at its first."""
    return _quoted(f"{node.name}.{node.tasks[task]}" if node.tasks else node.name)


def _quoted(*lines: str) -> str:
    """A quoted text of these lines, in which nothing is an escape of Graphviz."""
    texts = ("".join(char for char in " ".join(line.split()) if char.isprintable()) for line in lines)
    return '"' + "\\n".join(_escaped(text) for text in texts) + '"'


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
