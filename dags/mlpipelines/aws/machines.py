"""Instance types: which there are for a use, which are gone, which of them have a GPU."""

from __future__ import annotations

import difflib
import re
from dataclasses import replace
from functools import lru_cache

from mlpipelines.aws.parts import Found
from mlpipelines.facts.shapes import ShapeProblem, load_shapes

_FORM = re.compile(
    r"ml\.(?P<family>(?P<letters>[a-z]+)(?P<generation>[0-9]+)[a-z0-9-]*)"
    r"\.(?P<size>nano|micro|small|medium|large|xlarge|[1-9][0-9]*xlarge|metal(?:-[0-9]+xl)?)"
)
#: What machines of each shape are for.
_USES = {
    "TrainingInstanceType": "training",
    "ProcessingInstanceType": "processing",
    "TransformInstanceType": "batch transform",
    "ProductionVariantInstanceType": "endpoints",
    "InstanceType": "notebooks",
}
#: The sizes that there can be, from small to large.
_NAMED_SIZES = ("nano", "micro", "small", "medium", "large", "xlarge")
_SIZES = {name: place for place, name in enumerate((*_NAMED_SIZES, *(f"{n}xlarge" for n in range(2, 65))))}
_RETIRED = ("ml.p2.", "ml.p3.")
_GPU = frozenset({"g", "gr", "p"})
_ACCELERATORS = frozenset({"dl", "inf", "trn"})


def is_instance_type(problem: ShapeProblem) -> bool:
    """Whether this is about an instance type that the shapes do not know."""
    return problem.kind == "enum" and problem.shape in _USES


def unknown_type(problem: ShapeProblem) -> ShapeProblem:
    """The same in words: an instance type for another use, no instance type at all, or one that may be newer."""
    name, use = problem.value, _USES[problem.shape]
    near = nearest_type(name, problem.shape)
    hint = f"did you mean {near!r}?" if near else _sizes(name, problem.shape)
    shapes = load_shapes()["shapes"]
    others = [other for shape, other in _USES.items() if name in shapes[shape]["e"]]
    if others:
        listed = " and ".join(", ".join(others).rsplit(", ", 1))
        message = f"{name!r} is no instance type for {use}; it is one for {listed}"
        return replace(problem, rule="SM811", message=message, hint=f"the nearest is {near!r}" if near else "")
    if _FORM.fullmatch(name):
        message = f"{name!r} is not among the instance types for {use} of botocore {load_shapes()['botocore']}"
        return replace(problem, rule="SM812", message=message, hint=f"{hint} If it is new, all is well".strip())
    return replace(problem, rule="SM811", message=f"AWS has no instance type {name!r} for {use}", hint=hint)


@lru_cache(maxsize=256)
def nearest_type(name: str, shape: str) -> str:
    """The instance type of that use that is most like this one; empty when none is."""
    known: list[str] = load_shapes()["shapes"][shape]["e"]
    lowered = name.lower().strip()
    for written in (lowered, f"ml.{lowered}", lowered.replace("_", ".").replace("-", ".")):
        if written in known:
            return written
    family, _, size = lowered.removeprefix("ml.").partition(".")
    families: dict[str, list[str]] = {}
    for other in known:
        families.setdefault(other.split(".")[1], []).append(other.split(".")[2])
    if family in families and size in _SIZES:
        return f"ml.{family}.{min(families[family], key=lambda other: abs(_SIZES[size] - _SIZES.get(other, 99)))}"
    if family not in families:
        alike = _family(family, [other for other, sizes in families.items() if size in sizes])
        return f"ml.{alike}.{size}" if alike else ""
    closest = difflib.get_close_matches(size, families[family], n=1, cutoff=0.5)
    return f"ml.{family}.{closest[0]}" if closest else ""


def _sizes(name: str, shape: str) -> str:
    """What the family of an instance type comes as."""
    family = ".".join(name.split(".")[:2])
    known = load_shapes()["shapes"][shape]["e"]
    sizes = [other.removeprefix(f"{family}.") for other in known if other.startswith(f"{family}.")]
    sizes.sort(key=lambda size: _SIZES.get(size, 99))
    return f"{family} comes as {sizes[0]} to {sizes[-1]}" if len(sizes) > 1 else ""


def _family(name: str, families: list[str]) -> str:
    """The family that is most like this one: of the same letters, and of the nearest generation."""
    letters, generation = _parts(name)
    same = [family for family in families if _parts(family)[0] == letters]
    plain = sorted(same, key=lambda family: (abs(_parts(family)[1] - generation), len(family), family))
    close = plain or difflib.get_close_matches(name, families, n=1, cutoff=0.6)
    return close[0] if close else ""


def _parts(family: str) -> tuple[str, int]:
    found = re.match(r"([a-z]+)(\d{1,3})", family)
    return (found[1], int(found[2])) if found else (family, 0)


def retired_type(name: str, _: str) -> Found | None:
    if not name.startswith(_RETIRED):
        return None
    return "SM814", f"AWS sells no {name!r} any more", "take ml.g4dn, ml.g5, ml.g6, ml.p4d or ml.p5"


def kind_of(name: str) -> str:
    """GPU or CPU; empty where it is neither, or not known."""
    found = _FORM.fullmatch(name)
    if found is None:
        return ""
    letters = found["letters"]
    return "GPU" if letters in _GPU else "" if letters in _ACCELERATORS else "CPU"
