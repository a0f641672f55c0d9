"""Airflow's run-time templates (`{{ }}`): syntax, and what Airflow 3 does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from mlpipelines.checks.subject import Subject
from mlpipelines.document import Document, DocumentPath
from mlpipelines.errors import Problem, did_you_mean
from mlpipelines.macros.analysis import MAX_TEMPLATES, Uses, uses
from mlpipelines.macros.context import (
    ATTRIBUTES,
    ELSEWHERE,
    EMPTY_WITHOUT_LOGICAL_DATE,
    JINJA,
    KNOWN,
    NEEDS_LOGICAL_DATE,
    REMOVED,
)
from mlpipelines.references import find_references

_SINGLE = re.compile(r"\{(?<![{$]\{) ?(ds|ds_nodash|ts|ts_nodash|run_id|params\.\w+|var\.value\.\w+) ?\}(?!\})")
#: (rule, message, hint)
Mistake = tuple[str, str, str]


def bad_templates(subject: Subject) -> Iterator[Problem]:
    """A template that Airflow could not render fails the task at run time, often after others have cost money."""
    places: list[tuple[DocumentPath, Any]] = [(("defaults",), subject.data.get("defaults"))]
    for name, step in subject.steps.items():
        plain = _plain_fields(subject, name)
        places += [(("steps", name, field), value) for field, value in step.items() if field not in plain]
    by_assets = isinstance(subject.data.get("schedule"), dict) and "assets" in subject.data["schedule"]
    seen: set[str] = set()
    left = MAX_TEMPLATES
    for path, text in chain.from_iterable(template_texts(value, root) for root, value in places):
        heart = _heart(text)
        left -= 0 if heart in seen else len(heart)
        seen.add(heart)
        if left < 0:
            message = f"the templates of this file have more than {MAX_TEMPLATES:,} characters together"
            yield subject.document.problem(path, "AF22", message, "let a step of the pipeline make such texts")
            return
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


def single_braces(subject: Subject) -> Iterator[Problem]:
    """One pair of braces is text to Airflow."""
    if not _SINGLE.search(subject.document.text):
        return
    todo: list[tuple[DocumentPath, Any]] = [(("steps",), subject.data.get("steps"))]
    for path, value in todo:
        if isinstance(value, str) and (found := _SINGLE.search(value)):
            message = f"{found[0]} is not replaced: Airflow's templates have two pairs of braces"
            yield subject.document.problem(path, "AF26", message, f'write "{{{{ {found[1]} }}}}"')
        elif isinstance(value, dict):
            todo += [((*path, key), child) for key, child in value.items() if key != "description"]
        elif isinstance(value, list):
            todo += [((*path, index), child) for index, child in enumerate(value)]


def bad_default_templates(document: Document) -> Iterator[Problem]:
    """The same for the organisation's defaults, which know no parameters of a pipeline."""
    for path, text in template_texts(document.data):
        used = uses(text)
        for code, message, hint in _bad_syntax(text, used, used) or (*_bad_names(used), *_bad_attributes(used)):
            yield document.problem(path, code, message, hint)


def _plain_fields(subject: Subject, step: str) -> tuple[str, ...]:
    step_type = subject.step_type(step)
    return ("type", *(step_type.plain_fields if step_type else ("description", "after")))


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
    used = uses(_heart(text))
    found = _bad_syntax(text, used, uses(text) if used.mistake else used)
    if not used.mistake:
        found += [*_bad_names(used, subject), *_bad_attributes(used), *_bad_params(used, subject.params)]
        found += _without_date(used) if by_assets else ()
    for code, message, hint in found:
        yield subject.document.problem(path, code, message, hint)


def _bad_syntax(text: str, used: Uses, whole: Uses) -> list[Mistake]:
    mistake = used.mistake and (whole.mistake or used.mistake)
    found = [("AF22", f"Airflow cannot read the template {_shown(text)}: {mistake}", "")] if mistake else []
    return found + [("AF22", f"Airflow has no template filter {name!r}", "") for name in sorted(used.unknown_filters)]


def _bad_names(used: Uses, subject: Subject | None = None) -> Iterator[Mistake]:
    for name in sorted(used.names - KNOWN - JINJA):
        if name in REMOVED:
            yield "AF06", f"{name!r} does not exist in Airflow 3", f"use {REMOVED[name]}"
        elif name in ELSEWHERE:
            hint = f"use {ELSEWHERE[name]}" if ELSEWHERE[name] else ""
            yield "AF21", f"Airflow has no {name!r} yet when it renders templates", hint
        else:
            hint = did_you_mean(name, KNOWN)
            if name == "vars":
                hint = "write var.value.<name> for an Airflow Variable, ${vars.<name>} for a variable of this file"
            elif subject and name in subject.steps:
                hint = f"write ${{{name}.…}} outside {{{{ }}}}"
            yield "AF21", f"Airflow has no {name!r} in templates", hint


def _bad_attributes(used: Uses) -> Iterator[Mistake]:
    for holder, name in sorted(used.attributes):
        known = ATTRIBUTES.get(holder)
        whole = f"{'ti' if holder == 'task_instance' else holder}.{name}"
        if known is None or name in known or name.startswith(("_", "model_")):
            continue
        if whole in REMOVED:
            yield "AF06", f"{holder}.{name} does not exist in Airflow 3", f"use {REMOVED[whole]}"
        else:
            yield "AF25", f"{holder!r} has no {name!r}", did_you_mean(name, (n for n in known if n[0] != "_"))


def _bad_params(used: Uses, known: dict[str, Any]) -> Iterator[Mistake]:
    for name in sorted(used.params - set(known)):
        yield "AF24", f"there is no parameter {name!r}", did_you_mean(name, known) or "define it under `params:`"


def _without_date(used: Uses) -> Iterator[Mistake]:
    """What runs that assets start do not have; a template that decides may look before it takes."""
    hint = "dag_run.run_after is there in every run: dag_run.run_after | ts_nodash"
    for name in sorted(used.names & NEEDS_LOGICAL_DATE if not used.decides else ()):
        yield "AF05", f"{name!r} does not exist in runs that assets start", hint
    for holder, _ in sorted(used.attributes if not used.decides else ()):
        if holder in EMPTY_WITHOUT_LOGICAL_DATE:
            yield "AF05", f"{holder} is empty in runs that assets start", hint


def _heart(text: str) -> str:
    """The text from its first template to its last: all that matters in it, and often the same in many files."""
    start = min(text.find(opening) for opening in ("{{", "{%", "{#") if opening in text)
    end = max(text.rfind(closing) for closing in ("}}", "%}", "#}")) + 2
    return text[start:] if end <= start or "{" in text[end:] else text[start:end]


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return repr(text if len(text) <= 60 else f"{text[:57]}...")
