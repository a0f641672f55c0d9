"""Evaluation: metrics that do not go together, and settings of which one would do nothing."""

from __future__ import annotations

from collections.abc import Iterator

from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem


def bad_metrics(subject: Subject) -> Iterator[Problem]:
    """All metrics must be of one task: that which is given, or that of the first."""
    for name, (step_type, fields) in subject.merged.items():
        outputs = step_type.schema.get("x-outputs", {})
        tasks = {metric: output["task"] for metric, output in outputs.items() if "task" in output}
        metrics = fields.get("metrics")
        if not tasks or not isinstance(metrics, list):
            continue
        given = fields["task"] if fields["task"] != "auto" else tasks[metrics[0]]
        for index, metric in enumerate(metrics):
            if tasks[metric] != given:
                others = [other for other, task in tasks.items() if task == given]
                message = f"{metric} is a metric of {tasks[metric]}, and this is a {given}"
                yield subject.field_problem(name, ("metrics", index), "PL405", message, f"it has {', '.join(others)}")


def two_places(subject: Subject) -> Iterator[Problem]:
    """The prediction is a field of JSON or a column of CSV."""
    for name, fields in subject.of_type("evaluate"):
        if fields["prediction_field"] is not None and fields["prediction_column"] is not None:
            message = "give `prediction_field` (of JSON) or `prediction_column` (of CSV), not both"
            yield subject.field_problem(name, ("prediction_column",), "PL106", message)
