"""Script mode of a serving container: `serving.py serve` answers requests with the functions of the user's script.

The script is $SAGEMAKER_PROGRAM (inference.py) of $SAGEMAKER_SUBMIT_DIRECTORY or of `code/` in the model. It has
`model_fn`, and `input_fn`, `predict_fn` and `output_fn`, or `transform_fn`, where the defaults are not wanted.
"""

from __future__ import annotations

import importlib.util
import inspect
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from mlpipelines.local.algorithms.contract import ClientError, base, run, split_content_type
from mlpipelines.local.algorithms.serving import Refused, serve_answers
from mlpipelines.local.script_mode import defaults
from mlpipelines.local.script_mode.sources import fetch, note_requirements

#: Content types whose payload a script gets as text; all others as bytes.
_TEXT = ("text/csv", "application/json")


class Script:
    """The user's functions, each with the container's default."""

    def __init__(self, module: ModuleType, model_directory: Path) -> None:
        self._module = module
        self._context = SimpleNamespace(system_properties={"model_dir": str(model_directory), "gpu_id": None})
        load = getattr(module, "model_fn", None)
        if load is None:
            raise ClientError(
                f"{Path(str(module.__file__)).name} has no function model_fn(model_dir), and there is no default one"
            )
        self.model = self._call(load, str(model_directory))

    def answer(self, body: bytes, content_type: str, accept: str) -> tuple[str, str | bytes]:
        """Content type and content. Raises Refused."""
        accept = defaults.accepted(accept)
        payload = body.decode("utf-8") if split_content_type(content_type)[0] in _TEXT else body
        try:
            return _response(self._predicted(payload, content_type, accept), accept)
        except Refused:
            raise
        except Exception as error:
            traceback.print_exc()
            raise Refused(500, f"{type(error).__name__}: {error}") from error

    def _predicted(self, payload: str | bytes, content_type: str, accept: str) -> Any:
        if transform := getattr(self._module, "transform_fn", None):
            return self._call(transform, self.model, payload, content_type, accept)
        data = self._call(self._function("input_fn"), payload, content_type)
        prediction = self._call(self._function("predict_fn"), data, self.model)
        return self._call(self._function("output_fn"), prediction, accept)

    def _function(self, name: str) -> Callable[..., Any]:
        found: Callable[..., Any] = getattr(self._module, name, None) or getattr(defaults, name)
        return found

    def _call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Newer containers give a context as well, to functions that take one more argument."""
        places = inspect.signature(function).parameters.values()
        wanted = [place for place in places if place.kind in (place.POSITIONAL_ONLY, place.POSITIONAL_OR_KEYWORD)]
        return function(*arguments, self._context) if len(wanted) > len(arguments) else function(*arguments)


def serve() -> None:
    model = base() / "model"
    folder = _code(model)
    program = folder / os.environ.get("SAGEMAKER_PROGRAM", "inference.py")
    if not program.is_file():
        raise ClientError(
            f"there is no {program.name} to serve the model with: put it into code/ of model.tar.gz, or name another "
            "one by the variables SAGEMAKER_PROGRAM and SAGEMAKER_SUBMIT_DIRECTORY of the model's container"
        )
    note_requirements(folder)
    script = Script(_imported(program), model)
    print(f"serving {program.name}", flush=True)
    serve_answers(script.answer)


def _code(model: Path) -> Path:
    source = os.environ.get("SAGEMAKER_SUBMIT_DIRECTORY", "")
    if source.startswith("s3://") or (source and not (model / "code").is_dir()):
        return fetch(source, base() / "code")
    return model / "code"


def _imported(program: Path) -> ModuleType:
    sys.path.insert(0, str(program.parent))
    specification = importlib.util.spec_from_file_location(program.stem, program)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[program.stem] = module  # pickled classes of the script are looked up by its name
    specification.loader.exec_module(module)
    return module


def _response(result: Any, accept: str) -> tuple[str, str | bytes]:
    """What output_fn and transform_fn may return: the body, the body and its content type, or a web response."""
    if isinstance(result, tuple):
        result, accept = result
    if hasattr(result, "get_data"):  # a Flask or Werkzeug response
        return result.content_type, result.get_data()
    if isinstance(result, str | bytes):
        return accept, result
    return accept, defaults.encoded(result, accept)


if __name__ == "__main__":
    run({"serve": serve})
