"""A confusion matrix or ROC curves -> a PNG, drawn without a display; the same numbers give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import product
from typing import Any

from mlpipelines.errors import StepError
from mlpipelines.runtime.scores import Curve

#: More curves than this cannot be told apart; more names than this cannot be read.
_MOST_CURVES = 10
_MOST_NAMES = 30
_NAME_LENGTH = 24


def confusion_picture(matrix: Any, classes: Sequence[str]) -> bytes:
    """Colours are shares of the true class's rows, numbers are rows."""
    with _drawing(max(4.5, min(10.0, 2.5 + 0.55 * len(classes)))) as (figure, axes):
        shares = matrix / matrix.sum(axis=1, keepdims=True).clip(min=1)
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        axes.set(xlabel="predicted", ylabel="label", title="Confusion matrix")
        if len(classes) <= _MOST_NAMES:
            names = [_short(name) for name in classes]
            turned = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if max(map(len, names)) > 4 else {}
            axes.set_xticks(range(len(classes)), names, **turned)
            axes.set_yticks(range(len(classes)), names)
            for row, column in product(range(len(classes)), repeat=2):
                colour = "white" if shares[row, column] > 0.5 else "black"
                text = f"{matrix[row, column]:,}"
                axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=8)
        return _png(figure)


def roc_picture(curves: Mapping[str, Curve], counts: Mapping[str, int], average: float) -> bytes:
    """A curve for each class, or for those with the most rows; `average` is the area that the report gives."""
    shown = sorted(curves, key=lambda name: -counts.get(name, 0))[:_MOST_CURVES]
    with _drawing(5.5) as (figure, axes):
        for name in (name for name in curves if name in shown):
            one = curves[name]
            label = f"{one.roc_auc:.3f}  {_short(name)}"
            axes.plot(one.false_positives, one.true_positives, label=label, linewidth=1.6)
        axes.plot([0, 1], [0, 1], color="grey", linestyle=":", linewidth=1)
        left_out = f", {len(shown)} of {len(curves)} classes shown" if len(shown) < len(curves) else ""
        axes.set(xlabel="false positive rate", ylabel="true positive rate", title=f"ROC, area {average:.3f}{left_out}")
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
        axes.legend(loc="lower right", title="area, class", fontsize=8)
        return _png(figure)


@contextmanager
def _drawing(inches: float) -> Iterator[tuple[Any, Any]]:
    """(figure, its axes)."""
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError as error:
        hint = "install requirements.txt on the workers, or write `pictures: false`"
        raise StepError(f"the pictures need matplotlib, which is not installed here ({error}); {hint}") from error
    with rc_context({"text.parse_math": False}):  # a class may be called $x$
        figure = Figure(figsize=(inches, inches), layout="constrained")
        yield figure, figure.add_subplot()


def _png(figure: Any) -> bytes:
    written = io.BytesIO()
    # The writer's name and version would change the bytes.
    figure.savefig(written, format="png", dpi=100, metadata={"Software": None})
    return written.getvalue()


def _short(name: str) -> str:
    return name if len(name) <= _NAME_LENGTH else f"{name[: _NAME_LENGTH - 1]}…"
