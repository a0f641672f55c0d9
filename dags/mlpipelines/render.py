"""Pipeline + templates -> dag-factory configuration, with the AWS requests that stand in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import StrictUndefined, TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from mlpipelines.errors import InvalidPipeline, Problem
from mlpipelines.filters import FILTERS, GLOBALS
from mlpipelines.model import Pipeline, Step
from mlpipelines.template_files import TemplateFiles
from mlpipelines.templating import evaluate, mark
from mlpipelines.units import LONGEST_SECONDS, polls_for


@dataclass(frozen=True)
class Request:
    """One AWS request of a step, as it will be sent but for run-time templates."""

    step: str
    task: str
    action: str
    data: dict[str, Any]


class _Sandbox(SandboxedEnvironment):
    """Jinja's sandbox, which answers at once for what templates ask most: fields of steps, and keys of mappings."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        kind = type(obj)
        if kind is SimpleNamespace and not attribute.startswith("_") and attribute in obj.__dict__:
            return obj.__dict__[attribute]
        if kind is dict and attribute in obj and not hasattr(dict, attribute):
            return obj[attribute]
        return super().getattr(obj, attribute)


def make_environment(templates: Path) -> SandboxedEnvironment:
    """Sandboxed; every `{{ }}` prints one YAML value, so quoting is never the template's job."""
    environment = _Sandbox(
        loader=TemplateFiles(templates),
        undefined=StrictUndefined,
        finalize=mark,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        autoescape=False,
    )
    environment.filters |= FILTERS
    environment.globals |= GLOBALS
    return environment


def render_pipeline(pipeline: Pipeline, environment: SandboxedEnvironment) -> tuple[dict[str, Any], list[Request]]:
    """(dag-factory configuration of the DAG, its AWS requests). Raises InvalidPipeline for a faulty template."""
    config = _drop_nulls(_render(environment, "pipeline.yaml.j2", pipeline=pipeline), keep=("params",))
    config["tasks"] = {}
    requests: list[Request] = []
    for step in pipeline.steps:
        tasks = _render_step(environment, pipeline, step)
        for task_id, task in tasks.items():
            requests += _finish_task(step, task_id, task)
        config["tasks"] |= _wire(step, tasks, config)
    return config, requests


def _render(environment: SandboxedEnvironment, name: str, **variables: Any) -> Any:
    try:
        return evaluate(environment.get_template(name), variables)
    except TemplateSyntaxError as error:
        raise _template_problem(*_origin(environment, name, error.lineno), str(error.message)) from None
    except TemplateNotFound as error:
        raise _template_problem(name, 1, f"cannot read the template {error.message}") from None
    except InvalidPipeline as error:
        raise _template_problem(name, 1, f"does not give valid YAML: {error.problems[0].message}") from None
    except Exception as error:  # a template can fail in any way that an expression can
        place = _origin(environment, name, _line_in_template(error))
        raise _template_problem(*place, str(error) or type(error).__name__) from None


def _origin(environment: SandboxedEnvironment, name: str, line: int) -> tuple[str, int]:
    """The template file, and its line, that a line of a template's text comes from."""
    return environment.loader.origin(name, line) if isinstance(environment.loader, TemplateFiles) else (name, line)


def _line_in_template(error: BaseException) -> int:
    """The line of the innermost template frame, which Jinja puts into the traceback."""
    line, frame = 1, error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename.endswith(".j2"):
            line = frame.tb_lineno
        frame = frame.tb_next
    return line


def _template_problem(file: str, line: int, message: str) -> InvalidPipeline:
    hint = "this is a fault of the template, not of the pipeline"
    return InvalidPipeline([Problem(file, line, 1, "PL501", message, hint)])


def _render_step(environment: SandboxedEnvironment, pipeline: Pipeline, step: Step) -> dict[str, Any]:
    place = f"{pipeline.name}/{{{{ run_key(dag_run) }}}}/{step.name}"
    fields = SimpleNamespace(**step.fields, folder=pipeline.folder, place=place)

    def output_prefix() -> str:
        return f"s3://{fields.bucket}/{place}"

    name = f"steps/{step.type.name}.yaml.j2"
    tasks = _render(environment, name, pipeline=pipeline, task_id=step.name, step=fields, output_prefix=output_prefix)
    if not isinstance(tasks, dict) or not tasks:
        raise _template_problem(name, 1, "gives no task")
    # What a function is called with is no request: there null is a value.
    return {task_id: _drop_nulls(task, keep=("arguments",)) for task_id, task in tasks.items()}


def _finish_task(step: Step, task_id: str, task: dict[str, Any]) -> Iterator[Request]:
    """Merge `request:` over the generated request and yield the requests that stand in the task."""
    override = step.fields.get("request")
    for action, place in step.type.requests.items():
        holder, _, last = place.rpartition(".")
        parent = task
        for key in holder.split(".") if holder else ():
            parent = parent.get(key, {})
        if last not in parent:
            continue
        if isinstance(override, str):
            _leave_to_task(task, parent, last, step, override)
            continue
        piece = _piece(override, step.type.wrapper(action))
        if piece:
            parent[last] = _drop_nulls(merge_request(parent[last], piece))
            _wait_long_enough(task, parent[last], step)
        yield Request(step.name, task_id, action, parent[last])


def _piece(override: Any, wrapper: str | None) -> Any:
    """What of `request:` belongs to one action."""
    return override.get(wrapper) if override and wrapper else override


def _leave_to_task(task: dict[str, Any], parent: dict[str, Any], last: str, step: Step, request: str) -> None:
    """Another task makes the whole request: of the generated one the name alone is left, for when it has none."""
    names = step.type.aws_members.get("name", ())
    parent[last] = {name: parent[last][name] for name in names if name in parent[last]}
    task["request"] = request
    if "max_attempts" in task:
        task["max_attempts"] = polls_for(LONGEST_SECONDS, task["check_interval"])


def _wait_long_enough(task: dict[str, Any], request: dict[str, Any], step: Step) -> None:
    """Have the task wait for as long as the merged request lets its job run."""
    limits = [_member(request, path) for path in step.type.runtime_members]
    given = [limit for limit in limits if limit is not None]
    if given and "max_attempts" in task:
        longest = max(limit if isinstance(limit, int) else LONGEST_SECONDS for limit in given)
        task["max_attempts"] = polls_for(longest, task["check_interval"])


def _member(request: Any, path: str) -> Any:
    for key in path.split("."):
        request = request.get(key) if isinstance(request, dict) else None
    return request


def merge_request(base: Any, over: Any) -> Any:
    """Deep merge: mappings are merged, everything else is replaced; null takes a member away."""
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    return {**base, **{key: merge_request(base.get(key), value) for key, value in over.items()}}


def _wire(step: Step, tasks: dict[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    """Set the dependencies. A step of several tasks is a task group of its name; its tasks are called <step>_<ending>,
    wait for each other as the template says (`dependencies`), and for other steps where it says nothing."""
    ending = step.type.result_task
    if (len(tasks) > 1) != (ending is not None) or (ending and f"{step.name}_{ending}" not in tasks):
        message = "a step of several tasks needs x-result in its schema: the ending of the task that holds its outputs"
        raise _template_problem(f"steps/{step.type.name}.yaml.j2", 1, message)
    if ending:
        config.setdefault("task_groups", {})[step.name] = {"tooltip": step.fields.get("description") or step.type.name}
    for task in tasks.values():
        if ending:
            task["task_group_name"] = step.name
        dependencies = task.get("dependencies") or list(step.upstream)
        if dependencies:
            task["dependencies"] = dependencies
    return tasks


def _drop_nulls(value: Any, keep: tuple[str, ...] = ()) -> Any:
    """Leave out what is null, and mappings and lists that held nothing else."""
    if isinstance(value, dict):
        result = {}
        for key, child in value.items():
            if key not in keep and child and isinstance(child, dict | list):
                child = _drop_nulls(child) or None
            if child is not None:
                result[key] = child
        return result
    if isinstance(value, list):
        return [_drop_nulls(child) for child in value]
    return value


def dag_factory_yaml(name: str, config: Mapping[str, Any]) -> str:
    """The configuration as a file that dag-factory itself can load."""
    import yaml

    return yaml.safe_dump({name: dict(config)}, sort_keys=False, allow_unicode=True, width=120)
