"""Airflow's run-time templates (`{{ }}`): syntax, and names that do not exist in Airflow 3."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from jinja2 import TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment

from mlpipelines.checks.subject import Subject
from mlpipelines.document import Document, DocumentPath
from mlpipelines.errors import Problem, did_you_mean
from mlpipelines.references import find_references

#: What Airflow 3.3 gives to templates (airflow.sdk Context).
CONTEXT = frozenset(
    "asset_state_store conn dag dag_run data_interval_end data_interval_start ds ds_nodash exception "
    "expanded_ti_count inlet_events inlets logical_date macros map_index_template outlet_events outlets params "
    "partition_date partition_key prev_data_interval_end_success prev_data_interval_start_success "
    "prev_end_date_success prev_start_date_success reason run_id task task_instance task_instance_key_str "
    "task_reschedule_count task_state_store templates_dict test_mode ti triggering_asset_events try_number ts "
    "ts_nodash ts_nodash_with_tz var".split()
)
#: What the generated DAGs give (templates/pipeline.yaml.j2).
MACROS = frozenset("job_name run_key predictions_uri artifact_uri output_uri result_of".split())
KNOWN = CONTEXT | MACROS
_JINJA = frozenset("range dict lipsum cycler joiner namespace true false none True False None loop self".split())
#: What Airflow 2 gave and Airflow 3 does not, and what to write instead.
REMOVED = {
    "execution_date": "logical_date",
    "next_execution_date": "data_interval_end",
    "prev_execution_date": "data_interval_start",
    "prev_execution_date_success": "prev_data_interval_start_success",
    "next_ds": "data_interval_end | ds",
    "next_ds_nodash": "data_interval_end | ds_nodash",
    "prev_ds": "data_interval_start | ds",
    "prev_ds_nodash": "data_interval_start | ds_nodash",
    "tomorrow_ds": "macros.ds_add(ds, 1)",
    "tomorrow_ds_nodash": "macros.ds_add(ds, 1) | replace('-', '')",
    "yesterday_ds": "macros.ds_add(ds, -1)",
    "yesterday_ds_nodash": "macros.ds_add(ds, -1) | replace('-', '')",
    "conf": "var.value or an environment variable",
    "triggering_dataset_events": "triggering_asset_events",
    "inlet_datasets": "inlets",
}
#: Of no use without a logical date, which runs that assets or the API start do not have.
NEEDS_LOGICAL_DATE = frozenset("ds ds_nodash ts ts_nodash ts_nodash_with_tz logical_date".split())
_FILTERS = ("ds", "ds_nodash", "ts", "ts_nodash", "ts_nodash_with_tz")


def bad_templates(subject: Subject) -> Iterator[Problem]:
    """A template that Airflow could not render fails the task at run time, often after others have cost money."""
    places: list[tuple[DocumentPath, Any]] = [(("defaults",), subject.data.get("defaults"))]
    for name, step in subject.steps.items():
        plain = _plain_fields(subject, name)
        places += [(("steps", name, field), value) for field, value in step.items() if field not in plain]
    by_assets = isinstance(subject.data.get("schedule"), dict) and "assets" in subject.data["schedule"]
    for root, value in places:
        for path, text in template_texts(value, root):
            yield from _bad_template(subject, path, text, by_assets)


def never_rendered(subject: Subject) -> Iterator[Problem]:
    """Templates and references where nobody would render them: some fields, and all keys."""
    for name, step in subject.steps.items():
        for field in _plain_fields(subject, name):
            if field not in ("description", "type"):
                for path, _ in template_texts(step.get(field), ("steps", name, field)):
                    yield subject.document.problem(path, "AF23", f"Airflow renders no templates in {field!r}")
            for reference in find_references(step.get(field), ("steps", name, field)):
                message = f"{reference.text} is not replaced in {field!r}"
                yield subject.document.problem(reference.path, "AF23", message)
    for path in subject.document.keys:
        if path[0] in ("steps", "defaults") and isinstance(path[-1], str) and ("{{" in path[-1] or "${" in path[-1]):
            message = f"nothing is replaced in a key: {_shown(path[-1])}"
            yield subject.document.problem(path, "AF23", message, key=True)


def bad_default_templates(document: Document) -> Iterator[Problem]:
    """The same for the organisation's defaults, which know no parameters of a pipeline."""
    for path, text in template_texts(document.data):
        mistake, names, _, filters = analyse(text)
        if mistake:
            message = f"Airflow cannot read the template {_shown(text)}: {mistake}"
            yield document.problem(path, "AF22", message)
        for name in sorted(names - KNOWN - _JINJA):
            message, hint = _unknown_name(name)
            yield document.problem(path, "AF06" if name in REMOVED else "AF21", message, hint)
        for name in sorted(filters):
            yield document.problem(path, "AF22", f"Airflow has no template filter {name!r}")


def _plain_fields(subject: Subject, step: str) -> tuple[str, ...]:
    step_type = subject.step_type(step)
    return ("type", *(step_type.plain_fields if step_type else ("description", "after")))


def _unknown_name(name: str) -> tuple[str, str]:
    """(message, hint)"""
    if name in REMOVED:
        return f"{name!r} does not exist in Airflow 3", f"use {REMOVED[name]}"
    return f"Airflow has no {name!r} in templates", did_you_mean(name, KNOWN)


def template_texts(value: Any, path: DocumentPath = ()) -> Iterator[tuple[DocumentPath, str]]:
    """(path, text) of every text that holds a template."""
    if isinstance(value, str):
        if "{{" in value or "{%" in value or "{#" in value:
            yield path, value
    elif isinstance(value, dict):
        for key, child in value.items():
            yield from template_texts(child, (*path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from template_texts(child, (*path, index))


def _bad_template(subject: Subject, path: DocumentPath, text: str, by_assets: bool) -> Iterator[Problem]:
    def problem(code: str, message: str, hint: str = "") -> Problem:
        return subject.document.problem(path, code, message, hint)

    mistake, names, params, filters = analyse(_heart(text))
    if mistake:
        mistake = analyse(text)[0] or mistake
        yield problem("AF22", f"Airflow cannot read the template {_shown(text)}: {mistake}")
        return
    for name in sorted(names - KNOWN - _JINJA):
        message, hint = _unknown_name(name)
        if name == "vars":
            hint = "write var.value.<name> for an Airflow Variable, ${vars.<name>} for a variable of this file"
        elif name in subject.steps:
            hint = f"write ${{{name}.…}} outside {{{{ }}}}"
        yield problem("AF06" if name in REMOVED else "AF21", message, hint)
    for name in sorted(filters):
        yield problem("AF22", f"Airflow has no template filter {name!r}")
    known = subject.params
    for name in sorted(params - set(known)):
        hint = did_you_mean(name, known) or "define it under `params:`"
        yield problem("AF24", f"there is no parameter {name!r}", hint)
    if by_assets:
        for name in sorted(names & NEEDS_LOGICAL_DATE):
            hint = "use run_id, or dag_run.run_after | ts_nodash"
            yield problem("AF05", f"{name!r} does not exist in runs that assets start", hint)


def _heart(text: str) -> str:
    """The text from its first template to its last: all that matters in it, and often the same in many files."""
    start = min(text.find(opening) for opening in ("{{", "{%", "{#") if opening in text)
    end = max(text.rfind(closing) for closing in ("}}", "%}", "#}")) + 2
    return text[start:] if end <= start or "{" in text[end:] else text[start:end]


@cache
def analyse(text: str) -> tuple[str, frozenset[str], frozenset[str], frozenset[str]]:
    """(syntax mistake or "", names that the context must give, parameters used, unknown filters)."""
    environment = _environment()
    try:
        tree = environment.parse(text)
    except TemplateSyntaxError as error:
        return str(error.message), frozenset(), frozenset(), frozenset()
    except RecursionError:
        return "it is nested too deeply", frozenset(), frozenset(), frozenset()
    from jinja2 import meta

    filters = {node.name for node in tree.find_all(nodes.Filter)} - set(environment.filters)
    if filters:
        names = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "load"}
    else:
        names = meta.find_undeclared_variables(tree)
    params = {
        node.attr
        for node in tree.find_all(nodes.Getattr)
        if isinstance(node.node, nodes.Name) and node.node.name == "params"
    }
    return "", frozenset(names), frozenset(params - {"get", "items", "keys", "values"}), frozenset(filters)


@cache
def _environment() -> SandboxedEnvironment:
    environment = SandboxedEnvironment(cache_size=0, extensions=["jinja2.ext.do"])
    environment.filters |= dict.fromkeys(_FILTERS, str)
    return environment


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return repr(text if len(text) <= 60 else f"{text[:57]}...")
