"""The container contract seen from inside: what SageMaker puts below /opt/ml, and how a program tells what went wrong.

`run` is an algorithm's main program. A ClientError ends it with status 2 and anything else with status 1; either way
the reason is in output/failure, from where it becomes the job's FailureReason.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

#: Where the model of the first (here: only) host is kept.
MODEL = "model_algo-1"


class ClientError(Exception):
    """The hyperparameters or the data are at fault."""


class AlgorithmError(Exception):
    """Anything else that is told in words rather than by a traceback."""


def base() -> Path:
    return Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))


def model_directory() -> Path:
    return base() / "model"


def hyperparameters() -> dict[str, str]:
    values: dict[str, str] = _config("hyperparameters.json")
    return values


def channels() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = _config("inputdataconfig.json")
    return found


def channel_files(channel: str) -> list[Path]:
    files = sorted(path for path in (base() / "input/data" / channel).rglob("*") if path.is_file())
    if not any(path.stat().st_size for path in files):
        raise ClientError(f"Unable to read data channel '{channel}'. The channel has no data.")
    return [path for path in files if path.stat().st_size]


def content_type(channel: str, default: str) -> tuple[str, dict[str, str]]:
    """A channel's content type and its parameters: `text/csv;label_size=0` -> ("text/csv", {"label_size": "0"})."""
    return split_content_type(channels()[channel].get("ContentType") or default)


def split_content_type(text: str) -> tuple[str, dict[str, str]]:
    kind, *parameters = (part.strip().lower() for part in text.split(";"))
    pairs = (parameter.partition("=") for parameter in parameters)
    return kind, {name.strip(): value.strip() for name, _, value in pairs}


def report(channel: str, metrics: Mapping[str, float]) -> None:
    """Metrics in the form in which SageMaker's own algorithms log them."""
    for name, value in metrics.items():
        print(f"#quality_metric: host=algo-1, {channel} {name} <score>={float(value)}", flush=True)


def run(commands: Mapping[str, Callable[[], None]]) -> None:
    wanted = sys.argv[1] if len(sys.argv) == 2 else ""
    if wanted not in commands:
        sys.exit(f"usage: {Path(sys.argv[0]).name} {'|'.join(commands)}")
    try:
        commands[wanted]()
    except ClientError as error:
        print(f"Customer Error: {error}", flush=True)
        _fail(str(error), 2)
    except AlgorithmError as error:
        _fail(str(error), 1)
    except Exception as error:
        traceback.print_exc()
        _fail(f"{type(error).__name__}: {error}", 1)


def _config(name: str) -> Any:
    return json.loads((base() / "input/config" / name).read_text(encoding="utf-8"))


def _fail(reason: str, status: int) -> None:
    output = base() / "output"
    output.mkdir(parents=True, exist_ok=True)
    (output / "failure").write_text(reason, encoding="utf-8")
    sys.exit(status)
