"""What a schema cannot say. A check is a generator of problems; both tuples run in this order.

`DOCUMENT_CHECKS` look at the file as it is written and bear a file that the schema has refused, so that everything
wrong is reported at once. `STEP_CHECKS` look at the steps with their defaults, when nothing else was wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mlpipelines.checks import (
    branches,
    buckets,
    callables,
    doubts,
    effects,
    evaluations,
    images,
    names,
    outputs,
    params,
    processing,
    references,
    regions,
    requests,
    schedules,
    sizes,
    sources,
    splits,
    steps,
    templates,
    training,
    tuning,
    waits,
)
from mlpipelines.checks.dataflow import algorithms, columns, decisions, kinds, metrics, parts, readiness
from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem

DOCUMENT_CHECKS: tuple[Callable[[Subject], Iterator[Problem]], ...] = (
    names.wrong_name,
    names.reserved_key,
    references.bad_references,
    references.unknown_after,
    references.dependency_cycle,
    schedules.bad_schedule,
    schedules.bad_dates,
    schedules.bad_assets,
    params.bad_params,
    templates.bad_templates,
    templates.never_rendered,
    doubts.doubtful_scalars,
    templates.single_braces,
)
STEP_CHECKS: tuple[Callable[[Subject], Iterator[Problem]], ...] = (
    sizes.too_large,
    steps.missing_fields,
    effects.made_by_a_task,
    effects.only_with_others,
    effects.deployment_fields,
    effects.deferred_for_nothing,
    requests.unknown_wrapper,
    steps.not_exactly_one,
    steps.bad_containers,
    steps.no_image,
    images.retired_images,
    regions.unknown_region,
    buckets.bad_buckets,
    splits.bad_split,
    splits.bad_columns,
    splits.bad_missing,
    splits.bad_files,
    callables.unknown_callable,
    callables.bad_arguments,
    evaluations.bad_metrics,
    evaluations.two_places,
    sources.missing_code,
    outputs.hidden_output,
    processing.unknown_result,
    processing.taken_name,
    training.not_for_built_in,
    training.taken_channel,
    tuning.bad_ranges,
    branches.bad_comparisons,
    branches.both_branches,
    branches.never_runs,
    waits.wrong_kind,
    waits.wrong_job,
    kinds.wrong_kind,
    algorithms.other_algorithm,
    algorithms.wrong_classes,
    algorithms.too_many_neighbours,
    columns.labels_in_input,
    columns.columns_of_channels,
    columns.header_in_data,
    columns.automl_without_header,
    parts.wrong_rows,
    parts.joined_predictions,
    parts.same_data_twice,
    metrics.unmeasured_metric,
    metrics.unmeasured_objective,
    decisions.share_in_percent,
    decisions.compared_kind,
    readiness.used_too_soon,
    readiness.newest_too_soon,
)

__all__ = ["DOCUMENT_CHECKS", "STEP_CHECKS", "Subject"]
