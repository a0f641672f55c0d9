"""`mlpipelines graph`: a picture of a pipeline."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from mlpipelines.cli.arguments import FINE, existing, find_project
from mlpipelines.errors import PipelineError

_ENDINGS = {".svg": "svg", ".dot": "dot", ".gv": "dot", ".mmd": "mermaid", ".mermaid": "mermaid"}


def add_graph(commands: Any) -> None:
    graph = commands.add_parser("graph", help="draw a pipeline", description=_graph.__doc__)
    graph.add_argument("file", type=Path, metavar="FILE")
    graph.add_argument(
        "--format", choices=("mermaid", "dot", "svg"), help="default: by the ending of --output, else mermaid"
    )
    graph.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")
    graph.set_defaults(command=_graph)


def _graph(options: argparse.Namespace) -> int:
    """Draw the steps of a pipeline and what flows between them."""
    from mlpipelines.graph.dot import dot
    from mlpipelines.graph.mermaid import mermaid
    from mlpipelines.graph.model import graph_of
    from mlpipelines.graph.svg import svg

    compiled = find_project(options.file).compile(existing(options.file))
    ending = options.output.suffix.lower() if options.output else ""
    form = options.format or _ENDINGS.get(ending, "mermaid")
    text = {"dot": dot, "mermaid": mermaid, "svg": svg}[form](graph_of(compiled))
    if options.output is None:
        print(text, end="")
        return FINE
    try:
        options.output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise PipelineError(f"cannot write {options.output}: {error.strerror}") from None
    print(f"{options.output} written", file=sys.stderr)
    return FINE
