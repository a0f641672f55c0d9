"""Graph -> a Mermaid flowchart, which GitHub and GitLab draw in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlpipelines.graph.model import Edge, Graph, Node

#: Everything else is written as its number: quotes, brackets, `%%`, backticks and tags mean something to Mermaid.
_PLAIN = re.compile(r"[A-Za-z0-9 _.,:/-]")
_ARROWS = {"data": "-->", "branch": "-->", "after": "-.->"}
_STYLES = {
    "job": "fill:#dbeafe,stroke:#2563eb,color:#172554",
    "resource": "fill:#ede9fe,stroke:#7c3aed,color:#2e1065",
    "decision": "fill:#fef3c7,stroke:#d97706,color:#451a03",
    "task": "fill:#dcfce7,stroke:#16a34a,color:#052e16",
}


def mermaid(graph: Graph) -> str:
    ids = {node.name: f"s{number}" for number, node in enumerate(graph.nodes)}
    lines = ["flowchart TD"]
    for node in graph.nodes:
        lines += _node(node, ids[node.name])
    lines += [_edge(edge, ids) for edge in graph.edges]
    for kind, style in _STYLES.items():
        if named := ",".join(ids[node.name] for node in graph.nodes if node.kind == kind):
            lines += [f"    classDef {kind} {style}", f"    class {named} {kind}"]
    return "\n".join(lines) + "\n"


def _node(node: Node, name: str) -> Iterator[str]:
    label = f'"{_text(node.name)}<br/><small>{_text(node.type)}</small>"'
    if not node.tasks:
        yield f"    {name}{{{{{label}}}}}" if node.kind == "decision" else f"    {name}[{label}]"
        return
    # In one line: below a second one Mermaid leaves no room.
    yield f'    subgraph {name}["{_text(node.name)}: {_text(node.type)}"]'
    for number, task in enumerate(node.tasks):
        yield f'        {name}t{number}["{_text(task)}"]'
    yield "    end"


def _edge(edge: Edge, ids: dict[str, str]) -> str:
    label = "<br/>".join(_text(label) for label in edge.labels)
    arrow = f'{_ARROWS[edge.kind]}|"{label}"|' if label else _ARROWS[edge.kind]
    return f"    {ids[edge.source]} {arrow} {ids[edge.target]}"


def _text(text: str) -> str:
    """Text that Mermaid shows as it is, in one line."""
    words = " ".join(text.split())
    return "".join(char if _PLAIN.match(char) else f"#{ord(char)};" for char in words if char.isprintable())
