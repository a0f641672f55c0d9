"""`mlpipelines schemas`: assemble what is made of the pieces in `schemas/`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from mlpipelines.cli.arguments import FINE, PROBLEMS, find_project


def add_schemas(commands: Any) -> None:
    schemas = commands.add_parser(
        "schemas",
        help="write the schemas for editors and for checking, REFERENCE.md and RULES.md",
        description=_schemas.__doc__,
    )
    schemas.add_argument("--check", action="store_true", help="only say whether it is up to date")
    schemas.set_defaults(command=_schemas)


def _schemas(options: argparse.Namespace) -> int:
    """Assemble schemas/validate.schema.json; write pipeline.schema.json (for editors), REFERENCE.md and RULES.md."""
    from mlpipelines.assembly import ASSEMBLED, assembled_text
    from mlpipelines.editor import EDITORS, editor_text
    from mlpipelines.layout import PACKAGE
    from mlpipelines.reference import REFERENCE, reference_text
    from mlpipelines.rulebook import RULEBOOK, rules_text
    from mlpipelines.step_types import Schema

    folder = find_project(Path.cwd()).schemas
    text, status = assembled_text(folder), FINE
    schema = json.loads(text)
    texts = {ASSEMBLED: text, EDITORS: editor_text(schema), REFERENCE: reference_text(folder, Schema(schema))}
    if folder.parent == PACKAGE.parent.parent:  # the rules are the package's own; its repository holds their page
        texts[RULEBOOK] = rules_text()
    for target, wanted in ((folder / name, text) for name, text in texts.items()):
        if target.exists() and target.read_text(encoding="utf-8") == wanted:
            print(f"{target} is up to date")
        elif options.check:
            print(f"{target} is stale: run `mlpipelines schemas`", file=sys.stderr)
            status = PROBLEMS
        else:
            target.write_text(wanted, encoding="utf-8")
            print(f"{target} written")
    return status
