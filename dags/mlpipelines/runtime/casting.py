"""An AWS request rendered by Airflow -> the same with the types that AWS wants.

Run-time templates give text; the API wants numbers and booleans in typed members. Texts stay texts wherever AWS wants
one, so a hyperparameter of "0.10" is never touched (that is why native rendering is not used).
"""

from __future__ import annotations

from typing import Any

from mlpipelines.facts.shapes import load_shapes


def cast_request(action: str, request: Any) -> Any:
    """`request` with every text in a number's or boolean's place converted; what cannot be converted stays."""
    table = load_shapes()
    if action not in table["actions"]:  # a step type of a team's own may send what the table does not hold
        return request
    return _cast(request, table["shapes"][table["actions"][action]], table["shapes"])


def _cast(value: Any, shape: dict[str, Any], shapes: dict[str, Any]) -> Any:
    kind = shape["t"]
    if isinstance(value, dict) and kind == "o":
        members = shape["p"]
        return {k: _cast(v, shapes[members[k]], shapes) if k in members else v for k, v in value.items()}
    if isinstance(value, dict) and kind == "m":
        return {k: _cast(v, shapes[shape["c"]], shapes) for k, v in value.items()}
    if isinstance(value, list) and kind == "a":
        return [_cast(v, shapes[shape["c"]], shapes) for v in value]
    return _cast_text(value.strip(), kind, value) if isinstance(value, str) and kind in "ifb" else value


def _cast_text(text: str, kind: str, original: str) -> Any:
    if kind == "b":
        return {"true": True, "false": False}.get(text.lower(), original)
    try:
        number = float(text)
        return int(number) if kind == "i" and number.is_integer() else number if kind == "f" else original
    except (ValueError, OverflowError):
        return original
