"""Who may import what: checked in fresh interpreters, since one import hides another."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "dags" / "mlpipelines"
HEAVY = ("airflow", "dagfactory", "boto3", "botocore", "pandas", "numpy", "moto", "sklearn", "pyarrow", "requests")
#: Lower first: a module may import those of its own rank or below.
RANKS = (
    ("rules",),
    ("completion", "confidential", "errors", "naming", "sources", "store", "template_files", "units", "yaml_mistakes"),
    ("layout", "reading"),
    ("fingerprint", "rounds"),
    ("aws", "controls", "document", "facts", "macros", "masking", "policy"),
    ("references", "step_types", "keywords", "assembly", "templating", "variables"),
    ("markdown", "rulebook"),
    ("editor", "filters", "model", "reference", "refused_values", "schema", "suggestions", "unknown_fields"),
    ("render",),
    ("checks",),
    ("allowances", "documentation"),
    ("project", "reporting"),
    ("diff", "graph"),
    ("batch",),
    ("precompiled",),
    ("shipping", "verdicts"),
    ("dag_factory", "plain"),
    ("acceptance", "building", "time_limit"),
    ("loader",),
    ("runtime", "local", "scaffold", "cli", "__main__"),
)


def loaded_after(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*sorted(name for name in sys.modules if '.' not in name))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env={"PYTHONPATH": str(ROOT / "dags")}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


def test_validate_imports_nothing_heavy() -> None:
    code = "from mlpipelines.cli import main\ntry:\n    main(['validate', 'pipelines/iris-knn.yaml'])\n"
    code += "except SystemExit as end:\n    assert not end.code"
    loaded = loaded_after(code)
    assert loaded & {*HEAVY, "jsonschema", "croniter"} == set(), "a valid file without parameters needs none of these"


def test_a_dag_names_nothing_that_is_heavy_to_import() -> None:
    code = "import mlpipelines.runtime.prepare, mlpipelines.runtime.evaluate, mlpipelines.runtime.names"
    assert loaded_after(code) & {"pandas", "numpy", "sklearn", "pyarrow", "boto3", "matplotlib"} == set()


def test_the_command_line_starts_without_the_project() -> None:
    assert "yaml" not in loaded_after("import mlpipelines.cli")


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_imports_point_down(file: Path) -> None:
    top = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if top == "__init__":
        return
    rank = next(number for number, names in enumerate(RANKS) if top in names)
    allowed = {name for names in RANKS[: rank + 1] for name in names}
    if top == "runtime":
        allowed -= {"local", "cli", "loader", "acceptance", "building", "time_limit", "dag_factory", "plain"}
    for imported in _package_imports(file):
        assert imported in allowed, f"{file.name} imports {imported}"


def _package_imports(file: Path) -> set[str]:
    """The package's own top modules that stand in module-level imports."""
    found = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mlpipelines"):
            parts = str(node.module).split(".")
            found |= (
                {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names if alias.name != "__version__"}
            )
    return found
