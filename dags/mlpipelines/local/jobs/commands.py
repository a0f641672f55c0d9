"""A request's image, entry point and arguments -> the program that stands in for the container."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from mlpipelines.local.images import Images, Program

Request = Mapping[str, Any]
_PYTHON = re.compile(r"(?:/(?:[\w.-]+/)*)?python(?:3(?:\.\d+)?)?")
#: Repositories of framework images that serve `code/inference.py` of the model when they are not told another program.
_FRAMEWORKS = ("sagemaker-scikit-learn", "*pytorch-*", "huggingface-*", "mxnet-inference*", "autogluon-*")


def training_program(images: Images, request: Request) -> Program | None:
    """The request's own entry point, the project's command for the image, script mode, or the built-in algorithm."""
    algorithm = request["AlgorithmSpecification"]
    entry_point, arguments = algorithm.get("ContainerEntrypoint"), algorithm.get("ContainerArguments")
    program = images.program(algorithm.get("TrainingImage") or "")
    if entry_point:
        return entry_point_program(entry_point, arguments or (), program)
    if is_script_mode(request) and (program is None or program.built_in):
        return _script_mode("training")
    return replace(program, arguments=tuple(arguments)) if program and arguments else program


def processing_program(images: Images, request: Request) -> Program | None:
    """What `docker run --entrypoint` would run; None when the image's own entry point is asked for and not known."""
    application = request["AppSpecification"]
    entry_point, arguments = application.get("ContainerEntrypoint"), application.get("ContainerArguments") or ()
    program = images.program(application["ImageUri"])
    if entry_point:
        return entry_point_program(entry_point, arguments, program)
    return replace(program, arguments=tuple(arguments)) if program and not program.built_in else None


def serving_program(images: Images, container: Request) -> Program | None:
    """The project's command for the image, script mode, or the built-in algorithm."""
    image = container.get("Image") or ""
    program = images.program(image)
    if program and not program.built_in:
        return program
    if (container.get("Environment") or {}).get("SAGEMAKER_PROGRAM") or (program is None and _is_framework(image)):
        return _script_mode("serving")
    return program


def entry_point_program(entry_point: Sequence[str], arguments: Sequence[str], image: Program | None) -> Program:
    """Python is this server's own, wherever the container has its.

    Files that lie in the image are found when the project maps it: the folder of images.yaml is its working directory.
    """
    first, *more = entry_point
    command = (sys.executable if _PYTHON.fullmatch(first) else first, *more)
    if image is None or image.built_in:
        return Program(command, None, arguments=tuple(arguments))
    return replace(image, command=command, arguments=tuple(arguments))


def is_script_mode(request: Request) -> bool:
    """Whether a framework's image is asked to run a script of the user's."""
    given = {**(request.get("HyperParameters") or {}), **(request.get("Environment") or {})}
    return bool(given.get("sagemaker_program") or given.get("SAGEMAKER_PROGRAM"))


def _script_mode(module: str) -> Program:
    return Program((sys.executable, "-m", f"mlpipelines.local.script_mode.{module}"), None)


def _is_framework(image: str) -> bool:
    repository = image.rpartition("/")[2].partition(":")[0].partition("@")[0]
    return any(fnmatchcase(repository, pattern) for pattern in _FRAMEWORKS)
