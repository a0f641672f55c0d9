"""The command line: arguments -> one function of the package -> text and an exit status.

0: fine. 1: problems were found, or a run failed. 2: wrong usage.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from mlpipelines import __version__
from mlpipelines.cli.arguments import PROBLEMS, WRONG_USAGE
from mlpipelines.cli.compile import add_compile
from mlpipelines.cli.diff import add_diff
from mlpipelines.cli.explain import add_explain, add_rules
from mlpipelines.cli.graph import add_graph
from mlpipelines.cli.new import add_new
from mlpipelines.cli.render import add_render
from mlpipelines.cli.run import add_local, add_run
from mlpipelines.cli.schemas import add_schemas
from mlpipelines.cli.up import add_down, add_up
from mlpipelines.cli.validate import add_validate
from mlpipelines.errors import InvalidPipeline, PipelineError

#: In the order of the help.
COMMANDS = (
    add_validate, add_explain, add_rules, add_render, add_graph, add_diff, add_new, add_compile, add_run, add_local,
    add_up, add_down, add_schemas,
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and leave with its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal may lack characters that files have
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    try:
        status = options.command(options)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has gone (`| head`): nothing is left to say
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = PROBLEMS
    except PipelineError as error:
        print(f"mlpipelines: {error}", file=sys.stderr)
        status = PROBLEMS if isinstance(error, InvalidPipeline) else WRONG_USAGE
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mlpipelines", description="Machine-learning pipelines in YAML.")
    parser.add_argument("--version", action=_Version, help="print the version and that of its facts about AWS")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for add_command in COMMANDS:
        add_command(commands)
    return parser


class _Version(argparse.Action):
    """Reads the facts only when they are asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from mlpipelines.facts.snapshot import snapshot

        print(f"mlpipelines {__version__}")
        for about, source in snapshot().items():
            print(f"  {about}: {source}")
        parser.exit()
