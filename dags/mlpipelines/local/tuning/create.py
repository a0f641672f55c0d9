"""A CreateHyperParameterTuningJob request -> a tuning job of the engine, or AWS's refusal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlpipelines.local.api.validation import check_request
from mlpipelines.local.engine import Engine
from mlpipelines.local.faults import ApiError, InvalidRequest
from mlpipelines.local.images import Program
from mlpipelines.local.jobs.training import TrainingJob
from mlpipelines.local.tuning.definitions import Definition, definitions
from mlpipelines.local.tuning.job import TuningJob
from mlpipelines.local.tuning.notes import tuning_notes
from mlpipelines.local.tuning.objectives import objective_problems, unlisted

Request = Mapping[str, Any]


def create_tuning_job(engine: Engine, scope: str, region: str, arn: str, request: Request) -> None:
    name = request["HyperParameterTuningJobName"]
    if name.lower() in [job.name.lower() for job in engine.jobs(scope, TuningJob.kind)]:
        raise ApiError(
            "ResourceInUse",
            "Hyperparameter tuning job names must be unique within an AWS account and region, and a tuning job with "
            f"this name already exists ({arn})",
        )
    notes = list(tuning_notes(request))
    for definition in definitions(request):
        program = _checked_program(engine, definition, name)
        if odd := unlisted(definition.space.names, program):
            notes.append(f"AWS's documentation has no tuning of {', '.join(odd)}, so that AWS may refuse it")
    before = f"{arn.rpartition(':')[0]}:training-job/"

    def launch(trial: Request) -> TrainingJob:
        own = f"{before}{trial['TrainingJobName'].lower()}"
        return engine.create_training_job(scope, region, own, trial, notes, TuningJobArn=arn)

    engine.add_tuning_job(scope, TuningJob(request, arn, _parents(engine, scope, request), launch))


def _checked_program(engine: Engine, definition: Definition, name: str) -> Program:
    """What runs the definition. Raises what AWS would for each of its training jobs, before any of them starts."""
    trial = definition.training_request(f"{name}-001", {}, [])
    check_request("CreateTrainingJob", trial)
    program = engine.training_program(trial)
    for problem in objective_problems(definition.objective, trial, program):
        raise InvalidRequest(problem)
    return program


def _parents(engine: Engine, scope: str, request: Request) -> list[TuningJob]:
    """The tuning jobs that this one learns from."""
    names = [
        parent["HyperParameterTuningJobName"]
        for parent in (request.get("WarmStartConfig") or {}).get("ParentHyperParameterTuningJobs", ())
    ]
    parents = [engine.tuning_job(scope, name) for name in names]
    for parent in parents:
        for problem in _parent_problems(parent, request):
            raise InvalidRequest(problem)
    return parents


def _parent_problems(parent: TuningJob, request: Request) -> Iterator[str]:
    who = f"The parent tuning job {parent.name!r}"
    if parent.status not in ("Completed", "Failed", "Stopped"):
        yield f"{who} must have ended before a tuning job can start from it; its status is {parent.status}"
    theirs = {definition.name: definition for definition in parent.definitions}
    for own in definitions(request):
        old = theirs.get(own.name)
        if old is None:
            continue
        if old.objective["MetricName"] != own.objective["MetricName"]:
            yield (
                f"{who} has the objective metric {old.objective['MetricName']}, and a warm start needs the same one "
                f"(it is {own.objective['MetricName']})"
            )
        if (before := _count(old)) != (now := _count(own)):
            yield (
                f"{who} has {before} static and tunable hyperparameters; a warm start needs as many (there are {now})"
            )


def _count(definition: Definition) -> int:
    return len(definition.static) + len(definition.space.names)
