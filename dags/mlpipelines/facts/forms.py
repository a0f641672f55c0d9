"""A pattern of AWS's API -> what it allows, in words where it is one of the usual ones."""

from __future__ import annotations

import re

_NAME = re.compile(
    r"\[a-zA-Z0-9\](\(-\*\[a-zA-Z0-9\]\)(\*|\{0,(?P<most>\d+)\})|\(\[\\-a-zA-Z0-9\]\*\[a-zA-Z0-9\]\)\?)"
    r"|\[a-zA-Z0-9\]\+\(-\[a-zA-Z0-9\]\+\)\*"
)
_NAME_OR_ARN = re.compile(r"\(arn:.*\)\?\(\[a-zA-Z0-9\].*")
_SET = re.compile(r"\[(?P<set>[^\[\]^]+)\](\*|\+)")
_ARN = re.compile(r"arn:[^:]*:(?P<service>[a-z]+):[^:]*:[^:]*:(?P<kind>[a-z-]*)")
_LETTERS = {"a-z", "A-Z"}
_WORDS = "letters, digits and hyphens, no hyphen first or last"


def form(pattern: str) -> str:
    """What a text must be."""
    if found := _NAME.fullmatch(pattern):
        most = f"; at most {int(found['most']) + 1} characters" if found["most"] else ""
        return f"AWS allows {_WORDS}{most}"
    if _NAME_OR_ARN.fullmatch(pattern):
        return f"AWS allows {_WORDS}, or an ARN"
    if pattern.startswith("[a-zA-Z_][a-zA-Z0-9_]"):
        return "AWS allows letters, digits and underscores, no digit first"
    if pattern.startswith((r"([\w\s_", r"[\w\s_")):
        return "AWS allows letters, digits, spaces and _ . : / = + - @"
    if pattern.startswith("(https|s3)://"):
        return "expected a URI such as s3://bucket/prefix"
    example = _arn(pattern)
    if example and re.fullmatch(pattern, example):
        return f"expected an ARN such as {example}"
    if (found := _SET.fullmatch(pattern)) and (words := _characters(found["set"])):
        return f"AWS allows {words}"
    return f"it must match {pattern}"


def is_name(pattern: str) -> bool:
    """Whether a pattern is that of a name: letters, digits and hyphens."""
    return _NAME.fullmatch(pattern) is not None


def _arn(pattern: str) -> str:
    """An example of the ARNs that a pattern describes; empty when it describes none."""
    found = _ARN.match(pattern)
    if not found:
        return ""
    region = "" if found["service"] == "iam" else "us-east-2"
    rest = _rest(found["kind"], pattern[found.end() :])
    return f"arn:aws:{found['service']}:{region}:123456789012:{found['kind']}{rest}"


def _rest(kind: str, pattern: str) -> str:
    """How an ARN ends."""
    if "execution" in pattern:
        return "/name/execution/id"
    if kind == "model-package":
        return "/name/1"
    return "/name" if pattern.startswith(("/", "\\/")) else ":name" if kind and pattern[0] == ":" else "name"


def _characters(characters: str) -> str:
    """`A-Za-z0-9\\-_` -> letters, digits, - and _."""
    parts = re.findall(r"\\?[a-zA-Z0-9]-[a-zA-Z0-9]|\\?.", characters)
    singles = [part.removeprefix("\\") for part in parts if part not in _LETTERS | {"0-9"}]
    if not {*parts} >= _LETTERS or any(part.isalnum() for part in singles):
        return ""
    words = ["letters", *(["digits"] if "0-9" in parts else []), *singles]
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]
