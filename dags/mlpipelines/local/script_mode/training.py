"""Script mode of a training container: `training.py train` runs the script that the hyperparameters name.

As AWS's framework containers: hyperparameters are JSON, those of the container itself begin with `sagemaker_`, the
others reach the script as `--name value`; SM_* variables tell the rest. Ends with status 1 when the script fails.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlpipelines.local.algorithms.contract import AlgorithmError, ClientError, base, run
from mlpipelines.local.script_mode.sources import fetch, note, note_requirements
from mlpipelines.local.script_mode.variables import Setting, variables

#: How the names of hyperparameters begin that are the container's own.
_OWN = ("sagemaker_", "_tuning_objective_metric", "default_user_module_name")
_DISTRIBUTED = (
    "sagemaker_mpi_enabled",
    "sagemaker_parameter_server_enabled",
    "sagemaker_distributed_dataparallel_enabled",
    "sagemaker_pytorch_ddp_enabled",
    "sagemaker_torch_distributed_enabled",
    "sagemaker_multi_worker_mirrored_strategy_enabled",
)


class ScriptFailed(AlgorithmError):
    """In the words in which AWS's containers tell it."""

    def __init__(self, status: int, message: str, command: list[str]) -> None:
        text = f'ExecuteUserScriptError:\nExitCode {status}\nErrorMessage "{message}"\nCommand "{" ".join(command)}"'
        super().__init__(text)


def train() -> None:
    values = {name: decoded(text) for name, text in _config("hyperparameters.json").items()}
    own = {name: value for name, value in values.items() if name.startswith(_OWN)}
    program = str(own.get("sagemaker_program") or os.environ["SAGEMAKER_PROGRAM"])
    source = str(own.get("sagemaker_submit_directory") or os.environ.get("SAGEMAKER_SUBMIT_DIRECTORY", ""))
    folder = fetch(source, base() / "code") if source else base() / "code"
    if not (folder / program).is_file():
        raise ClientError(f"there is no {program} in the code ({source or folder})")
    note_requirements(folder)
    if any(own.get(name) is True for name in _DISTRIBUTED):
        note("distributed training is not started: one process runs the script")
    setting = Setting(
        base(),
        program,
        source,
        {name: value for name, value in values.items() if name not in own},
        own,
        _config("inputdataconfig.json"),
        _config("resourceconfig.json"),
    )
    _run([*_interpreter(folder, program), *setting.arguments], folder, variables(setting))


def decoded(text: str) -> Any:
    """`"train.py"` in quotes, 0.1, true: what is JSON is read as JSON, all else is text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _interpreter(folder: Path, program: str) -> list[str]:
    if program.endswith(".py"):
        packaged = (folder / "setup.py").is_file() and "/" not in program
        return [sys.executable, *(["-m", program.removesuffix(".py")] if packaged else [program])]
    (folder / program).chmod(0o755)
    return ["/bin/sh", "-c", f'./{program} "$@"', program]


def _run(command: list[str], folder: Path, environment: Mapping[str, str]) -> None:
    """Raises ScriptFailed with what the script said last."""
    print(f"Invoking script with the following command:\n\n{' '.join(command)}\n", flush=True)
    # A stop reaches the whole process group: the script may take its time to end, this waits for it.
    signal.signal(signal.SIGTERM, lambda *_: None)
    paths = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **environment, "PYTHONPATH": paths},
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    last: deque[str] = deque(maxlen=20)
    assert process.stderr is not None
    for line in process.stderr:
        print(line, end="", flush=True)
        if line.strip():
            last.append(line.strip())
    if status := process.wait():
        raise ScriptFailed(status, last[-1] if last else "", [*command])


def _config(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((base() / "input/config" / name).read_text(encoding="utf-8"))
    return content


if __name__ == "__main__":
    run({"train": train})
