"""`mlpipelines explain` and `mlpipelines rules`: what the rules are about, and what the project makes of them."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mlpipelines.cli.arguments import FINE, PROBLEMS, WRONG_USAGE, project_at
from mlpipelines.cli.terminal import has_colour, painter, width_of
from mlpipelines.errors import ProjectError
from mlpipelines.policy import Policy, Setting, family, near_rule
from mlpipelines.rulebook import FIXED, HOW_VERIFIED
from mlpipelines.rules import RULES, Rule, find_rule, left_out

Paint = Callable[[str, str], str]
_COLOURS: dict[Setting, str] = {"error": "31", "warning": "33", "info": "36", "off": "2"}


def add_explain(commands: Any) -> None:
    explain = commands.add_parser("explain", help="say what a rule is about", description=_explain.__doc__)
    explain.add_argument("rules", nargs="+", metavar="RULE", help="an id such as SM101, or a name")
    explain.set_defaults(command=_explain)


def add_rules(commands: Any) -> None:
    rules = commands.add_parser("rules", help="list all rules", description=_rules.__doc__)
    rules.add_argument("words", nargs="*", metavar="WORD", help="a family (SM, SM8), or text that must stand in them")
    rules.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    rules.set_defaults(command=_rules)


def _explain(options: argparse.Namespace) -> int:
    """Say what a rule is about: the mistake, what comes of it, an example, and how to ignore it."""
    policy, paint = _policy(), painter(has_colour(sys.stdout))
    status, texts = FINE, []
    for word in options.rules:
        try:
            texts.append("\n".join(_explanation(find_rule(word), policy, paint, width_of(sys.stdout))))
        except KeyError:
            status = _unknown(word)
    print("\n\n".join(texts), end="\n" if texts else "")
    return status


def _unknown(word: str) -> int:
    why = left_out().get(word.upper())
    if why is not None:
        print(f"mlpipelines: {word.upper()} is not checked: {why}", file=sys.stderr)
    else:
        begun = any(id.startswith(word.upper()) for id in RULES)
        near = "" if begun else near_rule(word)
        some = any(_fits(rule, [word]) for rule in RULES.values())
        listed = f"`mlpipelines rules {shlex.quote(word)}` lists those about it"
        hint = near or (listed if some else "`mlpipelines rules` lists them all")
        print(f"mlpipelines: there is no rule {word!r}; {hint}", file=sys.stderr)
    return WRONG_USAGE


def _explanation(rule: Rule, policy: Policy, paint: Paint, width: int) -> Iterator[str]:
    setting = policy.severity(rule)
    yield f"{paint(rule.id, '1')} {paint(rule.name, '1')} ({paint(rule.severity, _COLOURS[rule.severity])})"
    for text in (rule.what, rule.why):
        if text:
            yield "\n" + textwrap.fill(text, min(width, 100))
    for title, example in (("Wrong:", rule.wrong), ("Right:", rule.right)):
        if example:
            yield f"\n{paint(title, '1')}\n" + textwrap.indent(_marked(example, paint), "    ")
    if rule.source:
        yield f"\n{paint('Source:', '1')} {rule.source}\n        {HOW_VERIFIED[rule.verified]}"
    if setting != rule.severity:
        yield f"\n{paint('In this project:', '1')} {paint(setting, _COLOURS[setting])} (pyproject.toml)"
    if rule.fixed:
        yield f"\n{FIXED}"
    else:
        yield f"\n{paint('To ignore it:', '1')} # mlpipelines: ignore[{rule.id}] and the reason"
        yield "    at the end of the line, on a line of its own before it, or above everything for the whole file"


def _marked(example: str, paint: Paint) -> str:
    """The example; the line that the rule is about stands out."""
    lines = example.strip("\n").split("\n")
    return "\n".join(paint(line, "31") if "# <-" in line else line for line in lines)


def _rules(options: argparse.Namespace) -> int:
    """List the rules, with the severities that this project has set."""
    chosen = [rule for rule in sorted(RULES.values(), key=lambda rule: rule.id) if _fits(rule, options.words)]
    if not chosen:
        print(f"mlpipelines: no rule fits {' '.join(options.words)}", file=sys.stderr)
        return PROBLEMS
    policy, width = _policy(), width_of(sys.stdout) if sys.stdout.isatty() else 1000
    if options.format == "json":
        print(json.dumps([{**asdict(rule), "setting": policy.severity(rule)} for rule in chosen], indent=2))
    else:
        print("\n".join(_listed(chosen, policy, painter(has_colour(sys.stdout)), width)))
    return FINE


def _fits(rule: Rule, words: Sequence[str]) -> bool:
    """Whether a rule is of the family, or has the text, that each of the words is."""
    text = f"{rule.id} {rule.name} {rule.what} {rule.why}".lower()
    return all(rule in rules if (rules := family(word)) else word.lower() in text for word in words)


def _listed(rules: Sequence[Rule], policy: Policy, paint: Paint, width: int) -> Iterator[str]:
    longest = max(len(rule.name) for rule in rules)
    for rule in rules:
        setting = policy.severity(rule)
        shown = f"{setting}{'*' if setting != rule.severity else ''}"
        what = textwrap.shorten(rule.what, max(width - longest - 18, 30), placeholder=" ...")
        yield f"{rule.id:<6} {paint(f'{shown:<8}', _COLOURS[setting])} {rule.name:<{longest}}  {what}"
    changed = any(policy.severity(rule) != rule.severity for rule in rules)
    yield f"{len(rules)} {'rule' if len(rules) == 1 else 'rules'}" + ("; * as pyproject.toml says" if changed else "")


def _policy() -> Policy:
    """That of the project here; outside of projects, and where its settings are wrong, what can be had of it."""
    try:
        policy = project_at(Path.cwd()).policy
    except ProjectError:
        return Policy()
    for mistake in policy.mistakes:
        print(f"mlpipelines: {mistake}", file=sys.stderr)
    return policy
