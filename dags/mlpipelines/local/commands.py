"""A request's image, entry point and arguments -> the program that stands in for the container."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mlpipelines.local.images import Images, Program

Request = Mapping[str, Any]
_PYTHON = re.compile(r"(?:/(?:[\w.-]+/)*)?python(?:3(?:\.\d+)?)?")


def processing_program(images: Images, request: Request) -> Program | None:
    """What `docker run --entrypoint` would run; None when the image's own entry point is asked for and not known."""
    application = request["AppSpecification"]
    entry_point, arguments = application.get("ContainerEntrypoint"), application.get("ContainerArguments") or ()
    if entry_point:
        return entry_point_program(entry_point, arguments)
    program = images.program(application["ImageUri"])
    return replace(program, arguments=tuple(arguments)) if program and not program.built_in else None


def entry_point_program(entry_point: Sequence[str], arguments: Sequence[str]) -> Program:
    """Python is this server's own, wherever the container has its."""
    first, *more = entry_point
    return Program((sys.executable if _PYTHON.fullmatch(first) else first, *more), None, arguments=tuple(arguments))
