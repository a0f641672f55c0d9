"""Training and tuning jobs of built-in algorithms -> what these refuse in their hyperparameters and data."""

from __future__ import annotations

from collections.abc import Iterator

from mlpipelines.aws.built_in import training_job, trials
from mlpipelines.aws.channels import channel_problems
from mlpipelines.aws.hyperparameters import hyperparameter_problems, objective_problems
from mlpipelines.aws.parts import Request, RuleTable
from mlpipelines.facts.shapes import ShapeProblem


def of_training(request: Request) -> Iterator[ShapeProblem]:
    for job in training_job(request):
        yield from hyperparameter_problems(job)
        yield from channel_problems(job)


def of_trials(request: Request) -> Iterator[ShapeProblem]:
    for job in trials(request):
        yield from hyperparameter_problems(job)
        yield from objective_problems(request, job)
        yield from channel_problems(job)


RULES: RuleTable = {"CreateTrainingJob": (of_training,), "CreateHyperParameterTuningJob": (of_trials,)}
