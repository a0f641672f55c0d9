"""Stands in for an image that shuffles a table and splits it, 70 % to train with and 30 % to test with."""

from __future__ import annotations

import csv
import os
import random
from pathlib import Path

BASE = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"), "processing")
SOURCE, TARGET = BASE / "input" / "input.csv", BASE / "output"


def main() -> None:
    """Neither file has a header; what is tested with has no answer, which is the first column."""
    with SOURCE.open(newline="") as text:
        _, *rows = csv.reader(text)
    random.Random(7).shuffle(rows)
    cut = round(len(rows) * 0.7)
    write("train.csv", rows[:cut])
    write("test.csv", [row[1:] for row in rows[cut:]])


def write(name: str, rows: list[list[str]]) -> None:
    with (TARGET / name).open("w", newline="") as text:
        csv.writer(text, lineterminator="\n").writerows(rows)
    print(f"{name}: {len(rows)} rows")


if __name__ == "__main__":
    main()
