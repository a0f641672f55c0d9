"""`mlpipelines diff`: what changes between two states of the project."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from mlpipelines.cli.terminal import has_colour
from mlpipelines.errors import PipelineError

SAME, DIFFERENT, TROUBLE = 0, 1, 2
_SIDES = """each a branch, tag or commit, a folder, or a file; one is compared with the working tree (`main...`: from
where the current branch left it), none: HEAD with the working tree"""


def add_diff(commands: Any) -> None:
    diff = commands.add_parser(
        "diff",
        help="show what changes in DAGs and AWS requests",
        description=f"{_diff.__doc__} Exit status: 0 nothing changes, 1 something does, 2 trouble.",
    )
    diff.add_argument("sides", nargs="*", metavar="A B", help=_SIDES)
    diff.add_argument("--format", choices=("text", "markdown", "json"), default="text", help="default: text")
    diff.set_defaults(command=_diff)


def _diff(options: argparse.Namespace) -> int:
    """Show which pipelines, steps, dependencies, arguments and AWS requests change from A to B."""
    from mlpipelines.diff.compare import compare
    from mlpipelines.diff.formats import as_json, as_markdown, as_text
    from mlpipelines.diff.sides import two_sides

    if len(options.sides) > 2:
        print("mlpipelines: diff takes two sides at the most", file=sys.stderr)
        return TROUBLE
    try:
        with two_sides(options.sides, Path.cwd()) as (old, new):
            difference = compare(old, new)
    except PipelineError as error:
        print(f"mlpipelines: {error}", file=sys.stderr)
        return TROUBLE
    if options.format == "text":
        print(as_text(difference, colour=has_colour(sys.stdout)))
    else:
        print({"markdown": as_markdown, "json": as_json}[options.format](difference))
    return SAME if difference.is_empty else DIFFERENT
