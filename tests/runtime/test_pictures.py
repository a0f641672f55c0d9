"""Pictures are PNGs, the same for the same numbers."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from mlpipelines.errors import StepError
from mlpipelines.runtime.pictures import confusion_picture, roc_picture
from mlpipelines.runtime.scores import curve
from tests.conftest import ROOT

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(autouse=True)
def warnings_are_errors():  # type: ignore[no-untyped-def]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("classes", [["0"], ["no", "yes"], ["$x$", "_y", "a" * 200], [str(n) for n in range(80)]])
def test_a_confusion_matrix_is_drawn(classes: list[str]) -> None:
    matrix = np.arange(len(classes) ** 2).reshape(len(classes), -1)
    picture = confusion_picture(matrix, classes)
    assert picture.startswith(PNG)
    assert picture == confusion_picture(matrix, classes)
    assert len(picture) < 200_000


@pytest.mark.parametrize("count", [1, 3, 25])
def test_curves_are_drawn(count: int) -> None:
    found = curve(np.array([True, False, True]), np.array([0.9, 0.8, 0.7]))
    names = [f"_class {n}" for n in range(count)]
    picture = roc_picture(dict.fromkeys(names, found), dict.fromkeys(names, 1), 0.5)
    assert picture.startswith(PNG)
    assert picture == roc_picture(dict.fromkeys(names, found), dict.fromkeys(names, 1), 0.5)
    assert b"matplotlib" not in picture.lower()


def test_a_worker_without_matplotlib_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(StepError, match="`pictures: false`"):
        confusion_picture(np.eye(2, dtype=int), ["0", "1"])


def test_no_display_and_no_pyplot_is_needed(tmp_path: Path) -> None:
    code = "import numpy, sys; from mlpipelines.runtime.pictures import confusion_picture; "
    code += "confusion_picture(numpy.eye(2, dtype=int), ['0', '1']); assert 'matplotlib.pyplot' not in sys.modules"
    environment = {"PYTHONPATH": str(ROOT / "dags"), "HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120, env=environment)
