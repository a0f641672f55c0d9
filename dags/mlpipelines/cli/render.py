"""`mlpipelines render`: print what a pipeline becomes."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from mlpipelines.cli.arguments import FINE, existing, find_project


def add_render(commands: Any) -> None:
    render = commands.add_parser("render", help="print what a pipeline becomes", description=_render.__doc__)
    render.add_argument("file", type=Path, metavar="FILE")
    render.add_argument("--requests", action="store_true", help="the AWS requests as JSON, by step")
    render.set_defaults(command=_render)


def _render(options: argparse.Namespace) -> int:
    """Print the dag-factory configuration that a pipeline becomes, or its AWS requests."""
    from mlpipelines.render import dag_factory_yaml

    project = find_project(options.file)
    compiled = project.compile(existing(options.file))
    if options.requests:
        by_step: dict[str, dict[str, object]] = {}
        for request in compiled.requests:
            by_step.setdefault(request.step, {})[request.action] = request.data
        print(json.dumps(by_step, indent=2, ensure_ascii=False))
    else:
        config = {**compiled.config, "doc_md": compiled.documentation}
        print(dag_factory_yaml(compiled.pipeline.name, config), end="")
    return FINE
