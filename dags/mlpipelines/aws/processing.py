"""What SageMaker refuses in processing jobs beyond their shapes.

Each rule is in AWS's API reference or its developer guide. What is known only at run time (`{{`) is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlpipelines.aws.parts import Request, RuleTable, at, below, listed, problem
from mlpipelines.facts.shapes import RequestPath, ShapeProblem

#: Where SageMaker mounts what a processing job reads and writes.
PROCESSING_FOLDER = "/opt/ml/processing/"


def _processing_places(request: Request) -> Iterator[ShapeProblem]:
    """Where a processing job reads and writes lies below one folder; Gzip is unpacked in Pipe mode."""
    for holder, member in ((("ProcessingInputs",), "S3Input"), (("ProcessingOutputConfig", "Outputs"), "S3Output")):
        for index, item in enumerate(listed(request, *holder)):
            path: RequestPath = (*holder, index, member)
            yield from below(path, _place(at(item, member) or {}))


def _place(place: Request) -> Iterator[ShapeProblem]:
    path = at(place, "LocalPath")
    if isinstance(path, str) and not path.startswith(PROCESSING_FOLDER):
        yield problem("SM404", ("LocalPath",), f"{path!r} does not lie below {PROCESSING_FOLDER}")
    if place.get("S3CompressionType") == "Gzip" and place.get("S3InputMode") == "File":
        hint = "write `mode: Pipe`, or unpack the data in the script"
        yield problem("SM405", ("S3CompressionType",), "Gzip is unpacked in Pipe mode only", hint)


RULES: RuleTable = {"CreateProcessingJob": (_processing_places,)}
