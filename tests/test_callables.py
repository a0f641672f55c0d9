"""The signatures of a team's functions, read from their source."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpipelines.checks.callables import _found
from mlpipelines.checks.signatures import Signature, signatures

SOURCE = r"""
import re
PATTERN = re.compile("\d")


def plain(a, b=1):
    pass


def all_kinds(a, b=2, /, c=3, *rest, d, e=5, **more):
    pass


def none():
    pass


async def later(a):
    pass


@print
def decorated(a):
    pass


class NotAFunction:
    def method(self):
        pass


raise RuntimeError("nobody imports this")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own.py").write_text(SOURCE)
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("def first(a): pass")
    (tmp_path / "package" / "inner.py").write_text("def second(a): pass")
    (tmp_path / "latin.py").write_bytes("# -*- coding: latin-1 -*-\ndef f(a='\xe9'): pass".encode("latin-1"))
    return tmp_path


@pytest.mark.filterwarnings("error")
def test_every_kind_of_parameter_is_read(folder: Path) -> None:
    found = signatures(folder / "own.py")
    assert found is not None
    assert set(found) == {"plain", "all_kinds", "none", "later", "decorated"}
    assert found["plain"] == Signature(positional=("a", "b"), required=frozenset("a"))
    assert found["none"] == Signature()
    assert found["later"].asynchronous
    assert found["decorated"].decorated
    assert found["all_kinds"] == Signature(
        ("a", "b"), ("c",), ("d", "e"), frozenset("ad"), any_positional=True, any_keyword=True
    )


@given(st.permutations([("a", ""), ("b", ""), ("c", "=1"), ("d", "=2")]), st.integers(0, 4), st.integers(0, 4))
def test_what_is_read_is_what_python_sees(tmp_path_factory, pairs, slash, star) -> None:  # type: ignore[no-untyped-def]
    pairs = sorted(pairs[:star], key=lambda pair: pair[1]) + pairs[star:]  # no default before one without
    parts = [name + default for name, default in pairs]
    if star < len(parts):
        parts.insert(star, "*")
    if 0 < slash <= star:
        parts.insert(slash, "/")
    source = f"def f({', '.join(parts)}): pass"
    file = tmp_path_factory.mktemp("m") / "m.py"
    file.write_text(source)
    namespace: dict = {}
    exec(source, namespace)
    parameters = inspect.signature(namespace["f"]).parameters.values()
    found = (signatures(file) or {})["f"]
    assert found.required == {each.name for each in parameters if each.default is inspect.Parameter.empty}
    kinds = (found.positional_only, found.positional, found.keyword_only)
    wanted = (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.KEYWORD_ONLY,
    )
    assert kinds == tuple(tuple(each.name for each in parameters if each.kind is kind) for kind in wanted)


@pytest.mark.parametrize("target", ["package.first", "package.inner.second", "latin.f"])
def test_functions_of_packages_are_found(folder: Path, target: str) -> None:
    assert isinstance(_found(target, folder), Signature)


@pytest.mark.parametrize("target", ["package.second", "package.inner.first", "nothing.f"])
def test_functions_elsewhere_are_not(folder: Path, target: str) -> None:
    assert not isinstance(_found(target, folder), Signature)
