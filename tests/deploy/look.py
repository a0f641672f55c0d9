"""Loads a DAG folder as Airflow's processes do, and nothing else of this repository; prints what it has found.

Arguments: the repository, whose packages an editable installation has put on the path; the DAG folder; and, for one
below git-sync's link, the target that the link gets as soon as the first pipeline has been read.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

repository, folder, *swap = sys.argv[1:]
sys.path[:] = [place for place in sys.path[1:] if not os.path.abspath(place).startswith(f"{repository}/dags")]
sys.path += [] if folder in sys.path else [folder]


def note_what_is_compiled() -> list[str]:
    from mlpipelines.project import Project

    compiled, compile_afresh = [], Project._compile_afresh

    def noted(self: Project, document: Any, file: Path) -> Any:
        compiled.append(file.stem)
        return compile_afresh(self, document, file)

    Project._compile_afresh = noted  # type: ignore[method-assign]
    return compiled


def swap_after_the_first_file(target: str) -> None:
    """As git-sync does: a new link takes the place of the old one, in one move; the old worktree goes."""
    rounds: Any = importlib.import_module("mlpipelines.rounds")

    link, read_bytes = Path(folder).parent, rounds.read_bytes

    def read_and_swap(file: Path, name: str) -> Any:
        content = read_bytes(file, name)
        if str(link.readlink()) != target:
            old = link.resolve()
            (link.parent / "tmp-link").symlink_to(target)
            (link.parent / "tmp-link").replace(link)
            old.rename(old.with_name("removed"))
        return content

    rounds.read_bytes = read_and_swap


def look() -> dict[str, Any]:
    from airflow.dag_processing.dagbag import BundleDagBag

    compiled = note_what_is_compiled()
    if swap:
        swap_after_the_first_file(swap[0])
    bag = BundleDagBag(dag_folder=folder, bundle_path=Path(folder))
    from callables import example  # what a task of flowers does

    packages = ("mlpipelines", "callables")
    modules = [module for name, module in sys.modules.items() if name.split(".")[0] in packages]
    return {
        "dags": sorted(bag.dags),
        "errors": {str(file): text for file, text in bag.import_errors.items()},
        "files": sorted(stat.file.lstrip("/") for stat in bag.dagbag_stats),
        "modules": sorted({example.__file__, *(module.__file__ for module in modules if module.__file__)}),
        "compiled": sorted(set(compiled)),
    }


print("RESULT " + json.dumps(look()))
