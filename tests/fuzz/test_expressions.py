"""Regular expressions, AWS's and our own, against long texts that are made to lead them astray."""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import mlpipelines
from mlpipelines.document import MAX_SCALAR
from mlpipelines.facts.forms import form
from mlpipelines.facts.shapes import load_shapes
from mlpipelines.macros.values import LONGEST

UNITS = (
    "a", "1", " ", "-", "_", "/", ".", ":", "a-", "0-", "a.", "a:", "a/", "s3://", "https://a", "arn:aws:", "ml.", "{{", "${", "}}", "{", "[", "(", "a,",
    "'", '"', "\\", "#", " #", "# mlpipelines:", " - ", "\n", "\n ", "\t", "@", "a@", "=", "&a", "?a=", "AKIA", "eyJ", "-----BEGIN A ", "\u00e9", "://a:",
)  # fmt: skip
BEGINNINGS = (
    "",
    "arn:aws:sagemaker:us-east-2:123456789012:",
    "arn:aws:iam::123456789012:role/",
    "s3://",
    "https://",
    "123456789012.dkr.ecr.",
)
#: They look at code of ours, or at what jobs print.
ELSEWHERE = (
    "mlpipelines.runtime",
    "mlpipelines.local",
    "mlpipelines.scaffold",
    "mlpipelines.facts.generate",
    "mlpipelines.__main__",
    "mlpipelines.template_files",
)
#: What is never given longer texts.
SHORTER = {"macros.rendering._PIECE": LONGEST}
#: Seconds of the processor: eighty of such texts are a file.
MOST = 0.1


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(mlpipelines.__path__, "mlpipelines."):
        if not found.name.startswith(ELSEWHERE):
            yield importlib.import_module(found.name)


def own() -> dict[str, tuple[re.Pattern[str], bool]]:
    """{module and name: (the expression, whether it is looked for anywhere in a text)}"""
    found = {}
    for module in modules():
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                looked_for = re.search(rf"\b{name}\.(search|finditer|findall|sub|split)\b", source)
                found[f"{module.__name__.removeprefix('mlpipelines.')}.{name}"] = value, bool(looked_for)
    return dict(sorted(found.items()))


def shape_patterns() -> dict[str, int]:
    """{pattern: the longest text that gets as far as to it}"""
    found: dict[str, int] = {}
    for shape in load_shapes()["shapes"].values():
        if "x" in shape:
            found[shape["x"]] = max(found.get(shape["x"], 0), min(shape.get("M", MAX_SCALAR), MAX_SCALAR))
    return found


@pytest.mark.parametrize("pattern", shape_patterns())
def test_a_pattern_of_aws_takes_no_time(pattern: str) -> None:
    compiled, size = re.compile(pattern), shape_patterns()[pattern]
    form(pattern)
    for text in texts(size):
        started = time.process_time()
        compiled.fullmatch(text)
        assert time.process_time() - started < MOST, text[:80]


@pytest.mark.parametrize("name", own())
def test_an_expression_of_ours_takes_no_time(name: str) -> None:
    pattern, looked_for = own()[name]
    for text in texts(SHORTER.get(name, 12_000)):
        started = time.process_time()
        if looked_for:
            pattern.search(text)
        pattern.match(text)
        pattern.fullmatch(text)
        assert time.process_time() - started < MOST, text[:80]


def texts(size: int) -> Iterator[str]:
    for beginning in BEGINNINGS:
        for unit in UNITS:
            text = (beginning + unit * (size // len(unit)))[: size - 1]
            yield text + "!"
