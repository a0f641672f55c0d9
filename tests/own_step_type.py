"""The example of schemas/README.md, taken out of it: a step type that is two files."""

from __future__ import annotations

import re
from pathlib import Path

from mlpipelines.assembly import ASSEMBLED, assembled_text
from tests.conftest import ROOT

GUIDE = (ROOT / "schemas" / "README.md").read_text(encoding="utf-8")
NAME = "share_traffic"


def _blocks(kind: str) -> list[str]:
    return re.findall(f"```{kind}\n(.*?)```", GUIDE, re.DOTALL)


PIPELINE = "name: own\nparams: {share: 9}\nsteps:\n" + _blocks("yaml")[0]


def add_step_type(root: Path) -> None:
    """Put the two files into the project in `root`, and assemble its schema anew."""
    [schema], [template] = _blocks("json"), _blocks("jinja")
    (root / "schemas" / "steps" / f"{NAME}.schema.json").write_text(schema)
    (root / "templates" / "steps" / f"{NAME}.yaml.j2").write_text(template)
    (root / "schemas" / ASSEMBLED).write_text(assembled_text(root / "schemas"))
