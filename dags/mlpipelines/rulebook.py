"""The rules -> `RULES.md`: what each is about, why, and how it is set and ignored, for people to read."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

from mlpipelines.markdown import as_table, fenced, prose
from mlpipelines.rules import FAMILIES, RULES, Rule, left_out
from mlpipelines.rules.rule import Verified

RULEBOOK = "RULES.md"
#: What `Rule.verified` says, in words.
HOW_VERIFIED: dict[Verified, str] = {
    "run": "tried with the real thing",
    "model": "AWS's API model says so",
    "guide": "the documentation says so",
    "code": "the code that runs says so",
    "data": "published tables say so",
    "inferred": "nobody says so; it follows from what is known",
}
#: What holds for a rule that cannot be ignored or lowered.
FIXED = "It cannot be ignored or lowered: nothing can be built from a file that breaks it."
_HEAD = """\
# Rules

Made of the rules by `mlpipelines schemas`; change those, not this file. `mlpipelines rules` lists them on a terminal,
and `mlpipelines explain SM101` shows one of them.

An *error* fails `mlpipelines validate` and keeps a pipeline from becoming a DAG. A *warning* fails it with `--fail-on
warning`, an *info* never does. What AWS would refuse is looked for once more when a task sends its request, with all
templates filled in: errors fail the task before anything is sent.

## Another severity

In `pyproject.toml`, beside the folder `pipelines/`, a rule gets another severity: `error`, `warning`, `info`, or `off`.
It is named by its id or its name; a family of rules by what its ids begin with (`AF`, `SM8`). What names a rule alone
goes before its family.

```toml
[tool.mlpipelines.rules]
SM812 = "error"
not-rendered = "warning"
AF = "warning"
```

Where pipelines are deployed, `pyproject.toml` is deployed with them, since Airflow checks them too. Rules that are
*fixed* stay errors: nothing can be built from a file that breaks them.

## Ignoring a rule

```yaml
    instance_type: ml.m99.large  # mlpipelines: ignore[SM812] our account has it early
```

At the end of a line the comment is for the problems of that line, on a line of its own for the next line that is more
than a comment, and before the first field for the whole file. Several ids stand in one pair of brackets. The reason is
required, and an ignore that ignores nothing is reported. Problems found in `pipelines/defaults.yaml` are ignored there.
An ignored error does not keep a pipeline from being a DAG, and its task does not refuse it either.
"""


def rules_text() -> str:
    """The page of all rules."""
    parts = [_HEAD, "## All rules\n\n" + _contents(), *_families(), _not_checked()]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def family_title(family: ModuleType) -> str:
    """What a family of rules is about, in one line."""
    return (family.__doc__ or "").strip().partition("\n")[0].rstrip(".")


def _contents() -> str:
    rows = [
        (f"[{rule.id}](#{rule.id.lower()})", rule.name, _severity(rule), prose(rule.what))
        for rule in sorted(RULES.values(), key=lambda rule: rule.id)
    ]
    return as_table(("id", "name", "severity", "the mistake"), rows)


def _families() -> Iterator[str]:
    for family in FAMILIES:
        if family.RULES:
            yield f"## {family_title(family)}"
            yield from map(_rule, family.RULES)


def _rule(rule: Rule) -> str:
    parts = [f"### {rule.id}", f"`{rule.name}`, {_severity(rule)}. {prose(rule.what)}", prose(rule.why)]
    if rule.wrong:
        parts += ["Wrong:", fenced(rule.wrong, "yaml"), "Right:", fenced(rule.right, "yaml")]
    if rule.source:
        parts.append(f"Source: {prose(rule.source)} ({HOW_VERIFIED[rule.verified]}).")
    return "\n\n".join(part for part in parts if part)


def _severity(rule: Rule) -> str:
    return f"{rule.severity}, fixed" if rule.fixed else rule.severity


def _not_checked() -> str:
    rows = [(id, prose(why[:1].upper() + why[1:])) for id, why in sorted(left_out().items())]
    intro = "What is known to go wrong and is not looked for; the ids are not used otherwise."
    return f"## Not checked, and why\n\n{intro}\n\n{as_table(('id', 'why'), rows)}"
